"""BPTT written by hand in C, `bptt.c`, compiled with the flags that its name states."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from numeric.bench.peers import Unavailable
from numeric.bench.problem import Problem
from numeric.bench.timing import Contender

SOURCE = Path(__file__).with_name("bptt.c")
FLAGS = (("-O3", "-march=native"), ("-O3", "-march=native", "-ffast-math"))


def training(problem: Problem, rate: float, steps: int) -> list[Contender]:
    """All steps in one call, once for each set of flags. Raises Unavailable where nothing compiles C."""
    return [_contender(problem, rate, steps, flags) for flags in FLAGS]


def _contender(problem: Problem, rate: float, steps: int, flags: tuple[str, ...]) -> Contender:
    descend = _compiled(flags, {name: problem.sizes[name] for name in "HVT"})
    x, target = (indices[:, 0].astype(np.int_) for indices in (problem.x, problem.target))

    def run() -> dict[str, Any]:
        theta = {name: value.copy() for name, value in problem.parameters.items()}
        places = [ctypes.c_void_p(array.ctypes.data) for array in (*theta.values(), x, target)]
        descend(*places, ctypes.c_double(rate), ctypes.c_long(steps))
        return theta

    return Contender(f"C {' '.join(flags)}", run, dict, steps)


def _compiled(flags: tuple[str, ...], sizes: dict[str, int]) -> Any:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Unavailable("there is no C compiler (cc, gcc or clang)")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "bptt.so")
        defined = [f"-D{name}={size}" for name, size in sizes.items()]
        made = [compiler, *flags, *defined, "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-lm"]
        built = subprocess.run(made, capture_output=True, text=True, check=False)
        if built.returncode:
            raise Unavailable(f"{compiler} fails: {(built.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        return ctypes.CDLL(str(library)).descend
