"""Rows from other methods on the same search: what they learn from, and that nothing else of the run changes for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment import stages
from dialogym.alignment.baselines import learned_from, trained_with
from dialogym.alignment.config import RunConfig, resolve
from dialogym.alignment.inputs import prepare
from dialogym.alignment.overrides import load
from dialogym.alignment.pipeline import align
from dialogym.alignment.preferences.pair import Candidate, PreferencePair, load_pairs, save_pairs
from dialogym.alignment.progress import Silent
from dialogym.alignment.training.settings import ChoiceSettings, DpoSettings
from dialogym.envs.errors import InvalidConfig
from tests.alignment.test_pipeline import TINY, Killed, Killer
from tests.alignment.test_pipeline_states import config, folder, registered  # noqa: F401 - fixtures

VALUES = {"a": 0.9, "b": 0.5, "c": 0.1}
BOTH = ("filtered", "kto")


def pair(chosen: str, rejected: str, conversation: str = "search-1", **more: Any) -> PreferencePair:
    sides = [Candidate(text, VALUES[text]) for text in (chosen, rejected)]
    return PreferencePair((("user", more.pop("said", "Hello?")),), *sides, depth=0, conversation=conversation, condition="x",
                          origin=more.pop("origin", "search"))


def test_filtered_learns_the_best_reply_of_every_context() -> None:
    best = [pair("a", "b"), pair("a", "c"), pair("b", "c", said="And?"), pair("b", "c", conversation="search-2")]
    beaten, ranked = pair("b", "c"), pair("a", "c", conversation="train-1", origin="replay")
    assert learned_from("filtered", [beaten, *best, ranked]) == best
    assert learned_from("kto", [beaten, *best, ranked]) == [beaten, *best, ranked], "what Aligned learns from"


def test_baselines_are_trained_as_aligned_is_but_for_the_loss() -> None:
    own = DpoSettings(trainer="tree", beta=0.3, learning_rate=7e-4, sft_weight=1.0, offset=0.5, visit_smoothing=True,
                      gap_weights=True, epochs=3.0)
    plain = replace(own, offset=0.0, visit_smoothing=False, gap_weights=False)
    assert trained_with("kto", own) == replace(plain, loss_type="kto")
    assert trained_with("filtered", own) == replace(plain, loss_type="sft", sft_weight=0.0)
    assert trained_with("kto", DpoSettings()).trainer == "tree", "TRL's DPO has no such loss"
    assert trained_with("filtered", DpoSettings()) == DpoSettings(loss_type="sft")


@pytest.mark.parametrize("names", [("ppo",), ("kto", "ppo"), ("kto", "kto"), ("KTO",), (["kto"],), (3,)])
def test_a_baseline_that_there_is_not_is_refused(names: tuple[Any, ...], tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=r"^baselines may hold 'filtered' and 'kto', each once, got \["):
        resolve(given={"baselines": names})
    file = tmp_path / "c.yaml"
    file.write_text(f"seed: 1\nbaselines: {json.dumps(names)}\n")
    with pytest.raises(InvalidConfig, match=r"c\.yaml, line 2: baselines may hold"):
        load(file, RunConfig())


def test_none_is_trained_unless_asked_for() -> None:
    assert resolve().baselines == RunConfig().baselines == ()
    assert resolve(given={"baselines": BOTH}) == replace(resolve(), baselines=BOTH)


def talking(folder: Path, **changes: Any) -> RunConfig:  # noqa: F811
    """A whole small model, trained on trees, whose weights are chosen by talking."""
    wanted = replace(config(folder), searcher="speaker", secret="known",
                     choice=ChoiceSettings(checkpoints=2, talks=4, garbled=1.0))
    return replace(wanted, reward=replace(TINY.reward, trainer="tree"), dpo=replace(
        TINY.dpo, trainer="tree", full=True, learning_rate=3e-3, pack_tokens=128), **changes)


Call = tuple[str, list[PreferencePair], DpoSettings]


@pytest.fixture(scope="module")
def runs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any], list[Call]]:  # noqa: F811
    """A run with both baselines, killed in each and gone on with, its results, those without them, and what was trained."""
    out, calls = tmp_path_factory.mktemp("baselines"), []
    real = stages.train_dpo

    def noted(policy: str, pairs: Sequence[PreferencePair], into: Path, settings: DpoSettings, *rest: Any, **more: Any) -> Any:
        calls.append((into.name, list(pairs), settings))
        return real(policy, pairs, into, settings, *rest, **more)

    alone = align(talking(folder), out / "alone", command="dialogym run")
    wanted = talking(folder, baselines=BOTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "train_dpo", noted)
        for name, after in (("Filtered", 1), ("Evaluating KTO, step 2, development", 1), ("Evaluating KTO", 2)):
            with pytest.raises(Killed, match=name):
                align(wanted, out / "both", command="dialogym run", reporter=Killer(name, after))
        return out / "both", align(wanted, out / "both", command="dialogym run"), alone, calls


def test_both_rows_stand_beside_aligned(runs: tuple[Path, dict[str, Any], dict[str, Any], list[Call]]) -> None:
    out, found, _, _ = runs
    assert list(found["systems"]) == ["SFT", "BoN", "Aligned", "Filtered", "KTO", "Linear", "aloud"]
    assert {len(system["values"]) for system in found["systems"].values()} == {found["config"]["episodes"]}
    assert {"Filtered", "KTO"} <= set(found["differences"]) & set(found["audit"]["systems"])
    assert not {"Filtered", "KTO"} & set(found["notes"])
    page = (out / "report.html").read_text()
    assert "KTO against SFT" in page
    assert "Filtered against SFT" in page


def test_their_weights_are_chosen_by_talking_too(runs: tuple[Path, dict[str, Any], dict[str, Any], list[Call]]) -> None:
    out, found, _, _ = runs
    for name in BOTH:
        told = found["training"][name]
        assert [row["step"] for row in told["checkpoints"]] == [1, 2]
        kept = out / "models" / f"guesser-{name}-steps" / f"step-{told['kept']['step']}" / "model.safetensors"
        assert (out / "models" / f"guesser-{name}" / "model.safetensors").read_bytes() == kept.read_bytes()
    lines = [json.loads(line)["system"] for line in (out / "development.jsonl").read_text().splitlines()[1:]]
    assert lines == [f"{name}, development" for name in (
        "SFT", "Step 1", "Step 2", "Filtered, step 1", "Filtered, step 2", "KTO, step 1", "KTO, step 2")]


def test_each_learns_from_the_pairs_of_the_one_search(runs: tuple[Path, dict[str, Any], dict[str, Any], list[Call]]) -> None:
    out, _, _, calls = runs
    pairs = load_pairs(out / "pairs")
    trained = {name: (given, settings) for name, given, settings in calls}
    assert trained["guesser-dpo"][0] == trained["guesser-kto-steps"][0] == pairs
    filtered, settings = trained["guesser-filtered-steps"]
    assert 0 < len(filtered) < len(pairs)
    beaten = {(p.conversation, p.context, p.rejected.text) for p in pairs if p.origin == "search"}
    for kept in filtered:
        assert kept.origin == "search"
        assert (kept.conversation, kept.context, kept.chosen.text) not in beaten
    assert (settings.loss_type, trained["guesser-kto-steps"][1].loss_type) == ("sft", "kto")


def test_nothing_else_of_the_run_changes(runs: tuple[Path, dict[str, Any], dict[str, Any], list[Call]]) -> None:
    out, found, alone, _ = runs
    assert (alone["config"]["baselines"], found["config"]["baselines"]) == ((), BOTH)
    assert not [path for path in (out.parent / "alone" / "models").iterdir() if path.name.endswith(("steps", *BOTH))]
    for name in ("systems", "differences", "training"):
        assert {key: value for key, value in found[name].items() if key.lower() not in BOTH} == alone[name]
    assert {name: found[name] for name in ("pairs", "search", "linear", "notes")} == {
        name: alone[name] for name in ("pairs", "search", "linear", "notes")}


def test_adapters_of_trl_are_kept_by_held_out_loss(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    """As the paper trains; KTO alone is trained on trees, which TRL's DPO has not."""
    wanted = replace(config(folder), searcher="speaker", baselines=("kto", "filtered"))
    with pytest.raises(Killed):
        align(wanted, tmp_path / "run", reporter=Killer("Evaluating SFT", 0))
    for name, trainer in (("kto", "tree"), ("filtered", "trl")):
        made = tmp_path / "run" / "models" / f"guesser-{name}"
        figures = json.loads((made / "training.json").read_text())
        assert figures["settings"]["trainer"] == trainer
        assert "eval_loss" in figures["metrics"]
        assert (made / "adapter_model.safetensors").is_file()


def test_the_pairs_of_later_rounds_are_learned_from_too(folder: Path, tmp_path: Path,  # noqa: F811
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[PreferencePair]]] = []

    def noted(run: Any, name: str, sft: Any, pairs: list[PreferencePair], *rest: Any, **more: Any) -> dict[str, Any]:
        asked.append((name, pairs))
        rest[-1].mkdir(parents=True)
        return {}

    monkeypatch.setattr(stages, "_baseline", noted)
    first, second = [pair("a", "c")], [pair("a", "b", conversation="search-2-1")]
    for number, found in ((2, second), (4, [pair("b", "c")])):
        save_pairs(found, tmp_path / f"pairs-{number}")
    run = prepare(talking(folder, rounds=3, baselines=BOTH), tmp_path)
    learned = stages.train_baselines(run, stages.Trained("sft", tmp_path, {}), first, None, Silent())
    assert list(learned) == ["Filtered", "KTO"]
    assert asked == [(name, [*first, *second]) for name in BOTH], "a round that this run does not have is none of its own"
