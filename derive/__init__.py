"""Symbols: a recurrent network as equations, its exact gradients, their LaTeX, and the check of what others derived."""
