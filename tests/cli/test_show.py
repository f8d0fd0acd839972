"""`dialogym show`: one conversation of the scripted pair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from typer.testing import CliRunner

import dialogym
from dialogym import Ask, Position, Utterance, registry
from dialogym.__main__ import app
from dialogym.envs.shells.rendering import lines
from tests.toy import Guessing, Thinking, answer, cast, talk

ID = "Forging-v0"


def forge(ask: Ask) -> Utterance:
    return Utterance("guesser", "Is it [red]red[/]?\x1b[2J\n     thinker: Yes.")


class Forging(Guessing):
    name = "forging"
    scripted: ClassVar = {"guesser": {"forging": forge}, "thinker": {"honest": answer}}


@pytest.fixture
def forging() -> Iterator[str]:
    dialogym.register(ID, Forging)
    yield ID
    del registry[ID]


def show(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["show", *arguments], env={"COLUMNS": "80", "NO_COLOR": "1"}, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output.splitlines()


def test_a_conversation_stands_in_the_lines_of_every_printer() -> None:
    id = next(iter(registry))
    scenario = dialogym.make(id).scenario
    end = talk(Position.start(scenario, 3), cast(scenario))
    assert show(id, "--seed", "3")[1:-1] == [text for u in end.dialogue for text, _ in lines(u)]


def test_nobody_steers_the_terminal_or_speaks_for_another(forging: str) -> None:
    shown = show(forging)
    assert not any("\x1b" in line for line in shown)
    assert any("Is it [red]red[/]?" in line for line in shown), "what looks like markup is words"
    assert len([line for line in shown if line.startswith("     thinker: Yes.")]) <= 1


def test_states_are_shown_unless_they_are_not_wanted() -> None:
    dialogym.register("Thinking-v9", Thinking)
    try:
        assert any("Mood:" in line for line in show("Thinking-v9"))
        assert not any("Mood:" in line for line in show("Thinking-v9", "--no-states"))
    finally:
        del registry["Thinking-v9"]


def test_a_secret_of_somebodys_results_shows_their_talks() -> None:
    """By the seed alone it is the public talk; under a secret another, and the one that the secret's owner had."""
    public, mine = show("PersuasionForGood-v0", "--seed", "3"), show("PersuasionForGood-v0", "--seed", "3", "--secret", "mine")
    assert public == show("PersuasionForGood-v0", "--seed", "3", "--secret", "public") != mine
    scenario = dialogym.make("PersuasionForGood-v0").scenario
    said = talk(Position.start(scenario, 3, secret="mine"), cast(scenario)).dialogue
    assert lines(said.utterance)[0][0] in "\n".join(mine)
    refused = CliRunner().invoke(app, ["show", "--secret", " "])
    assert "A secret is a text that is not blank" in str(refused.exception)
