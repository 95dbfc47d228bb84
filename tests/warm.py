"""A process from which commands are forked: python warm.py SOCKET, the number of a socket.

Each command is a process of its own, as if just started, which imports everything of ours; only other people's
libraries are there already. That takes half a second off each of some hundred commands.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import socket
import sys
import warnings

LIBRARIES = ("sympy", "sympy.printing.latex", "lark", "latex2mathml.converter", "numpy", "rich.console", "numba")
PICTURES = ("matplotlib.figure", "matplotlib.backends.backend_svg")


def main() -> None:
    for name in (*LIBRARIES, *PICTURES):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            head, streams, *_ = socket.recv_fds(asked, 4, 3)
            if not head:
                return
            length, request = int.from_bytes(head), b""
            while len(request) < length:
                request += asked.recv(length - len(request))
            with warnings.catch_warnings():  # that a library has threads
                warnings.simplefilter("ignore")
                child = os.fork()
            if not child:
                break
            for stream in streams:
                os.close(stream)
            asked.sendall(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]).to_bytes(4, signed=True))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    run = json.loads(request)
    os.chdir(run["folder"])
    os.environ.clear()
    os.environ.update(run["environment"])
    sys.path[0] = run["folder"]
    sys.argv = ["", *run["arguments"]]
    runpy.run_module(run["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
