"""`check_env`: the laws an environment is held to, for anybody's environment."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from math import isfinite
from typing import Any

import gymnasium
from pettingzoo import AECEnv
from pettingzoo.utils.wrappers import BaseWrapper
from pettingzoo.utils.wrappers import MultiEpisodeEnv as PettingZoosMultiEpisodeEnv

from ..dialogue import Utterance
from ..errors import DialogymError, InvalidConfig, NonconformingEnvironment, fail
from ..keys import mix, pick
from ..position import MAX_TEXT
from ..shells.dialogue_env import DialogueEnv

TEXTS = ("Hello.", "I see.", "Tell me more, please.", "Why do you ask?", "That matters to me.", "你好。", "Yes.",
         "No, not today.", "How does it work?", "Thank you.", "Goodbye.")
"""What is said where no scripted agent speaks."""
BAD = (3, None, b"Hello.", "", " \n", "x" * (MAX_TEXT + 1), "a \ud800", "a \x00", Utterance("nobody", "Hello."))
"""What nobody can say."""
# What PettingZoo advises for arrays and numbered agents; text and named seats are meant.
_ADVICE = ("Observation is not a NumPy array", "Observation space for each agent probably should be",
           "Action space for each agent probably should be", "We recommend agents to be named in the format")
_MOST_STEPS = 2_000


def check_env(env: Any, *, seed: int = 0, episodes: int = 3) -> None:
    """Holds an environment to the package's laws, by playing it: with its scripted agents, and with random texts.

    A `DialogueEnv`, also a subclass or in PettingZoo's wrappers, is held to "pettingzoo" (its `api_test` and `seed_test`),
    "seeded" (same seed, same transcript), "snapshot" (restore brings everything back, also through JSON and in a copy, and the
    play goes on the same), "hidden" (what a seat sees does not depend on the other's condition and states), "refusal" (what
    cannot be said is a DialogymError and changes nothing) and "engagement" (in [0, 1], paid once, within the horizon). A
    `gymnasium.Env` is held to "gymnasium" (its `check_env`, without warnings), "seeded", and "snapshot" where it has them.

    The environment is reset many times; call `reset` before using it again.

    Args:
        env: the environment.
        seed: of the first episode.
        episodes: played for each law.

    Raises:
        NonconformingEnvironment: it says which law, what was seen and what was wanted.
    """
    if episodes < 1:
        raise InvalidConfig(f"episodes must be at least 1, got {episodes}.")
    if isinstance(env, gymnasium.Env):
        from .gymnasium_laws import GYMNASIUM_LAWS  # noqa: PLC0415 - it imports this module

        laws = GYMNASIUM_LAWS
    elif isinstance(env, AECEnv) and isinstance(env.unwrapped, DialogueEnv):
        laws = LAWS
    else:
        raise InvalidConfig("check_env takes a DialogueEnv, also in PettingZoo's wrappers, or a gymnasium.Env, got "
                            f"{type(env).__name__}.")
    if _counts(env):
        raise InvalidConfig("check_env plays single episodes; give it the environment without MultiEpisodeEnv. PettingZoo's "
                            "counts episodes where no snapshot reaches; to rewind, use dialogym.MultiEpisodeEnv.")
    for law, check in laws.items():
        with guarded(env, law), redirect_stdout(io.StringIO()):
            check(env, seed, episodes)


def _counts(env: Any) -> bool:
    """Whether a wrapper of several episodes is around an environment."""
    while isinstance(env, BaseWrapper):
        if isinstance(env, PettingZoosMultiEpisodeEnv):
            return True
        env = env.env
    return False


@contextmanager
def guarded(env: Any, law: str) -> Iterator[None]:
    """Whatever else is raised while a law is checked breaks it."""
    try:
        yield
    except NonconformingEnvironment:
        raise
    except Exception as error:
        fail(env, law, f"{type(error).__name__}: {error}", "no exception or warning")
        raise AssertionError from error


# -- playing -------------------------------------------------------------------------------------


def _advance(env: Any, scripted: bool) -> None:
    """One step: the scripted agent's, or a random text."""
    seat = env.agent_selection
    if env.terminations[seat] or env.truncations[seat]:
        env.step(None)
        return
    inner = env.unwrapped
    ask = inner.ask()
    speaks = scripted and bool(inner.scenario.scripted.get(seat))
    env.step(inner.scenario.scripted_policy(seat)(ask) if speaks else Utterance(seat, pick(ask.key, TEXTS)))


def _play(env: Any, scripted: bool, steps: int = _MOST_STEPS) -> list[dict[str, Any]]:
    """The states from here on to the end, dead steps included."""
    states = [_state(env)]
    while env.agents and len(states) <= steps:
        _advance(env, scripted)
        states.append(_state(env))
    return states


