"""The scripted seats understand each other: what is said can be heard, and good persuasion pays."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Dialogue, Position, Utterance
from dialogym.envs.keys import mix
from dialogym.envs.persuasion import Persona, Persuasion
from dialogym.envs.persuasion.acts import ACTS, garbled, recognise
from dialogym.envs.persuasion.conditions import SCALES
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.simulators import persuader
from dialogym.envs.persuasion.simulators import scripted as persuadee
from dialogym.envs.persuasion.simulators.moods import MOODS, TAILS, TASTES, read_mood, read_taste
from dialogym.search import play, run
from tests.toy import cast, texts

ID = "PersuasionForGood-v0"
SCENARIO = Persuasion()
REGISTERED = SCENARIO.under(ID)
SKILLS = ("random", "novice", "average", "expert")
DECIDED = ("promise", "refuse", "leave")
KEYS = st.integers(0, 2**64 - 1)


@cache
def episodes(skill: str) -> list[Position]:
    starts = [Position.start(REGISTERED, seed) for seed in range(300)]
    return run(play, starts, cast(SCENARIO, persuader=skill))


def mind(position: Position) -> persuadee.Mind:
    own = persuadee.temper(position.condition)
    return position.dialogue.fold(persuadee.hear, persuadee.Mind(own, own.start, own.trust, own.patience))


def after(persona: Persona, *said: str) -> persuadee.Mind:
    """The mind after a persuader's utterances."""
    own = persuadee.temper(persona)
    dialogue = Dialogue.EMPTY
    for text in said:
        dialogue = dialogue.say(Utterance("persuader", text)).say(Utterance("persuadee", "Hm."))
    return dialogue.fold(persuadee.hear, persuadee.Mind(own, own.start, own.trust, own.patience))


def wordings(book: persuadee.Phrases, count: int = 1500, **slots: str) -> set[str]:
    return {book.say(mix(11, i), **slots) for i in range(count)}


def personas(count: int) -> list[Persona]:
    return [SCENARIO.draw_condition(key) for key in range(count)]


class TestWords:
    @pytest.mark.parametrize("act", persuader.WORDS)
    def test_every_phrase_of_the_persuader_is_heard_as_its_act(self, act: str) -> None:
        said = {persuader.voice(act, mix(5, i)) for i in range(2000)}
        assert len(said) > 40
        assert [text for text in said if act not in recognise(text)] == []
        if act != "closing":  # which thanks on its way out
            assert [text for text in said if recognise(text)[0] != act] == []

    def test_the_persuader_has_words_for_every_act(self) -> None:
        assert set(persuader.WORDS) == set(ACTS)

    @pytest.mark.parametrize("mood", MOODS)
    def test_every_mood_is_heard_as_itself(self, mood: str) -> None:
        said = wordings(TAILS[mood])
        assert [text for text in said if read_mood(text) != mood] == []
        assert {read_taste(text) for text in said} == {None}

    @pytest.mark.parametrize("taste", TASTES)
    def test_every_taste_is_heard_as_itself(self, taste: str) -> None:
        said = wordings(TASTES[taste])
        assert [text for text in said if read_taste(text) != taste] == []
        assert {read_mood(text) for text in said} == {"cool"}

    @pytest.mark.parametrize("event", persuadee.WORDS)
    def test_reactions_do_not_pass_for_moods_or_tastes(self, event: str) -> None:
        said = wordings(persuadee.WORDS[event], gift="$0.50")
        assert {read_taste(text) for text in said} == {None}
        assert {read_mood(text) for text in said} <= ({"cool", "cold"} if event == "pressure" else {"cool"})

    def test_no_scripted_persuader_is_garbled(self) -> None:
        said = {text for skill in SKILLS for end in episodes(skill) for text in texts(end)[::2]}
        assert [text for text in said if garbled(text)] == []

    def test_tails_are_heard_in_whole_replies_too(self) -> None:
        shown = 0
        for end in episodes("novice"):
            for before, after_ in pairwise(lineage(end)):
                heard = read_mood(after_.dialogue.last.text)
                if after_.dialogue.last.seat == "persuadee" and heard != "cool" and not after_.over:
                    shown += 1
                    assert heard == mind(after_).mood or mind(before).event == "pressure"
        assert shown > 300


def lineage(position: Position) -> list[Position]:
    """The positions of an episode, first to last."""
    found = []
    node: Dialogue | None = position.dialogue
    while node is not None:
        found.append(Position(position.scenario, position.condition, node, 0))
        node = node.parent
    return found[::-1]


