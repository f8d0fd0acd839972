"""The game state: what may be said, what follows from it, and its JSON."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dialogym
from dialogym import Position, Utterance, fresh_secret
from dialogym.envs.dialogue import is_blank
from dialogym.envs.errors import InvalidAction, InvalidArgument, InvalidSnapshot
from dialogym.envs.keys import PUBLIC
from dialogym.envs.parts import Episode
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.position import MAX_TEXT, options_of
from dialogym.envs.registry import EnvSpec
from tests.toy import Guessing, cast, talk, texts

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(LETTERS, min_size=1, max_size=10).filter(lambda t: not is_blank(t))


def some_talk(scenario: dialogym.Scenario, seed: int = 3, utterances: int = 5) -> Position:
    return talk(Position.start(scenario, seed), cast(scenario), utterances)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("", "must say something"),
        (" \n", "must say something"),
        ("x" * (MAX_TEXT + 1), f"{MAX_TEXT} characters, got {MAX_TEXT + 1}"),
        ("broken \ud83d", "character 7 is a lone surrogate"),
        (7, "got int"),
        (None, "got NoneType"),
        (Utterance("guesser", "hello"), "'thinker' who speaks next"),
        (Utterance("thinker", ""), "must say something"),
        (Utterance("thinker", b"bytes"), "got bytes"),  # type: ignore[arg-type]
        (Utterance("thinker", "fine", "\udfff"), "lone surrogate"),
        (Utterance("thinker", "fine", None), "got NoneType"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_said_is_refused_in_words(reply: Any, message: str) -> None:
    position = Position.start(Guessing(), 0)
    with pytest.raises(InvalidAction, match=message):
        position.say(reply)
    assert len(position.dialogue) == 0


def test_children_have_keys_of_their_own() -> None:
    start = Position.start(Guessing(), 0)
    keys = [start.say("Cold.", index).key for index in range(20)]
    asked = [start.ask(index).key for index in range(20)]
    assert len({start.key, start.ask().place, *keys, *asked}) == 42  # what is handed out is none of the game's own


@pytest.mark.parametrize("utterances", [0, 1, 2, 5])
def test_an_ask_knows_every_candidate_of_its_place(utterances: int) -> None:
    """Whoever holds an ask gets the candidates that whoever holds the position gets, from whichever ask."""
    here = some_talk(Guessing(), utterances=utterances)
    for index in (0, 3):
        ask = here.ask(index)
        assert [ask.candidate(other) for other in range(5)] == [here.ask(other) for other in range(5)]
        assert [Position.facing(ask).ask(other) for other in range(5)] == [here.ask(other) for other in range(5)]


def test_what_is_imagined_shares_candidates_and_no_luck_with_the_truth() -> None:
    here = some_talk(Guessing(), utterances=1)
    imagined = Position.facing(here.ask(2))
    assert (imagined.imagined, here.imagined) == (True, False)
    assert imagined.condition is None
    for _ in range(3):
        here, imagined = (position.say("Is it so?").say("Warm.") for position in (here, imagined))
        assert imagined.imagined
        assert imagined.key != here.key
        assert imagined.ask().key != here.ask().key
    imagined = replace(imagined, condition="red")
    again = Position.from_json(json.loads(json.dumps(imagined.to_json())), Guessing())
    assert again == imagined
    assert again.ask() == imagined.ask()


def test_a_secret_decides_conditions_and_luck() -> None:
    """The same secret gives the same episodes, another one others; the public one is what nothing was said of."""
    def drawn(**options: str) -> list[tuple[object, int]]:
        return [(p.condition, p.ask().key) for p in (Position.start(Persuasion(), seed, **options) for seed in range(20))]

    assert drawn() == drawn(secret=PUBLIC)
    assert drawn(secret="mine") == drawn(secret="mine")
    assert not set(drawn()) & set(drawn(secret="mine"))
    fresh = [fresh_secret() for _ in range(3)]
    assert len({*fresh, *(drawn(secret=secret)[0] for secret in fresh)}) == 6


@pytest.mark.parametrize("secret", ["", "  ", None, 7, b"bytes"])
def test_what_can_be_no_secret_is_refused(secret: Any) -> None:
    with pytest.raises(InvalidArgument, match="A secret is a text that is not blank"):
        Position.start(Guessing(), 0, secret=secret)


def test_a_childs_key_depends_on_the_path_and_not_on_the_words() -> None:
    start = Position.start(Guessing(), 0)
    assert start.say("Cold.").key == start.say("Warm.").key


def test_turns_count_the_interactive_seat() -> None:
    toy = Position.start(Guessing(), 0)  # the user opens
    counts = []
    for text in ("Cold.", "Is it red?", "Cold.", "Is it blue?"):
        toy = toy.say(text)
        counts.append(toy.turns)
    assert counts == [0, 1, 1, 2]
    lead = Position.start(Persuasion(), 0)
    assert [lead.turns, lead.say("Hi.").turns, lead.say("Hi.").say("Hi.").turns] == [0, 1, 1]


def test_the_user_has_the_last_word_at_the_horizon() -> None:
    position = Position.start(Guessing(horizon=1), 0).say("Cold.").say("Is it red?")
    assert (position.turns, position.over) == (1, False)
    assert position.say("Cold.").over


def test_a_given_condition_is_used_and_changes_no_key() -> None:
    drawn = Position.start(Guessing(), 0)
    given_ = Position.start(Guessing(), 0, condition="blue")
    assert given_.condition == "blue"
    assert given_.key == drawn.key


def test_names_and_seeds_make_other_starts() -> None:
    scenarios = [Guessing(), *(Guessing().under(id) for id in ("A-v0", "A-v1"))]
    starts = {Position.start(scenario, seed).key for seed in range(50) for scenario in scenarios}
    assert len(starts) == 150


@pytest.mark.parametrize("scenario", [Guessing(), Persuasion(), Persuasion(horizon=3, gamma=0.5, personas="survey")])
@pytest.mark.parametrize("utterances", [0, 1, 4, 5])
def test_json_gives_back_an_equal_position(scenario: dialogym.Scenario, utterances: int) -> None:
    position = some_talk(scenario, utterances=utterances)
    text = json.dumps(position.to_json(), ensure_ascii=False)
    again = Position.from_json(json.loads(text), scenario)
    assert again == position
    assert json.dumps(again.to_json(), ensure_ascii=False) == text
    assert texts(talk(again, cast(scenario))) == texts(talk(position, cast(scenario)))


@given(st.lists(st.tuples(WORDS, st.one_of(st.just(""), WORDS)), max_size=5), st.integers(0, 2**64 - 1))
def test_json_keeps_any_unicode(lines: list[tuple[str, str]], seed: int) -> None:
    position = Position.start(Guessing(), seed)
    for text, state in lines:
        position = position.say(Utterance(position.seat, text, state))
    assert Position.from_json(json.loads(json.dumps(position.to_json())), Guessing()) == position


def test_another_scenario_version_or_option_is_told_apart() -> None:
    value = some_talk(Guessing()).to_json()
    with pytest.raises(InvalidSnapshot, match="'guessing' version 3, this is 'persuasion'"):
        Position.from_json(value, Persuasion())
    with pytest.raises(InvalidSnapshot, match="version 2"):
        Position.from_json(value | {"scenario_version": 2}, Guessing())
    with pytest.raises(InvalidSnapshot, match=r"'horizon': 4.*'horizon': 9"):
        Position.from_json(value, Guessing(9))


JUNK = st.sampled_from([None, True, -1, 1.5, "", "x", [], {}, [[]], ["a", "b"], {"a": 1}, float("nan"), "\ud800"])


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_json_is_invalid_or_an_honest_position(data: st.DataObject) -> None:
    """Whatever is replaced or removed: InvalidSnapshot, or a position that plays on by the rules."""
    value = some_talk(Guessing()).to_json()
    key = data.draw(st.sampled_from(sorted(value)))
    if key == "dialogue" and data.draw(st.booleans()):
        line = data.draw(st.integers(0, len(value[key]) - 1))
        value[key][line] = data.draw(st.one_of(JUNK, st.lists(JUNK, max_size=4), st.just(value[key][line - 1])))
    elif data.draw(st.booleans()):
        value[key] = data.draw(JUNK)
    else:
        del value[key]
    try:
        position = Position.from_json(value, Guessing())
    except InvalidSnapshot:
        return
    assert Position.from_json(json.loads(json.dumps(position.to_json())), Guessing()) == position
    assert talk(position, cast(Guessing())).over


@pytest.mark.parametrize("value", [None, 3, "text", [], {}])
def test_what_is_no_position_at_all_is_invalid(value: object) -> None:
    with pytest.raises(InvalidSnapshot, match="damaged"):
        Position.from_json(value, Guessing())


def test_seats_out_of_turn_are_damage() -> None:
    value = copy.deepcopy(some_talk(Guessing()).to_json())
    value["dialogue"].insert(1, value["dialogue"][0])
    with pytest.raises(InvalidSnapshot, match="who speaks next"):
        Position.from_json(value, Guessing())


class Reads(Guessing):
    """Counts how often its engagement is read off."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def engagement(self, dialogue: dialogym.Dialogue) -> dialogym.Engagement:
        self.reads += 1
        return super().engagement(dialogue)


