"""The derived loss and gradients as standalone, readable source in other languages, one file for each.

A target's file offers `export(program) -> str`.
"""
