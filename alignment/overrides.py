"""Options from files: frozen trees of dataclasses, read from YAML and changed by name."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import yaml

from ..envs.errors import InvalidArgument, InvalidConfig
from ..envs.finite import check_arguments

C = TypeVar("C")


class Located(dict[str, Any]):
    """A mapping read from a file, which knows on which line (from 1) each of its keys stands."""

    lines: Mapping[str, int] = {}


class _Loader(yaml.SafeLoader):
    """YAML of plain values: mappings are `Located`, a key may not come twice, and 1e-4 is a number."""

    def located(self, node: yaml.MappingNode) -> Iterator[Located]:
        """Constructs a mapping, in two steps as PyYAML wants it."""
        found = Located()
        yield found
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key, mark = self.construct_object(key_node, deep=True), key_node.start_mark
            if isinstance(key, Hashable) and key in lines:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice, on line {lines[key]} too", mark)
            lines[key] = mark.line + 1
        found.update({cast(str, key): value for key, value in self.construct_mapping(node).items()})
        found.lines = lines


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.located)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(?:\.\d*)?[eE][-+]?\d+\Z"),
                              list("-+0123456789"))


def load(path: Path, base: C) -> C:
    """Reads a YAML file; what it does not name stays as in `base`. Raises InvalidConfig, naming the odd key."""
    return merge(base, read_mapping(path), str(path))


def read_mapping(path: Path) -> Located:
    """The options in a YAML file, none of an empty one. Raises InvalidConfig, with line and column of what is no YAML."""
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise InvalidConfig(f"The configuration {path} cannot be read ({error.strerror}); name a YAML file.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark is not None else str(path)
        raise InvalidConfig(f"{place}: this is not YAML ({error.problem or error.context}); mend it there.") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidConfig(f"The configuration {path} is not YAML ({str(error).splitlines()[0]}).") from error
    if value is None:
        value = Located()
    if not isinstance(value, Located):
        raise InvalidConfig(f"The configuration {path} must be a mapping of options, got {type(value).__name__}.")
    return value


def merge(config: C, changes: Mapping[str, Any], where: str) -> C:
    """A dataclass with some fields changed, nested ones by nested mappings. Raises InvalidConfig."""
    if not is_dataclass(config) or isinstance(config, type):
        raise InvalidConfig(f"{where}: {type(config).__name__} has no options.")
    known = {f.name for f in fields(config)}
    hints = get_type_hints(type(config))
    new = {}
    for name, value in changes.items():
        here = _place(where, changes, name)
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the options here are {sorted(known)}."
            raise InvalidConfig(f"{here}: there is no option {name!r}; {hint}")
        old = getattr(config, name)
        if is_dataclass(old) and not isinstance(old, type):
            if not isinstance(value, Mapping):
                raise InvalidConfig(f"{here}: {name!r} must be a mapping of options, got {value!r}.")
            new[name] = merge(old, value, where if isinstance(value, Located) else f"{where}: {name}")
        else:
            new[name] = _checked(name, value, hints.get(name), here)
    try:
        return cast(C, replace(config, **new))
    except TypeError as error:
        raise InvalidConfig(f"{where}: {error}.") from error
    except InvalidConfig as error:
        if isinstance(changes, Located):
            raise InvalidConfig(f"{_culprit(config, new, where, changes)}: {error}") from error
        raise


def _place(where: str, changes: Mapping[str, Any], name: str) -> str:
    """Where an option stands: with its line, if it came from a file."""
    line = changes.lines.get(name) if isinstance(changes, Located) else None
    return where if line is None else f"{where}, line {line}"


def _culprit(config: Any, new: Mapping[str, Any], where: str, changes: Located) -> str:
    """The place of the first option that is refused by itself; the file when only together they make no sense."""
    for name, value in new.items():
        try:
            replace(config, **{name: value})
        except InvalidConfig:
            return _place(where, changes, name)
    return where


def _checked(name: str, value: Any, hint: Any, where: str) -> Any:
    """The value if its plain type fits; numbers may be written without a point, lists stand for tuples."""
    wanted = _plain(hint)
    try:
        check_arguments({name: value}, where)
    except InvalidArgument as error:
        raise InvalidConfig(str(error)) from None
    if isinstance(value, Mapping) and dict in wanted:
        return _unmarked(value)
    if isinstance(value, list) and tuple in wanted:
        return tuple(value)
    if float in wanted and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool)):
        return value
    names = " or ".join("nothing" if t is type(None) else t.__name__ for t in wanted)
    raise InvalidConfig(f"{where}: {name!r} must be {names}, got {value!r}.")


def _unmarked(value: Any) -> Any:
    """The value without line numbers, as a configuration keeps it."""
    if isinstance(value, Mapping):
        return {key: _unmarked(inner) for key, inner in value.items()}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else value


def _plain(hint: Any) -> tuple[type, ...]:
    """The classes a type hint allows: `int | None` gives int and NoneType, `dict[str, Any]` gives dict."""
    if isinstance(hint, UnionType):
        return tuple(t for part in get_args(hint) for t in _plain(part))
    found = get_origin(hint) or hint
    return (found,) if isinstance(found, type) else (object,)
