"""What of an immutable object is computed when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):
    """A property that is computed once for each object. (`functools.cached_property` takes a lock for it, until Python
    3.12, which costs more than most of what a term is asked for.)"""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        if instance is None:
            return self  # type: ignore[return-value]
        value: T = self.compute(instance)
        instance.__dict__[self.name] = value
        return value


class Hashed:
    """What is equal where its fields are: a frozen dataclass (with eq=False) whose hash is computed once."""

    @once
    def _key(self) -> tuple[Any, ...]:
        kind: Any = type(self)
        return (kind, *(getattr(self, name) for name in compared(kind)))

    @once
    def _hash(self) -> int:
        return hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Hashed) or self._hash != other._hash or self._key != other._key:
            return False
        other.__dict__["_key"] = self._key  # what is found equal once shares what is inside: it is not walked again
        return True


@cache
def compared(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass that take part in comparisons."""
    return tuple(found.name for found in fields(kind) if found.compare)
