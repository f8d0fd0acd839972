"""Options that are numbers are finite: "not a number" passes every comparison that asks whether it is too small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from .errors import InvalidArgument, InvalidConfig


def check_finite(options: Any) -> None:
    """Raises InvalidConfig when a field of a dataclass of options, or what it holds, is NaN or infinite."""
    for name, value in _named(options):
        for found in _odd(value):
            raise InvalidConfig(f"{name} of {type(options).__name__} must be a finite number, got {found}.")


def check_arguments(arguments: Mapping[str, Any], whose: str) -> None:
    """Raises InvalidArgument when an argument, or what it holds, is NaN or infinite."""
    for name, value in arguments.items():
        for found in _odd(value):
            raise InvalidArgument(f"{whose}: {name} must be a finite number, got {found}.")


def check_whole(name: str, value: Any, least: int, what: str) -> None:
    """Raises InvalidArgument unless an option is a whole number of at least `least`; `what` it counts is said."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgument(f"{name} must be a whole number, got {value!r}.")
    if value < least:
        raise InvalidArgument(f"{name} must be at least {least} {what}, got {value}.")


def check_share(name: str, value: Any) -> None:
    """Raises InvalidArgument unless an option is a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidArgument(f"{name} must be in [0, 1], got {value!r}.")


def _named(options: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(options):
        for field in fields(options):
            yield field.name, getattr(options, field.name)


def _odd(value: Any) -> Iterator[float]:
    """The numbers that are not finite in a value: a number, or lists and mappings of them; dataclasses check their own."""
    if isinstance(value, float):
        if not isfinite(value):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _odd(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for inner in value:
            yield from _odd(inner)
