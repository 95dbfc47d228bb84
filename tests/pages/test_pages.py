"""The generator itself: every combination is written, its labels are true, and slips stand where it says."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def written(pages):
    """A page about every network in every sensible style."""
    return [
        pages.generate(network, style, 7)
        for network in pages.NETWORKS
        for style in pages.STYLES
        if pages.sensible(network, style)
    ]


def test_ten_networks_in_eight_styles(pages, written):
    assert len(pages.NETWORKS) >= 10 and len(pages.STYLES) >= 8
    styles = Counter(page.network for page in written)
    assert len(styles) == len(pages.NETWORKS) and min(styles.values()) >= 8


def test_every_block_of_the_text_has_its_label(written):
    display = re.compile(r"^(\$\$|\\\[|```math)\n(.*?)\n(\$\$|\\\]|```)$", re.DOTALL | re.MULTILINE)
    for page in written:
        assert tuple(match[1] for match in display.findall(page.text)) == page.blocks, page.name
        assert [label.block for label in page.labels] == list(range(1, len(page.blocks) + 1))
        assert page.legend is None


def test_brackets_are_balanced(written):
    for page in written:
        for block in page.blocks:
            for opening, closing in (
                "{}",
                "()",
                "[]",
                (r"\left(", r"\right)"),
                (r"\langle", r"\rangle"),
                (r"\begin", r"\end"),
            ):
                assert block.count(opening) == block.count(closing), (page.name, block)
            depth = 0
            for sign in re.sub(r"\\[{}]", "", block):
                depth += {"{": 1, "}": -1}.get(sign, 0)
                assert depth >= 0, (page.name, block)


def test_no_script_is_doubled(written):
    """TeX refuses x^a^b and x_a_b."""
    script = r"(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|\\[a-zA-Z]+|[^\\{}\s])"
    doubled = re.compile(rf"\^{script}(?:_{script})?\^|_{script}(?:\^{script})?_")
    assert doubled.search(r"x^{(t)}^\top") and doubled.search(r"x_{a}^2_b") and not doubled.search(r"x_{a_b}^{(t)}")
    for page in written:
        for block in page.blocks:
            assert not doubled.search(block), (page.name, block)


def test_a_slip_is_where_its_label_says(pages, written):
    kinds = Counter()
    for page in written:
        for label in page.labels:
            if label.slip is None:
                continue
            slip, block = label.slip, page.blocks[label.block - 1]
            assert label.truth == "fails" and label.kind == "claim"
            assert block[slip.start : slip.end] == slip.written != slip.original
            kinds[slip.kind] += 1
    assert len(kinds) >= 12 and kinds.total() > 250, kinds


def test_slips_are_of_claims_only_and_there_are_true_claims_enough(written):
    for page in written:
        truths = Counter(label.truth for label in page.labels if label.kind == "claim")
        assert all(label.truth == "holds" for label in page.labels if label.kind == "definition")
        assert truths["holds"] >= 1, page.name


def test_the_same_seed_gives_the_same_page(pages):
    assert pages.generate("gru", "rows", 3) == pages.generate("gru", "rows", 3)
    assert pages.generate("gru", "rows", 3).text != pages.generate("gru", "rows", 4).text


def test_the_labels_are_confirmed_at_other_points(pages):
    """What holds does so at points that the generator has not seen, and what was planted fails there."""
    from generator import author, truth

    for network, style in (("elman", "superscript"), ("lstm", "rows"), ("perceptron", "sums"), ("batch", "summation")):
        writer = author.Author(network, pages.STYLES[style], 5)
        sizes = (4, 7, 3, 5, 2, 6) if network == "perceptron" else (5, 2, 3, 4, 6)
        world = truth._world(writer.network, 5 if network == "perceptron" else 7, sizes, 99)
        for claim in writer.chosen():
            assert truth.judged(claim, world, writer.layout, writer.own).holds
            if (slip := writer.slip(claim)) is not None:
                assert (
                    truth.judged(slip[1], world, writer.layout, writer.own).false
                    + truth.judged(slip[1], world, writer.layout, writer.own).misfit
                ), (slip, claim)
        for definition in writer.definitions():
            assert truth.judged(definition, world, writer.layout, {}).holds, definition


def test_jax_agrees_on_the_derivatives(pages, require):
    """A second way to the numbers: reverse mode on the perceptron's and the Elman network's equations, in JAX."""
    jax = require("jax")
    jax.config.update("jax_enable_x64", True)
    from generator.truth import worlds

    world = worlds("elman")[0]
    given = {key: value[0] for key, value in world.given.items()}

    def loss(W):
        h, total = given["h", (0,)], 0.0
        for t in range(1, world.last + 1):
            h = jax.numpy.tanh(W @ h + given["U", ()] @ given["x", (t,)] + given["b", ()])
            o = given["V", ()] @ h + given["d", ()]
            total -= (given["y", (t,)] * jax.nn.log_softmax(o, axis=0)).sum()
        return total

    ours = world.derivative(("L", ()), ("W", ()), False)[0, 0]
    assert abs(jax.grad(loss)(given["W", ()]) - ours).max() < 1e-12


@pytest.mark.parametrize("network, style", [("elman", "subscript"), ("stacked", "sums"), ("perceptron", "superscript")])
def test_traps_are_true_and_false(pages, network, style):
    page = pages.generate(network, style, 1, against=True)
    claims = [label for label in page.labels if label.kind == "claim"]
    assert {label.truth for label in claims} == {"holds", "fails"}
    kinds = {"vanishing factor", "remark"} | ({"far", "condition"} if network == "elman" else set())
    assert kinds <= {label.claim for label in claims}


def test_no_name_on_a_page_means_two_things(pages):
    from random import Random

    from generator.networks import quantities
    from generator.styles import spelled

    for network in pages.NETWORKS:
        net = pages.NETWORKS[network]()
        used = {q.name for e in net.equations for q in (e.head, *quantities(e.body))} - {"l", "L"}
        for style in pages.STYLES.values():
            for seed in range(40):
                spelling = spelled(net, style, Random(seed))
                names = [spelling.names[q] for q in sorted(used)] + [spelling.names["L"]]
                written = [(n.base, n.below, n.above) for n in names]
                assert len(set(written)) == len(written), (network, style.name, seed, sorted(written))
                bases = {base for base, _, _ in written}
                running = {spelling.letters[k] for k in ("t", "k", "i") if net.family == "t"}
                assert not running & bases and len(running) in (0, 3), (network, style.name, seed, running & bases)


def test_a_factor_that_vanishes_where_one_looks_is_false_elsewhere(pages):
    text = "".join(pages.generate("elman", "subscript", seed, against=True).text for seed in range(3))
    assert re.search(r"\(T-\d\)", text) and re.search(r"n_[hxy] - \d|m_[hxy] - \d", text)


def test_nothing_of_the_project_is_imported():
    for path in (FOLDER / "generator").glob("*.py"):
        assert not re.search(r"^\s*(from|import) (derive|numeric)\b", path.read_text(encoding="utf-8"), re.MULTILINE), (
            path
        )


def test_the_command_writes_pages_and_labels(tmp_path):
    run = [sys.executable, str(FOLDER / "generate.py"), str(tmp_path / "out"), "3", "2"]
    assert subprocess.run(run, capture_output=True, text=True, check=False).returncode == 0
    labels = json.loads((tmp_path / "out" / "labels.json").read_text(encoding="utf-8"))
    assert sorted(labels) == sorted(path.stem for path in (tmp_path / "out").glob("*.md"))
    assert all({"kind", "truth", "why"} <= set(label) for page in labels.values() for label in page.values())
    wrong = subprocess.run([*run[:3], "many"], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0 and wrong.stderr.startswith("usage:") and "Traceback" not in wrong.stderr
