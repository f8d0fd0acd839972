"""Annotating a corpus: by rules or by a scripted chat model, killed at any byte and resumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.agents.by_name import chat_model
from dialogym.alignment.data import annotate as module
from dialogym.alignment.data.annotate import GROUP, AnnotateSettings, annotate
from dialogym.envs.chat import Message
from dialogym.envs.episodes import load, save
from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.parts import Annotator, Episode
from tests import tiny
from tests.toy import Guessing, Thinking, ThinkingAnnotator, episodes

TOY = Thinking(3)
CORPUS = episodes(TOY, 2 * GROUP + 3)
ASKED = AnnotateSettings("a-model", conditions=True)


class Model:
    """Reads every mood but those of answers "Cold.", calls every colour blue but where grey was named, and counts batches."""

    def __init__(self) -> None:
        self.batches: list[list[list[Message]]] = []

    def __call__(self, chats: Sequence[list[Message]]) -> list[str]:
        self.batches.append(list(chats))
        return [self.answer(chat) for chat in chats]

    def answer(self, chat: list[Message]) -> str:
        if chat[0]["content"] == "Which colour?":
            return "no idea" if any("grey" in m["content"] for m in chat) else "blue"
        said = chat[-1]["content"]
        return "I cannot tell." if said.endswith("Cold.") else f"Mood: heard {len(said)}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an uninterrupted run with the model writes."""
    out = tmp_path_factory.mktemp("whole") / "new" / "out.jsonl"
    annotate(TOY, CORPUS, out, ASKED, Model())
    return out.read_bytes()


def test_rules_fill_in_every_state(tmp_path: Path) -> None:
    done: list[int] = []
    counts = annotate(TOY, CORPUS, tmp_path / "out.jsonl", progress=done.append)
    assert load(tmp_path / "out.jsonl", TOY) == [TOY.annotator.annotate(episode) for episode in CORPUS]
    assert counts == {"episodes": len(CORPUS), "states": 0, "states_unreadable": 0, "conditions": 0, "conditions_unreadable": 0}
    assert done == list(range(len(CORPUS) + 1))


def test_the_model_is_believed_where_it_can_be_read(tmp_path: Path) -> None:
    model = Model()
    counts = annotate(TOY, CORPUS, tmp_path / "out.jsonl", ASKED, model)
    cold = grey = 0
    for given, found in zip(CORPUS, load(tmp_path / "out.jsonl", TOY), strict=True):
        assert [(u.seat, u.text) for u in found.dialogue] == [(u.seat, u.text) for u in given.dialogue]
        assert (found.split, found.source) == (given.split, given.source)
        for place, utterance in enumerate(found.dialogue):
            assert utterance.state.startswith(f"Mood: by rule {place}" if utterance.text == "Cold." else "Mood: heard ")
            cold += utterance.text == "Cold."
        unread = any("grey" in u.text for u in given.dialogue)
        assert found.condition == (given.condition if unread else "blue")
        grey += unread
    assert cold
    assert grey
    assert counts == {"episodes": len(CORPUS), "states": sum(len(e.dialogue) for e in CORPUS), "states_unreadable": cold,
                      "conditions": len(CORPUS), "conditions_unreadable": grey}
    assert len(model.batches) == 3
    assert not any("Mood" in m["content"] for batch in model.batches for chat in batch for m in chat[1:])


def test_the_models_view_does_not_depend_on_states_in_the_corpus(tmp_path: Path, whole: bytes) -> None:
    annotate(TOY, [TOY.annotator.annotate(episode) for episode in CORPUS], tmp_path / "out.jsonl", ASKED, Model())
    assert (tmp_path / "out.jsonl").read_bytes() == whole


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_byte_it_ends_up_the_same(tmp_path: Path, whole: bytes, every: int) -> None:
    """A line lost or doubled shows at any of them: each fifth, the file's ends and all of them where they are many."""
    out = tmp_path / "out.jsonl"
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    offsets = {0, 1, ends[0] // 2, len(whole), len(whole) - 1, *range(7, len(whole), len(whole) // 40)}
    offsets |= {end + more for end in ends for more in (-1, 0, 1)} & set(range(len(whole) + 1))
    for offset in sorted({0, len(whole), len(whole) - 1, *sorted(offsets)[::every]}):
        out.write_bytes(whole[:offset])
        counts = annotate(TOY, CORPUS, out, ASKED, Model())
        assert out.read_bytes() == whole, offset
        assert counts["states"] == sum(len(e.dialogue) for e in CORPUS)


def test_what_is_finished_is_not_asked_again_and_batches_are_the_same(tmp_path: Path, whole: bytes) -> None:
    out = tmp_path / "out.jsonl"
    full, rest = Model(), Model()
    annotate(TOY, CORPUS, tmp_path / "full.jsonl", ASKED, full)
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:1 + GROUP + 2]))
    annotate(TOY, CORPUS, out, ASKED, rest)
    assert rest.batches == full.batches[1:]
    annotate(TOY, CORPUS, out, ASKED, done := Model())
    assert done.batches == full.batches[2:], "only the group that is never whole"
    assert out.read_bytes() == whole


def test_a_longer_corpus_goes_on_with_a_shorter_ones_file(tmp_path: Path, whole: bytes) -> None:
    out = tmp_path / "out.jsonl"
    annotate(TOY, CORPUS[:5], out, ASKED, Model())
    annotate(TOY, CORPUS, out, ASKED, Model())
    assert out.read_bytes() == whole
    with pytest.raises(InvalidCorpus, match=r"line 7: holds episode 'train-5'.*no lower limit"):
        annotate(TOY, CORPUS[:5], out, ASKED, Model())


