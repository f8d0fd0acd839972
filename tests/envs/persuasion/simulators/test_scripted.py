"""The scripted seats understand each other: what is said can be heard, listening pays, and nothing else does."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Ask, Dialogue, Position, ScriptedAgent, Utterance, converse
from dialogym.envs.keys import mix
from dialogym.envs.persuasion import Persona, Persuasion
from dialogym.envs.persuasion.acts import ACTS, recognise
from dialogym.envs.persuasion.conditions import SCALES
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.reading.concerns import ANSWERED_BY, CONCERNS, read_concern
from dialogym.envs.persuasion.simulators import people, persuader, saying
from dialogym.envs.persuasion.simulators.people import GIFTS, OVER, READY, Persuadee
from dialogym.envs.persuasion.simulators.sceptical import SCEPTICAL
from dialogym.envs.persuasion.simulators.scripted import SCRIPTED, worded
from dialogym.search import play, run
from tests.toy import cast, texts

SCENARIO = Persuasion()
REGISTERED = SCENARIO.under("PersuasionForGood-v0")
SKILLS = ("random", "novice", "average", "expert")
FAMILIES = {"scripted": SCRIPTED, "noisy": SCRIPTED, "sceptical": SCEPTICAL}
KEYS = st.integers(0, 2**64 - 1)


@cache
def episodes(skill: str, family: str = "scripted", count: int = 150) -> list[Position]:
    starts = [Position.start(REGISTERED, seed) for seed in range(count)]
    return run(play, starts, cast(SCENARIO, persuader=skill, persuadee=family))


def lineage(position: Position) -> list[Position]:
    """The positions of an episode, first to last."""
    found = []
    node: Dialogue | None = position.dialogue
    while node is not None:
        found.append(Position(position.scenario, position.condition, node, 0))
        node = node.parent
    return found[::-1]


def mind(position: Position, family: str = "scripted") -> Persuadee:
    return people.after(position.dialogue, position.condition, FAMILIES[family])


def talked(persona: Persona, *turns: tuple[str, str], family: people.Family = SCRIPTED) -> Persuadee:
    """The mind after (persuader's, persuadee's words) turns; the last persuadee's words may be "" for none yet."""
    dialogue = Dialogue.EMPTY
    for theirs, own in turns:
        dialogue = dialogue.say(Utterance("persuader", theirs))
        dialogue = dialogue.say(Utterance("persuadee", own)) if own else dialogue
    return people.after(dialogue, persona, family)


def persona(**z: float) -> Persona:
    return Persona(tuple((name, SCALES[name].mean + value * SCALES[name].sd) for name, value in z.items()))


def answered(someone: Persona, count: int, family: people.Family = SCRIPTED) -> tuple[tuple[str, str], ...]:
    """A talk in which that many of their concerns are told and answered, and the next one is told."""
    calls = people.start(someone, family).calls
    book = saying.spoken_book()
    turns = [("Hello, how are you doing today?", book.say(f"concern.{calls[0]}", 3, 5))]
    for number in range(count):
        act = ANSWERED_BY[calls[number]]
        following = calls[number + 1] if number + 1 < len(calls) else None
        own = book.say(f"concern.{following}", 3, 5) if following else "Hm, well."
        turns.append((persuader.voice(act, mix(9, number)), own))
    return tuple(turns)


class TestWords:
    @pytest.mark.parametrize("skill", SKILLS)
    def test_what_the_persuader_says_is_heard_as_an_act(self, skill: str) -> None:
        said = {text for end in episodes(skill) for text in texts(end)[::2]}
        unheard = [text for text in said if not recognise(text)]
        assert len(unheard) < 0.01 * len(said), unheard[:5]

    @pytest.mark.parametrize("family", FAMILIES)
    def test_the_concern_that_is_open_is_the_one_that_is_heard(self, family: str) -> None:
        for end in episodes("novice", family):
            for position in lineage(end):
                last = position.dialogue.last
                if last is not None and last.seat == "persuadee" and not position.over:
                    after = mind(position, family)
                    heard = read_concern(last.text)
                    assert (after.call if after.voiced else "") == (heard if heard in after.calls else "")

    def test_people_do_not_repeat_themselves_and_have_much_to_say(self) -> None:
        said = [text for end in episodes("novice") for text in texts(end)[1::2]]
        assert len(set(said)) > 0.9 * len(said)
        assert len({word for text in said for word in text.lower().split()}) > 1200

    def test_a_person_keeps_what_is_theirs(self) -> None:
        """The lexicon of a slot `<my.x>` gives one person one word, whatever the talk."""
        someone, book = persona(care=1.0), saying.spoken_book()
        key = people.person_key(someone)
        found = {book.say("answer.personal-inquiry", mix(1, n), key) for n in range(300)}
        jobs = {job for job in book.lexicon("job") if any(job in text for text in found)}
        assert len(found) > 20
        assert len(jobs) <= 2  # one of their own, and a relative's at most


