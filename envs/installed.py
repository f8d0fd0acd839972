"""Environments of installed packages, each announced in the package's own pyproject.toml.

    [project.entry-points."dialogym.scenarios"]
    Name-v0 = "package.module:Class"

Reading the announcements imports none of these packages: a module is imported when its environment is first asked for. What is
wrong with an announcement is a sentence in `refused`, which whoever asks for the id is told; it troubles nobody else.
"""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points

from .errors import InvalidConfig
from .registry import EnvSpec, announce, is_id, refused, registry

GROUP = "dialogym.scenarios"
"""The entry-point group in which a package announces its environments: id = "module:Class"."""
_PLACE = re.compile(r"\w++(?:\.\w++)*+:\w++(?:\.\w++)*+")


def register_installed() -> None:
    """Registers what installed packages announce, in the order of the ids. May be called again. Never raises.

    An id that is registered already keeps its scenario, and of two packages with one id neither has it.
    """
    announced: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        announced.setdefault(point.name, []).append(point)
    for id, points in sorted(announced.items()):
        packages = sorted(map(_package, points))
        if id in registry and [registry[id].package] == packages:
            continue
        sentence = _wrong(id, packages, points[0].value)
        if is_id(id) and id not in registry:  # also where something is wrong: who asks the libraries is told the sentence, too
            try:
                announce(id)
            except InvalidConfig as error:
                sentence = sentence or f"The package {packages[0]} cannot have its environment: {error}"
        if sentence:
            refused[id] = sentence
        else:
            registry[id] = EnvSpec(id, _place(points[0].value), package=packages[0])


def _wrong(id: str, packages: list[str], value: str) -> str:
    """Why an announcement cannot be followed; "" when it can."""
    if not is_id(id):
        return (f"The package {packages[0]} announces an environment {id!r}, and an id looks like 'Name-v0'; mend its "
                "pyproject.toml.")
    if id in registry:
        return (f"The environment id {id!r} is taken, so that of the package {packages[0]} cannot be had; it must choose "
                "another name or version.")
    if len(packages) > 1:
        return f"The environment id {id!r} is announced by several packages ({', '.join(packages)}); uninstall all but one."
    if not _PLACE.fullmatch(_place(value)):
        return f"The package {packages[0]} announces {id} as {value!r}, which is not of the form 'module:Class'; mend it there."
    return ""


def _place(value: str) -> str:
    """An entry point's "module:Class", without spaces and the extras that it may name."""
    return "".join(value.partition("[")[0].split())


def _package(point: EntryPoint) -> str:
    """Name and version of the package that announces something."""
    try:
        return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "(unnamed)"
    except (LookupError, OSError, TypeError, ValueError):  # its METADATA is damaged or gone
        return "(unnamed)"
