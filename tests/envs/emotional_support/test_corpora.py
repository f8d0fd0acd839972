"""Corpora of emotional support: small files in every published format, every error, and the real ones where they are."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogym.envs.emotional_support import EmotionalSupport, Trouble
from dialogym.envs.emotional_support.acts import closes
from dialogym.envs.emotional_support.annotation.rules import annotate
from dialogym.envs.emotional_support.conditions import to_json
from dialogym.envs.emotional_support.corpora import load_conditions, load_corpus
from dialogym.envs.emotional_support.states import parse, render
from dialogym.envs.errors import InvalidCorpus
from dialogym.envs.parts import Episode
from tests.corpora import corpus_folder

SAID = [("usr", "hi\n"), ("sys", "Hello."), ("usr", "I lost my keys"), ("usr", "and my cat ran away."),
        ("sys", "That sounds hard."), ("usr", "It is."), ("sys", "Take care!")]
CASE = ("来访者：你好，我和弟弟吵架了。\n\n心理咨询师：发生了什么？\n来访者：他把车开走了，\n一直不还。\n"
        "心理咨询师：我在听。\n来访者：谢谢你。\n")


def some(count: int, form: Callable[[list[tuple[str, str]]], dict[str, Any]]) -> list[Any]:
    """That many dialogues, no two the same."""
    return [form([*SAID, ("sys", f"Bye number {number}.")]) for number in range(count)]


def line(said: list[tuple[str, str]] = SAID, **more: Any) -> dict[str, Any]:
    """A dialogue of the form in splits."""
    kept = {"experience_type": "Current Experience", "emotion_type": "anger", "problem_type": "other",
            "situation": "My cat ran away", "survey_score": {"seeker": {"initial_emotion_intensity": "4"}, "supporter": {}}}
    return {**kept, "dialog": [{"speaker": seat, "text": text} for seat, text in said], **more}


def official(said: list[tuple[str, str]] = SAID) -> dict[str, Any]:
    """A dialogue of the official form."""
    seats = {"usr": "seeker", "sys": "supporter"}
    return {**line(), "dialog": [{"speaker": seats[seat], "annotation": {"strategy": "Question"} if seat == "sys" else {},
                                  "content": text} for seat, text in said]}


def chat(number: Any, said: list[str]) -> dict[str, Any]:
    roles = ["system", *(["user", "assistant"] * len(said))]
    return {"id": number, "normalizedTag": "家庭", "messages": [{"role": role, "content": text} for role, text in
                                                             zip(roles, ["You are kind.", *said], strict=False)]}


def write_lines(folder: Path, name: str, items: list[Any]) -> Path:
    (folder / name).write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return folder


def write_list(folder: Path, name: str, items: Any) -> Path:
    (folder / name).write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    return folder


def texts(episode: Episode) -> list[str]:
    seats = [utterance.seat for utterance in episode.dialogue]
    assert seats == [("seeker", "supporter")[number % 2] for number in range(len(seats))]
    assert len(seats) % 2
    return [utterance.text for utterance in episode.dialogue]


# -- what is read ----------------------------------------------------------------------------------


def test_esconv_in_splits(tmp_path: Path) -> None:
    write_lines(tmp_path, "train.txt", some(2, line))
    write_lines(tmp_path, "valid.txt", some(42, line)[2:])
    episodes = load_corpus(tmp_path)
    assert [episode.source for episode in episodes[:3]] == ["esconv/train-1", "esconv/train-2", "esconv/valid-1"]
    counts = Counter(episode.split for episode in episodes)
    assert (counts["train"], counts["valid"] + counts["test"]) == (2, 40)
    assert min(counts["valid"], counts["test"]) >= 8
    assert texts(episodes[0])[:4] == ["hi", "Hello.", "I lost my keys and my cat ran away.", "That sounds hard."]
    assert texts(episodes[0])[4].startswith("It is. ")
    assert closes(texts(episodes[0])[4], "en")
    assert not any(utterance.state for utterance in episodes[0].dialogue)
    condition = episodes[0].condition
    assert isinstance(condition, Trouble)
    assert (condition.troubles[0], condition.feelings) == ("My cat ran away", ("angry",))
    assert load_corpus(tmp_path) == episodes


def test_esconv_with_a_test_file(tmp_path: Path) -> None:
    for name, start, end in (("train.txt", 0, 1), ("valid.txt", 1, 13), ("test.txt", 13, 16)):
        write_lines(tmp_path, name, some(16, line)[start:end])
    assert Counter(episode.split for episode in load_corpus(tmp_path)) == {"train": 1, "valid": 12, "test": 3}


def test_esconv_as_published(tmp_path: Path) -> None:
    write_list(tmp_path, "ESConv.json", [official(), *some(59, official)])
    (tmp_path / "FailedESConv.json").write_text("not read")
    episodes = load_corpus(tmp_path)
    write_lines(tmp_path, "train.txt", [line()])
    assert texts(episodes[0]) == texts(load_corpus(tmp_path)[0])
    assert episodes[6].source == "esconv/7"
    assert Counter(episode.split for episode in episodes)["train"] in range(36, 60)


def test_either_form_in_either_file(tmp_path: Path) -> None:
    write_lines(tmp_path, "train.txt", [official()])
    [one] = load_corpus(tmp_path)
    (tmp_path / "train.txt").unlink()
    [two] = load_corpus(write_list(tmp_path, "dialogues.json", [line()]))
    assert texts(one) == texts(two)


@pytest.mark.parametrize(("prefix", "ends"), [(("来访者：", "心理咨询师："), "\n"), (("来访者:", "咨询师 : "), "\r\n")])
def test_cpsycound(tmp_path: Path, prefix: tuple[str, str], ends: str) -> None:
    case = CASE.replace("来访者：", prefix[0]).replace("心理咨询师：", prefix[1]).replace("\n", ends)
    (tmp_path / "case_10.txt").write_bytes(case.encode())
    (tmp_path / "LICENSE").write_text("anything")
    (tmp_path / "README.txt").write_text("anything")
    [episode] = load_corpus(tmp_path)
    assert episode.source == "cpsycound/case_10"
    assert texts(episode)[:4] == ["你好，我和弟弟吵架了。", "发生了什么？", "他把车开走了， 一直不还。", "我在听。"]
    assert texts(episode)[4].startswith("谢谢你。")
    assert closes(texts(episode)[4], "zh")
    assert isinstance(episode.condition, Trouble)
    assert (episode.condition.language, episode.condition.troubles[0]) == ("zh", "我和弟弟吵架了")


def test_others_on_the_seekers_side(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("来访者（小王）：我总是失眠。\n心理咨询师：嗯。\n妈妈：他整夜不睡。\n"
                                    "心理咨询师：我在听。\n来访者：好。", encoding="utf-8")
    assert texts(load_corpus(tmp_path)[0])[2] == "他整夜不睡。"


def test_psydt(tmp_path: Path) -> None:
    said = ["我总是失眠。", "慢慢说。", "我和弟弟吵架了。", "我在听。", "再见。", "再见！"]
    write_list(tmp_path, "a.json", [chat(7, said), chat(8, said[:3])])
    write_list(tmp_path, "b.json", [chat("x", ["我很累。", *said[1:]])])
    episodes = load_corpus(tmp_path)
    assert [episode.source for episode in episodes] == ["psydt/7", "psydt/x"]
    assert texts(episodes[0]) == said[:5]


def test_psyqa(tmp_path: Path) -> None:
    items = [
        {"question": "怎么走出来？", "description": "女朋友离开了我，我整夜失眠。我觉得没有人爱我。", "keywords": "恋爱,焦虑",
         "questionID": 1, "answers": [{"answer_text": "慢慢来。"}]},
        {"question": "总是不自信怎么办", "description": "", "keywords": ["成长", "自卑"], "answers": []},
        {"question": "", "description": None, "keywords": []},
    ]
    write_list(tmp_path, "PsyQA.json", [*items, items[0]])
    one, two = load_conditions(tmp_path / "PsyQA.json")
    assert one.troubles[0].startswith("女朋友离开了我")
    assert (one.feelings, one.thoughts) == (("焦虑",), ("没有人爱我",))
    assert (two.troubles, two.feelings, two.requests) == (("总是不自信怎么办",), ("自卑",), ("总是不自信怎么办",))
    assert EmotionalSupport(language="zh").corpus.load_conditions(tmp_path / "PsyQA.json") == [one, two]


def test_stored_conditions(tmp_path: Path) -> None:
    troubles = [EmotionalSupport().draw_condition(key) for key in range(3)]
    write_list(tmp_path, "mine.json", [to_json(trouble) for trouble in troubles])
    assert load_conditions(tmp_path / "mine.json") == troubles


# -- what is put right -----------------------------------------------------------------------------


def test_a_supporters_opening_and_last_words_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = [("sys", "Hello!"), ("sys", "How are you?"), *SAID]
    with caplog.at_level(logging.INFO):
        [episode] = load_corpus(write_lines(tmp_path, "train.txt", [line(said)]))
    assert texts(episode)[0] == "hi"
    [record] = caplog.records
    assert record.levelno == logging.INFO
    assert record.message.startswith("ESConv: 1 of 1 dialogues kept")
    for count in ("supporter's openings left out 2", "supporter's last words left out 1", "utterances joined 1",
                  "closing words appended 1", "train 1"):
        assert count in record.message


def test_it_ends_at_the_farewell(tmp_path: Path) -> None:
    said = [("usr", "I take care of my aunt."), ("sys", "I see."), ("usr", "She is ill."), ("sys", "That is hard."),
            ("usr", "Bye!"), ("sys", "Bye."), ("usr", "Are you there?"), ("sys", "Yes."), ("usr", "ok")]
    assert texts(load_corpus(write_lines(tmp_path, "train.txt", [line(said)]))[0])[-1] == "Bye!"


def test_short_and_empty_dialogues_are_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    empty = [("usr", "..."), ("sys", "Yes?"), ("usr", "..."), ("sys", "Yes?"), ("usr", "...")]
    write_lines(tmp_path, "train.txt",
                [line(SAID[:4]), line([]), line([("usr", " "), ("sys", "x")]), line(empty, situation=""), line()])
    assert [episode.source for episode in load_corpus(tmp_path)] == ["esconv/train-5"]
    [record] = caplog.records
    assert "skipped: fewer than 2 supporter turns 3" in record.message
    assert "skipped: the seeker tells nothing 1" in record.message


def test_the_scenario_reads_them_with_states(tmp_path: Path) -> None:
    [episode] = EmotionalSupport().corpus.load(write_lines(tmp_path, "train.txt", [line()]))
    assert all(parse(utterance.state) is not None for utterance in episode.dialogue)
    assert EmotionalSupport(language="zh").corpus.options([episode]) == {"language": "en"}


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "content", "says"), [
    ("train.txt", "{}\n", "train.txt, line 1: no list of objects named 'dialog'"),
    ("train.txt", json.dumps(line()) + "\n{", "train.txt, line 2: not JSON"),
    ("train.txt", json.dumps(line([("bot", "hi")])), "train.txt, line 1, utterance 1: speaker is 'bot'"),
    ("valid.txt", '{"dialog": [{"speaker": "usr", "text": 3}]}', "valid.txt, line 1, utterance 1: text is 3"),
    ("train.txt", '{"dialog": [{"speaker": "usr"}]}', "utterance 1: an object with 'speaker'; expected text or content"),
    ("train.txt", '{"dialog": [3]}', "train.txt, line 1: no list of objects"),
    ("train.txt", '{"dialog": [], "situation": []}', r"situation is \[\]"),
    ("train.txt", b"\n\xff", "train.txt, line 2: byte 0xff is not UTF-8"),
    ("ESConv.json", '[{"dialog": 1}]', "ESConv.json, item 1: no list of objects"),
    ("ESConv.json", '[\n{"dialog": [}]', "ESConv.json, line 2: not JSON"),
    ("ESConv.json", "{}", "ESConv.json: a JSON dict; expected a list"),
    ("a.json", '[{"messages": [], "id": null}]', "a.json, item 1: id is None"),
    ("a.json", '[{"messages": [{"role": "tool", "content": ""}]}]', "a.json, item 1, message 1: role is 'tool'"),
    ("a.json", '[{"messages": [{"role": "user", "content": []}], "id": 1}]', r"message 1: content is \[\]"),
    ("a.json", '[{"messages": []}]', "a.json, item 1: id is None"),
    ("a.json", '[{"question": "?"}]', "PsyQA.*load_conditions"),
    ("a.json", "[]", r"holds a\.json; expected ESConv"),
    ("notes.txt", "hello", r"holds notes\.txt; expected ESConv"),
])
def test_malformed_corpora(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidCorpus, match=says):
        load_corpus(tmp_path)


def test_a_case_that_begins_with_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CASE, encoding="utf-8")
    (tmp_path / "b.txt").write_text("\n旁白。\n" + CASE, encoding="utf-8")
    with pytest.raises(InvalidCorpus, match=r"b\.txt, line 2: begins with '旁白。'"):
        load_corpus(tmp_path)


SPOKEN = ["我总是失眠。", "慢慢说。", "我和弟弟吵架了。", "我在听。", "谢谢。"]


@pytest.mark.parametrize(("files", "says"), [
    ({"train.txt": [line(), line(SAID[2:]), line()]}, "train.txt, line 3: the same words as in train.txt, line 1"),
    ({"train.txt": [line()], "valid.txt": [line(SAID[2:]), line([(s, f" {t}  ") for s, t in SAID])]},
     "valid.txt, line 2: the same words as in train.txt, line 1"),
    ({"ESConv.json": [official(), official()]}, "ESConv.json, item 2: the same words as in ESConv.json, item 1"),
    ({"a.json": [chat(7, SPOKEN)], "b.json": [chat(8, SPOKEN[:4]), chat(7, SPOKEN[2:])]},
     "b.json, item 2: the id '7' came before, in a.json, item 1"),
    ({"a.json": [chat(7, SPOKEN), chat(7, SPOKEN)]}, "a.json, item 2: the id '7' came before, in a.json, item 1"),
    ({"a.json": [chat(7, SPOKEN), chat("7", SPOKEN[:4])]}, "a.json, item 2: the id '7' came before, in a.json, item 1"),
    ({"a.json": [chat(7, SPOKEN), chat(8, SPOKEN)]}, "a.json, item 2: the same words as in a.json, item 1"),
    ({"a.txt": CASE, "b.txt": CASE}, r"b\.txt: the same words as in a\.txt"),
])
def test_dialogues_that_came_before(tmp_path: Path, files: dict[str, Any], says: str) -> None:
    for name, content in files.items():
        if isinstance(content, str):
            (tmp_path / name).write_text(content, encoding="utf-8")
        else:
            (write_list if name.endswith(".json") else write_lines)(tmp_path, name, content)
    with pytest.raises(InvalidCorpus, match=says):
        load_corpus(tmp_path)


@pytest.mark.parametrize(("name", "items", "says"), [
    ("train.txt", [], "ESConv: no usable dialogue among 0 .the files are empty."),
    ("train.txt", [line([])], "ESConv: no usable dialogue among 1 .skipped: fewer than 2 supporter turns 1."),
    ("a.json", [chat(1, SPOKEN[:1])], "PsyDTCorpus: no usable dialogue among 1 .skipped: fewer"),
])
def test_no_usable_dialogue(tmp_path: Path, name: str, items: list[Any], says: str) -> None:
    (write_list if name.endswith(".json") else write_lines)(tmp_path, name, items)
    with pytest.raises(InvalidCorpus, match=says):
        load_corpus(tmp_path)


def test_no_corpus_at_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidCorpus, match="holds no file; expected ESConv"):
        load_corpus(tmp_path)
    with pytest.raises(InvalidCorpus, match="No folder"):
        load_corpus(tmp_path / "absent")


@pytest.mark.parametrize(("content", "says"), [
    ("[]", r"a list that begins with nothing; expected PsyQA"), ("[3]", "begins with 3"), ("{", "line 1: not JSON"),
    ('[{"question": "怎么办"}, {"description": ""}]', "item 2: an object with 'description'"),
    ('[{"question": 3}]', "item 1: question is 3"), ('[{"question": "", "keywords": [3]}]', r"item 1: keywords is \[3\]"),
    ('[{"troubles": []}]', "item 1: not a condition"),
    ('[{"question": ""}]', "some.json: none of its 1 questions tells anything"),
])
def test_malformed_conditions(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "some.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidCorpus, match=says):
        load_conditions(tmp_path / "some.json")


def test_absent_conditions(tmp_path: Path) -> None:
    with pytest.raises(InvalidCorpus, match="Cannot read"):
        load_conditions(tmp_path / "absent.json")


# -- the real ones ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[pytest.param("esconv", marks=pytest.mark.slow), "cpsycound"])
def real(request: pytest.FixtureRequest) -> list[Episode]:
    folder = corpus_folder(request.param)
    if folder is None:
        pytest.skip(f"no folder {request.param} under DIALOGYM_CORPORA or ../shared/data")
    episodes = load_corpus(folder)
    files = len(list(folder.glob("case_*.txt"))) or sum(path.read_bytes().count(b"\n") for path in folder.glob("[tv]*.txt"))
    assert files - 5 <= len(episodes) <= files + 2  # a last line may lack its newline
    return episodes


def test_the_real_dialogues(real: list[Episode]) -> None:
    assert len({episode.source for episode in real}) == len(real)
    counts = Counter(episode.split for episode in real)
    assert counts["train"] > 0.7 * len(real)
    assert min(counts["valid"], counts["test"]) > 0.05 * len(real)
    for episode in real:
        said = texts(episode)
        assert len(said) >= 5
        assert isinstance(episode.condition, Trouble)
        assert closes(said[-1], episode.condition.language)
        assert all(text.strip() == text != "" for text in said)


def test_the_real_states(real: list[Episode]) -> None:
    shown = []
    for episode in (annotate(episode) for episode in real):
        assert isinstance(episode.condition, Trouble)
        for utterance in episode.dialogue:
            state = parse(utterance.state)
            assert state is not None
            assert render(state, episode.condition.language) == utterance.state
            shown.append(bool(state.shown))
        assert not state.hidden
        assert EmotionalSupport().engagement(episode.dialogue).level == 1.0
    assert sum(shown) > 0.9 * len(shown)


def test_the_real_supporters_states_know_nothing_of_later_turns(real: list[Episode]) -> None:
    for episode in real[::7]:
        whole = list(annotate(episode).dialogue)
        dialogue, parts = episode.dialogue, []
        while dialogue.parent is not None:
            parts.append(dialogue)
            dialogue = dialogue.parent
        for part in parts[::3]:
            cut = annotate(Episode(episode.condition, part)).dialogue
            assert all(one == other for one, other in zip(whole, cut, strict=False) if one.seat == "supporter")
