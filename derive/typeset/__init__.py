"""Formulas and sentences set for readers: the gate of untrusted LaTeX, MathML, symbols in a formula, edits in colour."""
