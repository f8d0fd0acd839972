"""Episodes as lines: they come back equal, and what is not one is named by file and line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.envs.episodes import KIND, load, read_corpus, save, to_json
from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.parts import Corpus, Episode
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.storage import Journal, line
from tests.toy import Guessing, Thinking, episodes

TOY = Thinking()


@pytest.mark.parametrize("scenario", [TOY, Persuasion()], ids=repr)
@pytest.mark.parametrize("settings", [None, {"model": "x"}])
def test_episodes_survive_a_file(tmp_path: Path, scenario: Any, settings: Any) -> None:
    found = [*episodes(scenario, 4), *episodes(scenario, 2, "test")]
    if scenario.annotator is not None:
        found = [scenario.annotator.annotate(episode) for episode in found]
    save(tmp_path / "a.jsonl", scenario, found, settings)
    assert load(tmp_path / "a.jsonl", scenario) == found
    assert list(read_corpus(scenario, tmp_path / "a.jsonl")) == found
    assert len((tmp_path / "a.jsonl").read_bytes().splitlines()) == len(found) + (settings is not None)


def test_any_words_survive(tmp_path: Path) -> None:
    (found,) = episodes(TOY, 1)
    odd = replace(found, source="p\u00e9\u2028\n1", dialogue=found.dialogue.parent.say(replace(
        found.dialogue.last, text='你好\u2028"\\', state="a\nb\r\n\u0085c")))
    save(tmp_path / "a.jsonl", TOY, [odd, found])
    assert load(tmp_path / "a.jsonl", TOY) == [odd, found]


def test_appending_a_line_at_a_time_gives_the_same_file(tmp_path: Path) -> None:
    found = episodes(TOY, 3)
    save(tmp_path / "a.jsonl", TOY, found, {"seed": 1})
    journal = Journal(tmp_path / "b.jsonl", KIND, {"seed": 1}, "a test")
    for episode in found:
        journal.append(to_json(TOY, episode))
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


GOOD = to_json(TOY, episodes(TOY, 1)[0])


@pytest.mark.parametrize(("change", "says"), [
    ({"dialogym_episodes": 2}, "format is 2"),
    ({"scenario": "chess"}, "of scenario 'chess', not 'thinking'"),
    ({"version": 99}, "version 99"),
    ({"version": "1"}, "version '1'"),
    ({"condition": "mauve"}, "no colour: 'mauve'"),
    ({"source": ""}, "must be words"),
    ({"split": None}, "must be words"),
    ({"dialogue": []}, "nothing is said"),
    ({"dialogue": None}, "not an episode"),
    ({"dialogue": ["hello"]}, r"\[seat, text\]"),
    ({"dialogue": [["referee", "Stop."]]}, "a seat of"),
    ({"dialogue": [["guesser", ""]]}, "must say something"),
    ({"dialogue": [["guesser", 3]]}, "must be a str"),
    ({"dialogue": [["guesser", "Hi.", " "]]}, "must say something"),
])
def test_what_is_no_episode_is_named(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(line(GOOD) + line(GOOD | change))
    with pytest.raises(InvalidCorpus, match=f"a.jsonl, line 2: .*{says}"):
        load(tmp_path / "a.jsonl", TOY)


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_missing_part_is_named(tmp_path: Path, key: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(line({k: v for k, v in GOOD.items() if k != key}))
    with pytest.raises(InvalidCorpus, match=f"line 1: .*lacks '{key}'"):
        load(tmp_path / "a.jsonl", TOY)


@pytest.mark.parametrize(("data", "says"), [
    (line(GOOD) + b"{\n", "line 2: not JSON"), (line(GOOD) + line(GOOD)[:-5], "line 2: it ends in the middle"),
    (b"\xff\n", "line 1: not JSON"), (b"[]\n", "not a JSON object"), (b"", "no episode"),
    (line({KIND[0]: KIND[1], "settings": {}}), "holds no episode")])
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(InvalidCorpus, match=says):
        load(tmp_path / "a.jsonl", TOY)


def test_two_episodes_of_one_source_are_refused(tmp_path: Path) -> None:
    one, two, three = episodes(TOY, 3)
    for twin in (one, replace(two, source=one.source)):
        save(tmp_path / "a.jsonl", TOY, [one, three, twin], {"seed": 1})
        with pytest.raises(InvalidCorpus, match=f"a.jsonl, line 4: the source '{one.source}' came before, on line 2"):
            load(tmp_path / "a.jsonl", TOY)


def test_a_corpus_without_an_episode_is_refused_by_its_name(tmp_path: Path) -> None:
    class Nothing(Corpus):
        def load(self, folder: Path) -> list[Episode]:
            return []

    class Empty(Thinking):
        corpus = Nothing()

    with pytest.raises(InvalidCorpus, match=f"'{tmp_path}' holds no episode of 'thinking'"):
        read_corpus(Empty(), tmp_path)


def test_a_folder_or_nothing_is_left_to_the_scenario(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(InvalidCorpus, match="reads no corpus"):
            read_corpus(Thinking(), path)
        with pytest.raises(InvalidConfig, match="Scenario 'guessing' has no corpus"):
            read_corpus(Guessing(), path)
    with pytest.raises(InvalidCorpus, match="cannot be read"):
        load(tmp_path / "none.jsonl", TOY)


def test_the_format_is_as_documented() -> None:
    assert json.loads(line(GOOD)) == GOOD
    assert set(GOOD) == {"dialogym_episodes", "scenario", "version", "source", "split", "condition", "dialogue"}
