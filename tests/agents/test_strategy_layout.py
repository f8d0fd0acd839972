"""The layout "strategy": a thought in brackets before the words, written for any dialogue, read off again, heard by nobody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Position, ScriptedAgent, Utterance, converse
from dialogym.agents.backend import Completion, Sampling
from dialogym.agents.by_name import model_agent
from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.agents.engine.transformers_backend import TransformersBackend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.pointing import pointed, pointers, resolved, spelled, words
from dialogym.agents.prompting import messages, note_layout, read, thought_of, trained_layout, unmeant, written
from dialogym.agents.scripted_model import ScriptedModel
from dialogym.alignment.config import RunConfig
from dialogym.envs.attention import content as content_of
from dialogym.envs.attention import content_words
from dialogym.envs.dialogue import Dialogue, one_line, turns
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.emotional_support.simulators import seeker
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.scenario import View
from dialogym.search.pair_selection import PairSettings

SCENARIOS = [Persuasion(), EmotionalSupport(), EmotionalSupport(language="zh")]


def played(scenario: Any, seed: int) -> Position:
    seats = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    return converse(Position.start(scenario, seed), seats)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=repr)
def test_every_own_turn_has_what_was_heard_and_the_acts_that_are_made_and_reads_back(scenario: Any) -> None:
    for seed in range(10):
        position = played(scenario, seed)
        own = turns(position.dialogue, scenario.interactive)
        said = [m["content"] for m in messages(position.view(scenario.interactive), "strategy") if m["role"] == "assistant"]
        assert len(said) == len(own)
        for (before, utterance), content in zip(own, said, strict=True):
            view = View(scenario, scenario.interactive, None, before.seen_by(scenario.interactive))
            said = pointed(one_line(utterance.text), words(view.scenario, view.dialogue, view.seat))
            does = ", ".join((*scenario.recognise(utterance), *pointers(said)))
            assert f"[{scenario.moment(view.dialogue)} > {does}] " in content
            if utterance.state:  # once more, where the words begin
                assert content.endswith(f" [{does}] {said}")
            assert written(view, utterance, "strategy")["content"] == content
            back = read(view, content, layout="strategy")
            assert back == read(view, written(view, utterance)["content"])
            assert scenario.recognise(back) == scenario.recognise(utterance)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=repr)
def test_it_is_the_chat_with_brackets_and_one_sentence_more(scenario: Any) -> None:
    position = played(scenario, 3)
    for seat in scenario.seats:
        chat, named = (messages(position.view(seat), layout) for layout in ("chat", "strategy"))
        if seat == scenario.user:
            assert chat == named  # who is simulated has no strategy
            continue
        assert named[0]["content"].startswith(chat[0]["content"])
        assert len(named) == len(chat)
        assert not any(act in named[0]["content"] for act in scenario.unwelcome)  # nobody is invited to pressure
        assert [m for m in chat if m["role"] == "user"] == [m for m in named if m["role"] == "user"]


BRACKETS = ["[closing] ", "[cool proof > closing] ", "[ > closing]", "[a > b > closing] ",
            "[ logical-appeal,closing ]", "[other] [closing] ", "[closing", "[note] ", "[]", "closing] ",
            "[closing, why] "]


@pytest.mark.parametrize(("text", "heard"), [
    ("[closing] Bye now.", "Bye now."),
    ("  [closing]Bye now.", "Bye now."),
    ("[logical-appeal, closing] Bye.", "Bye."),
    ("[other] Hm.", "Hm."),
    ("[closing] [closing] Bye.", "[closing] Bye."),
    ("[closing]", "..."),
    ("[smiles] Bye.", "[smiles] Bye."),
    ("[cool proof > closing, logical-appeal] Bye.", "Bye."),
    ("[anything > closing] Bye.", "Bye."),
    ("[cool proof > credibility, propose] Bye.", "Bye."),
    ("[cool > ] Bye.", "Bye."),
    ("[a > b > closing] Bye.", "[a > b > closing] Bye."),
    ("[closing, smiles] Bye.", "[closing, smiles] Bye."),
    ("[Closing] Bye.", "[Closing] Bye."),
    ("[closing, #2] Bye.", "Bye."),
    ("[#2] Bye.", "Bye."),
    ("[closing, #x] Bye.", "[closing, #x] Bye."),
    ('[closing] Bye to "#2".', 'Bye to "#2".'),
    ("Well, [closing] bye.", "Well, [closing] bye."),
    ("[closing Bye.", "[closing Bye."),
])
def test_only_names_of_acts_at_the_beginning_are_taken_for_a_strategy(text: str, heard: str) -> None:
    persuader, persuadee = (View(Persuasion(), seat, None, Dialogue.EMPTY) for seat in ("persuader", "persuadee"))
    assert read(persuader, text, layout="strategy").text == heard
    assert read(persuader, text, layout="chat").text == one_line(text)
    assert read(persuadee, text, layout="strategy").text == one_line(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([*BRACKETS, "Bye", " ", "\n", "]", "["]) | st.text(max_size=8), max_size=6).map("".join),
       st.sampled_from(SCENARIOS))
def test_no_text_is_lost_or_fails_to_read(text: str, scenario: Any) -> None:
    view = Position.start(scenario, 0).view(scenario.interactive)
    plain = read(view, text)
    found = read(view, text, layout="strategy")
    assert found.seat == plain.seat
    assert found.state == plain.state
    assert found.text == "..." or plain.text.endswith(found.text)
    again = read(view, written(view, found, "strategy")["content"], layout="strategy")
    assert again.text == read(view, written(view, found)["content"]).text


def test_words_that_are_taken_up_are_pointed_at_and_come_back() -> None:
    scenario, count = EmotionalSupport(), 0
    for seed in range(30):
        for before, utterance in turns(played(scenario, seed).dialogue, scenario.interactive):
            view = View(scenario, scenario.interactive, None, before.seen_by(scenario.interactive))
            taken = re.findall('"([^"]+)"', utterance.text)
            content = written(view, utterance, "strategy")["content"]
            known = words(view.scenario, view.dialogue, view.seat)
            assert [known[int(number) - 1] for number in re.findall('"#([0-9]+)"', content)] == taken
            thought = content[:content.index("]")]
            assert [f"#{known.index(word) + 1}" for word in dict.fromkeys(taken)] == re.findall("#[0-9]+", thought)
            assert read(view, content, layout="strategy").text == one_line(utterance.text)
            count += len(taken)
    assert count > 30


def test_a_pointer_is_the_others_word_in_the_agents_reply_and_in_every_later_prompt() -> None:
    scenario = EmotionalSupport()
    model = ScriptedModel('[wary seen > reflection, #2] Shown: none\nPossible: none\nResponse: You said "#2", and "#98".')
    agent = LanguageModelAgent(model, layout="strategy")
    position = Position.start(scenario, 1).say("My neighbour shouted at the gardener again.")
    position = position.say(agent.respond([position.ask()])[0])
    assert words(scenario, position.dialogue, "supporter") == ("neighbour", "shouted", "gardener")
    assert position.dialogue.utterance.text == 'You said "shouted", and "gardener".'  # too high a number: the last word
    position = position.say("The umbrella broke.")
    agent.respond([position.ask()])
    assert model.calls[-1].chat[2][1].endswith('#2, #3] You said "#2", and "#3".')  # a past turn's numbers stay: a prefix


@pytest.mark.parametrize("language", ["en", "zh"])
def test_whatever_a_supporter_can_point_at_the_seeker_hears_taken_up(language: str) -> None:
    """A number that is hard to tell may cost the best word, and never the answer (`attention.takes_up`)."""
    scenario, count = EmotionalSupport(language=language), 0
    for seed in range(20):
        position = played(scenario, seed)
        for before, _ in turns(position.dialogue, scenario.interactive):
            mind = before.fold(seeker.hear, seeker.start(position.condition))
            for word in words(scenario, before, scenario.interactive):
                assert not content_of(word).isdisjoint(mind.attention.own), (word, before.utterance.text)
                count += 1
    assert count > 1000


def test_a_persuader_can_point_at_all_that_was_said() -> None:
    scenario = Persuasion()
    said = [u.text for u in played(scenario, 1).dialogue if u.seat == scenario.user]
    position = Position.start(scenario, 0)
    for text in said:
        position = position.say("Well.").say(text)
    newest = [word for text in reversed(said) for word in content_words(text)]
    assert words(scenario, position.dialogue, scenario.interactive) == tuple(dict.fromkeys(newest))[:99]


def test_a_chat_is_spelled_for_people_as_it_was_said() -> None:
    scenario, count = EmotionalSupport(), 0
    for seed in range(10):
        dialogue = played(scenario, seed).dialogue
        chat = messages(View(scenario, scenario.interactive, None, dialogue), "strategy")
        told = spelled(scenario, [(m["role"], m["content"]) for m in chat])
        own = [text for m, text in zip(chat, told, strict=True) if m["role"] == "assistant"]
        said = [u.text for u in dialogue if u.seat == scenario.interactive]
        assert [text.endswith(one_line(words)) for text, words in zip(own, said, strict=True)] == [True] * len(said)
        count += sum('"#' in m["content"] for m in chat if m["role"] == "assistant")
    assert count > 5


QUOTED = st.sampled_from(['"', "\u201c", "\u201d", "\u300c", "\u300d", "#", "#1", "#07", "##12", "shouted", "gardener", " "])


@settings(deadline=None, max_examples=300)
@given(st.lists(QUOTED, max_size=14).map("".join), st.sampled_from([(), ("shouted",), ("gardener", "shouted")]))
def test_resolved_is_the_inverse_of_pointed(text: str, known: tuple[str, ...]) -> None:
    told = pointed(text, known)
    assert resolved(told, known) == text
    assert all(int(number[1:]) <= len(known) for number in pointers(told))


def test_what_a_model_names_is_heard_by_nobody_and_seen_by_itself_as_it_was_heard() -> None:
    scenario = Persuasion()
    model = ScriptedModel("[closing] Half of every dollar goes to food, studies show.")
    agent = LanguageModelAgent(model, layout="strategy")
    position = Position.start(scenario, 1)
    position = position.say(agent.respond([position.ask()])[0])
    assert position.dialogue.utterance == Utterance("persuader", "Half of every dollar goes to food, studies show.")
    position = position.say("I see.")
    agent.respond([position.ask()])
    acts = ", ".join(scenario.recognise(Utterance("persuader", "Half of every dollar goes to food, studies show.")))
    assert model.calls[-1].chat[2] == ("assistant", f"[opening > {acts}] Half of every dollar goes to food, studies show.")
    assert "closing" not in acts  # it called itself another act than was heard


def test_a_folder_says_which_layout_its_model_speaks_in(tmp_path: Any) -> None:
    from dialogym.agents.engine.loading import load_model, load_tokenizer

    assert trained_layout("embedded") == trained_layout(str(tmp_path)) == "chat"
    load_model("embedded").save_pretrained(tmp_path)
    load_tokenizer("embedded").save_pretrained(tmp_path)
    note_layout(tmp_path, "strategy")
    assert trained_layout(str(tmp_path)) == model_agent(str(tmp_path)).layout == "strategy"
    assert model_agent(str(tmp_path), layout="chat").layout == "chat"  # who names one gets it
    note_layout(tmp_path, "strategy", 3)
    assert [model_agent(str(tmp_path), layout=layout, tries=tries).tries
            for layout, tries in ((None, None), ("strategy", None), ("chat", None), (None, 1), (None, 2))] == [3, 3, 1, 1, 2]
    with pytest.raises(InvalidConfig, match="tries must be at least 1"):
        model_agent(str(tmp_path), tries=0)
    for note, match in (('{"layout": "verse"}', "verse"), ('{"layout": "strategy", "tries": 0}', "0 tries")):
        (tmp_path / "prompt.json").write_text(note)
        with pytest.raises(InvalidConfig, match=match):
            model_agent(str(tmp_path))


def test_pairs_carry_the_strategies_of_both_sides() -> None:
    from dialogym.alignment.preferences.linear import Moment
    from dialogym.alignment.preferences.mining import tree_pairs
    from dialogym.search.driver import run
    from dialogym.search.mcts import IxMCTS

    scenario = Persuasion()
    seats = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    [tree] = run(IxMCTS(), [Position.start(scenario, 4)], seats)
    named, plain = (tree_pairs(tree, "c", PairSettings(all_pairs=True), layout) for layout in ("strategy", "chat"))
    assert named
    assert len(named) == len(plain)
    for one, other in zip(named, plain, strict=True):
        for side, bare in ((one.chosen, other.chosen), (one.rejected, other.rejected)):
            assert side.text == f"[{one.situation} > {', '.join(side.acts) or 'other'}] {bare.text}"
        assert Moment.of_pair(scenario, one) == Moment.of_pair(scenario, other)


@pytest.mark.parametrize(("text", "begins"), [
    ("[cool proof > logical-appeal] Hello there.", "[cool proof > logical-appeal]"),
    ("[cool proof > logical-appeal] [credibility-appeal] Hello there.", "[cool proof > logical-appeal] "),
    ("  [cool proof > logical-appeal, #1]Hello there.", "  [cool proof > logical-appeal, #1]"),
    ("[cool proof > logical-appeal]", "[cool proof > logical-appeal]"),
    ("[greeting] Hello there.", None),
    ("[greeting, #1] Hello there.", None),
    ("[other] Hello there.", None),
    ("[whatever] Hello there.", None),
    ("Hello there.", None),
    ("", None),
])
def test_words_that_are_not_what_was_thought_can_begin_again_after_the_thought(text: str, begins: str | None) -> None:
    persuader, persuadee = (View(Persuasion(), seat, None, Dialogue.EMPTY) for seat in ("persuader", "persuadee"))
    assert unmeant(persuader, text, layout="strategy") == (None if begins is None else len(begins))
    assert unmeant(persuader, text, layout="chat") is None
    assert unmeant(persuadee, text, layout="strategy") is None


def test_with_tries_the_thought_stays_and_the_words_are_drawn_until_they_are_what_it_names() -> None:
    position = Position.start(Persuasion(), 5)
    sampling = Sampling(temperature=1.3, max_new_tokens=48)
    tokenizer, model = load_tokenizer("embedded"), load_model("embedded")
    asks = [position.ask(index) for index in range(40)]

    class Kept(TransformersBackend):
        drawn: list[Completion]
        asked: int = 0
        most: int = 0
        rounds: int = 0

        def complete(self, requests: Any) -> list[Completion]:
            self.asked += len(requests)
            self.most = max(self.most, len(requests))
            self.rounds += 1
            self.drawn = super().complete(requests)
            return self.drawn

    heard: dict[int, list[str]] = {}
    asked, shares = {}, {}
    for tries in (1, 6):
        backend = Kept(model, tokenizer)
        agent = LanguageModelAgent(backend, tokenizer, sampling, "strategy", tries=tries)
        heard[tries] = [u.text for u in agent.respond(asks)]
        assert backend.most == len(asks), "no round is larger than the first"
        assert backend.rounds <= min(tries, 4), "nobody waits for one try after another"
        assert [agent.respond([ask])[0].text for ask in asks[:6]] == heard[tries][:6], "whatever it is batched with"
        asked[tries] = backend.asked
    once = Kept(model, tokenizer)
    LanguageModelAgent(once, tokenizer, sampling, "strategy").respond(asks)
    whole = [tokenizer.decode(found.tokens, skip_special_tokens=True) for found in once.drawn]
    meant = [unmeant(ask.view, text, layout="strategy") is None for ask, text in zip(asks, whole, strict=True)]
    assert 0 < sum(meant) < len(asks)
    assert all(a == b for a, b, kept in zip(heard[1], heard[6], meant, strict=True) if kept), "what was meant stays"
    scenario = position.scenario
    for tries in (1, 6):
        shares[tries] = sum(set(scenario.recognise(Utterance("persuader", said))) == _named(scenario, text)
                            for said, text in zip(heard[tries], whole, strict=True))
    assert shares[6] > shares[1], "the thought is the one of the first draw"
    assert asked[1] < asked[6] <= 6 * asked[1]


def _named(scenario: Any, text: str) -> set[str]:
    return {name.strip() for name in thought_of(text)[1:-1].rpartition(">")[2].split(",")} & {*scenario.acts}


def test_tries_that_make_no_sense_are_refused() -> None:
    for tries, layout in ((0, "strategy"), (2, "chat"), (2, "strategy")):
        with pytest.raises(InvalidConfig, match="tries must be at least 1"):
            LanguageModelAgent(ScriptedModel("Hm."), layout=layout, tries=tries)  # type: ignore[arg-type]
    with pytest.raises(InvalidConfig, match="set layout to strategy, or tries to 1"):
        RunConfig(layout="chat", tries=2)
