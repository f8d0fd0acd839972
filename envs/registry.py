"""Environment ids: one line each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from inspect import isabstract, signature
from operator import attrgetter
from typing import Any

import gymnasium
import pettingzoo

from .blame import told
from .errors import DialogymError, InvalidArgument, InvalidConfig, PluginFailed, UnknownEnvironment
from .finite import check_arguments
from .keys import PUBLIC
from .scenario import Scenario
from .shells.dialogue_env import DialogueEnv

NAMESPACE = "dialogym"
"""Where Gymnasium finds the environments: "dialogym/Name-v0"."""
_ID = re.compile(r"[\w:.-]+-v\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """A registered environment.

    Attributes:
        id: versioned, as in "Name-v0".
        scenario: the scenario's class, or its "module:name", which is imported when it is first needed.
        kwargs: fixed arguments of the class.
        package: name and version of the installed package that announces it ("" when nobody does: see `envs/installed.py`).
    """

    id: str
    scenario: Callable[..., Scenario] | str
    kwargs: dict[str, Any] = field(default_factory=dict)
    package: str = ""

    @property
    def title(self) -> str:
        """The id, and whose it is where it came with an installed package."""
        return f"{self.id} (package {self.package})" if self.package else self.id

    @property
    def factory(self) -> Callable[..., Scenario]:
        """What makes the scenario, imported where it was given as a string."""
        if not isinstance(self.scenario, str):
            return self.scenario
        module, _, name = self.scenario.partition(":")
        try:
            found: Callable[..., Scenario] = attrgetter(name)(import_module(module))
        except Exception as error:
            raise PluginFailed(f"The scenario {self.scenario!r} of {self.title} cannot be imported: {told(error)}.") from error
        if not callable(found):
            raise PluginFailed(f"The scenario {self.scenario!r} of {self.title} is of type {type(found).__name__}, not a class "
                               "of scenarios.")
        return found

    @property
    def scenario_name(self) -> str:
        """The scenario's name, read off its class where there is one: a scenario may be costly to build."""
        name = getattr(self.factory, "name", None)
        return name if isinstance(name, str) else self.build().name

    def build(self, **kwargs: Any) -> Scenario:
        """The scenario under this id; `kwargs` override its fixed arguments.

        Raises InvalidArgument on an option that the scenario does not take, or that is not finite; PluginFailed when its own
        code fails.
        """
        factory, options = self.factory, {**self.kwargs, **kwargs}
        check_arguments(options, self.title)
        try:
            signature(factory).bind(**options)
        except TypeError as error:
            takes = sorted(signature(factory).parameters)
            raise InvalidArgument(f"{self.title} does not take these options ({error}); it takes {takes}.") from error
        except ValueError as error:  # Python cannot say what some builtins take
            raise PluginFailed(f"The scenario of {self.title} is {factory!r}, not a class of scenarios.") from error
        if isabstract(factory):
            raise PluginFailed(f"The scenario of {self.title}, {factory.__qualname__}, is not finished: it lacks "
                               f"{sorted(getattr(factory, '__abstractmethods__', ()))}; write them.")
        try:
            made = factory(**options)
        except DialogymError:
            raise
        except Exception as error:
            raise PluginFailed(f"The scenario of {self.title} raised {told(error)} when it was made; that is its own code's "
                               "error, unless an option's value is odd.") from error
        if not isinstance(made, Scenario):
            raise PluginFailed(f"The scenario of {self.title} is of type {type(made).__name__}; it must be a Scenario.")
        return made.under(self.id)


registry: dict[str, EnvSpec] = {}
"""Every environment by id."""

refused: dict[str, str] = {}
"""Ids that installed packages announce and that cannot be had from them, each with the sentence that says why."""


