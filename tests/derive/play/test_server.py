"""The local server answers its own page, and nobody else."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

CHECK = json.dumps({"text": "$$a = 1$$", "legend": "", "quick": False})
JSON = {"Content-Type": "application/json"}


def asked(url, method="GET", path="/", headers=None, body=None):
    """The status of an answer, its headers and its body."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_a_check_is_a_line_of_json_for_each_event(local):
    status, headers, body = asked(local, "POST", "/check", JSON, CHECK)
    events = [json.loads(line) for line in body.splitlines()]
    assert status == 200 and headers["Content-Type"] == "application/x-ndjson"
    assert events[0]["event"] == "page" and events[-1]["event"] == "understood"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", ""])
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/check")])
def test_a_name_that_was_made_to_point_here_is_refused(local, method, path, host):
    assert asked(local, method, path, {**JSON, "Host": host}, CHECK)[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_another_page_is_refused(local, origin):
    assert asked(local, "POST", "/check", {**JSON, "Origin": origin}, CHECK)[0] == 403


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, CHECK, 415),  # what a form of another page could send
        (JSON, "{", 400),
        (JSON, "[]", 400),
        (JSON, "[" * 100_000, 400),
        (JSON, json.dumps({"text": "a"}), 400),
        ({**JSON, "Content-Length": "9000000"}, None, 413),
        ({**JSON, "Content-Length": "-1"}, None, 415),
    ],
)
def test_what_is_no_request_is_refused(local, headers, body, status):
    assert asked(local, "POST", "/check", headers, body)[0] == status


@pytest.mark.parametrize("path", ["/server.py", "/../server.py", "/..%2fserver.py", "//etc/passwd", "/web/", "/check"])
def test_nothing_but_the_page_is_served(local, path):
    assert asked(local, path=path)[0] == 404


def test_the_page_is_no_frame_and_is_what_it_says(local):
    _, headers, body = asked(local)
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"script-src 'self' 'wasm-unsafe-eval'" in body


def test_it_listens_on_loopback_alone(local):
    port = urlsplit(local).port
    others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex((address, port)) != 0 or address.startswith("127.")


@pytest.mark.parametrize("port", ["taken", "70000", "-1"])
def test_a_port_that_cannot_be_had_is_said_in_a_line(local, command, port):
    number = str(urlsplit(local).port) if port == "taken" else port
    ended = command("derive.play", "--no-browser", "--port", number)
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr.count("\n") == 1 and number in ended.stderr and "--port" in ended.stderr


def test_ctrl_c_ends_it(tmp_path):
    run = [sys.executable, "-m", "derive.play", "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(run, **pipes, preexec_fn=interruptible) as process:
        try:
            assert process.stdout.readline().startswith("http://127.0.0.1:")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130 and process.stderr.read() == "python -m derive.play: interrupted\n"
        finally:
            process.kill()


def interruptible():
    """What starts the tests in the background may have told their children to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