def _state(env: Any) -> dict[str, Any]:
    """All that can be read off an environment."""
    inner = env.unwrapped
    names = ("agents", "agent_selection", "rewards", "terminations", "truncations", "infos")
    return copy.deepcopy({
        **{name: getattr(env, name) for name in names},
        "accumulated rewards": inner._cumulative_rewards, "skipped selection": inner._skip_agent_selection,
        "observations": {seat: env.observe(seat) for seat in inner.possible_agents},
        "views": {seat: inner.view(seat) for seat in inner.possible_agents},
        "position": inner.position, "snapshot": inner.snapshot(),
    })


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The first entry that differs, in words; "" when none does."""
    for name, value in wanted.items():
        if found[name] != value:
            return f"{name} {found[name]!r}, not {value!r}"
    return ""


def _compare(env: Any, law: str, when: str, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    for index, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if differs := difference(one, other):
            fail(env, law, f"{when}, after {index} steps: {differs}", "the same as before")
    if len(found) != len(wanted):
        fail(env, law, f"{when}: {len(found) - 1} steps to the end", f"{len(wanted) - 1}, as before")


def _seeds(seed: int, episodes: int) -> Iterator[tuple[int, bool]]:
    """Episodes by the scripted agents and with random texts."""
    for index in range(episodes):
        for scripted in (True, False):
            yield seed + index, scripted


# -- the laws ------------------------------------------------------------------------------------


def _pettingzoo(env: Any, seed: int, episodes: int) -> None:
    from pettingzoo.test import api_test, seed_test  # noqa: PLC0415 - pettingzoo.test imports much more

    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning)
        for message in _ADVICE:
            warnings.filterwarnings("ignore", message, UserWarning)
        api_test(copy.deepcopy(env), num_cycles=40 * episodes)
        seed_test(lambda: copy.deepcopy(env), num_cycles=20 * episodes)


def _seeded(env: Any, seed: int, episodes: int) -> None:
    for number, scripted in _seeds(seed, episodes):
        env.reset(seed=number)
        wanted = _play(env, scripted)
        env.reset(seed=number + 1)
        _play(env, scripted, 5)
        for when, again in (("the same seed again", env), ("the same seed in a copy", copy.deepcopy(env))):
            again.reset(seed=number)
            _compare(env, "seeded", when, _play(again, scripted), wanted)


def _rewind(env: Any, mark: Any) -> None:
    """A bare restore; through wrappers, which keep books of their own, by reset."""
    if env is env.unwrapped:
        env.restore(mark)
    else:
        env.reset(options={"snapshot": mark})


def _snapshot(env: Any, seed: int, episodes: int) -> None:
    for number, scripted in _seeds(seed, episodes):
        env.reset(seed=number)
        fresh = copy.deepcopy(env)
        states, marks = [_state(env)], [env.snapshot()]
        while env.agents and len(states) <= _MOST_STEPS:
            _advance(env, scripted)
            states.append(_state(env))
            marks.append(env.snapshot())
        for index in reversed(range(len(marks))):
            for when, target, mark in (("restored", env, marks[index]), ("restored from JSON", env, marks[index].to_json()),
                                       ("restored from JSON in a copy", fresh, marks[index].to_json())):
                _rewind(target, mark)
                _compare(env, "snapshot", f"{when} to step {index}", [_state(target)], states[index:index + 1])
                if index in (0, len(marks) // 2, max(0, len(marks) - 4)):
                    _compare(env, "snapshot", f"{when} to step {index} and played on", _play(target, scripted), states[index:])


def _shown(env: Any, seat: str, states_too: bool) -> dict[str, Any]:
    """What a seat is shown. The engagement reading is public by design, and it may rest on the user's states."""
    inner = env.unwrapped
    found = {"observation": copy.deepcopy(env.observe(seat)), "view": repr(inner.view(seat))}
    if env.agent_selection == seat and env.agents:
        found["last"] = copy.deepcopy(env.last()[0])
    if states_too:
        found |= {"info": copy.deepcopy(env.infos.get(seat)), "reward": env.rewards.get(seat),
                  "terminated": env.terminations.get(seat), "truncated": env.truncations.get(seat)}
        if env.render_mode == "ansi":
            found["render"] = env.render()
    return found


def _replay(env: Any, seed: int, condition: Any, said: list[Utterance], seat: str, states_too: bool) -> list[dict[str, Any]]:
    env.reset(seed=seed, options={"condition": condition})
    shown = [_shown(env, seat, states_too)]
    for utterance in said:
        if any(env.terminations.values()) or any(env.truncations.values()):
            break
        env.step(utterance)
        shown.append(_shown(env, seat, states_too))
    return shown


