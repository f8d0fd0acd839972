"""Whom a run talks to: nobody is searched or trained on and evaluated on, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment.data.user_splits import UserSplits, split_users
from dialogym.alignment.evaluation import evaluate
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.parts import Episode
from dialogym.search.openings import openings
from tests.toy import COLOURS, Guessing, Thinking, episodes

TOY = Thinking()


def corpus(**colours: str) -> list[Episode]:
    """An episode per colour named, by split."""
    dialogue = episodes(TOY, 1)[0].dialogue
    return [Episode(colour, dialogue, split, f"{split}-{i}")
            for split, listed in colours.items() for i, colour in enumerate(listed.split())]


def file(folder: Path, *lines: str) -> str:
    path = folder / "people.txt"
    path.write_text("\n".join(lines))
    return str(path)


@pytest.mark.parametrize(("scenario", "named", "is_corpus", "splits"), [
    (TOY, "drawn", True, {"train": "red", "valid": "red", "test": "blue"}),
    (TOY, None, False, {"train": "red", "valid": "red", "test": "blue"}),  # of the scripted pair
    (TOY, None, True, {"train": "red", "valid": "red"}),
    (TOY, None, True, {"train": "red", "test": "red"}),
    (Guessing(), None, True, {"valid": "red", "test": "blue"}),
])
def test_they_are_drawn(scenario: Any, named: str | None, is_corpus: bool, splits: dict[str, str]) -> None:
    assert split_users(scenario, named, corpus(**splits), 0, corpus=is_corpus) == UserSplits("drawn")


def test_a_corpus_gives_its_own_people() -> None:
    given = corpus(train="red green grey", valid="red blue grey red", test="blue green blue")
    found = split_users(TOY, None, given, 0, corpus=True)
    assert found == UserSplits("corpus", ("red", "grey"), ("blue", "green"))
    assert [e.condition for e in found.strangers(given) if e.split == "train"] == ["red", "grey"]
    assert [e for e in found.strangers(given) if e.split != "train"] == given[3:]


def test_a_file_is_split_in_two(tmp_path: Path) -> None:
    path = file(tmp_path, *COLOURS, "red", "blue")
    found = [split_users(TOY, path, corpus(train="red"), seed, corpus=True) for seed in range(20)]
    assert found[0] == split_users(TOY, path, corpus(train="red"), 0, corpus=False)
    assert len(set(found)) > 3
    for people in found:
        assert people.origin == "people.txt"
        assert (len(people.search), len(people.evaluation)) == (2, 2)
        assert sorted(people.search + people.evaluation) == sorted(COLOURS)
        for episode in people.strangers(corpus(train=" ".join(COLOURS))):
            assert episode.condition in people.search


def test_people_to_choose_weights_by_are_set_aside_from_those_searched(tmp_path: Path) -> None:
    given = corpus(train="red", valid="red green grey", test="blue")
    plain = split_users(TOY, None, given, 0, corpus=True)
    found = split_users(TOY, None, given, 0, corpus=True, development=True)
    assert found.evaluation == plain.evaluation
    assert len(found.development) == 1
    assert sorted(found.search + found.development) == sorted(plain.search)
    assert split_users(TOY, "drawn", given, 0, corpus=True, development=True) == UserSplits("drawn")
    with pytest.raises(InvalidConfig, match=r"\(people.txt\) leave 1 to search on and to choose weights by"):
        split_users(TOY, file(tmp_path, "red", "blue"), [], 0, corpus=False, development=True)


@pytest.mark.parametrize("lines", [("red",), ("red", "red"), ()])
def test_too_few_to_keep_apart_are_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(InvalidConfig, match=r"\(people.txt\) are too few.*conditions: drawn"):
        split_users(TOY, file(tmp_path, *lines), [], 0, corpus=False)
    with pytest.raises(InvalidConfig, match=r"\(corpus\) are too few"):
        split_users(TOY, None, corpus(valid="red", test="red"), 0, corpus=True)


def test_a_scenario_that_reads_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=r"Scenario 'guessing' has no corpus, so it reads .* no file of conditions"):
        split_users(Guessing(), file(tmp_path, "red", "blue"), [], 0, corpus=False)


def test_openings_cycle_through_the_conditions_in_an_order_of_the_seed() -> None:
    found = [p.condition for p in openings(TOY, "search", 10, 0, COLOURS)]
    assert found[:4] == found[4:8]
    assert found[8:] == found[:2]
    assert sorted(found[:4]) == sorted(COLOURS)
    assert len({tuple(p.condition for p in openings(TOY, "search", 4, s, COLOURS)) for s in range(9)}) > 3
    assert len({p.key for p in openings(TOY, "search", 10, 0, COLOURS)}) == 10


def test_search_and_evaluation_share_no_key_and_drawing_changes_none() -> None:
    search, drawn = openings(TOY, "search", 20, 0), evaluate.starts(TOY, 20, 0)
    given = evaluate.starts(TOY, 20, 0, COLOURS)
    assert {p.key for p in search}.isdisjoint(p.key for p in drawn)
    assert [p.key for p in drawn] == [p.key for p in given]
