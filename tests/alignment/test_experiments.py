"""What each experiment compares: variants that differ in what is named, and in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import dialogym
from dialogym.alignment import stages
from dialogym.alignment.comparison import matched
from dialogym.alignment.config import RunConfig, resolve
from dialogym.alignment.experiments import EXPERIMENTS, Experiment, configurations, experiment
from dialogym.alignment.inputs import prepare
from dialogym.alignment.progress import Silent
from dialogym.envs.errors import InvalidConfig
from dialogym.search import Tree
from dialogym.search.collect import stored, trees
from tests.alignment.test_pipeline_states import config, folder, registered  # noqa: F401 - fixtures

IDS = ("PersuasionForGood-v0", "EmotionalSupport-v0")
SFT: Any = None
"""A scripted player is searched with: no model speaks."""


def flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Options by their whole names, such as "search.keep"."""
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= flat(inner, f"{before}{name}.") if isinstance(inner, Mapping) and inner else {f"{before}{name}": inner}
    return found


def demo(task: str | None) -> RunConfig:
    return resolve(environment=task or IDS[0])


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("name", sorted(name for name, found in EXPERIMENTS.items() if not found.tasks))
def test_variants_differ_in_what_is_named_and_in_nothing_else(name: str, id: str) -> None:
    asked = experiment(name)
    base = resolve(environment=id)
    found = configurations(asked, lambda task: base)
    assert list(found) == list(asked.variants)
    for variant, made in found.items():
        changed = flat(asked.variants[variant])
        before, after = flat(asdict(base)), flat(asdict(made))
        assert after == {**before, **changed}, variant
    settings = [flat(asdict(made)) for made in found.values()]
    differ = {option for option in settings[0] if len({repr(each[option]) for each in settings}) > 1}
    assert differ
    assert not differ & {"environment", "seed", "secret", "episodes", "dialogues", "model", "simulator", "conversations"}


def test_every_experiment_of_the_summary_and_every_ablation_is_there() -> None:
    assert {"turn-reward", "cross-task", "simulators"} <= set(EXPERIMENTS)
    assert {"pruning", "replays", "best-of-n", "density", "literal"} <= set(EXPERIMENTS)
    for name, found in EXPERIMENTS.items():
        assert found.name == name
        assert found.question.endswith("?")


def test_an_experiment_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidConfig) as error:
        experiment("turn-rewrd")
    assert "did you mean 'turn-reward'?" in str(error.value)
    assert all(name in str(error.value) for name in EXPERIMENTS)


def test_the_tasks_are_those_registered_each_with_its_own_settings() -> None:
    asked = experiment("cross-task")
    found = configurations(asked, demo)
    for id in IDS:
        name = dialogym.make(id).scenario.name
        assert asked.variants[name] == {"environment": id}
        assert found[name] == resolve(environment=id)


def test_variants_that_come_out_the_same_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="'with' and 'without' of the experiment 'replays' are the same run"):
        configurations(experiment("replays"), lambda task: replace(demo(task), replay_contexts=0))
    with pytest.raises(InvalidConfig, match="scripted users, but the simulator is 'model'"):
        configurations(experiment("simulators"), lambda task: replace(demo(task), simulator="model"))
    with pytest.raises(InvalidConfig, match=r"the experiment 'odd', 'two'.*no option 'widht'"):
        configurations(Experiment("odd", "?", {"one": {}, "two": {"search": {"widht": 2}}}), demo)


def test_the_others_get_as_much_as_the_first_had() -> None:
    first = {"search": {"generations": 321}, "pairs": {"search": 12, "replay": 5}}
    assert matched(demo(None), "generations", first) == replace(demo(None), generations=321)
    assert matched(demo(None), "pairs", first) == replace(demo(None), pairs=replace(demo(None).pairs, limit=12))
    assert matched(demo(None), None, first) == demo(None)


# -- what the variants do, without training --------------------------------------------------------------


def searched(folder: Path, out: Path, name: str) -> dict[str, tuple[Any, Any, Any]]:  # noqa: F811
    """Trees, counts and pairs of every variant."""
    base = replace(config(folder, searcher="speaker", secret="known"), conversations=12)
    base = replace(base, pairs=replace(base.pairs, limit=0))
    found: dict[str, tuple[Any, Any, Any]] = {}
    asked = experiment(name)
    first: dict[str, Any] | None = None
    for variant, made in configurations(asked, lambda task: base).items():
        (out / variant).mkdir()
        run = prepare(made if first is None else matched(made, asked.matched, first), out / variant)
        counts = stages.search(run, SFT, None, Silent())
        pairs = stages.mine_pairs(run, counts, Silent())
        first = first or {"search": counts, "pairs": {"search": len(pairs)}}
        found[variant] = ((out / variant / "trees.jsonl").read_bytes(), counts, pairs)
    return found


@pytest.mark.parametrize("name", ["turn-reward", "literal", "density"])
def test_where_pairs_alone_differ_the_search_is_the_same(folder: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    one, other = searched(folder, tmp_path, name).values()
    assert one[:2] == other[:2]
    assert one[2] != other[2]


def test_turns_are_ranked_by_what_the_user_answers_at_once(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    pairs = searched(folder, tmp_path, "turn-reward")
    grown = {f"search-{number}": tree for number, tree in trees(tmp_path / "turn" / "trees.jsonl")}
    for pair in pairs["turn"][2]:
        tree = grown[pair.conversation]
        words = {pair.chosen.text.rpartition("Response: ")[2]: 1.0, pair.rejected.text.rpartition("Response: ")[2]: 0.0}
        assert (pair.chosen.value, pair.rejected.value) == (1.0, 0.0), "the toy's readings"
        levels = {reply.text: position.engagement.level for reply, position in zip(tree.reply, tree.position, strict=True)
                  if reply is not None and reply.text in words}
        assert levels[next(iter(words))] == 1.0, "the chosen one was answered with yes"
    assert any(0 < pair.chosen.value < 1 for pair in pairs["future"][2]), "of the future something is told before it comes"


def test_pairs_from_few_trees_are_as_many_as_those_from_many(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    few, many = (pairs for _, _, pairs in searched(folder, tmp_path, "density").values())
    assert len(few) == len(many)
    assert len({pair.conversation for pair in few}) <= 3
    assert len({pair.conversation for pair in many}) > 3


@pytest.mark.parametrize("name", ["pruning", "best-of-n"])
def test_where_searches_differ_they_spend_as_much(folder: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    found = searched(folder, tmp_path, name)
    (grown, first, _), *_ = found.values()
    for variant, (other, counts, _) in [*found.items()][1:]:
        most = max(Tree.generations(line.tree or {}) for line in stored(tmp_path / variant / "trees.jsonl"))
        assert first["generations"] <= counts["generations"] < first["generations"] + 2 * most
        assert other != grown
