"""The report on pages other than HELLO: their title, their letters, their network, and nothing that is true of HELLO
alone."""

import re
from pathlib import Path

import pytest

from derive.algebra.model import elman
from derive.report import __main__ as report
from derive.report import html, markdown, tex
from derive.report.assemble import build
from derive.report.document import Details, Formula, Paragraph, Slip, Table, plain
from derive.report.subject import SHIPPED, of_page

EXAMPLES = Path(__file__).parents[3] / "docs/examples"


def shown(document):
    """Every line of every formula of ours, and all text."""
    lines, words = [], [document.title]

    def walk(blocks):
        for block in blocks:
            if isinstance(block, Formula):
                lines.extend(block.lines)
            elif isinstance(block, Paragraph):
                words.extend(part for part in block.text if isinstance(part, str))
            elif isinstance(block, Details):
                walk(block.blocks)

    def sections(found):
        for section in found:
            words.append(plain(section.title))
            walk(section.blocks)
            sections(section.sections)

    walk(document.lead)
    sections(document.sections)
    return lines, " ".join(words)


def test_an_lstm_is_derived_in_its_own_letters():
    subject = of_page(EXAMPLES / "lstm.md", None, None, 8)
    lines, words = shown(build(subject, {}, full=True))
    assert subject.title == "An LSTM" and not subject.scalar and subject.model != elman()
    assert r"h_{t} = o_{t} \odot \tanh(c_{t})" in lines
    assert not [word for word in ("HELLO", "Elman", "the notes repeat", "one hidden unit") if word in words]
    gradients = [line for line in lines if line.startswith(r"\frac{\partial L}{\partial W_{fh}} =")]
    assert gradients and all(r"\delta_{\text{net}_{f},t} h_{t-1}^{\top}" in line for line in gradients)
    assert not [line for line in lines if "(t)" in line]
    assert not [line for line in lines if re.match(r"[ifogch]_\{T\+1\} = 0", line)]  # only errors end there


def test_the_elman_network_takes_the_letters_of_the_page():
    subject = of_page(EXAMPLES / "gradients.md", None, None, 8)
    lines, words = shown(build(subject, {}))
    assert subject.title == "An Elman network, by hand"
    assert r"h_{t} = \tanh(\text{net}_{h,t})" in lines and r"L = \sum_{t=1}^{T} L_{t}" in lines
    assert r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_{\text{net}_{h},t} h_{t-1}^{\top}" in lines
    assert "HELLO" not in words and "Weights through time" not in words


def test_hello_keeps_its_own():
    subject = of_page(SHIPPED, None, None, 8)
    assert subject.scalar and subject.letters is None and subject.word.text == "HELLO"
    assert subject.title == "Back propagation through time in an RNN, on the word HELLO"


PAGE = """# Notes on something

$$y_t = V h_t + b$$
"""