def register(id: str, scenario: Callable[..., Scenario] | str, **kwargs: Any) -> None:
    """Adds an environment id, here and in the registries of PettingZoo and Gymnasium.

    `pettingzoo.make("aec", "Name-v0")` then gives what `make` gives, and `gymnasium.make("dialogym/Name-v0")` a `SeatEnv`: one
    seat, with a partner in the other. Raises InvalidConfig when the id is taken or not of the form `Name-v0`.
    """
    if not is_id(id):
        raise InvalidConfig(f"An environment id looks like 'Name-v0' (letters, digits and _ : . -), got {id!r}.")
    if id in registry:
        whose = f" by the package {registry[id].package}" if registry[id].package else ""
        raise InvalidConfig(f"The environment id {id!r} is taken{whose}; raise the version.")
    announce(id)
    registry[id] = EnvSpec(id, scenario, kwargs)


def is_id(id: object) -> bool:
    """Whether something is of the form of an environment id, `Name-v0`."""
    return _ID.fullmatch(str(id)) is not None


def is_taken(id: str) -> bool:
    """Whether an id is registered here, announced by an installed package, or in use in PettingZoo or Gymnasium."""
    return id in {*registry, *refused, *getattr(pettingzoo, "aec_registry", {})} or f"{NAMESPACE}/{id}" in gymnasium.registry


def announce(id: str) -> None:
    """Tells PettingZoo (from 1.27 on, when it has a registry) and Gymnasium of an id; both come back here when they make it.

    Raises InvalidConfig, and tells nobody, when another package has it there.
    """
    here, seat = f"{__name__}:make", f"{__package__}.shells.seat_env:SeatEnv"
    known, single = getattr(pettingzoo, "aec_registry", {}).get(id), gymnasium.registry.get(f"{NAMESPACE}/{id}")
    if (known is not None and known.entry_point != here) or (single is not None and single.entry_point != seat):
        raise InvalidConfig(f"The environment id {id!r} is taken by another package; choose another name.")
    if known is None and hasattr(pettingzoo, "register"):
        pettingzoo.register("aec", id, entry_point=here, kwargs={"id": id})
    if single is None:  # not as "id": gymnasium.make_vec has an argument of that name
        gymnasium.register(f"{NAMESPACE}/{id}", entry_point=seat, kwargs={"environment": id})


