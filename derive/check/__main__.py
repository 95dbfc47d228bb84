"""The command `python -m derive.check`, which is `unrolled check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from derive.lint import command


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.check`."""
    return command.main(argv, "python -m derive.check")


if __name__ == "__main__":
    sys.exit(main())
