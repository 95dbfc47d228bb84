"""The pages that an editor has open, kept as it says: their texts, and which of these are cells of which notebook.

The texts are kept here and not by pygls, whose lines also end at U+2028 and its like, where those of the protocol do
not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.uris import to_fs_path

from derive.lint.lsp.positions import Text
from derive.lint.lsp.source import Part, Source, kind_of

Changes = Sequence[types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument]


@dataclass
class Opened:
    """The open pages by their addresses. A page gets a new `Source` whenever it changes, and keeps it until then."""

    encoding: str = "utf-16"
    _files: dict[str, tuple[str, Part]] = field(default_factory=dict)  # with its language
    _cells: dict[str, Part] = field(default_factory=dict)
    _notebooks: dict[str, list[types.NotebookCell]] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)

    @property
    def pages(self) -> list[str]:
        """The addresses of the pages."""
        return [*self._files, *self._notebooks]

    def page(self, uri: str) -> str | None:
        """The page that a text belongs to, a file or a cell; None for one that is not open."""
        if uri in self._files:
            return uri
        for notebook, cells in self._notebooks.items():
            if any(cell.document == uri for cell in cells):
                return notebook
        return None

    def source(self, page: str) -> Source | None:
        """A page as it is now; None for one that is closed."""
        if page not in self._sources and (made := self._made(page)) is not None:
            self._sources[page] = made
        return self._sources.get(page)

    def _made(self, page: str) -> Source | None:
        path = (to_fs_path(page) or "") if page.startswith("file:") else ""
        if page in self._files:
            language, part = self._files[page]
            return Source(page, path, kind_of(path, language), (part,))
        if page in self._notebooks:
            texts = [c.document for c in self._notebooks[page] if c.kind == types.NotebookCellKind.Markup]
            return Source(page, path, "ipynb", tuple(self._cells[uri] for uri in texts if uri in self._cells))
        return None

    def renew(self, page: str) -> None:
        """Take a page for changed, as when its legend did."""
        self._sources.pop(page, None)

    # Files

    def open(self, item: types.TextDocumentItem) -> None:
        self._files[item.uri] = item.language_id, self._part(item)
        self.renew(item.uri)

    def change(self, document: types.VersionedTextDocumentIdentifier, changes: Changes) -> None:
        if document.uri in self._files:
            language, part = self._files[document.uri]
            self._files[document.uri] = language, _changed(part, document, changes)
            self.renew(document.uri)

    def close(self, uri: str) -> None:
        self._files.pop(uri, None)
        self.renew(uri)

    # Notebooks

    def open_notebook(self, notebook: types.NotebookDocument, texts: Sequence[types.TextDocumentItem]) -> None:
        self._notebooks[notebook.uri] = list(notebook.cells)
        self._cells |= {item.uri: self._part(item) for item in texts}
        self.renew(notebook.uri)

    def change_notebook(self, page: str, changes: types.NotebookDocumentCellChanges) -> list[str]:
        """Take over what changed in the cells; returns the addresses of those that are gone."""
        cells = self._notebooks.get(page, [])
        gone = []
        if structure := changes.structure:
            array = structure.array
            cells[array.start : array.start + array.delete_count] = array.cells or ()
            self._cells |= {item.uri: self._part(item) for item in structure.did_open or ()}
            gone = [closed.uri for closed in structure.did_close or ()]
        for cell in changes.data or ():
            cells[:] = [cell if old.document == cell.document else old for old in cells]
        for content in changes.text_content or ():
            if content.document.uri in self._cells:
                part = self._cells[content.document.uri]
                self._cells[content.document.uri] = _changed(part, content.document, content.changes)
        for uri in gone:
            self._cells.pop(uri, None)
        self.renew(page)
        return gone

    def close_notebook(self, page: str) -> None:
        for cell in self._notebooks.pop(page, ()):
            self._cells.pop(cell.document, None)
        self.renew(page)

    def _part(self, item: types.TextDocumentItem) -> Part:
        return Part(item.uri, Text(item.text, self.encoding), item.version)


def _changed(part: Part, document: types.VersionedTextDocumentIdentifier, changes: Changes) -> Part:
    text = part.text
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            start, end = change.range.start, change.range.end
            text = text.replaced((start.line, start.character), (end.line, end.character), change.text)
        else:
            text = Text(change.text, text.encoding)
    return Part(part.uri, text, document.version)
