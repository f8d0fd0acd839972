"""A secret goes into every shell, decides conditions and luck, and is what makes an episode again, here and elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gymnasium
import pettingzoo
import pytest

import dialogym
from dialogym import ActAECEnv, ActEnv, ActState, MultiEpisodeEnv, Position, SeatEnv
from dialogym.envs.errors import InvalidArgument, InvalidConfig, InvalidSnapshot
from dialogym.envs.registry import NAMESPACE, acts_id
from tests.toy import Guessing, toy_env

IDS = sorted(id for id, known in dialogym.registry.items() if known.build().acting is not None)
EVERY = pytest.mark.parametrize("id", IDS)
MAKERS: dict[str, Callable[..., Any]] = {
    "make": dialogym.make,
    "pettingzoo": lambda id, **options: pettingzoo.make("aec", id, **options),
    "gymnasium": lambda id, **options: gymnasium.make(f"{NAMESPACE}/{id}", **options),
    "seat of a scenario": lambda id, **options: SeatEnv(dialogym.make(id).scenario, **options),
    "seat of an environment": lambda id, **options: SeatEnv(dialogym.make(id, **options)),
    "acts": ActEnv,
    "acts of an environment": lambda id, **options: ActEnv(dialogym.make(id, **options)),
    "pettingzoo's acts": lambda id, **options: pettingzoo.make("aec", acts_id(id), **options),
    "gymnasium's acts": lambda id, **options: gymnasium.make(f"{NAMESPACE}/{acts_id(id)}", **options),
}


def begun(maker: str, id: str, seed: int = 5, **options: Any) -> Position:
    env = MAKERS[maker](id, **options)
    env.reset(seed=seed)
    found: Position = env.unwrapped.position
    return found


@EVERY
@pytest.mark.parametrize("maker", MAKERS)
def test_every_shell_takes_it_and_means_the_same_by_it(id: str, maker: str) -> None:
    wanted = begun("make", id, secret="mine")
    found = begun(maker, id, secret="mine")
    assert found.condition == wanted.condition == Position.start(wanted.scenario, 5, secret="mine").condition
    public = begun(maker, id)
    assert public == begun(maker, id, secret="public") != found
    assert public.condition != found.condition


@EVERY
def test_an_act_state_too(id: str) -> None:
    env = ActEnv(id, secret="mine")
    env.reset(seed=3)
    assert env.state == ActState.start(env.scenario, 3, secret="mine") != ActState.start(env.scenario, 3)


@EVERY
def test_the_episodes_that_follow_are_under_it_too(id: str) -> None:
    chains = []
    for secret in ("mine", "mine", "yours"):
        env = dialogym.make(id, secret=secret)
        env.reset(seed=0)
        positions = []
        for _ in range(4):
            env.reset()
            positions.append(env.position)
        chains.append(positions)
    assert chains[0] == chains[1]
    assert not {p.key for p in chains[0]} & {p.key for p in chains[2]}


@EVERY
@pytest.mark.parametrize("as_json", [False, True])
def test_a_snapshot_belongs_under_its_secret(id: str, as_json: bool) -> None:
    """Restored under another one the talk would go on, and the episodes after it be others: it is refused, nothing changes."""
    for kind in (dialogym.make, SeatEnv, ActEnv, ActAECEnv):
        env, other, same = (kind(id, secret=secret) for secret in ("mine", "yours", "mine"))
        for each in (env, other):
            each.reset(seed=1)
        mark = env.snapshot().to_json() if as_json else env.snapshot()
        before = other.position
        with pytest.raises(InvalidSnapshot, match="under another secret"):
            other.restore(mark)
        assert other.position is before
        same.restore(mark)
        for each in (env, same):
            each.reset()
        assert same.position == env.position


def test_a_snapshot_tells_which_secret_and_not_the_secret() -> None:
    env = dialogym.make(IDS[0], secret="mine alone")
    env.reset(seed=1)
    assert "mine alone" not in env.snapshot().to_json()


def test_a_snapshot_under_a_secret_goes_on_in_another_process() -> None:
    secret = dialogym.fresh_secret()
    env = dialogym.make(IDS[0], secret=secret)
    env.reset(seed=2)
    code = ("import sys, dialogym\n"
            f"env = dialogym.make({IDS[0]!r}, secret={secret!r})\n"
            "env.restore(sys.stdin.read())\n"
            "print(env.ask().key)\nenv.reset()\nprint(env.ask().key)\n")
    told = subprocess.run([sys.executable, "-c", code], input=env.snapshot().to_json(), text=True, capture_output=True,
                          check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    wanted = [env.ask().key]
    env.reset()
    assert [int(line) for line in told.stdout.split()] == [*wanted, env.ask().key]


def test_several_episodes_are_under_it() -> None:
    def conditions(secret: str) -> list[object]:
        env = MultiEpisodeEnv(dialogym.make(IDS[0], secret=secret, horizon=1), 3)
        env.reset(seed=1)
        found = [env.unwrapped.position.condition]  # type: ignore[attr-defined]
        while env.agents:
            env.step(None if env.terminations[env.agent_selection] or env.truncations[env.agent_selection] else "I see.")
            found.append(env.unwrapped.position.condition)  # type: ignore[attr-defined]
        return found

    assert conditions("mine") == conditions("mine") != conditions("yours")


def test_a_fresh_copy_keeps_it_and_an_environment_has_but_one() -> None:
    env = dialogym.make(IDS[0], secret="mine")
    assert (env.secret, env.fresh().secret, toy_env().secret) == ("mine", "mine", "public")
    for kind in (SeatEnv, ActEnv):
        with pytest.raises(InvalidConfig, match="has a secret of its own"):
            kind(env, secret="yours")
        kind(env, secret="mine")


@pytest.mark.parametrize("secret", ["", " ", 3, b"mine"])
def test_what_can_be_no_secret_is_refused(secret: Any) -> None:
    for kind in (dialogym.make, SeatEnv, ActEnv, ActAECEnv):
        with pytest.raises(InvalidArgument, match="A secret is a text that is not blank"):
            kind(IDS[0], secret=secret)
    with pytest.raises(InvalidArgument, match="A secret is a text"):
        dialogym.DialogueEnv(Guessing(), secret=secret)
