"""Which parameters of a network are used again at every step, and the one whose gradient tells most."""

from __future__ import annotations

from collections.abc import Sequence

from derive.algebra.chain import paths
from derive.algebra.model import Model
from derive.algebra.series import ThroughTime, through_time
from derive.algebra.unroll import unroll

SEEDS = 8  # random starts of the training runs whose losses are drawn


def path_of(model: Model, name: str) -> ThroughTime | None:
    """The one path through time to a parameter; None where there is none or there are several."""
    try:
        return through_time(model, name)
    except ValueError:
        return None


def recurs(model: Model, name: str) -> bool:
    """Whether a use of the parameter reaches losses of later steps."""
    return bool(model.states) and len(paths(unroll(model, 2), 2, name)) > 1


def chosen(model: Model, names: Sequence[str]) -> str:
    """The parameter whose gradient tells most: the weights of a recurrence, else any that recurs, else the first."""
    recurrent = [name for name in names if recurs(model, name)]
    square = [name for name in recurrent if len(shape := model.parameter(name).shape) == 2 and shape[0] == shape[1]]
    return (square or recurrent or list(names))[0]
