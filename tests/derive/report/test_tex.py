"""The LaTeX source, and what TeX makes of it."""

import re
from dataclasses import replace

import pytest

from derive.report import pdf, tex
from derive.report.document import Details, Document, Formula, Math, Paragraph, Table
from derive.typeset.formula import Quoted

TOLERATED = 3.0  # points


def compiled(require_program, document, pictures=None):
    require_program("latexmk")
    require_program("pdflatex")
    return pdf.compile(tex.write(document, pictures or {}), pictures or {})


def complaints(log):
    """Overfull boxes past the tolerance, undefined references and missing characters."""
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    return [points for points in wide if points > TOLERATED] + re.findall(
        r"undefined references|Reference .* undefined|has been referenced but does not exist|Missing character.*", log
    )


def test_text_is_escaped():
    assert tex.escaped(r"50% \input{x} $_^~#&") == (
        r"50\% \textbackslash{}input\{x\} \$\_\textasciicircum{}\textasciitilde{}\#\&"
    )
    assert tex.escaped("Σ ŷ") == r"\ensuremath{\Sigma} ŷ"
    assert tex.escaped("日") == r"\texttt{U+65E5}"


def test_a_formula_that_is_refused_is_text():
    source = tex.write(Document("x", (Formula((r"\input{/etc/passwd}",)),), ()))
    assert r"\input" not in source


def test_a_formula_of_nothing_begins_no_display():
    assert "$$" not in tex.write(Document("x", (Paragraph((Quoted(" "), ", ", Math(""))),), ())).split("document}")[1]


def test_hostile_notes_bring_no_command(hostile):
    source = tex.write(hostile).split(r"\begin{document}")[1]
    commands = set(re.findall(r"\\([A-Za-z@]+)", source))
    assert not commands & {
        "input",
        "write",
        "immediate",
        "catcode",
        "csname",
        "def",
        "newcommand",
        "href",
        "style",
        "class",
    }
    assert "^^" not in source
    assert source.count(r"\end{document}") == 1


def test_everything_compiles_cleanly(require_program, document):
    content, log = compiled(require_program, document)
    assert content.startswith(b"%PDF")
    assert complaints(log) == []


def test_the_real_report_compiles_cleanly_with_its_pictures(require_program, shipped):
    require_program("latexmk")
    pictures = {path.stem: path.read_bytes() for path in (shipped / "figures").glob("*.pdf")}
    assert len(pictures) == 5
    content, log = pdf.compile((shipped / "report.tex").read_text("utf-8"), pictures)
    assert content.startswith(b"%PDF") and complaints(log) == []
    pages = re.search(r"Output written on report.pdf \((\d+) pages", log)
    assert pages and int(pages[1]) <= 18


def test_letters_that_the_fonts_lack_are_said_to_be_numbers():
    assert r"stand as their Unicode numbers" in tex.write(Document("日本", (), ()))
    assert r"stand as their Unicode numbers" not in tex.write(Document("HELLO", (), ()))


def test_what_is_folded_is_in_the_source_and_on_paper_only_in_full():
    document = Document("x", (Details(("more",), (Paragraph(("inside",)),)),), ())
    assert r"\fullfalse" in tex.write(document) and "inside" in tex.write(document)
    assert r"\fulltrue" in tex.write(replace(document, full=True))


def test_hostile_notes_compile_to_text_and_touch_nothing(require_program, hostile):
    content, log = compiled(require_program, hostile)
    assert content.startswith(b"%PDF")
    assert "(/etc/passwd" not in log  # TeX names every file that it opens
    assert complaints(log) == []


def test_every_character_that_is_let_through_has_a_glyph(require_program):
    let_through = [chr(code) for code in range(0x20, 0x2FFF) if "U+" not in tex.escaped(chr(code))]
    assert len(let_through) > 200
    _, log = compiled(require_program, Document("x", (Paragraph((" ".join(let_through),)),), ()))
    assert complaints(log) == []


def test_long_formulas_stay_on_the_page(require_program):
    term = r"\frac{\partial L(3)}{\partial y(3)} \frac{\partial y(3)}{\partial W_{aa}}"
    formulas = [" + ".join([term] * count) for count in (1, 5, 8, 12, 40)]
    grouped = rf"x = \left[ {formulas[3]} \right]"
    document = Document("x", tuple(Formula((line, f"= {line}")) for line in (*formulas, grouped)), ())
    _, log = compiled(require_program, document)
    assert complaints(log) == []


def test_tables_fit(require_program):
    words = "a rather long sentence that has to be broken over several lines in its column"
    table = Table((("one",), ("two",), ("three",)), (((words,), ("x",), (words + " " + words,)),) * 70)
    _, log = compiled(require_program, Document("x", (table,), ()))
    assert complaints(log) == []


def test_what_does_not_compile_is_said_in_one_line(require_program):
    require_program("latexmk")
    with pytest.raises(pdf.PdfError, match=r"^latexmk failed: ! Undefined control sequence"):
        pdf.compile(r"\documentclass{article}\begin{document}\nonsense\end{document}", {})


def test_shell_escape_is_off(require_program, tmp_path):
    require_program("latexmk")
    mark = tmp_path / "owned"
    source = rf"\documentclass{{article}}\begin{{document}}\immediate\write18{{touch {mark}}}x\end{{document}}"
    pdf.compile(source, {})
    assert not mark.exists()
