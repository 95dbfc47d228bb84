"""Formulas and sentences set for readers: the gate of untrusted LaTeX, MathML, symbols, and edits in colour."""
