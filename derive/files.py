"""Files that are read whole, and are whole or absent: written beside their place and then moved into it."""

import secrets
from pathlib import Path

from derive.errors import InputError


def writable_folder(path: Path) -> None:
    """Make the folder `path` if it is missing, and make sure that files can be written there.

    Raises InputError if not, so that a long run finds out before it starts.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        _probe(path / "probe")
    except OSError as error:
        raise InputError(f"cannot write into the folder {path}: {error.strerror}") from error


def writable_file(path: Path) -> None:
    """Make sure that a file can be put at `path`. Raises InputError if not, as where a folder is there."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"cannot write {path}: it is there, and no file")
        _probe(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


def read_file(path: Path) -> bytes:
    """Return what the file `path` holds. Raises InputError if it cannot be read, and for a device: it may never end."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise InputError(f"cannot read {path}: not a file")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


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


def _probe(path: Path) -> None:
    probe = _temporary(path)
    probe.touch(exist_ok=False)
    probe.unlink()


def _temporary(path: Path) -> Path:
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
