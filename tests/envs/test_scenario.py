"""What every registered scenario must be: pure rules whose words, seats and conditions hold together."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dialogym import Dialogue, Position, Scenario, ScriptedAgent, Utterance, registry
from dialogym.agents.prompting import messages
from dialogym.alignment.data.annotate import annotate
from dialogym.alignment.data.user_splits import split_users
from dialogym.envs.chat import written
from dialogym.envs.episodes import read_corpus
from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.parts import Corpus
from dialogym.envs.shells.act_env import ActEnv
from tests.third import ID as THIRD
from tests.toy import Guessing, Thinking, cast, episodes, talk

BUILT = [registry[id].build() for id in sorted({*registry, THIRD})]
EVERY = pytest.mark.parametrize("scenario", [Guessing(), Thinking(), *BUILT], ids=repr)


@EVERY
def test_the_seats_are_two_and_one_of_them_opens(scenario: Scenario) -> None:
    assert len(set(scenario.seats)) == 2
    assert scenario.opener in scenario.seats
    assert [scenario.other(seat) for seat in scenario.seats] == list(scenario.seats)[::-1]


@EVERY
def test_drawn_conditions_are_their_keys_and_survive_json(scenario: Scenario) -> None:
    drawn = [scenario.draw_condition(key) for key in range(60)]
    assert drawn == [scenario.draw_condition(key) for key in range(60)]
    assert len(set(drawn)) > 3
    for condition in drawn:
        text = json.dumps(scenario.condition_to_json(condition))
        again = scenario.condition_from_json(json.loads(text))
        assert again == condition
        assert scenario.describe_condition(again) == scenario.describe_condition(condition)


@EVERY
@pytest.mark.parametrize("junk", [None, 3, [], ["x"], "nonsense", {"care": None}, {"care": [1]}])
def test_a_condition_from_junk_is_refused(scenario: Scenario, junk: object) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        scenario.condition_from_json(junk)


@EVERY
def test_engagement_stays_in_range_and_uses_the_scenarios_words(scenario: Scenario) -> None:
    for seed in range(20):
        position = Position.start(scenario, seed)
        agents = cast(scenario)
        while not position.over:
            assert 0.0 <= position.engagement.level <= 1.0
            assert position.engagement.status in scenario.statuses
            position = talk(position, agents, 1)
        assert position.turns <= scenario.horizon
        assert position.engagement.evidence
        acts = {act for u in position.dialogue if u.seat == scenario.interactive for act in scenario.recognise(u)}
        assert acts
        assert acts <= set(scenario.acts or acts)


@EVERY
def test_seats_alternate_and_only_the_user_closes(scenario: Scenario) -> None:
    for seed in range(10):
        seats = [u.seat for u in talk(Position.start(scenario, seed), cast(scenario)).dialogue]
        assert seats[0] == scenario.opener
        assert seats[-1] == scenario.user
        assert all(a != b for a, b in pairwise(seats))


@EVERY
def test_role_prompts_hold_the_condition_for_the_user_alone(scenario: Scenario) -> None:
    condition = scenario.draw_condition(5)
    words = scenario.describe_condition(condition)
    assert words in scenario.speech.system_prompt(scenario.user, condition)
    assert words not in scenario.speech.system_prompt(scenario.interactive, None)


@EVERY
def test_what_a_seats_model_writes_is_read_back(scenario: Scenario) -> None:
    for seed in range(5):
        for utterance in talk(Position.start(scenario, seed), cast(scenario)).dialogue:
            found = scenario.speech.read(utterance.seat, scenario.speech.write(utterance))
            assert (found.seat, found.text) == (utterance.seat, utterance.text)
            assert scenario.speech.read(found.seat, scenario.speech.write(found)) == found


@EVERY
@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("written", ["", " \n", "Response:", ":", "\n\n: :\n", "Hello.", "{", "\x00", "a: b\nc: d", "回应："])
def test_reading_never_fails(scenario: Scenario, written: str, finished: bool) -> None:
    for seat in scenario.seats:
        found = scenario.speech.read(seat, written, finished)
        assert found.seat == seat
        assert found.text == " ".join(found.text.split())
        if scenario.annotator is not None:
            assert isinstance(scenario.annotator.read_state(Dialogue.EMPTY.say(Utterance(seat, "Hello.")), written), str)


def test_speech_without_states_writes_the_words_alone() -> None:
    speech = Guessing().speech
    assert speech.write(Utterance("guesser", " Is it\nred? ", "secret")) == "Is it red?"
    assert speech.read("guesser", " Is it\nred? ", False) == Utterance("guesser", "Is it red?")
    assert speech.read("guesser", " \n") == Utterance("guesser", "")
    assert list(speech.variants()) == [{}]


def test_a_corpus_part_refuses_what_it_does_not_read(tmp_path: Path) -> None:
    part = Corpus()
    assert (part.options(episodes(Guessing(), 2)), part.conditions([], "test")) == ({}, [])
    with pytest.raises(InvalidCorpus, match="reads no corpus in the folder"):
        part.load(tmp_path)
    with pytest.raises(InvalidCorpus, match="reads no file of conditions"):
        part.load_conditions(tmp_path)


def test_equal_options_make_equal_scenarios() -> None:
    assert Guessing(3) == Guessing(3) != Guessing(4)
    assert hash(Guessing(3)) == hash(Guessing(3))


def test_a_scripted_speaker_is_asked_for_by_name() -> None:
    scenario = Guessing()
    assert scenario.scripted_policy("thinker") is scenario.scripted["thinker"]["honest"]
    with pytest.raises(InvalidConfig, match=r"'sly'; choose one of \['endless', 'honest'\]"):
        ScriptedAgent.of(scenario, "thinker", "sly")
    with pytest.raises(InvalidConfig, match="no scripted speaker for seat 'referee'"):
        ScriptedAgent.of(scenario, "referee")


class Mute(Guessing):
    """Rules and nothing else."""

    name = "mute"
    speech = None


@pytest.mark.parametrize(("part", "use"), [
    ("speech", lambda scenario, folder: messages(Position.start(scenario, 0).view())),
    ("speech", lambda scenario, folder: written(scenario, Utterance("guesser", "Is it red?"))),
    ("corpus", read_corpus),
    ("corpus", lambda scenario, folder: split_users(scenario, str(folder), [], 0, corpus=False)),
    ("annotator", lambda scenario, folder: annotate(scenario, episodes(scenario, 1), folder / "out.jsonl")),
    ("acting", lambda scenario, folder: ActEnv(scenario)),
])
def test_what_needs_a_part_that_is_lacking_is_refused(part: str, use: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=f"Scenario 'mute' has no {part}, so .*; give its class the part `{part}`"):
        use(Mute(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_scenario_without_a_prompt_in_one_message_says_what_to_do() -> None:
    with pytest.raises(InvalidConfig, match="use layout 'chat'"):
        Guessing().speech.prompt("guesser", None, "")
