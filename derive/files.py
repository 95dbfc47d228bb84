"""Files that are whole or absent: written beside their place and then moved into it."""

import secrets
from pathlib import Path

from derive.errors import InputError


def writable_folder(path: Path) -> None:
    """Make the folder `path` if it is missing, and make sure that files can be written there.

    Raises InputError if not, so that a long run finds out before it starts.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = _temporary(path / "probe")
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise InputError(f"cannot write into the folder {path}: {error.strerror}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`; an interruption leaves what was there before. Raises InputError if it cannot."""
    temporary = _temporary(path)
    try:
        if path.exists() and not path.is_file():  # a device stays one, and a folder says that it is one
            path.write_bytes(content)
            return
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


def _temporary(path: Path) -> Path:
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
