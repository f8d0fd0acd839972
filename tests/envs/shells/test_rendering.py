"""What is shown in a terminal: to a spectator everything said and thought, to a player its own."""

from __future__ import annotations

import copy
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import RenderCollection

import dialogym
from dialogym import ActEnv, DialogueEnv, SeatEnv, Utterance
from dialogym.envs.errors import InvalidArgument
from dialogym.envs.registry import acts_id
from dialogym.envs.shells.frames import ROWS, SHAPE, frame
from tests.third import ID as THIRD
from tests.toy import Guessing, speak

IDS = sorted({*dialogym.registry, THIRD})
SHELLS = [(make, id) for make in (dialogym.make, SeatEnv, ActEnv) for id in IDS
          if make is not ActEnv or dialogym.make(id).scenario.acting is not None]


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


@pytest.mark.parametrize("mode", ["rgb_array_list", "", 3])
def test_other_modes_are_refused(mode: str) -> None:
    for make in (dialogym.make, SeatEnv, ActEnv):
        with pytest.raises(InvalidArgument, match="render_mode must be"):
            make(IDS[0], render_mode=mode)


def as_lines(ansi: str) -> list[tuple[str, bool]]:
    """The lines of a transcript, and whether each is dim."""
    lines, dim = [], False
    for line in ansi.split("\n"):
        dim = dim or line.startswith("\x1b[2m")
        lines.append((line.replace("\x1b[2m", "").replace("\x1b[0m", ""), dim))
        dim = dim and not line.endswith("\x1b[0m")
    return lines


class TestFrames:
    """render_mode="rgb_array": the same that "ansi" says, as a picture."""

    @pytest.mark.parametrize(("make", "id"), SHELLS)
    def test_every_shell_draws_what_it_says(self, make: Any, id: str) -> None:
        env, words = make(id, render_mode="rgb_array"), make(id, render_mode="ansi")
        assert "rgb_array" in env.metadata["render_modes"]
        pictures = []
        for each in (env, words):
            each.reset(seed=3)
        for question in ("What do you do?", "Tell me — honestly! — why?", "How is the weather?", "Who told you so?", "Well?"):
            if (env.unwrapped.position if hasattr(env, "unwrapped") else env.position).over:
                break
            found = env.render()
            assert (found.shape, found.dtype) == (SHAPE, np.uint8)
            assert np.array_equal(found, frame(as_lines(words.render())))
            pictures.append(found.tobytes())
            for each in (env, words):
                each.step(1 if make is ActEnv else question)
        assert len(set(pictures)) == len(pictures) > 2

    @pytest.mark.parametrize(("make", "id"), SHELLS[len(IDS):])
    def test_gymnasiums_wrappers_take_them(self, make: Any, id: str) -> None:
        name = f"dialogym/{acts_id(id) if make is ActEnv else id}"
        env = RenderCollection(gymnasium.make(name, render_mode="rgb_array"))
        env.reset(seed=1)
        env.step(env.action_space.sample())
        assert [picture.shape for picture in env.render()] == [SHAPE, SHAPE]

    def test_it_is_letters(self) -> None:
        """Read back, dot by dot, what was drawn."""
        letters = [chr(point) for point in range(33, 127)]
        cells = {frame([(letter, False)])[:10, :6].tobytes() for letter in letters}
        assert len(cells) == len(letters)
        blank, box = frame([(" ", False)])[:10, :6], frame([("你", False)])[:10, :6]
        assert len(np.unique(blank)) == 3
        assert box.tobytes() not in cells
        assert np.array_equal(frame([("é", False)]), frame([("e", False)]))
        assert np.array_equal(frame([("\x07\ud800", False)])[:10, 6:12], box)
        assert not np.array_equal(frame([("a", True)]), frame([("a", False)]))

    def test_what_is_too_long_is_broken_and_the_end_is_shown(self) -> None:
        words = " ".join(f"word{i}" for i in range(40))
        shown = frame([(words, False)])
        ink = np.flatnonzero((shown != shown[0, 0]).any((1, 2))) // 10
        assert set(ink) == set(range(4))
        lines = [(f"line {i}", False) for i in range(100)]
        assert np.array_equal(frame(lines), frame(lines[-ROWS:]))
        assert frame([("x" * 100_000, False), ("\n" * 100_000, True)]).shape == SHAPE
