"""The laws `check_env` holds a Gymnasium environment to."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

from ..errors import fail

_MOST_STEPS = 500


def _gymnasium(env: Any, seed: int, episodes: int) -> None:
    from gymnasium.utils.env_checker import check_env  # noqa: PLC0415 - only who checks pays for it

    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning)
        warnings.filterwarnings("ignore", r".*A Box .* space", UserWarning)  # advice on numbers
        check_env(env.unwrapped, skip_render_check=env.unwrapped.spec is None)


def _play(env: Any, actions: list[Any] | None = None) -> tuple[list[Any], list[Any]]:
    """Actions and results to the end: the action space's samples, or those given."""
    results: list[Any] = []
    taken: list[Any] = []
    while len(taken) < (_MOST_STEPS if actions is None else len(actions)):
        taken.append(env.action_space.sample() if actions is None else actions[len(taken)])
        results.append(copy.deepcopy(env.step(taken[-1])))
        if results[-1][2] or results[-1][3]:
            break
    return taken, results


def _differ(found: Any, wanted: Any) -> bool:
    from gymnasium.utils.env_checker import data_equivalence  # noqa: PLC0415 - only who checks pays for it

    return not data_equivalence(found, wanted, exact=True)


def _seeded(env: Any, seed: int, episodes: int) -> None:
    for number in range(seed, seed + episodes):
        env.action_space.seed(number)
        first = copy.deepcopy(env.reset(seed=number))
        actions, wanted = _play(env)
        env.reset(seed=number + 1)
        again = copy.deepcopy(env.reset(seed=number))
        found = _play(env, actions)[1]
        if _differ([again, found], [first, wanted]):
            fail(env, "seeded", f"with seed {number} and the same actions {[again, found]}", f"as before {[first, wanted]}")


def _snapshot(env: Any, seed: int, episodes: int) -> None:
    inner = env.unwrapped
    if not hasattr(inner, "snapshot") or not hasattr(inner, "restore"):
        return
    for number in range(seed, seed + episodes):
        env.action_space.seed(number)
        env.reset(seed=number)
        actions: list[Any] = []
        results: list[Any] = []
        marks = [inner.snapshot()]
        while len(actions) < _MOST_STEPS and not (results and (results[-1][2] or results[-1][3])):
            actions.append(env.action_space.sample())
            results.append(copy.deepcopy(env.step(actions[-1])))
            marks.append(inner.snapshot())
        for index in reversed(range(len(marks))):
            for when, mark in (("restored", marks[index]), ("restored from JSON", marks[index].to_json())):
                inner.restore(mark)
                if inner.snapshot() != marks[index]:
                    fail(env, "snapshot", f"{when} to step {index}: {inner.snapshot()}", f"{marks[index]}")
                found = _play(env, actions[index:])[1]
                if _differ(found, results[index:]):
                    fail(env, "snapshot", f"{when} to step {index} and played on: {found}", f"{results[index:]}")


GYMNASIUM_LAWS: dict[str, Callable[[Any, int, int], None]] = {
    "seeded": _seeded, "snapshot": _snapshot, "gymnasium": _gymnasium}
"""The laws of a Gymnasium environment, in the order in which they are checked."""