@pytest.mark.parametrize(("scenario", "settings", "says"), [
    (TOY, AnnotateSettings("another", conditions=True), "another model \\('a-model', now 'another'\\)"),
    (TOY, AnnotateSettings("a-model"), "another conditions"),
    (TOY, AnnotateSettings(), "another model"),
    (Thinking(4), ASKED, "another options"),
    (Guessing(3), ASKED, "another scenario"),
])
def test_other_settings_are_refused_and_change_nothing(tmp_path: Path, whole: bytes, scenario: Any, settings: AnnotateSettings,
                                                       says: str) -> None:
    out = tmp_path / "out.jsonl"
    out.write_bytes(whole[:-20])
    with pytest.raises(InvalidConfig, match=says):
        annotate(scenario, CORPUS, out, settings, None if settings.model is None else Model())
    assert out.read_bytes() == whole[:-20]


def test_another_prompt_or_version_is_refused(tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.jsonl"
    out.write_bytes(whole)
    with monkeypatch.context() as changed:
        changed.setattr(Thinking, "version", 2)
        with pytest.raises(InvalidConfig, match=r"another version \(1, now 2\)"):
            annotate(TOY, CORPUS, out, ASKED, Model())
    monkeypatch.setattr(ThinkingAnnotator, "state_chat", lambda self, dialogue: [{"role": "user", "content": "Mood?"}])
    with pytest.raises(InvalidConfig, match="another prompt"):
        annotate(TOY, CORPUS, out, ASKED, Model())
    assert out.read_bytes() == whole


@pytest.mark.parametrize(("data", "error", "says"), [
    (b"a letter", InvalidConfig, "was not written by"),
    (b"{}\n", InvalidConfig, "was not written by"),
    (b"a letter\n", InvalidConfig, "was not written by"),
    ("damaged", InvalidConfig, "line 2: not JSON"),
    ("other", InvalidCorpus, "line 2: holds episode 'elsewhere' where the corpus has 'train-0'"),
])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, whole: bytes, data: bytes | str, error: type[Exception],
                                                says: str) -> None:
    lines = whole.splitlines(keepends=True)
    if data == "damaged":
        data = lines[0] + b"{\n" + lines[1]
    if data == "other":
        data = lines[0] + lines[1].replace(b"train-0", b"elsewhere")
    out = tmp_path / "out.jsonl"
    out.write_bytes(data)
    with pytest.raises(error, match=says):
        annotate(TOY, CORPUS, out, ASKED, Model())
    assert out.read_bytes() == data


def test_a_plain_file_of_episodes_is_not_gone_on_with(tmp_path: Path) -> None:
    save(tmp_path / "out.jsonl", TOY, CORPUS[:2])
    with pytest.raises(InvalidConfig, match="was not written by"):
        annotate(TOY, CORPUS, tmp_path / "out.jsonl")


def test_what_cannot_work_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="name one with --model"):
        AnnotateSettings(conditions=True)
    with pytest.raises(InvalidConfig, match="if and only if"):
        annotate(TOY, CORPUS, tmp_path / "out.jsonl", ASKED)
    with pytest.raises(InvalidConfig, match="is not a file"):
        annotate(TOY, CORPUS, tmp_path)
    with pytest.raises(InvalidCorpus, match="no episodes"):
        annotate(TOY, [], tmp_path / "out.jsonl")


@pytest.mark.parametrize("state", ["", " \n", "x" * 9_000, "\ud800"])
def test_a_state_no_utterance_may_carry_is_unreadable(tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThinkingAnnotator, "read_state", lambda self, dialogue, written: state)
    counts = annotate(TOY, CORPUS[:1], tmp_path / "out.jsonl", AnnotateSettings("a-model"), Model())
    assert counts["states_unreadable"] == counts["states"] > 0
    assert load(tmp_path / "out.jsonl", TOY) == [TOY.annotator.annotate(CORPUS[0])]


class ByRules(Annotator):
    def annotate(self, episode: Episode) -> Episode:
        return episode


class Silent(Thinking):
    """A scenario whose annotator knows rules alone."""

    annotator = ByRules()


@pytest.mark.parametrize("conditions", [True, False])
def test_a_scenario_that_has_nothing_to_ask_for_is_refused(tmp_path: Path, conditions: bool) -> None:
    plain, model = episodes(Thinking(), 3), Model()
    with pytest.raises(InvalidConfig, match="has no question about a user's condition" if conditions else "about a speaker's"):
        annotate(Silent(), plain, tmp_path / "out.jsonl", AnnotateSettings("a-model", conditions), model)
    assert model.batches == list(tmp_path.iterdir()) == []


def test_a_real_model_answers_in_order_and_says_nothing_where_it_cannot_read(tmp_path: Path) -> None:
    ask = chat_model(str(tiny.save_model(tmp_path)), 6)
    chats = [chat[:2] for chat in tiny.chats(5)]
    long = [{"role": "user", "content": "who " * tiny.WINDOW}]
    found = ask([chats[0], long, *chats[1:], chats[0]])
    assert found[1] == ""
    assert found[0] == found[-1]
    assert any(found)
    assert ask([long]) == [""]
    assert ask([chats[0], long, *chats[1:], chats[0]]) == found


def test_the_first_line_says_how_it_was_made(whole: bytes) -> None:
    first = json.loads(whole.splitlines()[0])
    assert first["settings"]["scenario"] == "thinking"
    assert first["settings"]["model"] == "a-model"
    again = module.fingerprint(TOY, replace(CORPUS[0], condition="red"), ASKED)
    assert first["settings"] == json.loads(json.dumps(again))
