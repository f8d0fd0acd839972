"""The class for TRL's `environment_factory`: one tool, a reward of its own, one person per row."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from transformers.utils import get_json_schema

import dialogym
from dialogym import SeatEnv
from dialogym.alignment.online import environment, prompts
from dialogym.envs.errors import InvalidConfig
from tests.third import ID as HAGGLING

IDS = ["PersuasionForGood-v0", "EmotionalSupport-v0", HAGGLING]
EVERY = pytest.mark.parametrize("id", IDS)
TEXTS = ("Hello, how are you?", "How about 40 coins?", "That sounds hard. Tell me more.", "Would you give a dollar?")


def talk(made: Any, turns: int = 40) -> list[str]:
    """What is answered to the texts, to the end."""
    found = []
    for turn in range(turns):
        found.append(made.reply(TEXTS[turn % len(TEXTS)]))
        if "is over" in found[-1]:
            return found
    raise AssertionError("It never ended.")


@EVERY
def test_it_is_a_plain_class_with_one_documented_tool(id: str) -> None:
    made = environment(id)
    assert made.__name__ == id.rpartition("-v")[0]
    public = [name for name, _ in inspect.getmembers(made, predicate=inspect.isfunction) if not name.startswith("_")]
    assert public == ["get_reward", "reply", "reset"]
    schema = get_json_schema(made().reply)["function"]
    assert schema["parameters"]["required"] == ["message"]
    assert schema["description"]
    assert schema["parameters"]["properties"]["message"] == {"type": "string", "description": "What you say."}


@EVERY
def test_the_talks_of_a_row_are_with_one_person_and_pay_what_the_game_pays(id: str) -> None:
    row, other = prompts(id, 2)
    one, two, three = environment(id)(), environment(id)(), environment(id)()
    assert one.reset(**row) == two.reset(**row)
    three.reset(**other)
    heard = talk(one)
    assert heard == talk(two) != talk(three)
    game = SeatEnv(id)
    game.reset(seed=int(row["episode"], 16))
    for turn in range(len(heard)):
        _, reward, *_ = game.step(game.read(TEXTS[turn % len(TEXTS)]))
    assert one.get_reward() == reward


def test_who_opens_is_heard_at_once_and_the_role_is_told() -> None:
    begun = environment(HAGGLING)().reset(**prompts(HAGGLING, 1)[0])
    assert "You are the seller of a lamp." in begun
    assert begun.endswith("?")


def test_after_the_end_the_tool_raises_what_a_model_is_told() -> None:
    made = environment("PersuasionForGood-v0", horizon=1)()
    made.reset(**prompts("PersuasionForGood-v0", 1)[0])
    assert made.get_reward() == 0.0
    talk(made)
    with pytest.raises(ValueError, match="Do not call reply"):
        made.reply("Hello?")


@pytest.mark.parametrize("row", [{}, {"episode": None}, {"episode": "seven"}, {"prompt": []}])
def test_a_row_that_names_no_episode_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match="names its episode"):
        environment("PersuasionForGood-v0")().reset(**row)


def test_another_family_and_another_secret_are_other_talks() -> None:
    found = []
    for made in (environment("PersuasionForGood-v0"), environment("PersuasionForGood-v0", user="sceptical"),
                 environment("PersuasionForGood-v0", secret=dialogym.fresh_secret())):
        started, heard = made(), []
        for row in prompts("PersuasionForGood-v0", 8):
            started.reset(**row)
            heard += talk(started)
        found.append(tuple(heard))
    assert len(set(found)) == 3


def test_the_people_of_a_training_are_nobodys_else() -> None:
    met = {row["episode"] for row in prompts("PersuasionForGood-v0", 50)}
    assert len(met) == 50
    assert met.isdisjoint(row["episode"] for row in prompts("PersuasionForGood-v0", 50, seed=1))
    with pytest.raises(InvalidConfig, match="count=0"):
        prompts("PersuasionForGood-v0", 0)
