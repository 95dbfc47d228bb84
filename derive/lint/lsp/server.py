"""What an editor tells and asks, and what it is told, in the words of the protocol."""

from __future__ import annotations

import logging

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from derive import __version__
from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.actions import Action, actions
from derive.lint.lsp.checked import Checked, Where
from derive.lint.lsp.checks import Checks
from derive.lint.lsp.hints import hints
from derive.lint.lsp.hover import Card, card, of_claim
from derive.lint.lsp.opened import Opened
from derive.lint.lsp.source import Range, Source
from derive.lint.lsp.targets import definitions, references

NAME = "unrolled"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [
        types.NotebookDocumentFilterWithNotebook(
            types.NotebookDocumentFilterNotebookType("jupyter-notebook"), [types.NotebookCellLanguage("markdown")]
        )
    ],
    save=True,
)
Asked = types.HoverParams | types.DefinitionParams | types.ReferenceParams


class Server(LanguageServer):
    """The server of one editor: the pages that it has open, and their checks."""

    def __init__(self) -> None:
        # Whole files come with every change: they are short, and pygls has lines of its own, see opened.py.
        logging.getLogger("pygls.workspace").setLevel(logging.CRITICAL)  # it keeps no cells that way, and says so
        full = types.TextDocumentSyncKind.Full
        super().__init__(NAME, __version__, text_document_sync_kind=full, notebook_document_sync=NOTEBOOKS)
        self.opened = Opened()
        self.checks = Checks(self.opened.source, self.publish)

    def publish(self, found: Checked) -> None:
        """Tell the verdicts on a page, for each of its texts."""
        told: dict[str, list[types.Diagnostic]] = {part.uri: [] for part in found.source.parts}
        for one in found.diagnostics:
            if one.severity in SEVERITIES:
                told[found.source.part(one.place.cell).uri].append(_diagnostic(found.source, one))
        for part in found.source.parts:
            self.tell(part.uri, told[part.uri], part.version)
        workspace = self.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    def tell(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None = None) -> None:
        """Tell what there is to say of a text."""
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    async def found(self, uri: str, thorough: bool = False) -> Checked | None:
        """What was found on the page that a text belongs to, as it is now; None for one that is not open."""
        page = self.opened.page(uri)
        return await self.checks.found(page, thorough) if page is not None else None

    async def at(self, params: Asked) -> tuple[Checked, Where] | None:
        """The page that is asked about, and where."""
        uri, position = params.text_document.uri, params.position
        found = await self.found(uri)
        where = found.source.at(uri, (position.line, position.character)) if found is not None else None
        return (found, where) if found is not None and where is not None else None


server = Server()

# What it tells


@server.feature(types.INITIALIZED)
def initialized(ls: Server, _: types.InitializedParams) -> None:
    ls.opened.encoding = types.PositionEncodingKind(ls.workspace.position_encoding).value
    workspace = ls.client_capabilities.workspace
    watched = workspace and workspace.did_change_watched_files
    if watched and watched.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.toml")])
        registration = types.Registration("legends", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        ls.client_register_capability(types.RegistrationParams([registration]))


@server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def legends_changed(ls: Server, _: types.DidChangeWatchedFilesParams) -> None:
    for page in ls.opened.pages:
        ls.opened.renew(page)
        ls.checks.settled(page)


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    ls.opened.open(params.text_document)
    ls.checks.settled(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.opened.change(params.text_document, params.content_changes)
    ls.checks.changed(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    ls.checks.settled(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.opened.close(params.text_document.uri)
    ls.checks.changed(params.text_document.uri)
    ls.tell(params.text_document.uri, [])


@server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
def notebook_opened(ls: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    ls.opened.open_notebook(params.notebook_document, params.cell_text_documents)
    ls.checks.settled(params.notebook_document.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
def notebook_changed(ls: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    if params.change.cells is not None:
        for gone in ls.opened.change_notebook(params.notebook_document.uri, params.change.cells):
            ls.tell(gone, [])
        ls.checks.changed(params.notebook_document.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
def notebook_saved(ls: Server, params: types.DidSaveNotebookDocumentParams) -> None:
    ls.checks.settled(params.notebook_document.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
def notebook_closed(ls: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    ls.opened.close_notebook(params.notebook_document.uri)
    ls.checks.changed(params.notebook_document.uri)
    for cell in params.cell_text_documents:
        ls.tell(cell.uri, [])


# What it asks


@server.feature(types.TEXT_DOCUMENT_HOVER)
async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    asked = await ls.at(params)
    shown = card(*asked) if asked is not None else None
    if asked is None or shown is None:
        return None
    client = ls.client_capabilities.text_document
    formats = (client and client.hover and client.hover.content_format) or ()
    rich = types.MarkupKind.Markdown in formats
    kind = types.MarkupKind.Markdown if rich else types.MarkupKind.PlainText
    text = types.MarkupContent(kind, shown.markdown() if rich else shown.plain())
    return types.Hover(text, _range(asked[0].source.range(shown.place)))


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
async def definition(ls: Server, params: types.DefinitionParams) -> list[types.Location]:
    asked = await ls.at(params)
    return [_location(found) for found in definitions(*asked)] if asked is not None else []


@server.feature(types.TEXT_DOCUMENT_REFERENCES)
async def uses(ls: Server, params: types.ReferenceParams) -> list[types.Location]:
    asked = await ls.at(params)
    declared = params.context.include_declaration
    return [_location(found) for found in references(*asked, declared)] if asked is not None else []


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    found = await ls.found(params.text_document.uri, thorough=True)
    if found is None:
        return []
    near = [(action, found.source.range(action.about.place)) for action in actions(found)]
    return [
        _action(found.source, action)
        for action, place in near
        if place.uri == params.text_document.uri and _touch(_range(place), params.range)
    ]


@server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
async def inlay_hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    found = await ls.found(params.text_document.uri)
    if found is None:
        return []
    shown = []
    for place, verdict, about in hints(found):
        equality = found.source.range(place)
        if equality.uri == params.text_document.uri and _touch(_range(equality), params.range):
            tooltip = Card(tuple(of_claim(about)), place).plain()
            end = types.Position(*equality.end)
            shown.append(types.InlayHint(end, verdict, tooltip=tooltip, padding_left=True))
    return shown


def _range(found: Range) -> types.Range:
    return types.Range(types.Position(*found.start), types.Position(*found.end))


def _location(found: Range) -> types.Location:
    return types.Location(found.uri, _range(found))


def _touch(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def _diagnostic(source: Source, found: Diagnostic) -> types.Diagnostic:
    lines = (found.message, found.numbers, *found.notes)
    said = "\n".join(line for line in lines if line)
    return types.Diagnostic(
        _range(source.range(found.place)), said, SEVERITIES[found.severity], found.code, source=NAME
    )


def _action(source: Source, action: Action) -> types.CodeAction:
    edit = types.TextEdit(_range(action.range), action.text)
    about = [_diagnostic(source, action.about)]
    changes = types.WorkspaceEdit({action.range.uri: [edit]})
    return types.CodeAction(action.title, types.CodeActionKind.QuickFix, about, action.safe, edit=changes)
