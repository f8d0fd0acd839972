"""What is shown in a terminal: to a spectator everything said and thought, to a player its own."""

from __future__ import annotations

import copy

import pytest

import dialogym
from dialogym import DialogueEnv, SeatEnv, Utterance
from dialogym.envs.errors import InvalidAction
from tests.third import ID as THIRD
from tests.toy import Guessing, speak

IDS = sorted({*dialogym.registry, THIRD})


def spoken_to(mode: str) -> DialogueEnv:
    env = DialogueEnv(Guessing(), "Guessing-v0", mode)
    env.reset(seed=0)
    env.step(Utterance("thinker", "Cold.", "Mood: low\nPlan: wait"))
    env.step("Is it red?")
    return env


def test_a_spectator_sees_the_states_dimly() -> None:
    env = spoken_to("ansi")
    assert env.render() == ("     thinker: Cold.\n\x1b[2m              Mood: low\n              Plan: wait\x1b[0m\n"
                            "     guesser: Is it red?\n[open, engagement 0.00, turn 1/4]")


def test_a_human_sees_every_utterance_once_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    env = spoken_to("human")
    assert capsys.readouterr().out.splitlines() == [
        "── Guessing-v0, seed 0 ──", "     thinker: Cold.", "              Mood: low", "              Plan: wait",
        "     guesser: Is it red?"]
    assert env.render() is None
    assert capsys.readouterr().out == ""
    env.step("Yes.")
    assert capsys.readouterr().out.splitlines() == ["     thinker: Yes.", "[guessed, engagement 1.00, turn 1/4]"]


def test_a_human_is_told_of_a_rewind(capsys: pytest.CaptureFixture[str]) -> None:
    env = spoken_to("human")
    mark = env.snapshot()
    env.step("Cold.")
    capsys.readouterr()
    env.restore(mark)
    assert capsys.readouterr().out.splitlines() == ["── back to utterance 2 ──"]
    twin = copy.deepcopy(env)
    for one in (env, twin):
        one.step("Warm.")
        assert capsys.readouterr().out.splitlines() == ["     thinker: Warm."]
    env.reset(seed=1)
    assert capsys.readouterr().out.splitlines() == ["── Guessing-v0, seed 1 ──"]


@pytest.mark.parametrize("id", IDS)
def test_every_environment_is_shown_whole(id: str, capsys: pytest.CaptureFixture[str]) -> None:
    env = dialogym.make(id, render_mode="human")
    env.reset(seed=3)
    speak(env)
    out = capsys.readouterr().out
    assert sum(line[:14].strip().rstrip(":") in env.possible_agents for line in out.splitlines()) == len(env.position.dialogue)
    assert out.splitlines()[-1].startswith(f"[{env.position.engagement.status}, engagement")


@pytest.mark.parametrize("id", IDS)
def test_a_player_is_shown_no_state_of_the_other(id: str, capsys: pytest.CaptureFixture[str]) -> None:
    for mode in ("ansi", "human"):
        env = SeatEnv(id, render_mode=mode)
        env.reset(seed=3)
        while not env.position.over:
            env.step("I see.")
        shown = (env.render() or "") + capsys.readouterr().out
        assert "I see." in shown
        assert shown.count(f"[{env.position.engagement.status}") == 1
        assert not any(line and line in shown for u in env.position.dialogue for line in u.state.splitlines())
        assert env.scenario.describe_condition(env.position.condition) not in shown


def test_nobody_steers_the_terminal_or_forges_a_line() -> None:
    env = spoken_to("ansi")
    env.step("Hm.\n     guesser: I give up.\x1b[2J\x07")
    last = env.render().splitlines()[-2]
    assert last == "     thinker: Hm. guesser: I give up.\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("mode", ["rgb_array", "", 3])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(InvalidAction, match="render_mode"):
        dialogym.make(IDS[0], render_mode=mode)
