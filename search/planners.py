"""Planners by name: those of this package, those of installed packages, and anybody's by import path."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from typing import Any

from ..envs.blame import told
from ..envs.errors import DialogymError, InvalidConfig, PluginFailed
from .bandits import OpenLoop, Puct
from .baselines import Beam, Greedy, Lookahead, Sample
from .belief import Imagining
from .budget import Budget
from .choice import ByTree, Decider
from .mcts import IxMCTS
from .rollouts import SCRIPTED

FEWEST = 3
"""Generations per imagined user below which a planner plans for one user only, who is not weighed."""
GROUP = "dialogym.planners"
"""The entry-point group in which a package announces its planners: name = "module:factory"."""

Factory = Callable[[int], Decider]
"""Makes a decider for a budget of policy generations per decision, which `Budget` enforces in any case."""

PLANNERS: dict[str, Factory] = {
    "sample": lambda budget: Sample(),
    "greedy": lambda budget: Greedy(width=budget),
    "lookahead": lambda budget: Lookahead(width=3, rollouts=budget),
    "lookahead-scripted": lambda budget: Lookahead(width=budget, rollouts=2, player=SCRIPTED),
    "beam": lambda budget: Beam(width=3, beam=max(3, budget // 10)),
    "open-loop": lambda budget: OpenLoop(iterations=budget),
    "puct": lambda budget: Puct(width=3, iterations=budget),
    "ixmcts": lambda budget: ByTree(IxMCTS(width=3, keep=9)),
    "ixmcts-unpruned": lambda budget: ByTree(IxMCTS(width=3, keep=None)),
    "ixmcts-chance": lambda budget: ByTree(IxMCTS(width=3, keep=9, pruning="chance")),
    "ixmcts-rollouts": lambda budget: ByTree(IxMCTS(width=3, keep=9, rollout="policy")),
    "ixmcts-lazy": lambda budget: ByTree(IxMCTS(width=3, keep=9, replies="lazy")),
}
"""This package's planners, at sizes that use what a budget allows. "lookahead-scripted" spends all of it on candidates, as
greedy does: its endings are the scenario's default scripted speaker's. "open-loop" plays acts from the phrase book, so it uses
no generations; its iterations are as many as the budget."""


def known_planners() -> list[str]:
    """The names that `planner` knows: ours, then those that installed packages announce."""
    return [*PLANNERS, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in PLANNERS)]


def is_ours(name: str) -> bool:
    """Whether a planner is this package's. Nothing of anybody else's is imported for it.

    Raises InvalidConfig for a name that nobody announces and that is no import path.
    """
    if name not in PLANNERS and ":" not in name and name not in known_planners():
        near = get_close_matches(name, known_planners(), 1)
        raise InvalidConfig(f"There is no planner {name!r}{f'; did you mean {near[0]!r}?' if near else '.'} Known are "
                            f"{known_planners()}, or name one by import path, 'package.module:Name'.")
    return name in PLANNERS


def blind(name: str, budget: int, worlds: int) -> Imagining:
    """A planner that sees no condition: it shares its budget among so many imagined users. Raises as `planner`."""
    each = max(1, budget // worlds)
    # One world for what looks at no user at all, so that the budget is not spent on the same candidates again.
    if each < FEWEST or name == "sample":
        return Imagining(Budget(planner(name, budget), budget), worlds=1, drawn=1, samples=0)
    return Imagining(Budget(planner(name, each), each), worlds=worlds)


def planner(name: str, budget: int) -> Decider:
    """A decider by name, entry point or import path ("package.module:Name").

    What an entry point or a path names is a decider's class or factory; it is called with `budget=` when it takes that
    parameter, else with nothing. An object that is a decider already is taken as it is.

    Raises:
        InvalidConfig: nothing has that name, it cannot be imported, or it makes no decider.
        PluginFailed: its own code raised; the message says where.
    """
    if is_ours(name):
        return PLANNERS[name](budget)
    found = {point.name: point for point in entry_points(group=GROUP)}
    try:
        if name in found:
            made = found[name].load()
        else:
            module, _, attribute = name.partition(":")
            made = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InvalidConfig(f"The planner {name!r} cannot be imported ({error}).") from error
    except DialogymError:
        raise
    except Exception as error:
        raise PluginFailed(f"The planner {name!r} raised {told(error)} when it was imported; fix it there.") from error
    return _made(name, made, budget)


def _made(name: str, made: Any, budget: int) -> Decider:
    if callable(made) and (isinstance(made, type) or "position" not in _parameters(made)):
        try:
            made = made(budget=budget) if "budget" in _parameters(made) else made()
        except DialogymError:
            raise
        except Exception as error:
            raise PluginFailed(f"The planner {name!r} raised {told(error)} when it was made; fix it there.") from error
    if not callable(made) or "position" not in _parameters(made):
        raise InvalidConfig(f"The planner {name!r} is of type {type(made).__name__}; a planner is called with a position and "
                            "returns a generator of asks that ends with a Choice.")
    decider: Decider = made
    return decider


def _parameters(found: Any) -> list[str]:
    try:
        return list(signature(found).parameters)
    except (TypeError, ValueError):
        return []
