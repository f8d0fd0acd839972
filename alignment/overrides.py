"""Options from files: frozen trees of dataclasses, read from YAML and changed by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import yaml

from ..envs.errors import InvalidConfig

C = TypeVar("C")


def load(path: Path, base: C) -> C:
    """Reads a YAML file; what it does not name stays as in `base`. Raises InvalidConfig, naming the odd key."""
    return merge(base, read_mapping(path), str(path))


def read_mapping(path: Path) -> dict[str, Any]:
    """The options in a YAML file, {} of an empty one. Raises InvalidConfig."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidConfig(f"The configuration {path} cannot be read ({error.strerror}); name a YAML file.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"The configuration {path} is not YAML ({str(error).splitlines()[0]}).") from error
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        raise InvalidConfig(f"The configuration {path} must be a mapping of options, got {type(value).__name__}.")
    return dict(value)


def merge(config: C, changes: Mapping[str, Any], where: str) -> C:
    """A dataclass with some fields changed, nested ones by nested mappings. Raises InvalidConfig."""
    if not is_dataclass(config) or isinstance(config, type):
        raise InvalidConfig(f"{where}: {type(config).__name__} has no options.")
    known = {f.name for f in fields(config)}
    hints = get_type_hints(type(config))
    new = {}
    for name, value in changes.items():
        if name not in known:
            raise InvalidConfig(f"{where}: there is no option {name!r}; the options here are {sorted(known)}.")
        old = getattr(config, name)
        if is_dataclass(old) and not isinstance(old, type):
            if not isinstance(value, Mapping):
                raise InvalidConfig(f"{where}: {name!r} must be a mapping of options, got {value!r}.")
            new[name] = merge(old, value, f"{where}: {name}")
        else:
            new[name] = _checked(name, value, hints.get(name), where)
    try:
        return cast(C, replace(config, **new))
    except TypeError as error:
        raise InvalidConfig(f"{where}: {error}.") from error


def _checked(name: str, value: Any, hint: Any, where: str) -> Any:
    """The value if its plain type fits; numbers may be written without a point, lists stand for tuples."""
    wanted = _plain(hint)
    if isinstance(value, list) and tuple in wanted:
        return tuple(value)
    if float in wanted and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool)):
        return value
    names = " or ".join("nothing" if t is type(None) else t.__name__ for t in wanted)
    raise InvalidConfig(f"{where}: {name!r} must be {names}, got {value!r}.")


def _plain(hint: Any) -> tuple[type, ...]:
    """The classes a type hint allows: `int | None` gives int and NoneType, `dict[str, Any]` gives dict."""
    if isinstance(hint, UnionType):
        return tuple(t for part in get_args(hint) for t in _plain(part))
    found = get_origin(hint) or hint
    return (found,) if isinstance(found, type) else (object,)
