from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Dialogue, Position, Utterance
from dialogym.envs.dialogue import is_blank
from dialogym.envs.emotional_support import EmotionalSupport, Trouble
from dialogym.envs.emotional_support.acts import recognise
from dialogym.envs.emotional_support.conditions import draw
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.simulators.seeker import Mind, hear, start
from dialogym.envs.emotional_support.states import parse
from tests.toy import cast, talk

TROUBLE = Trouble("en", "work", ("I lost my job", "the rent went up"), ("anxious", "ashamed"), ("it is all my own fault",),
                  guard=0.2)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
GOOD = "It sounds like you feel so anxious. What is that like for you?"


def after(*said: str, trouble: Trouble = TROUBLE) -> Mind:
    mind = start(trouble)
    for text in said:
        mind = hear(mind, Utterance("supporter", text))
    return mind


class TestWhatOpens:
    @pytest.mark.parametrize("text", [GOOD, "Take your time, I am listening.", "Anybody in your place would feel this way.",
                                      "What is the hardest part of it?", "So what you are saying is that you lost your job."])
    def test_listening_opens(self, text: str) -> None:
        assert after(text).openness > start(TROUBLE).openness or after(text).told > 0

    def test_reflecting_the_feeling_that_is_there_is_worth_more_than_a_vague_or_a_wrong_one(self) -> None:
        right, vague, wrong = (after(f"{text}.") for text in ("It sounds like you feel anxious", "It sounds so hard for you",
                                                              "It sounds like you feel guilty"))
        assert right.told > 0 or right.openness > vague.openness
        assert vague.openness > wrong.openness
        assert wrong.event == "misread"

    def test_the_same_act_wears_out(self) -> None:
        shy = Trouble("en", "", ("I lost my job",), ("anxious",), ("I am lost",), guard=1.0)
        once, twice = after("I am all ears.", trouble=shy), after("I am all ears.", "I am all ears.", trouble=shy)
        assert twice.openness - once.openness < once.openness - start(shy).openness

    def test_what_it_leans_to_is_worth_more(self) -> None:
        def gain(leaning: str) -> float:
            shy = Trouble("en", "", ("I lost my job",), ("anxious",), ("I am lost",), guard=1.0, leaning=leaning)
            return after("It is only human to feel like that.", trouble=shy).openness

        assert gain("validation") > gain("reflection")


class TestWhatCloses:
    @pytest.mark.parametrize(("text", "event"), [
        ("You should make a plan.", "advised"), ("Why not try yoga?", "advised"),
        ("By the way, do you like music?", "diverted"),
        ("You are overreacting.", "judged"), ("Studies show that stress affects sleep.", "informed"),
        ("Do not worry, it will all work out.", "brushed"), ("blah blah blah", "lost"),
    ])
    def test_it_closes_and_shows_it(self, text: str, event: str) -> None:
        mind = after(text)
        assert mind.event == event
        assert mind.openness < start(TROUBLE).openness
        assert mind.told == 0

    def test_the_third_question_in_a_row(self) -> None:
        asked = ("Has this happened before?", "What goes through your mind then?", "How did it come to this?")
        shy = Trouble("en", "", ("I lost my job",), ("anxious",), ("I am lost",), guard=1.0)
        assert after(*asked[:2], trouble=shy).event == "quiet"
        assert after(*asked, trouble=shy).event == "grilled"
        assert after(asked[0], "I am all ears.", *asked[1:], trouble=shy).event != "grilled"

    def test_advice_after_everything_was_said_does_no_harm(self) -> None:
        talked = Trouble("en", "", ("I lost my job",))
        assert after("You should make a plan.", trouble=talked).event == "relieved"

    def test_a_supporter_who_leaves_early_is_left(self) -> None:
        assert after("Our time is up. Goodbye.").event == "left"


class TestItsWords:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_every_item_is_told_in_its_own_words_and_its_state_keeps_the_books(self, language: str) -> None:
        scenario = EmotionalSupport(language=language)
        for seed in range(40):
            end = talk(Position.start(scenario, seed), cast(scenario, supporter="expert"))
            said = ""
            trouble = end.condition
            assert isinstance(trouble, Trouble)
            items = {text for _, text in trouble.items} | {trouble.troubles[0]}
            for u in end.dialogue:
                if u.seat == "seeker":
                    said += u.text
                    state = parse(u.state)
                    assert state is not None
                    shown, hidden = {text for _, text in state.shown}, {text for _, text in state.hidden}
                    assert shown | hidden == items
                    assert not shown & hidden
                    assert all(item in said for item in shown)

    @settings(max_examples=60, deadline=None)
    @given(st.text(LETTERS, min_size=1, max_size=60).filter(lambda text: not is_blank(text)), st.integers(0, 2**32),
           st.sampled_from(["en", "zh"]))
    def test_whatever_is_said_to_it_it_answers(self, text: str, seed: int, language: str) -> None:
        scenario = EmotionalSupport(language=language)
        agents = cast(scenario)
        position = Position.start(scenario, seed)
        position = position.say(agents["seeker"].respond([position.ask()])[0]).say(text)
        reply = agents["seeker"].respond([position.ask()])[0]
        assert reply.text.strip()
        assert parse(reply.state) is not None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_thousands_of_distinct_conditions_are_drawn(language: str) -> None:
    drawn = {draw(key, language) for key in range(6000)}
    assert len(drawn) > 5500
    assert {trouble.topic for trouble in drawn} == set(LANGUAGES[language].topics)
    assert {len(trouble.items) for trouble in drawn} >= {3, 4, 5}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("skill", ["novice", "average", "expert", "random", "interrogator", "listener", "adviser"])
def test_supporters_are_understood_as_they_mean_it(language: str, skill: str) -> None:
    """Every scripted supporter speaks in words that the act recogniser reads, and reads without garble."""
    scenario = EmotionalSupport(language=language)
    for seed in range(30):
        for u in talk(Position.start(scenario, seed), cast(scenario, supporter=skill)).dialogue:
            assert u.seat == "seeker" or recognise(u.text), u.text


def test_a_dialogue_says_it_once() -> None:
    dialogue = Dialogue.EMPTY.say(Utterance("supporter", GOOD))
    assert dialogue.fold(hear, start(TROUBLE)) == after(GOOD)
