"""Environment ids: one line each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from typing import Any

import gymnasium
import pettingzoo

from .env import DialogueEnv
from .errors import InvalidArgument, InvalidConfig, UnknownEnvironment
from .scenario import Scenario

NAMESPACE = "dialogym"
"""Where Gymnasium finds the environments: "dialogym/Name-v0"."""
_ID = re.compile(r"[\w:.-]+-v\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """A registered environment: its versioned id, the scenario class (or its "module:name"), fixed arguments."""

    id: str
    scenario: Callable[..., Scenario] | str
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def factory(self) -> Callable[..., Scenario]:
        """What makes the scenario, imported where it was given as a string."""
        if not isinstance(self.scenario, str):
            return self.scenario
        module, _, name = self.scenario.partition(":")
        found: Callable[..., Scenario] = getattr(import_module(module), name)
        return found

    @property
    def scenario_name(self) -> str:
        """The scenario's name, read off its class where there is one: a scenario may be costly to build."""
        name = getattr(self.factory, "name", None)
        return name if isinstance(name, str) else self.build().name

    def build(self, **kwargs: Any) -> Scenario:
        """The scenario with its fixed arguments, overridden by `kwargs`. Raises InvalidArgument on an unknown one."""
        factory = self.factory
        try:
            return factory(**{**self.kwargs, **kwargs})
        except TypeError as error:
            takes = sorted(signature(factory).parameters)
            raise InvalidArgument(f"{self.id} does not take these options ({error}); it takes {takes}.") from error


registry: dict[str, EnvSpec] = {}
"""Every environment by id."""


def register(id: str, scenario: Callable[..., Scenario] | str, **kwargs: Any) -> None:
    """Adds an environment id, here and in the registries of PettingZoo and Gymnasium.

    `pettingzoo.make("aec", "Name-v0")` then gives what `make` gives, and `gymnasium.make("dialogym/Name-v0")` a `SeatEnv`: one
    seat, with a partner in the other. Raises InvalidConfig when the id is taken or not of the form `Name-v0`.
    """
    if not _ID.fullmatch(str(id)):
        raise InvalidConfig(f"An environment id looks like 'Name-v0' (letters, digits and _ : . -), got {id!r}.")
    if id in registry:
        raise InvalidConfig(f"The environment id {id!r} is taken; raise the version.")
    _announce(id)
    registry[id] = EnvSpec(id, scenario, kwargs)


def _announce(id: str) -> None:
    """Tells PettingZoo (from 1.27 on, when it has a registry) and Gymnasium of an id; both come back here when they make it."""
    here, seat = f"{__name__}:make", f"{__package__}.single:SeatEnv"
    known, single = getattr(pettingzoo, "aec_registry", {}).get(id), gymnasium.registry.get(f"{NAMESPACE}/{id}")
    if (known is not None and known.entry_point != here) or (single is not None and single.entry_point != seat):
        raise InvalidConfig(f"The environment id {id!r} is taken by another package; choose another name.")
    if known is None and hasattr(pettingzoo, "register"):
        pettingzoo.register("aec", id, entry_point=here, kwargs={"id": id})
    if single is None:  # not as "id": gymnasium.make_vec has an argument of that name
        gymnasium.register(f"{NAMESPACE}/{id}", entry_point=seat, kwargs={"environment": id})


def spec(id: str) -> EnvSpec:
    """The registered spec. Raises UnknownEnvironment, naming what is near."""
    if id not in registry:
        near = get_close_matches(str(id), registry, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {sorted(registry)}."
        raise UnknownEnvironment(f"No environment is called {id!r}; {hint}")
    return registry[id]


def default() -> str:
    """The id registered first."""
    return next(iter(registry))


def scenarios() -> list[str]:
    """The names of the registered scenarios, in the order of their first ids."""
    return list(dict.fromkeys(known.scenario_name for known in registry.values()))


def id_of(scenario_name: str) -> str:
    """The newest id of a scenario (the highest version; of equal ones the first registered), by its name.

    Raises InvalidConfig, naming what exists.
    """
    wanted = str(scenario_name).casefold().replace("_", "-")
    found = [id for id, known in registry.items() if known.scenario_name.casefold().replace("_", "-") == wanted]
    if not found:
        raise InvalidConfig(f"No scenario is called {scenario_name!r}; choose one of {sorted(scenarios())}.")
    return max(found, key=lambda id: int(id.rpartition("-v")[2]))


def make(id: str, *, render_mode: str | None = None, **kwargs: Any) -> DialogueEnv:
    """The PettingZoo AEC environment of an id; other arguments go to its scenario (such as `horizon`)."""
    return DialogueEnv(spec(id).build(**kwargs), id, render_mode)


register("PersuasionForGood-v0", f"{__package__}.persuasion:Persuasion")
register("EmotionalSupport-v0", f"{__package__}.emotional_support:EmotionalSupport")