def test_the_engagement_of_a_position_is_read_once_and_is_no_part_of_it() -> None:
    scenario = Reads()
    position, twin = (Position.start(scenario, 0).say("Cold.") for _ in range(2))
    assert (position.over, position.outcome, position.reading["turns"]) == (False, (False, False, 0.0), 0)
    assert position.engagement is position.engagement
    assert scenario.reads == 1
    assert position == twin
    assert hash(position) == hash(twin)
    assert repr(position) == repr(twin)
    assert copy.copy(position).engagement == position.engagement
    assert scenario.reads == 1


def test_a_seat_that_steps_reads_the_engagement_once() -> None:
    env = dialogym.DialogueEnv(Reads(), "Reads-v0")
    env.reset(seed=0)
    before = env.scenario.reads
    for text in ("Cold.", "Is it red?", "Warm."):
        env.step(text)
        env.last()
        env.restore(env.snapshot())
    assert env.scenario.reads == before + 3


class TestId:
    """A scenario knows the environment it belongs to; its id decides every seed and is no option."""

    @pytest.mark.parametrize("id", sorted(dialogym.registry))
    def test_a_start_is_what_reset_begins_with(self, id: str) -> None:
        env = dialogym.make(id, horizon=3)
        env.reset(seed=7)
        assert env.id == env.scenario.id == id
        assert Position.start(env.scenario, 7) == env.position

    def test_a_scenario_built_by_hand_falls_back_to_its_name(self) -> None:
        assert Guessing().id == "guessing"
        assert Guessing().under("guessing") == Guessing()
        assert Position.start(Guessing(), 3).key == Position.start(Guessing(7), 3).key

    def test_it_is_part_of_a_scenario_and_no_option(self) -> None:
        plain = Guessing(3)
        named = plain.under("Guessing-v4")
        assert (plain.id, named.id) == ("guessing", "Guessing-v4")
        assert named != plain
        assert len({plain, named, Guessing(3), plain.under("Guessing-v4")}) == 2
        assert options_of(named) == options_of(plain) == {"horizon": 3}
        assert repr(named) == "Guessing(horizon=3).under('Guessing-v4')"
        assert named.under("A-v1").under("Guessing-v4") == named

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
    @pytest.mark.parametrize("scenario", [Guessing(3), Persuasion(), dialogym.make("EmotionalSupport-v0").scenario])
    def test_a_copy_keeps_it(self, copied: Any, scenario: dialogym.Scenario) -> None:
        for one in (scenario, scenario.under("Guessing-v4")):
            assert copied(one) == one
            assert copied(one).id == one.id

    @pytest.mark.parametrize("id", sorted(dialogym.registry))
    def test_what_is_made_of_a_scenario_keeps_it(self, id: str) -> None:
        scenario = dialogym.make(id).scenario
        end = talk(Position.start(scenario, 1), cast(scenario))
        described = scenario.corpus.options([Episode(end.condition, end.dialogue)]) if scenario.corpus else {}
        assert scenario.replace(**described).id == id
        assert {scenario.replace(**options).id for options in scenario.speech.variants()} == {id}

    def test_the_registry_changes_no_scenario_that_it_was_given(self) -> None:
        shared = Guessing(3)
        built = EnvSpec("Guessing-v4", lambda: shared).build()
        assert (built.id, shared.id) == ("Guessing-v4", "guessing")
