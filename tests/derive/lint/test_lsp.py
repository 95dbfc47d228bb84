"""The language server as an editor meets it: over standard input and output, with the client of pygls."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE = 60  # seconds, on a busy machine
WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
PAGE = r"""# An Elman network 😋

The state is $h_t = \tanh(W x_t + U h_{t-1} + b)$, and 𝛿 below is $\delta_t = \frac{\partial L}{\partial h_t}$.

$$\hat y_t = \mathrm{softmax}(V h_t + c)$$

$$L = -\sum_t y_t^\top \log \hat y_t$$

So 𝛿😋 is: $$\delta_t = V^\top (\hat y_t - y_t) + U \mathrm{diag}(1 - h_{t+1}^2) \delta_{t+1}$$

$$\frac{\partial L}{\partial V} = \sum_t (\hat y_t - y_t) h_t^\top$$
"""
SLIP = r"+ U \mathrm{diag}"
MENDED = r"+ U^\top \mathrm{diag}"


class Editor:
    """An editor with one server. It keeps its own texts, and counts characters in its own way."""

    def __init__(self, folder: Path, encoding: str) -> None:
        from lsprotocol import types
        from pygls.lsp.client import LanguageClient

        self.types, self.folder, self.encoding = types, folder, encoding
        self.client = LanguageClient("editor", "1")
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.told: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.watched: list[str] = []
        self.loop = asyncio.new_event_loop()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: Any) -> None:
            self.told[params.uri] = params
            self.counts[params.uri] = self.counts.get(params.uri, 0) + 1

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def _(params: Any) -> None:
            self.watched += [r.method for r in params.registrations]

    def run(self, steps: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(steps, PATIENCE))

    def start(self) -> None:
        types = self.types
        documents = types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown])
        )
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching),
            text_document=documents,
            notebook_document=types.NotebookDocumentClientCapabilities(types.NotebookDocumentSyncClientCapabilities()),
            general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(self.encoding)]),
        )
        params = types.InitializeParams(capabilities, root_uri=self.folder.as_uri())
        self.run(self.client.start_io(sys.executable, "-m", "derive", "lsp", cwd=ROOT))
        self.server = self.run(self.client.initialize_async(params)).capabilities
        self.client.initialized(types.InitializedParams())

    def stop(self) -> None:
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.close()

    # Texts

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, language: str = "markdown") -> str:
        uri = self.uri(name)
        self.texts[uri], self.versions[uri] = text, 1
        item = self.types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(self.types.DidOpenTextDocumentParams(item))
        return uri

    def write(self, uri: str, text: str) -> None:
        """Replace the whole text, as a keystroke does for a server that takes whole files."""
        self.texts[uri], self.versions[uri] = text, self.versions[uri] + 1
        document = self.types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        change = self.types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(self.types.DidChangeTextDocumentParams(document, [change]))

    def close(self, uri: str) -> None:
        document = self.types.TextDocumentIdentifier(uri)
        self.client.text_document_did_close(self.types.DidCloseTextDocumentParams(document))

    def position(self, uri: str, offset: int) -> Any:
        before = self.texts[uri][:offset].split("\n")
        codec, unit = WIDTHS[self.encoding]
        return self.types.Position(len(before) - 1, len(before[-1].encode(codec)) // unit)

    def offset(self, uri: str, position: Any) -> int:
        lines = self.texts[uri].split("\n")
        codec, unit = WIDTHS[self.encoding]
        inside = lines[position.line].encode(codec)[: position.character * unit].decode(codec)
        return sum(len(line) + 1 for line in lines[: position.line]) + len(inside)

    def source(self, uri: str, found: Any) -> str:
        """What stands in a range."""
        return self.texts[uri][self.offset(uri, found.start) : self.offset(uri, found.end)]

    def apply(self, edit: Any) -> None:
        for uri, edits in edit.changes.items():
            text = self.texts[uri]
            for one in sorted(edits, key=lambda one: self.offset(uri, one.range.start), reverse=True):
                start, end = self.offset(uri, one.range.start), self.offset(uri, one.range.end)
                text = text[:start] + one.new_text + text[end:]
            self.write(uri, text)

    # What it is told and asks

    def diagnostics(self, uri: str, version: int | None = None) -> list[Any]:
        """What is said of the newest version of a text, once it is said."""
        wanted = version or self.versions[uri]

        async def wait() -> list[Any]:
            while uri not in self.told or self.told[uri].version != wanted:
                await asyncio.sleep(0.02)
            return list(self.told[uri].diagnostics)

        return self.run(wait())

    def codes(self, uri: str) -> list[str]:
        return [found.code for found in self.diagnostics(uri)]

    def _asked(self, uri: str, offset: int) -> tuple[Any, Any]:
        return self.types.TextDocumentIdentifier(uri), self.position(uri, offset)

    def hover(self, uri: str, offset: int) -> tuple[str, str] | None:
        """What is shown, and what it is about."""
        found = self.run(self.client.text_document_hover_async(self.types.HoverParams(*self._asked(uri, offset))))
        return None if found is None else (found.contents.value, self.source(uri, found.range))

    def definition(self, uri: str, offset: int) -> list[Any]:
        params = self.types.DefinitionParams(*self._asked(uri, offset))
        return list(self.run(self.client.text_document_definition_async(params)))

    def references(self, uri: str, offset: int, declaration: bool = True) -> list[Any]:
        params = self.types.ReferenceParams(self.types.ReferenceContext(declaration), *self._asked(uri, offset))
        return list(self.run(self.client.text_document_references_async(params)))

    def actions(self, uri: str, found: Any) -> list[Any]:
        document, context = self.types.TextDocumentIdentifier(uri), self.types.CodeActionContext([])
        params = self.types.CodeActionParams(document, found, context)
        return list(self.run(self.client.text_document_code_action_async(params)))

    def hints(self, uri: str) -> list[tuple[int, str]]:
        """The lines and words of the hints in a text."""
        whole = self.types.Range(self.types.Position(0, 0), self.position(uri, len(self.texts[uri])))
        params = self.types.InlayHintParams(self.types.TextDocumentIdentifier(uri), whole)
        found = self.run(self.client.text_document_inlay_hint_async(params))
        return [(hint.position.line + 1, hint.label) for hint in found]


@pytest.fixture(scope="module")
def editors(
    require: Callable[[str], object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Editor]]:
    """Editors by the encoding of their positions, each with its server."""
    require("pygls")
    started: dict[str, Editor] = {}

    def editor(encoding: str) -> Editor:
        if encoding not in started:
            started[encoding] = Editor(tmp_path_factory.mktemp("pages"), encoding)
            started[encoding].start()
        return started[encoding]

    yield editor
    for one in started.values():
        one.stop()


@pytest.fixture
def editor(editors: Callable[[str], Editor]) -> Editor:
    return editors("utf-16")


@pytest.mark.parametrize("encoding", list(WIDTHS))
def test_positions_in_every_encoding(editors, encoding):
    editor = editors(encoding)
    assert editor.server.position_encoding == encoding
    a_slip_is_underlined_mended_and_gone(editor)
    a_symbol_has_a_meaning_a_definition_and_uses(editor)
    a_notebook_has_all_this_in_its_cells(editor)


def a_slip_is_underlined_mended_and_gone(editor: Editor) -> None:
    uri = editor.open("slip.md", PAGE)
    (found,) = editor.diagnostics(uri)
    assert (found.code, found.source, found.severity) == ("transpose", "unrolled", 1)
    assert editor.source(uri, found.range) == "U" and r"write U^\top for U" in found.message
    assert "left " in found.message and "right " in found.message  # the numbers
    (mend,) = [action for action in editor.actions(uri, found.range) if action.is_preferred]
    assert mend.title == r"Write U^\top for U" and mend.kind == "quickfix"
    editor.apply(mend.edit)
    assert editor.texts[uri] == PAGE.replace(SLIP, MENDED)
    assert editor.diagnostics(uri) == []
    whole = editor.types.Range(editor.position(uri, 0), editor.position(uri, len(PAGE)))
    assert editor.actions(uri, whole) == []


def a_symbol_has_a_meaning_a_definition_and_uses(editor: Editor) -> None:
    uri = editor.open("hover.md", PAGE)
    inside = PAGE.index("h_{t+1}^2")  # behind letters of two units
    text, about = editor.hover(uri, inside)
    assert about == "h_{t+1}^2"
    assert text.startswith("`h_t`") and "a vector, one for each step" in text
    assert r"`h_t = \tanh(W x_t + U h_{t-1} + b)`" in text and "line 3" in text
    (place,) = editor.definition(uri, inside)
    assert place.uri == uri and editor.source(uri, place.range) == "h_t"
    assert editor.offset(uri, place.range.start) == PAGE.index("h_t")
    uses = [editor.source(uri, use.range) for use in editor.references(uri, inside)]
    assert uses == ["h_t", "h_{t-1}", "h_t", "h_t", "h_{t+1}^2", r"h_t^\top"]
    assert len(editor.references(uri, inside, declaration=False)) == len(uses) - 1


def test_hover_on_a_relation(editor):
    uri = editor.open("relation.md", PAGE)
    text, about = editor.hover(uri, PAGE.index(r"= V^\top"))
    assert text.startswith("fails: transpose") and about.startswith(r"V^\top")
    text, about = editor.hover(uri, PAGE.rindex("= "))
    assert text.startswith("holds") and "every T and every size" in text
    assert about == r"\sum_t (\hat y_t - y_t) h_t^\top"
    assert editor.hover(uri, PAGE.index("The state")) is None


def test_what_nothing_defines_leads_to_its_first_use(editor):
    uri = editor.open("parameter.md", PAGE)
    (place,) = editor.definition(uri, PAGE.rindex("V"))
    assert editor.offset(uri, place.range.start) == PAGE.index("V h_t")
    assert editor.definition(uri, 2) == [] and editor.references(uri, 2) == []


def test_a_comment_silences_a_finding(editor):
    uri = editor.open("silent.md", PAGE)
    (found,) = editor.diagnostics(uri)
    (ignore,) = [action for action in editor.actions(uri, found.range) if action.title == "Ignore transpose here"]
    assert not ignore.is_preferred and [about.code for about in ignore.diagnostics] == ["transpose"]
    editor.apply(ignore.edit)
    assert editor.diagnostics(uri) == [] and "$$ <!-- unrolled: ignore[transpose] -->\n" in editor.texts[uri]
    assert editor.hints(uri) == [(9, "fails"), (11, "holds")]
    editor.write(uri, editor.texts[uri].replace(SLIP, MENDED))
    (unused,) = editor.diagnostics(uri)
    assert unused.code == "unused-suppression" and editor.source(uri, unused.range).startswith("<!--")


def test_verdicts_stand_behind_their_equalities(editor):
    uri = editor.open("hints.md", PAGE)
    assert editor.hints(uri) == [(9, "fails"), (11, "holds")]


def test_a_page_may_be_broken_while_one_types(editor):
    uri = editor.open("typing.md", PAGE)
    assert editor.codes(uri) == ["transpose"]
    editor.write(uri, PAGE.replace("$$L =", "$$\n\n$$L ="))  # a display that is just being opened
    assert editor.codes(uri) != ["transpose"]
    editor.write(uri, PAGE + "\n$$ h_")
    (found,) = editor.diagnostics(uri)
    assert found.code == "unusable" and "never closed" in found.message and found.range.start.line == 12
    assert editor.hover(uri, PAGE.index("h_t")) is None and editor.hints(uri) == []
    editor.write(uri, PAGE)
    assert editor.codes(uri) == ["transpose"]


def test_only_the_last_of_many_keystrokes_is_checked(editor):
    uri = editor.open("keys.md", PAGE)
    editor.diagnostics(uri)
    before = editor.counts[uri]
    for n in range(20):
        editor.write(uri, PAGE + "and so on"[: n % 9])
    editor.write(uri, PAGE.replace(SLIP, MENDED))
    assert editor.diagnostics(uri) == []
    assert editor.counts[uri] <= before + 2  # fast, and thoroughly


def test_the_legend_beside_a_page(editor):
    legend = editor.folder / "explained.toml"
    legend.write_text('[symbols]\n\'W\' = { role = "parameter", shape = ["H", "D"] }\n')
    uri = editor.open("explained.md", PAGE)
    text, _ = editor.hover(uri, PAGE.index("W x_t"))
    assert "a matrix, H × D" in text and "explained on line 2 of explained.toml" in text
    (place,) = editor.definition(uri, PAGE.index("W x_t"))
    assert place.uri == legend.as_uri() and place.range.start.line == 1

    legend.write_text("[symbols]\n'W' = { rule = \"parameter\" }\n")
    assert "workspace/didChangeWatchedFiles" in editor.watched
    editor.told.clear()
    change = editor.types.FileEvent(legend.as_uri(), editor.types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(editor.types.DidChangeWatchedFilesParams([change]))
    (found,) = editor.diagnostics(uri)
    assert found.code == "unusable" and "explained.toml" in found.message and found.range.start.line == 0


def test_tex(editor):
    text = "\\documentclass{article}\n\\begin{document}\n" + PAGE.replace("# An", "% An") + "\\end{document}\n"
    uri = editor.open("page.tex", text, "latex")
    (found,) = editor.diagnostics(uri)
    assert found.code == "transpose" and editor.source(uri, found.range) == "U"


def test_a_page_without_mathematics_or_a_name(editor):
    uri = editor.open("words.md", "# Nothing\n\nJust words.\n")
    assert editor.diagnostics(uri) == [] and editor.hints(uri) == []
    untitled = "untitled:Untitled-1"
    item = editor.types.TextDocumentItem(untitled, "markdown", 1, PAGE)
    editor.texts[untitled], editor.versions[untitled] = PAGE, 1
    editor.client.text_document_did_open(editor.types.DidOpenTextDocumentParams(item))
    assert editor.codes(untitled) == ["transpose"]


def test_line_ends_as_editors_have_them(editor):
    text = PAGE.replace("So ", "A line separator\u2028and a form feed\f stand here.\n\nSo ").replace("\n", "\r\n")
    uri = editor.open("ends.md", text)
    (found,) = editor.diagnostics(uri)
    assert editor.source(uri, found.range) == "U" and found.range.start.line == 10


def test_what_is_saved_is_checked_as_a_whole(editor):
    uri = editor.open("saved.md", PAGE)
    editor.diagnostics(uri)
    editor.write(
        uri, PAGE.replace("_t (\\hat y_t - y_t) h_t", "_t (y_t - \\hat y_t) h_t")
    )  # another claim is wrong now
    assert editor.codes(uri)[0] == "transpose" and len(editor.codes(uri)) == 2
    editor.client.text_document_did_save(
        editor.types.DidSaveTextDocumentParams(editor.types.TextDocumentIdentifier(uri))
    )
    everything = editor.types.Range(editor.position(uri, 0), editor.position(uri, len(editor.texts[uri])))
    mends = [action.title for action in editor.actions(uri, everything) if action.is_preferred]
    assert mends[0] == r"Write U^\top for U" and len(mends) == 2


CELLS = ["# Notes", *PAGE.split("\n\n")[1:]]


def notebook(editor: Editor, name: str, cells: list[str]) -> list[str]:
    """Open a notebook with a cell of code before its cells of text, and return the addresses of these."""
    types = editor.types
    page = editor.uri(name)
    uris = [f"vscode-notebook-cell:{name}#{n}" for n in range(len(cells))]
    kinds = types.NotebookCellKind
    book = [types.NotebookCell(kinds.Code, f"vscode-notebook-cell:{name}#code")]
    book += [types.NotebookCell(kinds.Markup, uri) for uri in uris]
    items = [types.TextDocumentItem(uri, "markdown", 1, text) for uri, text in zip(uris, cells, strict=True)]
    editor.texts |= dict(zip(uris, cells, strict=True))
    editor.versions |= dict.fromkeys(uris, 1)
    document = types.NotebookDocument(page, "jupyter-notebook", 1, book)
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(document, items))
    return uris


def change_notebook(editor: Editor, name: str, version: int, **changes: Any) -> None:
    types = editor.types
    document = types.VersionedNotebookDocumentIdentifier(version, editor.uri(name))
    event = types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(**changes))
    editor.client.notebook_document_did_change(types.DidChangeNotebookDocumentParams(document, event))


def a_notebook_has_all_this_in_its_cells(editor: Editor) -> None:
    types = editor.types
    uris = notebook(editor, "book.ipynb", CELLS)
    slip = uris[4]
    (found,) = editor.diagnostics(slip)
    assert found.code == "transpose" and editor.source(slip, found.range) == "U"
    assert [editor.diagnostics(uri) for uri in uris if uri != slip] == [[]] * 5
    (place,) = editor.definition(slip, CELLS[4].index("h_{t+1}"))
    assert place.uri == uris[1] and editor.source(uris[1], place.range) == "h_t"
    text, about = editor.hover(slip, CELLS[4].index("h_{t+1}"))
    assert about == "h_{t+1}^2" and "text cell 2" in text
    assert {use.uri for use in editor.references(slip, CELLS[4].index("h_{t+1}"))} == {uris[1], uris[2], slip, uris[5]}
    assert editor.hints(slip) == [(1, "fails")] and editor.hints(uris[0]) == []

    (mend,) = [action for action in editor.actions(slip, found.range) if action.is_preferred]
    ((uri, (edit,)),) = mend.edit.changes.items()
    assert uri == slip
    part = types.TextDocumentContentChangePartial(edit.range, edit.new_text)  # cells change by stretches
    editor.versions[slip] = 2
    editor.texts[slip] = CELLS[4].replace(SLIP, MENDED)
    content = types.NotebookDocumentCellContentChanges(types.VersionedTextDocumentIdentifier(2, slip), [part])
    change_notebook(editor, "book.ipynb", 2, text_content=[content])
    assert editor.diagnostics(slip) == []


def test_cells_come_and_go(editor):
    types = editor.types
    uris = notebook(editor, "cells.ipynb", CELLS)
    (found,) = editor.diagnostics(uris[4])
    new = "vscode-notebook-cell:cells.ipynb#new"
    editor.texts[new], editor.versions[new] = CELLS[4], 1
    array = types.NotebookCellArrayChange(1, 1, [types.NotebookCell(types.NotebookCellKind.Markup, new)])
    opened = [types.TextDocumentItem(new, "markdown", 1, CELLS[4])]  # in the place of the title, behind the code
    structure = types.NotebookDocumentCellChangeStructure(array, opened, [types.TextDocumentIdentifier(uris[0])])
    change_notebook(editor, "cells.ipynb", 2, structure=structure)
    assert [one.code for one in editor.diagnostics(new)] == ["transpose"]
    assert [editor.source(uri, one.range) for uri in (new, uris[4]) for one in editor.diagnostics(uri)] == ["U", "U"]
    assert editor.definition(uris[0], 0) == []

    broken = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, uris[5]), [types.TextDocumentContentChangeWholeDocument("A\n\n$$ x")]
    )
    editor.texts[uris[5]], editor.versions[uris[5]] = "A\n\n$$ x", 2
    change_notebook(editor, "cells.ipynb", 3, text_content=[broken])
    (found,) = editor.diagnostics(uris[5])
    assert found.code == "unusable" and found.range.start.line == 2


def test_a_closed_page_has_no_diagnostics(editor):
    uri = editor.open("closed.md", PAGE)
    assert editor.diagnostics(uri)
    editor.close(uri)

    async def wait() -> None:
        while editor.told[uri].diagnostics:
            await asyncio.sleep(0.02)

    editor.run(wait())
    assert editor.definition(uri, PAGE.index("h_t")) == []


def test_it_ends_when_it_is_told_to(require):
    require("pygls")
    call = [sys.executable, "-m", "derive", "lsp"]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(b"Content-Length: 2\r\n\r\n{}")  # nothing that it knows
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"Content-Length")  # it runs, and says so
        server.terminate()
        assert server.wait(PATIENCE) == -signal.SIGTERM


def test_without_the_extra_one_line_says_what_to_install():
    hidden = "import sys; sys.modules['pygls'] = None; from derive.__main__ import main; sys.exit(main(['lsp']))"
    call = [sys.executable, "-c", hidden]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr.count("\n") == 1
        and done.stderr.startswith("unrolled lsp: error: ")
        and "pip install 'unrolled[editor]'" in done.stderr
    )
