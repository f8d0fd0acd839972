"""Environment ids: one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from typing import Any

from .env import DialogueEnv
from .errors import InvalidConfig, UnknownEnvironment
from .scenario import Scenario


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """A registered environment: its versioned id, the scenario class (or its "module:name"), fixed arguments."""

    id: str
    scenario: Callable[..., Scenario] | str
    kwargs: dict[str, Any] = field(default_factory=dict)

    def build(self, **kwargs: Any) -> Scenario:
        """The scenario with its fixed arguments, overridden by `kwargs`. Raises InvalidConfig on an unknown one."""
        factory = self.scenario
        if isinstance(factory, str):
            module, _, name = factory.partition(":")
            factory = getattr(import_module(module), name)
        try:
            return factory(**{**self.kwargs, **kwargs})
        except TypeError as error:
            takes = sorted(signature(factory).parameters)
            raise InvalidConfig(f"{self.id} does not take these options ({error}); it takes {takes}.") from error


registry: dict[str, EnvSpec] = {}
"""Every environment by id."""


def register(id: str, scenario: Callable[..., Scenario] | str, **kwargs: Any) -> None:
    """Adds an environment id. Raises InvalidConfig when it is taken or not of the form `Name-v0`."""
    name, _, version = id.rpartition("-v")
    if not name or not version.isdigit():
        raise InvalidConfig(f"An environment id looks like 'Name-v0', got {id!r}.")
    if id in registry:
        raise InvalidConfig(f"The environment id {id!r} is taken; raise the version.")
    registry[id] = EnvSpec(id, scenario, kwargs)


def spec(id: str) -> EnvSpec:
    """The registered spec. Raises UnknownEnvironment, naming what is near."""
    if id not in registry:
        near = get_close_matches(str(id), registry, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {sorted(registry)}."
        raise UnknownEnvironment(f"No environment is called {id!r}; {hint}")
    return registry[id]


def make(id: str, *, render_mode: str | None = None, **kwargs: Any) -> DialogueEnv:
    """The PettingZoo AEC environment of an id; other arguments go to its scenario (such as `horizon`)."""
    return DialogueEnv(spec(id).build(**kwargs), id, render_mode)


register("PersuasionForGood-v0", f"{__package__}.persuasion:Persuasion")