class TestDecisions:
    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("skill", SKILLS)
    def test_what_is_read_is_what_was_meant(self, skill: str, family: str) -> None:
        """The talk is over when, and only when, the mind is made up; the gift read is the gift meant, within the purse."""
        for end in episodes(skill, family):
            for position in lineage(end):
                if position.dialogue.last is None or position.dialogue.last.seat == "persuader":
                    continue
                meant, found = mind(position, family), reading(position.dialogue)
                assert (meant.event in OVER) == position.over
                assert meant.gift == (found.amount if found.status == "promised" else 0.0)
                assert position.engagement.level == meant.gift / 2
                assert meant.gift <= meant.purse
            assert not end.out_of_turns or end.engagement.over

    @settings(max_examples=60, deadline=None)
    @given(seed=KEYS, data=st.data())
    def test_whatever_the_persuader_says(self, seed: int, data: st.DataObject) -> None:
        act = st.builds(persuader.voice, st.sampled_from(ACTS), KEYS)
        loose = st.sampled_from(["I got $2 for this task.", "$1?", "Yes.", "the the", "I will give 50 cents myself.", "Deal?",
                                 "You could give half of it.", "What about ten cents.", "Please donate $0.50.", "No.", "1000%"])
        turn = st.lists(st.one_of(act, act, loose), min_size=1, max_size=4).map(" ".join)
        user = cast(SCENARIO)["persuadee"]
        position = Position.start(SCENARIO, seed)
        while not position.over:
            position = position.say(data.draw(turn))
            position = position.say(user.respond([position.ask()])[0])
            meant, found = mind(position), reading(position.dialogue)
            assert (meant.event in OVER) == position.engagement.over
            assert meant.gift == (found.amount if found.status == "promised" else 0.0)

    def test_gifts_are_of_many_sizes_and_asked_for(self) -> None:
        ends = [end for skill in SKILLS for end in episodes(skill)]
        gifts = {2 * end.engagement.level for end in ends} - {0.0}
        assert gifts <= set(GIFTS)
        assert len(gifts) > 4
        asks = [list(end.dialogue)[-2].text for end in ends if end.engagement.level > 0]
        assert all("propose-donation" in recognise(text) for text in asks)


class TestSkill:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_better_listeners_earn_more(self, family: str) -> None:
        earned = [2 * fmean(end.engagement.level for end in episodes(skill, family)) for skill in SKILLS]
        assert min(b - a for a, b in pairwise(earned[1:])) > 0.05, earned
        assert earned[-1] > 1.7 * earned[-2], earned
        assert earned[0] < earned[1]


