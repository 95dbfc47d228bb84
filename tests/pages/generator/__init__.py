"""Pages with known truth: networks, styles of notation, claims true by construction, and single slips."""

from .author import generate
from .networks import NETWORKS
from .page import Label, Page, Slip
from .styles import STYLES, sensible

__all__ = ["NETWORKS", "STYLES", "Label", "Page", "Slip", "generate", "sensible"]