class TestDecisions:
    @pytest.mark.parametrize("skill", SKILLS)
    def test_what_is_read_is_what_was_meant(self, skill: str) -> None:
        """Over 300 episodes: the talk is over when, and only when, the mind is made up; the gift read is the gift meant."""
        for end in episodes(skill):
            for position in lineage(end):
                if position.dialogue.last is None or position.dialogue.last.seat == "persuader":
                    continue
                meant, found = mind(position), reading(position.dialogue)
                assert (meant.event in DECIDED) == position.over
                assert meant.gift == (found.amount if found.status == "promised" else 0.0)
                assert position.engagement.level == meant.gift / 2
            assert not end.out_of_turns or end.engagement.over

    @settings(max_examples=150, deadline=None)
    @given(seed=KEYS, data=st.data())
    def test_whatever_the_persuader_says(self, seed: int, data: st.DataObject) -> None:
        """The same for persuaders who mix acts, name odd sums and talk nonsense."""
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
            assert (meant.event in DECIDED) == position.engagement.over
            assert meant.gift == (found.amount if found.status == "promised" else 0.0)

    def test_gifts_are_within_the_payment_and_of_many_sizes(self) -> None:
        gifts = {2 * end.engagement.level for skill in SKILLS for end in episodes(skill)} - {0.0}
        assert gifts <= set(persuadee.GIFTS)
        assert len(gifts) > 5

    def test_nobody_gives_without_an_ask(self) -> None:
        for end in episodes("average"):
            if end.engagement.level > 0:
                last_ask = list(end.dialogue)[-2]
                assert "propose-donation" in recognise(last_ask.text)


class TestSkill:
    def test_better_persuaders_earn_more(self) -> None:
        earned = [fmean(end.engagement.level for end in episodes(skill)) for skill in SKILLS]
        assert earned == sorted(earned)
        assert min(b - a for a, b in pairwise(earned)) > 0.02
        assert earned[-1] > 2 * earned[1]

    def test_a_novice_is_neither_hopeless_nor_good(self) -> None:
        given_ = fmean(end.engagement.level > 0 for end in episodes("novice"))
        assert 0.15 < given_ < 0.45

    def test_no_two_conversations_are_the_same(self) -> None:
        assert [len({tuple(texts(end)) for end in episodes(skill)}) for skill in SKILLS] == [300] * 4
        assert len({text for end in episodes("novice") for text in texts(end)}) > 1500

    def test_conversations_have_a_natural_length(self) -> None:
        turns = [end.turns for end in episodes("novice")]
        assert 5 < fmean(turns) < 10
        assert max(turns) <= SCENARIO.horizon


ASK = "Would you be willing to donate $1 to Save the Children?"
APPEALS = {"logical-appeal": "For every dollar, more than eighty cents goes straight on food for children.",
           "emotion-appeal": "Imagine a little girl who goes to bed hungry and afraid each night.",
           "credibility-appeal": "Its books are audited every year, and the reports are public.",
           "personal-story": "My sister volunteered with them, and she saw a boy learn to read."}


