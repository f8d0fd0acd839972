"""The whole way in small: what a run leaves behind, that it repeats, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.agents.backend import Sampling
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.prompting import thought_of
from dialogym.alignment.config import DEMO, RunConfig, published
from dialogym.alignment.evaluation import beside, evaluate
from dialogym.alignment.inputs import prepare
from dialogym.alignment.overrides import load
from dialogym.alignment.pipeline import align
from dialogym.alignment.preferences.pair import load_pairs
from dialogym.alignment.progress import Silent
from dialogym.alignment.training.settings import ChoiceSettings, DpoSettings, RewardSettings
from dialogym.envs.agent import ScriptedAgent
from dialogym.envs.errors import ContextTooLong, InvalidConfig, InvalidCorpus, InvalidModel, RunExists, UnknownEnvironment
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.simulators import calibrated
from dialogym.envs.registry import spec
from dialogym.envs.storage import draft_of
from dialogym.search import IxMCTS
from dialogym.search.best_of_n import BestOfN
from dialogym.search.collect import stored
from dialogym.search.pair_selection import PairSettings
from tests.agents.test_language_model import ScriptedBackend, tokenizer

TINY = replace(
    DEMO, dialogues=12, conversations=30, episodes=6, replay_contexts=6, replay_samples=2, sampling=Sampling(max_new_tokens=32),
    search=IxMCTS(width=3, keep=3, iterations=14), pairs=PairSettings(min_gap=0.01, min_completions=1, limit=16),
    sft=replace(DEMO.sft, max_steps=2, batch_size=4), choice=ChoiceSettings(), searcher="model",
    reward=RewardSettings(max_steps=2, batch_size=4, learning_rate=2e-3, evaluations=2),
    dpo=DpoSettings(max_steps=2, batch_size=4, learning_rate=8e-4, beta=0.3, sft_weight=1.0, evaluations=2))
"""As the paper has it: searched with π_SFT, an adapter trained by TRL, kept by its held-out loss."""


@pytest.fixture(scope="module", autouse=True)
def people() -> Iterator[None]:
    """Persuadees who give as often as people do, so that a model that learned nothing finds pairs in so small a search."""
    with pytest.MonkeyPatch.context() as patch:
        scripted = {**Persuasion.scripted, "persuadee": {"scripted": calibrated.speak}}
        patch.setattr(Persuasion, "scripted", scripted)
        yield


@pytest.fixture(scope="module", params=[pytest.param(TINY, marks=pytest.mark.slow)], ids=["tiny"])
def config(request: pytest.FixtureRequest) -> RunConfig:
    """A run of the embedded model; the whole way with a smaller model is in test_pipeline_states, which is not slow."""
    return request.param


@pytest.fixture(scope="module")
def run(config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("runs") / "one"
    return out, align(config, out, command="dialogym run")


def test_the_folder_holds_what_was_promised(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    out, _ = run
    assert {p.name for p in out.iterdir()} == {
        ".dialogym.json", "config.yaml", "models", "pairs", "trees.jsonl", "linear.json", "evaluation.jsonl", "results.json",
        "transcripts.json", "trees", "index.html", "report.html"}
    assert {p.name for p in (out / "models").iterdir()} == {"persuader-sft", "reward", "persuader-aligned"}
    assert load(out / "config.yaml", RunConfig()) == config


def test_every_system_is_measured_on_the_same_people(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    _, results = run
    assert list(results["systems"]) == ["SFT", "BoN", "Aligned", "Linear", "expert", "novice"]
    assert set(results["notes"]) == {"Linear", "expert", "novice"}
    for found in results["systems"].values():
        assert found["episodes"] == len(found["values"]) == config.episodes
        low, high = found["pledged_ci95"]
        assert low <= found["pledged_mean"] <= high
        assert found["pledged_mean"] == pytest.approx(2 * sum(found["values"]) / config.episodes, abs=1e-5)
        assert 0 <= found["engaged_rate"] <= 1
        assert 1 <= found["turns_mean"] <= config.options.get("horizon", 15)
    assert set(results["differences"]) == {"BoN", "Aligned", "Linear", "expert", "novice"}


def test_the_stamp_says_what_made_the_numbers(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    out, results = run
    assert json.loads(json.dumps(results)) == json.loads((out / "results.json").read_text())
    assert {"dialogym", "scenario", "model", "torch", "transformers", "trl", "peft", "python"} <= set(results["versions"])
    assert results["condition_seen"] == "hidden"
    assert "true" in results["search"]["condition_seen"]
    assert (results["seed"], results["secret"]) == (config.seed, "public")
    assert (results["simulator"], results["conditions"]) == ("scripted", "drawn")


def test_pairs_are_siblings_of_the_searched_trees(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    out, results = run
    pairs = load_pairs(out / "pairs")
    trees = {found.number: found.tree for found in stored(out / "trees.jsonl")}
    searched = [p for p in pairs if p.origin == "search"]
    assert len(searched) == results["pairs"]["search"] > 0
    for pair in searched:
        tree = trees[int(pair.conversation.removeprefix("search-"))]
        for side in (pair.chosen, pair.rejected):
            assert side.text.removeprefix(thought_of(side.text)).strip() in tree["model"]
        assert pair.gap >= config.pairs.min_gap
    assert all(p.chosen.text != p.rejected.text for p in pairs)


class Killed(Exception):
    """Stands for a kill in the tests."""


class Killer(Silent):
    """Ends the run when a stage begins, or in the midst of it."""

    def __init__(self, name: str, after: int) -> None:
        self.name, self.after = name, after

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        def step(done: int) -> None:
            if name.startswith(self.name) and done >= self.after:
                raise Killed(name)

        step(0)
        return step


def goes_on_to_the_same_bytes(config: RunConfig, out: Path, again: Path) -> None:
    """A run that is killed in three of its stages ends as the one in `out` did; the secret is told it once, and kept."""
    begun = replace(config, secret=json.loads((out / "results.json").read_text())["secret"])
    for name, after in (("i×MCTS", 4), ("DPO", 1), ("Evaluating BoN", 3)):
        with pytest.raises(Killed, match=name):
            align(begun, again, command="dialogym run", reporter=Killer(name, after))
        begun = config
        with pytest.raises(RunExists, match=r"begun with another episodes \(6, now 7\)"):
            align(replace(config, episodes=7), again)
    align(config, again, command="dialogym run")
    for name in ("results.json", "trees.jsonl", "transcripts.json", "report.html", "evaluation.jsonl", "config.yaml",
                 *(path.relative_to(out).as_posix() for path in (out / "trees").iterdir())):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


@pytest.mark.slow  # the same law with a smaller model is one of test_pipeline_states
@pytest.mark.parametrize("config", [TINY], indirect=True, ids=["tiny"])
def test_the_same_seed_gives_the_same_bytes_whatever_was_killed(config: RunConfig, run: tuple[Path, dict[str, Any]],
                                                                tmp_path: Path) -> None:
    goes_on_to_the_same_bytes(config, run[0], tmp_path / "run")


def test_a_run_killed_between_its_results_and_its_report_goes_on(config: RunConfig, run: tuple[Path, dict[str, Any]],
                                                                 tmp_path: Path) -> None:
    out, results = run
    again = tmp_path / "again"
    shutil.copytree(out, again)
    (again / "report.html").unlink()
    draft_of(again / "report.html").write_text("<ht")  # of a kill in the midst of it
    with pytest.raises(RunExists, match="begun with another seed"):
        align(replace(config, seed=config.seed + 1), again)
    before = {p: p.read_bytes() for p in again.rglob("*") if p.is_file()}
    del before[draft_of(again / "report.html")]
    assert align(config, again, command="another") == json.loads(json.dumps(results))
    assert (again / "report.html").read_bytes() == (out / "report.html").read_bytes()
    (again / "report.html").unlink()
    assert {p: p.read_bytes() for p in again.rglob("*") if p.is_file()} == before
    align(config, again)
    with pytest.raises(RunExists, match="finished run"):
        align(config, again)


def test_a_folder_with_a_run_is_left_alone(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    out, _ = run
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    with pytest.raises(RunExists, match="finished run"):
        align(config, out)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


@pytest.mark.parametrize(("change", "error"), [
    ({"environment": "PersuasionForGod-v0"}, UnknownEnvironment),
    ({"corpus": "no/such/folder"}, InvalidCorpus),
    ({"model": "no/such/model"}, InvalidModel),
    ({"speaker": "shakespeare"}, InvalidConfig),
])
def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path: Path, change: dict[str, Any],
                                                               error: type[Exception]) -> None:
    with pytest.raises(error):
        align(replace(TINY, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_prompt_longer_than_the_window_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContextTooLong, match=r"window|max_length"):
        align(replace(TINY, sft=replace(TINY.sft, max_length=40)), tmp_path / "run")


@pytest.mark.parametrize(("text", "says"), [
    ("sede: 3", "no option 'sede'"), ("seed: many", "must be int"), ("dpo: {beta: -1.0}", "beta"), ("- 1", "mapping"),
    ("search: {width: 0}", "width"), ("simulator: nobody", "simulator"), ("x: [", "not YAML")])
def test_an_odd_configuration_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(InvalidConfig, match=says):
        load(path, RunConfig())


def test_a_configuration_survives_yaml(tmp_path: Path) -> None:
    config = RunConfig(options={"horizon": 9}, search=IxMCTS(width=2, iterations=5), seed=4)
    (tmp_path / "c.yaml").write_text(config.to_yaml())
    assert load(tmp_path / "c.yaml", RunConfig()) == config


@pytest.mark.parametrize(("name", "model", "horizon"), [
    ("paper-persuasion", "meta-llama/Llama-3.2-3B-Instruct", 15), ("paper-support", "Qwen/Qwen2.5-7B-Instruct", 25)])
def test_the_published_settings_are_presets(name: str, model: str, horizon: int) -> None:
    found = published(name)
    assert (found.model, found.simulator, found.best_of, found.episodes) == (model, "model", 3, 128)
    assert spec(found.environment).build(**found.options).horizon == horizon
    assert (found.search.width, found.search.keep, found.search.depth) == (3, 81, None)
    assert found.search.exploration == pytest.approx(2 ** 0.5)
    assert (found.searcher, found.reward.trainer, found.dpo.trainer, found.dpo.full) == ("model", "trl", "trl", False)
    assert found.choice.checkpoints == 0
    with pytest.raises(InvalidConfig, match=r"no preset 'paper'; choose one of \['paper-persuasion', 'paper-support', "):
        published("paper")


@pytest.mark.parametrize(("name", "environment", "user"), [
    ("smollm2-persuasion", "PersuasionForGood-v0", "model"), ("smollm2-support", "EmotionalSupport-v0", "scripted")])
def test_an_hour_with_a_model_without_a_hub_is_a_preset_for_a_core(name: str, environment: str, user: str) -> None:
    found = published(name)
    assert (found.environment, found.model, found.simulator, found.share_base) == (environment, "smollm2", user, False)
    assert (found.reward.trainer, found.dpo.trainer) == ("tree", "tree")
    assert max(found.sft.batch_size, found.simulator_sft.batch_size) == 1  # more rows of its vocabulary do not fit the memory


def test_a_table_has_no_ceiling_where_none_is_wanted(config: RunConfig, run: tuple[Path, dict[str, Any]]) -> None:
    inputs = prepare(config, run[0])
    assert "Linear" in beside.notes(inputs)
    without = replace(inputs, config=replace(config, ceiling=0))
    assert "Linear" not in {**beside.notes(without), **beside.beside(without, pytest.fail)}
    with pytest.raises(InvalidConfig, match="at least 2"):
        replace(config, ceiling=1)


def test_what_workers_read_of_the_ceiling_is_there_before_they_come(config: RunConfig, run: tuple[Path, dict[str, Any]],
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers that each fitted the linear model once wrote its file at the same time."""
    inputs = prepare(config, run[0])
    (run[0] / beside.LINEAR_FILE).unlink()
    load = beside.beside(inputs, lambda: (None, None))["Linear"]
    monkeypatch.setattr(beside, "fit_linear", pytest.fail)
    load()


def test_replies_to_a_cut_dialogue_are_counted_as_spoken(run: tuple[Path, dict[str, Any]]) -> None:
    """Of N candidates one is spoken: in a window that holds no conversation every later reply counts, and counts once."""
    scenario = spec(TINY.environment).build()
    backend = ScriptedBackend(lambda prompt, seed: "They help children.")
    backend.promises = replace(backend.promises, window=1)
    policy = LanguageModelAgent(backend, tokenizer())
    starts = evaluate.starts(scenario, 3, 0)
    user = ScriptedAgent.of(scenario, scenario.user)
    for agent in (policy, BestOfN(policy, lambda shown: [0.0] * len(shown), 3)):
        ends = evaluate.play_all(starts, agent, user)
        later = sum(u.seat == scenario.interactive for end in ends for u in list(end.dialogue)[3:])
        assert evaluate.cut_replies(ends) == later > 3
    assert all(found["cut_replies"] == 0 for found in run[1]["systems"].values())