def spec(id: str) -> EnvSpec:
    """The registered spec. Raises UnknownEnvironment, naming what is near; InvalidConfig for one of `refused`."""
    if id not in registry and id in refused:
        raise InvalidConfig(refused[id])
    if id not in registry:
        near = get_close_matches(str(id), registry, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {sorted(registry)}."
        raise UnknownEnvironment(f"No environment is called {id!r}; {hint}")
    return registry[id]


def default() -> str:
    """The id registered first."""
    return next(iter(registry))


def scenarios(*, installed: bool = True) -> list[str]:
    """The names of the registered scenarios, in the order of their first ids; without those of installed packages if so asked.

    An installed package that cannot be imported is left out.
    """
    return list(dict.fromkeys(_names(installed)[0].values()))


def id_of(scenario_name: str, *, installed: bool = True) -> str:
    """The newest id of a scenario (the highest version; of equal ones the first registered), by its name.

    An installed package's id is taken only where nobody else has a scenario of that name: what is installed changes no result.
    Raises InvalidConfig, naming what exists and what cannot be imported.
    """
    wanted = str(scenario_name).casefold().replace("_", "-")
    for packages in (False, True) if installed else (False,):
        names, broken = _names(packages)
        found = [id for id, name in names.items() if name.casefold().replace("_", "-") == wanted]
        if found:
            return max(found, key=lambda id: int(id.rpartition("-v")[2]))
    raise InvalidConfig(" ".join([f"No scenario is called {scenario_name!r}; choose one of {sorted(set(names.values()))}.",
                                  *broken]))


def _names(installed: bool) -> tuple[dict[str, str], list[str]]:
    """The scenario's name of every id, and what is wrong with the installed packages that cannot be imported."""
    names, broken = {}, []
    for id, known in registry.items():
        if known.package and not installed:
            continue
        try:
            names[id] = known.scenario_name
        except DialogymError as error:
            if not known.package:
                raise
            broken.append(str(error))
    return names, broken


def make(id: str, *, render_mode: str | None = None, messages: bool = False, secret: str = PUBLIC,
         **kwargs: Any) -> DialogueEnv:
    """The PettingZoo AEC environment of an id; other arguments go to its scenario (such as `horizon`)."""
    return DialogueEnv(spec(id).build(**kwargs), render_mode=render_mode, messages=messages, secret=secret)


def dialogue_env(environment: str | Scenario | DialogueEnv, secret: str | None = None, **options: Any) -> DialogueEnv:
    """The environment of an id, of a scenario, or a fresh copy of an environment, also of one in PettingZoo's wrappers.

    Options belong to an id, a secret to an id or a scenario (None: the one that everybody knows). Raises InvalidConfig when
    there are some beside another object, or when it is none of these.
    """
    if isinstance(environment, str):
        return make(environment, secret=secret_of(environment, secret), **options)
    found = _given(environment, options)
    kept = secret_of(environment, secret)
    return DialogueEnv(found, secret=kept) if isinstance(found, Scenario) else found.fresh()


def secret_of(environment: object, secret: str | None) -> str:
    """The secret to play under: the given one, an environment's own, or the one that everybody knows.

    Raises InvalidConfig when one is given beside an environment that has another.
    """
    inner = getattr(environment, "unwrapped", environment)
    if not isinstance(inner, DialogueEnv):
        return PUBLIC if secret is None else secret
    if secret not in (None, inner.secret):
        raise InvalidConfig("The environment that was given has a secret of its own; make it with the one that is wanted.")
    return inner.secret


def scenario_for(environment: str | Scenario | DialogueEnv, **options: Any) -> Scenario:
    """The scenario of an id, of an environment, or itself. Options belong to an id. Raises InvalidConfig as `dialogue_env`."""
    if isinstance(environment, str):
        return spec(environment).build(**options)
    found = _given(environment, options)
    return found if isinstance(found, Scenario) else found.scenario


def _given(environment: object, options: Mapping[str, Any]) -> Scenario | DialogueEnv:
    if options:
        raise InvalidConfig(f"The options {sorted(options)} belong to an environment's id; the {type(environment).__name__} "
                            "that was given has its own, make it with them.")
    inner = getattr(environment, "unwrapped", environment)  # a scenario has no wrappers
    if isinstance(inner, Scenario | DialogueEnv):
        return inner
    raise InvalidConfig(f"An environment is named by its id, a Scenario or a DialogueEnv, got {type(environment).__name__}.")


register("PersuasionForGood-v0", f"{__package__}.persuasion:Persuasion")
register("EmotionalSupport-v0", f"{__package__}.emotional_support:EmotionalSupport")


def register_acts() -> None:
    """Registers the act-level twin of every registered environment that can be played by acts.

    With Gymnasium as "dialogym/NameActs-v0", and with PettingZoo, as an environment of one agent, as "NameActs-v0". May be
    called again, after more environments were registered. A scenario given as "module:name" is not imported for it: its twin is
    registered unseen, and making it raises InvalidConfig if it has no acts.
    """
    for id, known in registry.items():
        if not isinstance(known.scenario, str) and getattr(known.scenario, "acting", None) is None:
            continue
        name = acts_id(id)
        if f"{NAMESPACE}/{name}" not in gymnasium.registry:
            gymnasium.register(f"{NAMESPACE}/{name}", entry_point=f"{__package__}.shells.act_env:ActEnv", kwargs={"of": id})
        if name not in getattr(pettingzoo, "aec_registry", {name: None}):  # a PettingZoo before 1.27 has no registry
            pettingzoo.register("aec", name, entry_point=f"{__package__}.shells.act_aec:ActAECEnv", kwargs={"of": id})


def acts_id(id: str) -> str:
    """The id of an environment's act-level twin: "Name-v0" gives "NameActs-v0"."""
    name, mark, version = id.rpartition("-v")
    return f"{name}Acts-v{version}" if mark else f"{id}Acts"