def _until_judged(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was shown, but for the outcome: how a dialogue that is over is judged may depend on what was hidden in it."""
    return [*shown[:-1], {name: value for name, value in shown[-1].items() if name not in ("info", "reward", "render")}]


def _hidden(env: Any, seed: int, episodes: int) -> None:
    """Non-interference: the same words under another condition, or with other states, look the same from the other seat."""
    inner = env.unwrapped
    scenario = inner.scenario
    for number, scripted in _seeds(seed, episodes):
        env.reset(seed=number)
        condition = inner.position.condition
        _play(env, scripted)
        said = list(inner.position.dialogue)
        secret = scenario.describe_condition(condition)
        for seat in scenario.seats:
            masked = [u if u.seat == seat else replace(u, state=f"§hidden-{i}") for i, u in enumerate(said)]
            plain = _replay(env, number, condition, said, seat, False)
            hushed = _replay(env, number, condition, masked, seat, False)
            _same(env, f"{seat} under other states of the other seat", hushed, plain)
            public = repr([env.infos.get(seat), env.rewards.get(seat)])
            if "§hidden-" in public:
                fail(env, "hidden", f"a state of the other seat in the info of {seat}: {public}", "the public reading alone")
        wanted = _replay(env, number, condition, said, scenario.interactive, True)
        words = repr(wanted)
        if secret and not any(secret in u.text for u in said) and repr(secret)[1:-1] in words:
            fail(env, "hidden", f"the condition {secret!r} in what {scenario.interactive} is shown", "none of it")
        other = _another(scenario, condition, number)
        if other is not None:
            found = _replay(env, number, other, said, scenario.interactive, True)
            _same(env, f"{scenario.interactive} under another condition", _until_judged(found), _until_judged(wanted))


def _another(scenario: Any, condition: Any, seed: int) -> Any:
    """A condition that sounds different; None where all sound the same."""
    drawn = (scenario.draw_condition(mix(seed, 0x68696465, i)) for i in range(50))
    return next((c for c in drawn if scenario.describe_condition(c) != scenario.describe_condition(condition)), None)


def _same(env: Any, who: str, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    for index, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one.keys() == other.keys() and (differs := difference(one, other)):
            fail(env, "hidden", f"{who}, after {index} utterances: {differs}", "the same: it must not know")


def _refusal(env: Any, seed: int, episodes: int) -> None:
    for number, scripted in _seeds(seed, episodes):
        env.reset(seed=number)
        for _ in range(number % 4):
            if not any(env.terminations.values()) and not any(env.truncations.values()):
                _advance(env, scripted)
        over = any(env.terminations.values()) or any(env.truncations.values())
        for action in ["One more thing."] if over else BAD:
            _refused(env, action)
        while env.agents and not any(env.terminations.values()) and not any(env.truncations.values()):
            _advance(env, scripted)
        _refused(env, "One more thing.")


def _refused(env: Any, action: Any) -> None:
    before = _state(env)
    shown = repr(action) if len(repr(action)) < 60 else repr(action)[:60] + "…"
    wanted = "a DialogymError, and nothing changed"
    try:
        env.step(action)
    except DialogymError:
        if differs := difference(_state(env), before):
            fail(env, "refusal", f"step({shown}) refused, but it left {differs}", wanted)
    except Exception as error:
        fail(env, "refusal", f"step({shown}) raised {type(error).__name__}: {error}", wanted)
        raise
    else:
        fail(env, "refusal", f"step({shown}) was taken", wanted)


def _engagement(env: Any, seed: int, episodes: int) -> None:
    scenario = env.unwrapped.scenario
    for number, scripted in _seeds(seed, episodes):
        env.reset(seed=number)
        given = dict.fromkeys(scenario.seats, 0.0)
        for _ in range(_MOST_STEPS):
            if not env.agents:
                break
            _advance(env, scripted)
            for seat in env.rewards if len(env.agents) == len(scenario.seats) else ():
                given[seat] += env.rewards[seat]
        else:
            fail(env, "engagement", f"no end after {_MOST_STEPS} steps", f"an end within {scenario.horizon} turns")
        found = env.unwrapped.position.engagement
        if not isfinite(found.level) or not 0 <= found.level <= 1:
            fail(env, "engagement", f"level {found.level}", "a number in [0, 1]")
        if scenario.statuses and found.status not in scenario.statuses:
            fail(env, "engagement", f"status {found.status!r}", f"one of {list(scenario.statuses)}")
        if given != {scenario.interactive: found.level, scenario.user: 0.0}:
            fail(env, "engagement", f"rewards of {given}",
                 f"the level, {found.level}, once to {scenario.interactive}, 0 to the user")


LAWS: dict[str, Callable[[Any, int, int], None]] = {
    "seeded": _seeded, "engagement": _engagement, "refusal": _refusal, "snapshot": _snapshot, "hidden": _hidden,
    "pettingzoo": _pettingzoo}
"""The laws of a dialogue environment, in the order in which they are checked."""
