"""What a run's search may be told: whom it talks to, what it may spend, and how much of it pairs are made of."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment import stages
from dialogym.alignment.config import RunConfig
from dialogym.alignment.evaluation.families import families
from dialogym.alignment.inputs import prepare
from dialogym.alignment.overrides import load
from dialogym.alignment.pipeline import align
from dialogym.alignment.progress import Silent
from dialogym.envs.errors import InvalidConfig
from dialogym.search import IxMCTS, Tree, run
from dialogym.search.collect import stored, trees
from dialogym.search.openings import openings
from tests.alignment.test_pipeline import Killed, Killer
from tests.alignment.test_pipeline_states import config, folder, registered  # noqa: F401 - fixtures
from tests.toy import Thinking, cast, endless, hold

SFT: Any = None
"""A scripted player is searched with: no model speaks."""


@pytest.fixture
def families_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thinking, "scripted", {**Thinking.scripted, "thinker": {"aloud": hold, "endless": endless}})


def searched(folder: Path, out: Path, show: Any = None, **changes: Any) -> dict[str, Any]:  # noqa: F811
    out.mkdir(exist_ok=True)
    return stages.search(prepare(asked(folder, **changes), out), SFT, None, show or Silent())


def asked(folder: Path, **changes: Any) -> RunConfig:  # noqa: F811
    return replace(config(folder, searcher="speaker", secret="known"), window=3, **{"conversations": 8, **changes})


@pytest.mark.parametrize("wanted", [2, ("aloud", "endless"), ("endless", "aloud")])
def test_families_are_dealt_out_to_the_conversations_in_turn(folder: Path, tmp_path: Path, families_of_two: None,  # noqa: F811
                                                             wanted: Any) -> None:
    names = ("aloud", "endless") if wanted == 2 else wanted
    counted = searched(folder, tmp_path / "run", search_families=wanted)
    found = dict(trees(tmp_path / "run" / "trees.jsonl"))
    assert counted["conversations"] == len(found) == 8
    starts = openings(found[0].root.scenario, "search", 8, 0)
    planner = asked(folder).search
    for number, tree in found.items():
        agents = cast(tree.root.scenario, thinker=names[number % 2])
        [alone] = run(planner, [starts[number]], agents)
        assert tree.to_json() == alone.to_json()
    met = Counter(names[number % 2] for number in found)
    assert met["aloud"] == met["endless"] == 4
    yes = {names[number % 2] for number, tree in found.items() if any(p.engagement.level for p in tree.position)}
    assert yes == {"aloud"}, "who never says yes was met, too"


def test_a_search_of_families_that_was_killed_comes_to_the_same_bytes(folder: Path, tmp_path: Path,  # noqa: F811
                                                                      families_of_two: None) -> None:
    searched(folder, tmp_path / "one", search_families=2)
    for after in (2, 5):
        with pytest.raises(Killed):
            searched(folder, tmp_path / "two", Killer("i×MCTS", after), search_families=2)
    searched(folder, tmp_path / "two", search_families=2)
    one, two = ((tmp_path / name / "trees.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two
    with pytest.raises(InvalidConfig, match=r"other settings|begun with"):
        searched(folder, tmp_path / "two", search_families=1)


def test_a_search_of_one_family_is_what_it_was_without_the_option(folder: Path, tmp_path: Path,  # noqa: F811
                                                                  families_of_two: None) -> None:
    for name, wanted in (("none", None), ("one", 1), ("named", ("aloud",))):
        searched(folder, tmp_path / name, search_families=wanted)
    lines = [(tmp_path / name / "trees.jsonl").read_bytes().splitlines() for name in ("none", "one", "named")]
    assert lines[0][1:] == lines[1][1:] == lines[2][1:]
    assert "families" not in json.loads(lines[0][0])["settings"], "folders that were begun before go on"
    assert json.loads(lines[1][0])["settings"]["families"] == ["aloud"]


def test_who_was_searched_is_told_beside_the_figures(folder: Path, tmp_path: Path, families_of_two: None) -> None:  # noqa: F811
    wanted = asked(folder, search_families=("endless", "aloud"), conversations=16)
    align(wanted, tmp_path / "run")
    assert load(tmp_path / "run" / "config.yaml", RunConfig()) == wanted
    found = families(tmp_path / "run", 2)["families"]
    assert {name: entry["searched"] for name, entry in found.items()} == {"aloud": True, "endless": True}


def test_what_may_be_spent_is_spent_and_hardly_more(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    whole = searched(folder, tmp_path / "whole")
    assert whole["generations"] == sum(Tree.generations(line.tree or {}) for line in stored(tmp_path / "whole" / "trees.jsonl"))
    most = max(Tree.generations(line.tree or {}) for line in stored(tmp_path / "whole" / "trees.jsonl"))
    for wanted in (whole["generations"], 3 * whole["generations"], 1):
        found = searched(folder, tmp_path / str(wanted), generations=wanted)
        assert wanted <= found["generations"] < wanted + 2 * most
    again = searched(folder, tmp_path / "again", generations=whole["generations"])
    assert again == whole, "what the same search spent is spent on the same conversations"
    assert (tmp_path / "again" / "trees.jsonl").read_bytes() == (tmp_path / "whole" / "trees.jsonl").read_bytes()
    dear = searched(folder, tmp_path / "dear", generations=whole["generations"],
                    search=IxMCTS(width=3, keep=1, pruning="chance", rollout="policy", answers=3))
    assert abs(dear["generations"] - whole["generations"]) < 0.5 * whole["generations"]
    assert dear["conversations"] != whole["conversations"]


def test_a_search_that_spends_comes_to_the_same_wherever_it_was_killed(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    searched(folder, tmp_path / "one", generations=400)
    for after in (1, 3, 7, 12):
        with pytest.raises(Killed):
            searched(folder, tmp_path / "two", Killer("i×MCTS", after), generations=400)
    assert searched(folder, tmp_path / "two", generations=400) == searched(folder, tmp_path / "one", generations=400)
    one, two = ((tmp_path / name / "trees.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(("share", "used"), [(0.25, 2), (0.3, 3), (1.0, 8), (None, 8)])
def test_pairs_are_made_of_a_share_of_the_trees(folder: Path, tmp_path: Path, share: float | None, used: int) -> None:  # noqa: F811
    changed = asked(folder, pairs_from=share)
    given = prepare(replace(changed, pairs=replace(changed.pairs, limit=0, all_pairs=True)), tmp_path)
    counted = stages.search(given, SFT, None, Silent())
    pairs = stages.mine_pairs(given, counted, Silent())
    numbers = {int(pair.conversation.removeprefix("search-")) for pair in pairs}
    assert numbers <= set(range(used))
    assert len(numbers) > used / 2
    assert counted["conversations"] == 8, "the search is the same"


def test_too_few_pairs_have_an_error_of_their_own(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    changed = asked(folder)
    given = prepare(replace(changed, pairs=replace(changed.pairs, min_visits=10_000)), tmp_path)
    with pytest.raises(stages.TooFewPairs, match="only"):
        stages.mine_pairs(given, stages.search(given, SFT, None, Silent()), Silent())


@pytest.mark.parametrize(("change", "says"), [
    ({"search_families": 0}, "search_families must be"), ({"search_families": ()}, "search_families must be"),
    ({"search_families": ("a", "a")}, "search_families must be"), ({"search_families": (1,)}, "search_families must be"),
    ({"search_families": 2, "simulator": "model"}, "leave one out"), ({"generations": 0}, "generations must be"),
    ({"pairs_from": 0.0}, "pairs_from must be"), ({"pairs_from": 1.5}, "pairs_from must be"),
])
def test_odd_options_are_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        RunConfig(**change)


def test_a_family_that_there_is_not_is_refused_before_anything_is_written(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    for wanted, says in ((("nobody",), "nobody"), (3, "users of .thinking. are")):
        with pytest.raises(InvalidConfig, match=says):
            align(asked(folder, search_families=wanted), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_families_are_written_and_read_as_a_list(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("search_families: [scripted, sceptical]\n")
    found = load(tmp_path / "mine.yaml", RunConfig())
    assert found.search_families == ("scripted", "sceptical")
    (tmp_path / "again.yaml").write_text(found.to_yaml())
    assert load(tmp_path / "again.yaml", RunConfig()) == found