def test_a_page_without_a_network_says_what_is_missing_in_one_line(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    subject = of_page(page, None, None, 8)
    lines, words = shown(build(subject, {}))
    assert subject.model is None and subject.title == "Notes on something"
    assert lines == [] and "no formula says what the loss is: state it on the page" in words


SAMPLES = r"""# Samples

$$z(n) = w^\top x(n) + b, \qquad p(n) = \sigma(z(n))$$

$$E(n) = -(y(n) \log p(n) + (1 - y(n)) \log(1 - p(n))), \qquad E = \frac{1}{N} \sum_{n=1}^{N} E(n)$$

$$\frac{\partial E}{\partial w} = \frac{1}{N} \sum_{n=1}^{N} (p(n) - y(n)) x(n)$$
"""


def test_samples_and_their_number_have_the_letters_of_the_page(tmp_path):
    (tmp_path / "page.md").write_text(SAMPLES)
    for path, index, last in ((EXAMPLES / "perceptron.md", "t", "m"), (tmp_path / "page.md", "n", "N")):
        lines, _ = shown(build(of_page(path, None, None, 8).checked(), {}))
        assert any(rf"\sum_{{{index}=1}}^{{{last}}}" in line for line in lines)
        assert not [line for line in lines if "T" in line] and not [
            line for line in lines if index == "i" and "(t)" in line
        ]
    lead = build(of_page(EXAMPLES / "perceptron.md", None, None, 8).checked(), {}).lead
    assert ("holds", 3, "proved for every m and size", "block-3") in lead[0].counts


def test_the_loss_of_a_sample_has_its_own_name_and_what_it_is_divided_by_stands_once(tmp_path):
    (tmp_path / "page.md").write_text(SAMPLES.replace("E(n)", "L(n)"))
    lines, _ = shown(build(of_page(tmp_path / "page.md", None, None, 8).checked(), {}, full=True))
    assert r"E = \frac{1}{N} \sum_{n=1}^{N} L(n)" in lines
    assert r"\delta_{z}(n) = \frac{p(n) - y(n)}{N}" in lines
    squared = SAMPLES.replace(r"-(y(n) \log p(n) + (1 - y(n)) \log(1 - p(n)))", r"\frac{1}{2} (z(n) - y(n))^2")
    (tmp_path / "page.md").write_text(squared)
    lines, _ = shown(build(of_page(tmp_path / "page.md", None, None, 8).checked(), {}, full=True))
    assert r"E = \frac{1}{N} \sum_{n=1}^{N} E(n)" in lines
    assert r"\delta_{z}(n) = \frac{1}{N} \frac{\partial^{+} E(n)}{\partial z(n)}" in lines


def test_the_parameter_of_a_heading_is_a_formula():
    document = build(of_page(EXAMPLES / "perceptron.md", None, None, 8), {})
    assert "The gradient by $W _{1}$\n" in markdown.write(document)
    assert r"\texorpdfstring{The gradient by $W_{1}$}{The gradient by W1}" in tex.write(document).replace(
        r"\displaystyle", ""
    )
    heading = re.search(r'<h3 id="gradient-w-1-title">The gradient by <math.*?</math>', html.write(document))
    assert heading and ">W<" in heading[0]


def test_symbols_have_the_shapes_of_the_derivation_and_a_convention_stands_once():
    for page, shapes in (("bidirectional.md", {"U_{f}": "H × H", "A": "K × H", "f": "H"}), ("perceptron.md", {})):
        document = build(of_page(EXAMPLES / page, None, None, 8).checked(), {})
        found = {symbol.latex: symbol for symbol in document.symbols}
        assert r"\top" not in found and not [s for s in document.symbols if "?" in s.shape or "unknown" in s.meaning]
        assert {latex: found[latex].shape for latex in shapes} == shapes
        conventions = document.sections[-1].blocks[-1]
        assert isinstance(conventions, Table)
        names = [row[0] for row in conventions.rows]
        assert ("vectors",) in names and len(set(names)) == len(names)


def test_what_no_edit_mends_stands_beside_what_is_derived(tmp_path):
    text = (EXAMPLES / "gradients.md").read_text()
    (tmp_path / "page.md").write_text(text[: text.index(r"$$\frac{\partial L}{\partial W}")] + WRONG)
    slips = [
        block
        for block in build(of_page(tmp_path / "page.md", None, None, 8).checked(), {}).lead
        if isinstance(block, Slip)
    ]
    (slip,) = [slip for slip in slips if slip.said == ("no single edit mends it",)]
    assert slip.mended.latex.startswith(r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} ")
    assert slip.mended.latex.endswith(r" h_{t-1}^{\top}") and slip.written.latex == WRONG.strip("$\n")


WRONG = r"$$\frac{\partial L}{\partial W} = \sum_{t=1}^{T} 3 h_t h_t^\top$$" + "\n"


def test_a_symbol_that_only_the_legend_has_is_shown_as_the_page_would_write_it():
    document = build(of_page(EXAMPLES / "lstm.md", None, None, 8).checked(), {})
    (found,) = [symbol for symbol in document.symbols if symbol.latex == "W_{ix}"]
    assert found.spellings == () and found.source == "legend"


def test_a_page_without_a_heading_goes_by_its_name(tmp_path):
    page = tmp_path / "week3.md"
    page.write_text("$$1$$\n")
    assert of_page(page, None, None, 8).title == "week3.md"


@pytest.mark.parametrize("page", ["lstm.md", "gradients.md"])
def test_every_format_is_written_for_a_page(page, tmp_path, capsys):
    arguments = ["--notes", str(EXAMPLES / page), "--format", "html,tex,md,ipynb", "--out", str(tmp_path)]
    assert report.main(arguments) == 0
    source = (tmp_path / "report.html").read_text()
    assert {path.stem for path in (tmp_path / "figures").glob("*.svg")} == {"network", "paths"}
    assert "HELLO" not in re.sub(r"at HELLO", "", source)  # where the check tries its numbers
    assert (Path(page).with_suffix(".toml").name in source) == (page == "lstm.md")


def test_values_that_lead_to_no_loss_are_left_out(tmp_path):
    (tmp_path / "two.md").write_text("# Two\n\n$$h_t = \\tanh(W h_{t-1})$$\n")
    (tmp_path / "two.toml").write_text(
        """notation = "vector"
[network]
equations = ['h_t = \\tanh(W h_{t-1} + x_t)', 's_t = U s_{t-1}', 'L_t = \\|h_t - y_t\\|^2', 'L = \\sum_{t=1}^{T} L_t']
loss = 'L_t'
[symbols]
'x' = { means = "x", role = "input", shape = ["H"], time = true }
'y' = { means = "target", role = "target", shape = ["H"], time = true }
'h' = { means = "h", role = "value", shape = ["H"], time = true }
's' = { means = "s", role = "value", shape = ["H"], time = true }
'L' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }
'W' = { means = "W", role = "parameter", shape = ["H", "H"] }
'U' = { means = "U", role = "parameter", shape = ["H", "H"] }
'T' = { role = "size" }
't' = { role = "index" }
"""
    )
    subject = of_page(tmp_path / "two.md", None, None, 8)
    assert subject.apart == ("s",) and [p.name for p in subject.model.parameters] == ["W"]
    lines, words = shown(build(subject, {}))
    assert "does not depend on" in words and not [line for line in lines if "U" in line]


def test_a_batch_is_said_to_be_derived_for_one_sample(tmp_path):
    page = tmp_path / "batch.md"
    page.write_text(
        "\n\n".join(
            (
                r"$$S_t = \tanh(S_{t-1} A + X_t B), \qquad P_t = \mathrm{softmax}(S_t V)$$",
                r"$$L = -\sum_{t=1}^T \sum_m \sum_k Y_{t,mk} \log P_{t,mk}$$",
                r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^T S_t^\top (P_t - Y_t)$$",
            )
        ),
        "utf-8",
    )
    _, words = shown(build(of_page(page, None, None, 8), {}))
    assert "is of one of them" in words


def test_roots_are_not_decided_exactly_and_said_so(tmp_path):
    page = tmp_path / "roots.md"
    page.write_text(r"$$h_t = \tanh(W h_{t-1} + U x_t)$$" + "\n\n" + r"$$L = \sum_{t=1}^T \| V h_t - y_t \|$$", "utf-8")
    assert report.main(["--notes", str(page), "--format", "md", "--out", str(tmp_path)]) == 0
    assert "Exact arithmetic decides nothing here" in (tmp_path / "report.md").read_text("utf-8")
