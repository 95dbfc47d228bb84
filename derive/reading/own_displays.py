r"""Displays in the commands and environments that a page defines: \newcommand{\be}{\begin{align*}}, \eq{a = b}."""

from __future__ import annotations

import re
from functools import lru_cache

from derive.reading.definitions import Macros
from derive.reading.vocabulary import DISPLAYS

ENVIRONMENTS = DISPLAYS | {f"{name}*" for name in DISPLAYS}
BEGIN = re.compile(rf"\\begin\{{({'|'.join(map(re.escape, sorted(ENVIRONMENTS)))})\}}")
_END = re.compile(r"\\end\{([A-Za-z]+\*?)\}")


class OwnDisplays:
    """What opens and closes displays on one page: `environments`; the commands in `openings`, each with the environment
    that it opens; and the commands in `wrapping`, whose argument is a display."""

    def __init__(self, macros: Macros) -> None:
        self.environments = set(ENVIRONMENTS)
        self.openings: dict[str, str] = {}
        self.endings: dict[str, list[str]] = {}
        self.wrapping: set[str] = set()
        self.define(macros)

    def define(self, macros: Macros) -> None:
        """Notes which of some commands open or close displays."""
        for name, macro in macros.items():
            body = macro.body.strip()
            begin, end = BEGIN.match(body), _END.fullmatch(body)
            if begin and macro.parameters == 1 and "#1" in body and r"\end" in body:
                self.wrapping.add(name)
            elif begin and not macro.parameters and r"\end" not in body:
                self.openings[name] = begin[1]
            elif end:
                self.endings.setdefault(end[1], []).append(name)

    def environment(self, name: str, beginning: str) -> None:
        """Notes an environment by what its beginning stands for."""
        if BEGIN.match(beginning.strip()):
            self.environments.add(name)

    def closing(self, environment: str) -> re.Pattern[str]:
        """What closes an environment."""
        return _closing(environment, tuple(self.endings.get(environment, ())))


@lru_cache(maxsize=32)
def _closing(environment: str, commands: tuple[str, ...]) -> re.Pattern[str]:
    own = rf"\\(?:{'|'.join(commands)})(?![A-Za-z])|" if commands else ""
    return re.compile(rf"{own}\\end\{{{re.escape(environment)}\}}")