class TestMind:
    def test_people_differ_so_that_no_order_suits_more_than_some(self) -> None:
        orders = [people.start(SCENARIO.draw_condition(key), SCRIPTED).calls for key in range(400)]
        assert {len(order) for order in orders} == {4, 5}
        for place in range(4):
            share = max(sum(order[place] == call for order in orders) for call in CONCERNS) / len(orders)
            assert share < 0.3, place

    def test_answers_move_and_trust_multiplies_them(self) -> None:
        someone = persona(care=0.1, agreeable=0.2, mood=0.3)
        levels = [talked(someone, *answered(someone, count)) for count in range(5)]
        steps = [b.interest - a.interest for a, b in pairwise(levels)]
        assert min(steps) > 0.1
        assert steps[3] > steps[0]
        assert [len(one.answered) for one in levels] == [0, 1, 2, 3, 4]

    def test_who_does_not_answer_loses_and_is_asked_once_more(self) -> None:
        someone = persona(care=0.1, agreeable=0.2)
        told = answered(someone, 0)
        before = talked(someone, *told)
        wrong = next(act for call, act in ANSWERED_BY.items() if call not in before.calls and act != "personal-inquiry")
        missed = talked(someone, *told, (persuader.voice(wrong, 4), ""))
        assert (missed.event, missed.call, missed.tries) == ("unanswered", before.call, 1)
        assert missed.interest < before.interest
        reply = saying.plan(missed, 7)
        assert f"concern.{before.call}.again" in reply.parts

    def test_an_ask_is_answered_by_how_ready_they_are(self) -> None:
        """A gift when ready, put off once when nearly so, else the end."""
        events = set()
        for key in range(60):
            someone = SCENARIO.draw_condition(key)
            for count in range(5):
                turns = answered(someone, count)
                calm = talked(someone, *turns)
                asked = talked(someone, *turns, ("Would you donate some of your payment?", ""))
                events.add(asked.event)
                if calm.interest >= READY:
                    assert (asked.event, 0 < asked.gift <= calm.purse) == ("promise", True)
                elif calm.interest >= READY - SCRIPTED.near:
                    assert (asked.event, asked.gift) == ("rebuff", 0.0)
                    again = talked(someone, *turns, ("Would you donate some of your payment?", "Not so fast."),
                                   ("How about giving a part of it to the children?", ""))
                    assert again.event == "refuse"
                else:
                    assert asked.event == "refuse"
        assert events == {"promise", "rebuff", "refuse"}

    def test_nobody_gives_more_than_their_purse_and_the_more_the_more_they_are_moved(self) -> None:
        gifts: dict[int, list[float]] = {}
        for key in range(80):
            someone = SCENARIO.draw_condition(key)
            for count in (3, 4):
                asked = talked(someone, *answered(someone, count), ("Would you donate some of your payment?", ""))
                gifts.setdefault(count, []).append(asked.gift)
                assert asked.gift <= people.temper(someone).purse
                much = talked(someone, *answered(someone, count), ("Would you donate all of the $2 today?", ""))
                assert much.gift <= people.temper(someone).purse
        assert fmean(gifts[4]) > fmean(gifts[3]) + 0.05

    def test_pressure_harms_and_the_sceptic_takes_no_feeling_without_trust(self) -> None:
        someone = persona(agreeable=-1.0)
        calm = talked(someone, ("Hello there, how are you?", "Fine, and you?"))
        pushed = talked(someone, ("Hello there, how are you?", "Fine, and you?"),
                        ("How can you say no while children starve?", ""))
        assert pushed.event == "pressure"
        assert pushed.interest <= calm.interest - 0.3
        sad = talked(someone, ("Have you ever heard of Save the Children?", "No."), (persuader.voice("emotion-appeal", 3), ""),
                     family=SCEPTICAL)
        assert sad.event == "guarded"

    @pytest.mark.parametrize("text", ["blorp fnord zib", "Qwx zrt plm vbn.", "children children children.", "?"])
    def test_what_cannot_be_read_confuses(self, text: str) -> None:
        user = cast(SCENARIO)["persuadee"]
        for seed in range(10):
            start = Position.start(SCENARIO, seed).say("Hello, how are you today?")
            start = start.say(user.respond([start.ask()])[0])
            position = start.say(text)
            assert mind(position).event == "noise"
            assert mind(position).interest < mind(start).interest
            assert mind(position).patience < mind(start).patience - 1

    def test_endless_talk_ends_in_leaving(self) -> None:
        lead = ScriptedAgent(lambda ask: Utterance("persuader", "The weather is nice today, they say, and the road is dry."))
        end = converse(Position.start(SCENARIO, 3), {**cast(SCENARIO), "persuader": lead})
        assert mind(end).event == "leave"
        assert end.engagement.status == "declined"


class TestWorded:
    """Plan, then say: a reply that has no words yet, and who may word it."""

    @pytest.mark.parametrize("family", ["scripted", "sceptical"])
    def test_its_own_words_read_as_meant_and_other_decisions_do_not(self, family: str) -> None:
        for end in episodes("average", family)[:60]:
            for position in lineage(end)[1:]:
                if position.dialogue.last is None or position.dialogue.last.seat != "persuader":
                    continue
                meant = SCENARIO.planned[family](Ask(position.view("persuadee"), mix(5, len(position.dialogue))))
                assert meant.reads(meant.own.text)
                assert meant.brief
                over = mind(position, family).event in OVER
                assert over or not meant.reads("Okay, I will donate $1.")
                assert not over or not meant.reads("Let me think about it for a while.")

    def test_the_brief_names_the_sum_that_is_promised(self) -> None:
        end = next(end for end in episodes("expert") if end.engagement.level > 0)
        position = lineage(end)[-2]
        meant = worded(Ask(position.view("persuadee"), 4))
        assert f"${2 * end.engagement.level:.2f}" in meant.brief