class TestMind:
    def test_an_ask_is_answered_by_how_ready_the_persuadee_is(self) -> None:
        """A gift when ready; just short of it a rebuff that costs readiness, trust and patience; too early, the end."""
        events: Counter[str] = Counter()
        for persona in personas(200):
            for count in range(5):
                said = list(APPEALS.values())[:count]
                calm, asked = after(persona, *said), after(persona, *said, ASK)
                events[asked.event] += 1
                if calm.readiness >= persuadee.READY:
                    assert (asked.event, asked.gift > 0) == ("promise", True)
                elif calm.readiness >= persuadee.READY - persuadee.TOO_EARLY:
                    assert (asked.event, asked.gift) == ("rebuff", 0.0)
                    assert asked.readiness == pytest.approx(calm.readiness - 0.3)
                    assert asked.trust < calm.trust
                    assert asked.patience == calm.patience - 2
                    assert after(persona, *said, ASK, ASK).event == "refuse"
                else:
                    assert (asked.event, asked.gift) == ("refuse", 0.0)
        assert min(events[event] for event in ("promise", "rebuff", "refuse")) > 50

    def test_a_rebuff_is_said_in_words_of_its_own(self) -> None:
        heads = tuple(wordings(persuadee.WORDS["rebuff"]))
        user, heard = cast(SCENARIO)["persuadee"], 0
        for seed in range(600):
            position = Position.start(SCENARIO, seed)
            for text in list(APPEALS.values())[: 1 + seed % 4]:
                position = position.say(text)
                position = position.say(user.respond([position.ask()])[0])
            position = position.say(ASK)
            if mind(position).event == "rebuff":
                heard += 1
                assert user.respond([position.ask()])[0].text.startswith(heads)
        assert heard > 10

    def test_asking_first_earns_less_than_appealing_first(self) -> None:
        def mean(*said: str) -> float:
            return fmean(after(persona, *said, ASK).gift for persona in personas(300))

        appeals = list(APPEALS.values())
        assert mean(*appeals) > mean(ASK, *appeals) + 0.03
        assert mean() < 0.05

    @pytest.mark.parametrize("appeal", APPEALS)
    def test_an_appeal_wears_out(self, appeal: str) -> None:
        assert recognise(APPEALS[appeal]) == (appeal,)
        for persona in personas(100):
            ready = [after(persona, *[APPEALS[appeal]] * times).readiness for times in range(5)]
            gains = [b - a for a, b in pairwise(ready)]
            if dict(persuadee.temper(persona).affinity)[appeal] > 0.05:
                assert gains[0] > gains[1] > 0 > gains[2]
            assert gains[2:] == pytest.approx([-0.1, -0.1])

    def test_a_foot_in_the_door_lowers_the_bar_and_the_gift(self) -> None:
        foot, lines, near = "Even a few cents makes a difference.", list(APPEALS.values()), 0
        for persona in personas(300):
            for count in range(5):
                ready = after(persona, foot, *lines[:count]).readiness
                asked = after(persona, foot, *lines[:count], ASK)
                assert (asked.event == "promise") == (ready >= persuadee.READY - 0.2)
                assert asked.gift <= 0.5
                near += abs(ready - 0.8) < 0.05
        assert near > 50

    def test_the_taste_is_what_moves_most(self) -> None:
        for persona in personas(100):
            calm = after(persona).readiness
            gains = {appeal: after(persona, text).readiness - calm for appeal, text in APPEALS.items()}
            assert gains[persuadee.temper(persona).taste] == max(gains.values())

    def test_asked_what_matters_it_names_its_taste(self) -> None:
        user = cast(SCENARIO)["persuadee"]
        for seed in range(100):
            position = Position.start(SCENARIO, seed).say("What matters most to you when you think of giving?")
            taste = persuadee.temper(position.condition).taste
            assert read_taste(user.respond([position.ask()])[0].text) == taste

    def test_pressure_harms(self) -> None:
        for persona in personas(50):
            calm, pushed = after(persona), after(persona, "How can you say no while children starve?")
            assert pushed.event == "pressure"
            assert pushed.readiness <= calm.readiness - 0.3
            assert pushed.trust <= calm.trust - 0.3
            assert pushed.patience == calm.patience - 2

    @pytest.mark.parametrize("text", ["blorp fnord zib", "Qwx zrt plm vbn.", "children children children.", "?", "好的。",
                                      "We help kids in need we help kids in need we help.", "Tomorrow it may rain, they say."])
    def test_what_cannot_be_read_confuses(self, text: str) -> None:
        heads = tuple(wordings(persuadee.WORDS["confused"]))
        user = cast(SCENARIO)["persuadee"]
        for seed in range(20):
            start = Position.start(SCENARIO, seed)
            position = start.say(text)
            assert mind(position).event == "confused"
            assert mind(position).readiness < mind(start).readiness
            assert user.respond([position.ask()])[0].text.startswith(heads)

    def test_endless_talk_ends_in_leaving(self) -> None:
        user = cast(SCENARIO)["persuadee"]
        position = Position.start(SCENARIO, 3)
        while not position.over:
            position = position.say("The weather is nice today.")
            position = position.say(user.respond([position.ask()])[0])
        assert mind(position).event == "leave"
        assert position.engagement.status == "declined"

    def test_generous_personas_give_more(self) -> None:
        def gift(mood: float) -> float:
            kind = Persona((("mood", mood), ("care", SCALES["care"].mean), ("agreeable", SCALES["agreeable"].mean)))
            return after(kind, *APPEALS.values(), "Would you give two dollars to the children?").gift

        assert gift(1.0) == 0.0 < gift(4.0) <= gift(5.0)
