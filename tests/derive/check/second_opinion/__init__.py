"""Formulas with values of their own, in floating point: what the verdicts of the check are held against."""

from .formulas import Leaf, Plus, Times, latex
from .page import Statement
from .pages import pages
from .rewriting import everywhere, rewrites, slips

__all__ = ["Leaf", "Plus", "Statement", "Times", "everywhere", "latex", "pages", "rewrites", "slips"]
