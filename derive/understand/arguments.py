r"""Arguments of activations that only derivatives speak of: z of `\frac{\partial \hat y}{\partial z} \frac{\partial z}
{\partial W}` beside `\hat y = \mathrm{softmax}(W h + b)`, where no formula says what z is.

Such a name stands nowhere but above or below a ∂, the only quantity that is differentiated by it is what the activation
makes, and all by which it is differentiated itself stands in the argument. θ below a ∂ alone is any parameter.
"""

from __future__ import annotations

from collections import Counter

from derive.reading.tree import Nabla, Partial, Product, Sum
from derive.reading.tree import walk as nodes
from derive.understand.candidates import Candidate, Candidates
from derive.understand.customs import LOSSES
from derive.understand.forms import applied_function
from derive.understand.statement import Convention
from derive.understand.symbols import Symbols


def add_arguments(symbols: Symbols, candidates: Candidates) -> list[Convention]:
    """Such arguments as equations of the network; what they are, as conventions of the page."""
    spoken = Counter(symbols.split(*mention)[0] for mention in symbols.mentions)
    taken: Counter[str] = Counter()
    above: dict[str, list[tuple[int, Partial]]] = {}  # for a name below a ∂ what stands above it
    below: dict[str, set[str | None]] = {}
    for s in symbols.statements:
        for node in (node for side in s.sides for node in nodes(side) if isinstance(node, Partial | Nabla)):
            of, by = symbols.key(node.of, s.number), symbols.key(node.wrt, s.number)
            taken.update(key for key in (of, by) if key is not None)
            if by is not None and isinstance(node, Partial):
                above.setdefault(by, []).append((s.number, node))
            if of is not None:
                below.setdefault(of, set()).add(by)
    found = []
    for key, derivatives in above.items():
        if key in candidates or taken[key] != spoken[key]:
            continue
        whole = {symbols.key(node.of, n) for n, node in derivatives if not _is_of_loss(symbols, n, node)}
        made = [c for c in candidates.get(whole.pop() or "", []) if c.kind == "network"] if len(whole) == 1 else []
        for equation in made[:1]:
            function, side, number = applied_function(equation.side), equation.side, equation.number
            body = side.factors[1].inner[0] if function and isinstance(side, Product) else None
            heads = [node.wrt for _, node in derivatives if node.of == equation.head]
            of_steps = key in symbols.carrying or key in below
            read = symbols.inside(body, number) if body is not None else set()
            if heads and of_steps and isinstance(body, Sum | Product) and below.get(key, set()) <= read:
                candidates[key] = [Candidate(equation.statement, heads[0], body, "network", equation.n)]
                meant = f"the argument of {function} in {symbols.key(equation.head, number)}"
                found.append(Convention(f"the name {key}", meant, "used"))
    return found


def _is_of_loss(symbols: Symbols, number: int, node: Partial) -> bool:
    name = symbols.whole(node.of, number)
    return name is not None and name.mention.base in LOSSES
