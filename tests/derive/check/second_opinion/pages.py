"""Pages of statements that hold: an Elman network in vector and in scalar notation, and a GRU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from derive.reading import builtin_legend, load_legend

from .formulas import At, Big, Chain, D, Diag, Flip, Fn, Formula, Leaf, Num, Over, Plus, Power, Times, minus, plus
from .networks import elman_world, gru_world
from .page import Page, Statement

t, k, i = At("t"), At("k"), At("i")
before, after, first, last = At("t", -1), At("t", 1), At("", 1), At("T")


# The Elman network in vector notation: the page that is shipped, and more

L = Leaf("L")


def mul(*factors: Formula) -> Times:
    return Times(factors)


def had(*factors: Formula) -> Times:
    return Times(factors, "odot")


def total(body: Formula, letter: str = "t", low: At = first, high: At = last) -> Big:
    return Big("sum", letter, low, high, body)


def square(f: Formula) -> Formula:
    """1 - f²."""
    return minus(Num(1), Power(f))


x, y, z, h, o, p = (Leaf(name, t) for name in "xyzhop")
W_hh, W_xh, W_hy, b_h, b_y = (Leaf(name) for name in ("W_hh", "W_xh", "W_hy", "b_h", "b_y"))
dz, dh, do = (Leaf(f"delta_{name}", t) for name in "zho")


def at(leaf: Leaf, index: At) -> Leaf:
    return Leaf(leaf.name, index)


def vector_statements() -> tuple[Statement, ...]:
    error = minus(p, y)
    h1, hk = at(h, after), at(h, k)
    chained = Big("prod", "i", At("k", 1), t, D(at(h, i), at(h, At("i", -1))))
    loss_t = Leaf("L", t)
    through = D(h, hk)
    return (
        Statement(z, plus(mul(W_hh, at(h, before)), mul(W_xh, x), b_h)),
        Statement(h, Fn("tanh", z)),
        Statement(o, plus(mul(W_hy, h), b_y)),
        Statement(p, Fn("softmax", o)),
        Statement(loss_t, Plus((mul(Flip(y), Fn("log", p)),), (-1,))),
        Statement(L, total(loss_t)),
        Statement(D(h, z), Diag(square(h))),
        Statement(D(p, o), minus(Diag(p), mul(p, Flip(p)))),
        Statement(D(h, at(h, before)), mul(Diag(square(h)), W_hh)),
        Statement(D(h1, h), mul(Diag(square(h1)), W_hh)),
        Statement(D(h, hk), chained, r" \qquad \text{for } k < t"),
        Statement(do, error),
        Statement(D(loss_t, h), mul(Flip(W_hy), do)),
        Statement(dh, plus(mul(Flip(W_hy), do), mul(Flip(W_hh), at(dz, after)))),
        Statement(dh, plus(mul(Flip(W_hy), do), mul(Flip(W_hh), Diag(square(h1)), at(dh, after)))),
        Statement(at(dh, last), mul(Flip(W_hy), at(do, last))),
        Statement(dz, had(square(h), dh)),
        Statement(dz, had(plus(mul(Flip(W_hy), do), mul(Flip(W_hh), at(dz, after))), square(h))),
        Statement(D(L, W_hy), total(mul(do, Flip(h)))),
        Statement(D(L, b_y), total(error)),
        Statement(D(L, W_hh), total(mul(dz, Flip(at(h, before))))),
        Statement(D(L, W_xh), total(mul(dz, Flip(x)))),
        Statement(D(L, b_h), total(mul(Diag(square(h)), dh))),
        Statement(D(loss_t, b_h), total(mul(Diag(square(hk)), Flip(through), Flip(W_hy), do), "k", first, t)),
        Statement(
            D(L, W_xh),
            total(total(mul(Diag(square(hk)), Flip(through), Flip(W_hy), do, Flip(at(x, k))), "k", first, t)),
        ),
        Statement(D(L, W_hh), total(Chain((D(L, z), D(z, W_hh, True))))),
        Statement(D(loss_t, at(h, before)), Chain((D(loss_t, p), D(p, o), D(o, h), D(h, at(h, before))))),
    )


ELMAN_VECTOR = {"p": r"\hat{y}", "W_hh": "W_{hh}", "W_xh": "W_{xh}", "W_hy": "W_{hy}", "eta": r"\eta"}
ELMAN_SCALAR = {"h": "a", "o": "net_y", "y": r"\hat{y}", "p": "y", "W_hh": "w_{aa}", "W_xh": "w_{ax}", "W_hy": "w_{ya}"}
ELMAN_SCALAR |= {"b_h": "b_a", "eta": r"\eta"}


def scalar_statements() -> tuple[Statement, ...]:
    """Statements of the HELLO notes, mended where they need it; T = 4."""
    error, loss_t = minus(p, y), Leaf("L", t)
    net = plus(Times((W_hh, at(h, before)), "matvec"), Times((W_xh, x), "matvec"), b_h)
    steps = [At("", n) for n in (1, 2, 3, 4)]
    one, two, three = steps[:3]

    def head(s: At) -> tuple[D, ...]:
        return D(Leaf("L", s), at(p, s)), D(at(p, s), at(o, s)), D(at(o, s), at(h, s))

    return (
        Statement(o, plus(Times((W_hy, h), "matvec"), b_y)),
        Statement(h, Fn("tanh", net)),
        Statement(p, Over(Fn("exp", o), Big("sum", "", first, last, Fn("exp", o)))),
        Statement(loss_t, Plus((mul(y, Fn("log", p)),), (-1,))),
        Statement(L, plus(*(Leaf("L", s) for s in steps))),
        Statement(L, Plus((total(mul(y, Fn("log", p))),), (-1,))),
        Statement(D(L, W_hy), total(D(loss_t, W_hy))),
        Statement(D(L, b_h), plus(*(D(Leaf("L", s), b_h) for s in steps))),
        Statement(D(loss_t, W_hy), mul(error, h)),
        Statement(D(L, W_hy), total(mul(error, h))),
        Statement(D(L, b_y), total(error)),
        Statement(D(loss_t, p), Plus((Over(y, p),), (-1,))),
        Statement(D(loss_t, o), error),
        Statement(D(o, h), W_hy),
        Statement(D(loss_t, h), mul(W_hy, error)),
        Statement(D(h, at(h, before)), mul(W_hh, square(h))),
        Statement(D(loss_t, b_y), Chain((D(loss_t, p), D(p, o), D(o, b_y)))),
        Statement(D(Leaf("L", one), W_hh), Chain((*head(one), D(at(h, one), W_hh)))),
        Statement(
            D(Leaf("L", two), W_hh),
            plus(
                Chain((*head(two), D(at(h, two), W_hh, True))),
                Chain((*head(two), D(at(h, two), at(h, one)), D(at(h, one), W_hh))),
            ),
        ),
        Statement(
            D(Leaf("L", three), W_hh),
            total(Chain((*head(three), D(at(h, three), at(h, k)), D(at(h, k), W_hh, True))), "k", first, three),
        ),
    )


# A GRU


def gru_statements() -> tuple[Statement, ...]:
    u, r, c, m, n, v = (Leaf(name, t) for name in "urcmnv")
    d = {name: Leaf(f"delta_{name}", t) for name in "hucrmnvqo"}
    U = {g: Leaf(f"U_{g}") for g in "urc"}
    W = {g: Leaf(f"W_{g}") for g in "urc"}
    b = {g: Leaf(f"b_{g}") for g in "urc"}
    W_y, past, error = Leaf("W_y"), at(h, before), minus(p, y)
    keep = minus(Num(1), u)
    return (
        Statement(v, plus(mul(W["u"], x), mul(U["u"], past), b["u"])),
        Statement(u, Fn("sigma", v)),
        Statement(m, had(r, past)),
        Statement(c, Fn("tanh", plus(mul(W["c"], x), mul(U["c"], m), b["c"]))),
        Statement(h, plus(had(keep, past), had(u, c))),
        Statement(D(c, n), Diag(square(c))),
        Statement(D(u, v), Diag(had(u, keep))),
        Statement(D(h, u), Diag(minus(c, past))),
        Statement(d["o"], error),
        Statement(d["u"], had(d["h"], minus(c, past))),
        Statement(d["c"], had(d["h"], u)),
        Statement(d["n"], had(d["c"], square(c))),
        Statement(d["m"], mul(Flip(U["c"]), d["n"])),
        Statement(d["r"], had(d["m"], past)),
        Statement(d["v"], had(d["u"], u, keep)),
        Statement(d["q"], had(d["r"], r, minus(Num(1), r))),
        Statement(
            d["h"],
            plus(
                mul(Flip(W_y), d["o"]),
                had(minus(Num(1), at(u, after)), at(d["h"], after)),
                mul(Flip(U["u"]), at(d["v"], after)),
                mul(Flip(U["r"]), at(d["q"], after)),
                had(at(r, after), at(d["m"], after)),
            ),
        ),
        Statement(at(d["h"], last), mul(Flip(W_y), at(d["o"], last))),
        Statement(D(L, W["u"]), total(mul(d["v"], Flip(x)))),
        Statement(D(L, U["r"]), total(mul(d["q"], Flip(past)))),
        Statement(D(L, U["c"]), total(mul(d["n"], Flip(m)))),
        Statement(D(L, b["c"]), total(had(d["c"], square(c)))),
        Statement(D(L, W_y), total(mul(error, Flip(h)))),
    )


GRU_LEGEND = r"""
title = "A gated recurrent unit"
notation = "vector"
sizes = [{H = 2, D = 4, K = 5, T = 3}, {H = 3, D = 2, K = 5, T = 4}]

