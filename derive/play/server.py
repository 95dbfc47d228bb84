"""The local page: its files and its checks over HTTP, on the loopback interface alone; nothing is written anywhere.

Another site's page can neither read an answer nor ask for a check: the Host header must name this server (a name that
was made to point here does not), and a check must be sent as JSON from a page of this server.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, NamedTuple

from derive.play.examples import examples
from derive.play.lines import lines
from derive.play.view import Player

ADDRESS = "127.0.0.1"
LONGEST = 8_000_000  # bytes of a request
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
PAGE = ("index.html", "style.css", "icon.svg", "main.js", "editor.js", "page.js", "store.js")
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Request(NamedTuple):
    """What a page asks for."""

    text: str
    legend: str
    quick: bool


def contents() -> dict[str, tuple[str, bytes]]:
    """Everything that is served: the path -> its type and its bytes."""
    web = files("derive.play").joinpath("web")
    found = {f"/{name}": web.joinpath(name).read_bytes() for name in PAGE}
    found["/backend.js"] = web.joinpath("server.js").read_bytes()
    found["/examples.json"] = json.dumps([asdict(example) for example in examples()]).encode()
    served = {path: (TYPES[path[path.rindex(".") :]], data) for path, data in found.items()}
    return {**served, "/": served["/index.html"]}


class Server(ThreadingHTTPServer):
    """The server of one local page, on a free port where `port` is 0. Raises OSError where the port is taken."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.contents = contents()
        self.player = Player()
        self.turn = threading.Lock()  # one check at a time

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, str]:
        return f"{ADDRESS}:{self.server_port}", f"localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "Unrolled", ""
    timeout = 60

    def do_GET(self) -> None:
        if self._is_ours():
            kind, data = self.server.contents.get(self.path.partition("?")[0], ("", b""))
            if kind:
                self._answer(HTTPStatus.OK, kind, data)
            else:
                self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if not self._is_ours():
            return
        if self.path not in ("/check", "/draft"):
            self._refuse(HTTPStatus.NOT_FOUND)
        elif (request := self._request()) is not None:
            legend = request.legend if self.path == "/check" else None
            with self.server.turn:
                self._stream(lines(self.server.player, request.text, legend, request.quick))

    def _is_ours(self) -> bool:
        """Whether a page of this server asks, or nobody's."""
        origin = self.headers.get("Origin")
        ours = self.server.hosts
        if self.headers.get("Host") in ours and (origin is None or origin in [f"http://{host}" for host in ours]):
            return True
        self._refuse(HTTPStatus.FORBIDDEN)
        return False

    def _request(self) -> Request | None:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Content-Type") != "application/json" or not length.isdecimal():
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif int(length) > LONGEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            try:
                asked = json.loads(self.rfile.read(int(length)))
                return Request(str(asked["text"]), str(asked["legend"]), asked["quick"] is True)
            except (ValueError, KeyError, TypeError, RecursionError):
                self._refuse(HTTPStatus.BAD_REQUEST)
        return None

    def _stream(self, events: Iterator[str]) -> None:
        """Write events as they come, a line each; whoever went away is not answered further."""
        self.send_response(HTTPStatus.OK)
        self._headers("application/x-ndjson")
        self.end_headers()
        try:
            for event in events:
                self.wfile.write(event.encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _answer(self, status: HTTPStatus, kind: str, data: bytes) -> None:
        self.send_response(status)
        self._headers(kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        for name, value in HEADERS.items():
            self.send_header(name, value)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._answer(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing: what one checks stands in no log."""
