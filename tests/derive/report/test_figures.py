"""The pictures: what they are drawn from, and that they can stand in any page."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from derive.algebra.array import Value, rebuild
from derive.algebra.chain import exact
from derive.algebra.edits import single_path, truncated
from derive.algebra.model import elman
from derive.algebra.unroll import unroll
from derive.report import figures
from derive.report.figures import network, numbers, paths, slips
from derive.report.figures.style import DARK
from derive.report.subject import of_word
from numeric import bptt
from numeric.train import initial
from numeric.words import Word

WORD = Word("HELLO")
GRAPH = unroll(elman(), 4)


@pytest.fixture(scope="module")
def drawn():
    return figures.draw(of_word(WORD, 8), paper=True)


def test_the_five_figures_are_there(drawn):
    assert list(drawn) == ["network", "paths", "probabilities", "slips", "path-map"]
    assert all(figure.pdf.startswith(b"%PDF") for figure in drawn.values())


def test_every_figure_says_in_words_what_it_shows(drawn):
    for figure in drawn.values():
        root = ElementTree.fromstring(figure.svg)
        labels = root.get("aria-labelledby")
        described = next(element for element in root.iter() if element.get("id") == labels)
        assert root.get("role") == "img" and described.text == figure.alt and figure.caption


def test_figures_can_stand_side_by_side_in_one_page(drawn):
    ids = [e.get("id") for f in drawn.values() for e in ElementTree.fromstring(f.svg).iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for name, figure in drawn.items():
        sheets = [e.text for e in ElementTree.fromstring(figure.svg).iter() if e.tag.endswith("}style")]
        assert len(sheets) == 1 and all(
            rule.startswith(f"#{name}-picture") for rule in sheets[0].split("{", 1)[1].split("}") if rule
        )
        assert "<image" not in figure.svg and "<metadata" not in figure.svg


def test_references_within_a_figure_resolve(drawn):
    for figure in drawn.values():
        root = ElementTree.fromstring(figure.svg)
        ids = {element.get("id") for element in root.iter()}
        for element in root.iter():
            for key, value in element.attrib.items():
                if key.endswith("}href"):
                    assert value[1:] in ids
                if value.startswith("url(#"):
                    assert value[5:-1] in ids


def test_themed_colours_follow_the_theme_and_no_other_is_black(drawn):
    for name in ("network", "paths", "slips", "probabilities"):
        for element in ElementTree.fromstring(drawn[name].svg).iter():
            style = element.get("style", "")
            assert not any(colour in style for colour in DARK)
            assert "#000000" not in style
            if element.get("fill", "").startswith("#"):
                assert "f-c" in element.get("class")


def test_the_same_data_gives_the_same_bytes(drawn):
    again = network.draw(GRAPH, WORD, "W_aa").figure(paper=True)
    assert again == drawn["network"]


def test_the_letters_of_the_word_stand_in_the_network(drawn):
    texts = [e.text for e in ElementTree.fromstring(drawn["network"].svg).iter() if e.tag.endswith("}text") and e.text]
    assert sorted(text for text in texts if text in set("HELO")) == sorted("HELL" + "ELLO")


def test_the_errors_run_back_along_the_recurrence(drawn):
    dashed = [e for e in ElementTree.fromstring(drawn["network"].svg).iter() if "dasharray" in e.get("style", "")]
    assert len(dashed) == 2 * (4 + 4 + 3)  # L to y, y to a, and a to the a before it: a line and a head each


def test_a_network_with_gates_can_be_drawn(gru):
    graph = unroll(gru, 4)
    figure = network.draw(graph, None, "U_z").figure(paper=False)
    assert "z, r, c, h" in figure.alt and "at two steps" in "".join(p for p in figure.caption if isinstance(p, str))


def test_what_slips_cost_is_the_ratio_to_the_exact_loss():
    losses = {"exact": np.full((5, 3), 2.0), "truncated": np.full((5, 3), 5.0)}
    assert "on A 2.5× (truncated)" in slips.draw({"A": losses}, 0.1).alt


def test_a_word_is_read_by_networks_that_read_letters(gru):
    assert numbers.reads_letters(elman()) and numbers.reads_letters(gru)
    real = replace(elman(), inputs=tuple(replace(value, one_hot=False) for value in elman().inputs))
    assert not numbers.reads_letters(replace(real, equations=tuple(map(unhot, elman().equations))))


def unhot(equation):
    """The equation with inputs that are no letters."""
    leaf = lambda array: replace(array, one_hot=False) if isinstance(array, Value) else array  # noqa: E731
    return replace(equation, expression=rebuild(equation.expression, leaf))


@pytest.mark.parametrize("text", ["aa", "日本語日", "<b>&$x$", "a" * 30, "x\ny"])
def test_any_word_can_be_drawn(text):
    word = Word(text)
    figure = network.draw(unroll(elman(), len(word.X)), word, "W_aa").figure(paper=False)
    assert ElementTree.fromstring(figure.svg) is not None


@pytest.mark.parametrize("i", [1, 3, 9])
def test_a_path_tree_has_a_leaf_for_each_use(i):
    figure = paths.draw(unroll(elman(), 9), i, "W_aa").figure(paper=False)
    leaves = min(i, paths.DEEPEST)
    assert figure.alt.count("for k =") == leaves


def test_numbers_are_those_of_the_reference():
    starts = [initial(WORD, 3, seed) for seed in (0, 1)]
    run = numbers.train(GRAPH, WORD, starts, rate=0.1, steps=3)
    for seed, parameters in enumerate(starts):
        for step in range(4):
            loss, gradients = bptt.loss_and_gradients(parameters, WORD.X, WORD.Y)
            assert run.losses[step, seed] == pytest.approx(loss, rel=1e-13)
            parameters = {name: values - 0.1 * gradients[name] for name, values in parameters.items()}
    _, log_y = bptt.forward(starts[0], WORD.X)
    np.testing.assert_allclose(run.predictions[0], np.exp(log_y), rtol=1e-13)


def test_the_terms_of_the_path_map_add_up_to_the_gradient():
    start = initial(WORD, 3, 0)
    point = numbers.forward(GRAPH, WORD, {p: start[p.name][None] for p in GRAPH.model.parameters})
    from derive.algebra.chain import double_sum

    total = sum(numbers.evaluate(term, point)[0] for term in double_sum(GRAPH, "W_ax").values())
    _, gradients = bptt.loss_and_gradients(start, WORD.X, WORD.Y)
    np.testing.assert_allclose(total, gradients["W_ax"], rtol=1e-12)
    sizes = numbers.term_sizes(GRAPH, WORD, {p: start[p.name][None] for p in GRAPH.model.parameters}, "W_aa")
    assert np.isnan(sizes[0, 1]) and (sizes[:, 0] == 0).all() and (sizes[np.tril_indices(4)] >= 0).all()


@pytest.mark.parametrize("edit", [truncated, single_path(elman())])
def test_an_edit_changes_the_way_down_and_not_the_start(edit):
    starts = [initial(WORD, 3, 0)]
    whole, edited = (numbers.train(GRAPH, WORD, starts, 0.1, 5, chosen) for chosen in (exact, edit))
    assert edited.losses[0] == whole.losses[0]
    assert edited.losses[-1] != whole.losses[-1]
