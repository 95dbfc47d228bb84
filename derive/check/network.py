"""The network that a legend names: the built-in one, or its equations in the page's own LaTeX."""

from __future__ import annotations

from functools import lru_cache

from derive.model import Model, elman
from derive.reading import Legend, ReadError


@lru_cache(maxsize=8)
def network_of(legend: Legend) -> Model:
    """The model of a legend. Raises ReadError where its equations make none."""
    if legend.network == "elman":
        return elman()
    raise ReadError(f"{legend.name}: only the built-in network is known")
