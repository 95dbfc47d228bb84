"""The formulas of a page in plain notation: each custom of writing that some pages have is written out by a file of its
own, in this order, and the rest reads the formulas as if they had been written so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from derive.reading.tree import Node
from derive.understand.classes import classes_writer
from derive.understand.columns import columns_writer
from derive.understand.dots import without_dots
from derive.understand.ends import last_names, last_renamer
from derive.understand.entropies import SUMMED, entropies_writer
from derive.understand.fonts import fonts_marker
from derive.understand.hypotheses import hypotheses_writer
from derive.understand.increments import increments_marker
from derive.understand.last_layer import last_layer_renamer
from derive.understand.later import later_losses_writer
from derive.understand.left_out import LEFT_OUT, samples_writer
from derive.understand.legend import Facts
from derive.understand.means import counted, means_writer, told_as_counts
from derive.understand.members import members_writer
from derive.understand.namesakes import namesakes_marker
from derive.understand.negligible import constants_remover, negligible, taken_as_nought
from derive.understand.raised_numbers import raised_numbers_marker
from derive.understand.reach import REACHES, with_reach
from derive.understand.remarks import arguments_stripper
from derive.understand.slopes import slopes, slopes_writer, told_by_arguments
from derive.understand.softmaxes import softmax_marker
from derive.understand.squares import squares_marker
from derive.understand.statement import Convention
from derive.understand.templates import templates
from derive.understand.told_functions import functions_writer
from derive.understand.unsaid_steps import unsaid_steps_writer

Formula = tuple[Node, ...]
Writer = Callable[[Formula], Formula]

WRITERS = (
    raised_numbers_marker,
    last_layer_renamer,
    squares_marker,
    fonts_marker,
    namesakes_marker,
    functions_writer,
    increments_marker,
    columns_writer,
    softmax_marker,
    classes_writer,
    entropies_writer,
    members_writer,
    later_losses_writer,
    unsaid_steps_writer,
)


@dataclass(frozen=True)
class Plain:
    """The formulas of a page in plain notation, in its order; `equations` are those of its legend, and those for which
    one of the page stands beside itself. `written` makes another formula of the page plain, `last` has what the page
    calls the number of steps or samples, but T, `conventions` are the choices made, and the formulas at the places in
    `several` stand for several."""

    formulas: list[Formula]
    equations: list[Formula]
    written: Writer
    last: set[str]
    conventions: list[Convention]
    several: frozenset[int] = frozenset()

    def condition(self, of: Node | None) -> Node | None:
        """The condition of a formula: t = τ in plain notation."""
        return last_renamer(self.last)((of,))[0] if of is not None else None


def plain(page: Sequence[Formula], known: Facts) -> Plain:
    """The formulas of a page, with the facts of its legend, in plain notation."""
    formulas = [*map(without_dots, page)]
    valued = hypotheses_writer(formulas)
    values = [*map(valued, formulas)]
    sampled = samples_writer([*formulas, *values])
    formulas = [*map(sampled, values)]
    conventions = [LEFT_OUT] if formulas != values else []
    stripped = arguments_stripper(formulas)
    equations = [*map(arguments_stripper([*formulas, *known.equations]), known.equations)]
    formulas = [*map(stripped, formulas), *equations]
    conventions += [REACHES] if any(with_reach(sides) != sides for sides in formulas) else []
    formulas = [*map(with_reach, formulas)]
    counts = counted(formulas, known)
    conventions += told_as_counts(counts)
    meant = means_writer(counts)
    formulas = [*map(meant, formulas)]
    last = last_names(formulas, known.steps)
    renamed = last_renamer(last)
    formulas = [*map(renamed, formulas)]
    small = negligible([*formulas, *((tree,) for tree, _ in known.layouts)])
    conventions += [taken_as_nought(small)] if small else []
    writers: list[Writer] = [
        without_dots,
        valued,
        sampled,
        stripped,
        with_reach,
        meant,
        renamed,
        constants_remover(small),
    ]
    formulas = [*map(writers[-1], formulas)]
    for writer_for in WRITERS:
        writers.append(writer_for(formulas))
        before, formulas = formulas, [*map(writers[-1], formulas)]
        if writer_for is entropies_writer and before != formulas:
            conventions.append(SUMMED)
    alone = slopes(formulas)
    conventions += [told_by_arguments(alone)] if alone else []
    writers.append(slopes_writer(alone))
    formulas = [*map(writers[-1], formulas)]
    several = templates(formulas)
    conventions += [template.convention for template in several.values()]
    formulas = [several[n].written[0] if n in several else sides for n, sides in enumerate(formulas)]
    others = [sides for template in several.values() for sides in template.written[1:]]

    def written(sides: Formula) -> Formula:
        return reduce(lambda so_far, writer: writer(so_far), writers, sides)

    return Plain(
        formulas[: len(page)], [*formulas[len(page) :], *others], written, last, conventions, frozenset(several)
    )
