"""Public names that are imported when they are first asked for, so that a package stays light."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, where: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose heavy names come from its submodules.

    Args:
        package: `__name__` of the package.
        where: the submodule, relative to the package, that defines each name.
    """
    def __getattr__(name: str) -> Any:  # noqa: N807 - it is a module's
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{where[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__