[network]
equations = [
  'v_t = W_u x_t + U_u h_{t-1} + b_u',
  'u_t = \sigma(v_t)',
  'q_t = W_r x_t + U_r h_{t-1} + b_r',
  'r_t = \sigma(q_t)',
  'm_t = r_t \odot h_{t-1}',
  'n_t = W_c x_t + U_c m_t + b_c',
  'c_t = \tanh(n_t)',
  'h_t = (1 - u_t) \odot h_{t-1} + u_t \odot c_t',
  'o_t = W_y h_t + b_y',
  'p_t = \mathrm{softmax}(o_t)',
  'L_t = -y_t^\top \log p_t',
  'L = \sum_{t=1}^{T} L_t',
]
loss = 'L_t'

[symbols]
'L' = { means = "loss", role = "total_loss", at_time = "L" }
'x' = { means = "x", role = "input", shape = ["D"], time = true }
'y' = { means = "target", role = "target", shape = ["K"], time = true }
'o' = { means = "o", role = "value", shape = ["K"], time = true }
'p' = { means = "p", role = "value", shape = ["K"], time = true }
'W_y' = { means = "W_y", role = "parameter", shape = ["K", "H"] }
'b_y' = { means = "b_y", role = "parameter", shape = ["K"] }
'T' = { role = "size" }
't' = { role = "index" }
'k' = { role = "index" }
'i' = { role = "index" }
"""


def gru_legend() -> str:
    """The legend of the GRU's page, its gates and values filled in."""
    lines = [f'\'{n}\' = {{ means = "{n}", role = "value", shape = ["H"], time = true }}' for n in "vuqrmnch"]
    for gate in "urc":
        for kind, shape in (("W", '"H", "D"'), ("U", '"H", "H"'), ("b", '"H"')):
            lines.append(f'\'{kind}_{gate}\' = {{ means = "{kind}_{gate}", role = "parameter", shape = [{shape}] }}')
    return GRU_LEGEND + "\n".join(lines) + "\n"


def pages(folder: Path) -> dict[str, Page]:
    """The pages by name; `folder` is where a legend can be written."""
    path = folder / "gru.toml"
    path.write_text(gru_legend(), encoding="utf-8")
    vector, hello = replace(builtin_legend("elman_vector"), T=4), builtin_legend("hello")
    unnamed = frozenset(("z", "delta_z", "delta_h", "delta_o"))
    return {
        "vector": Page(ELMAN_VECTOR, True, vector, elman_world(True, 4), vector_statements(), ("o", "h", "z")),
        "scalar": Page(ELMAN_SCALAR, False, hello, elman_world(False, 4), scalar_statements(), (), "({})", unnamed),
        "gru": Page({}, True, load_legend(path), gru_world(4), gru_statements(), tuple("hucrmnvqo")),
    }
