"""A configuration as YAML with a comment at every option: the docstrings of its dataclasses, at the places they speak of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from inspect import Parameter, cleandoc, signature
from textwrap import wrap
from typing import Any

import yaml

from ..alignment.config import RunConfig
from ..envs.registry import spec

WIDTH = 80
_ENTRY = re.compile(r"(\w+(?:, \w+)*): (.*)")


def documented(owner: type) -> dict[str, str]:
    """What a class's docstring says of each option under "Attributes:" or "Args:", those of its bases included."""
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        names: list[str] = []
        inside = False
        for line in cleandoc(each.__doc__ or "").splitlines():
            if not line.startswith(" ") and line.strip():
                inside = line in ("Attributes:", "Args:")
            elif inside and (entry := _ENTRY.fullmatch(line.strip())) and not line.startswith(" " * 8):
                names = entry[1].split(", ")
                found |= dict.fromkeys(names, entry[2])
            elif inside and line.strip():
                found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def options_of(environment: str) -> dict[str, tuple[Any, str]]:
    """The options that a scenario takes: (default, what it is) of each by name; what the registry fixes is the default."""
    known = spec(environment)
    factory = known.factory
    told = documented(factory) if isinstance(factory, type) else {}
    found = {}
    for name, parameter in signature(factory).parameters.items():
        if parameter.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
            default = known.kwargs.get(name, None if parameter.default is Parameter.empty else parameter.default)
            found[name] = (default, told.get(name, ""))
    return found


def commented(config: RunConfig, title: str) -> str:
    """The configuration as YAML that `load` reads back equal, with a comment before every option.

    An option of a training that was explained before is not explained again.

    Args:
        config: what is printed.
        title: a line for its head.
    """
    lines = [*_comment(title), *_comment("Edit it, then: dialogym run --config THIS_FILE --out FOLDER"),
             *_comment("An option that comes again is explained where it comes first."), ""]
    explained: set[tuple[str, str]] = set()
    return "\n".join([*lines, *_block(config, asdict(config), "", explained, config.environment)]).rstrip("\n") + "\n"


def _block(config: Any, values: Mapping[str, Any], indent: str, explained: set[tuple[str, str]], environment: str) -> list[str]:
    told = documented(type(config))
    lines: list[str] = []
    for field in fields(config):
        text = told.get(field.name, "")
        if text and (field.name, text) not in explained:
            lines += _comment(text, indent)
            explained.add((field.name, text))
        value = getattr(config, field.name)
        if is_dataclass(value) and not isinstance(value, type):
            lines.append(f"{indent}{field.name}:")
            lines += _block(value, values[field.name], indent + "  ", explained, environment)
        else:
            if not indent and field.name == "options":
                lines += _scenario_options(environment)
            written = yaml.safe_dump({field.name: _plain(value)}, allow_unicode=True, sort_keys=False, width=10_000)
            lines += [indent + line for line in written.splitlines()]
        if not indent:
            lines.append("")
    return lines


def _scenario_options(environment: str) -> list[str]:
    """Comments on what could stand under `options`."""
    lines = []
    for name, (default, text) in options_of(environment).items():
        lines += [f"#   {line}" for line in wrap(f"{name} (default {short(default)}): {text}".rstrip(": "), WIDTH - 4,
                                                 subsequent_indent="  ")]
    return lines


def _comment(text: str, indent: str = "") -> list[str]:
    text = re.sub(r"\bNone\b", "null", text)  # as YAML writes it
    return [f"{indent}# {line}" for line in wrap(text, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def short(value: Any) -> str:
    """A default on one line, as it would be written."""
    return "nothing" if value is None else str(yaml.safe_dump(value, allow_unicode=True, width=10_000)).split("\n", 1)[0]
