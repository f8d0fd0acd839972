"""The whole way for a scenario whose speakers think before they speak, on a corpus's own people or on a file of them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dialogym
from dialogym.agents.backend import Sampling
from dialogym.agents.by_name import model_agent, together
from dialogym.agents.engine.loading import base_of, load_model
from dialogym.alignment import stages
from dialogym.alignment.choice import Choice, choose
from dialogym.alignment.config import CORPUS, DEMO, RunConfig, preset
from dialogym.alignment.inputs import prepare
from dialogym.alignment.overrides import load
from dialogym.alignment.pipeline import align
from dialogym.alignment.preferences.linear import LinearRanker
from dialogym.alignment.preferences.pair import load_pairs
from dialogym.alignment.progress import Silent
from dialogym.alignment.training import pretrain as pretrain_module
from dialogym.alignment.training import sft
from dialogym.alignment.training.pretrain import PretrainConfig, pretrain
from dialogym.alignment.training.rows import Rows, fit_rows
from dialogym.alignment.training.settings import ChoiceSettings
from dialogym.envs.episodes import save
from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.parts import Speech
from dialogym.search import IxMCTS
from dialogym.search.collect import stored
from dialogym.search.pair_selection import PairSettings
from tests.alignment.test_pipeline import TINY, Killed, Killer, goes_on_to_the_same_bytes
from tests.toy import COLOURS, Guessing, Thinking, ThinkingSpeech, episodes

SMALL = PretrainConfig(dialogues=200, vocab=400, hidden=64, layers=1, heads=2, kv_heads=1, intermediate=128,
                       tokens_per_batch=800, epochs=8)
"""One layer learns the toy's few words whole; a model with less of either garbles most replies."""
TOY = Thinking(3)


class Printed(Thinking):
    """The same, with prompts that hold the whole dialogue in one message (layout "figure")."""

    @property
    def speech(self) -> Speech:
        return PrintedSpeech(self.horizon)


class PrintedSpeech(ThinkingSpeech):
    def prompt(self, seat: str, condition: Any, transcript: str) -> str:
        return f"{self.system_prompt(seat, condition)}\n{transcript}"


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    before = dict(dialogym.registry)
    dialogym.register("Thinking-v0", Thinking, horizon=3)
    dialogym.register("Printed-v0", Printed, horizon=3)
    yield
    dialogym.registry.clear()
    dialogym.registry.update(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model of the toy, a corpus whose splits have colours of their own, and a file of conditions."""
    folder = tmp_path_factory.mktemp("thinking")
    pretrain([TOY], folder / "base", SMALL)
    splits = {"red": "train", "green": "train", "blue": "valid", "grey": "test"}
    talks = [TOY.annotator.annotate(e) for e in episodes(TOY, 60)]
    save(folder / "talks.jsonl", TOY, [replace(e, split=splits[str(e.condition)]) for e in talks])
    (folder / "people.txt").write_text("red\ngreen\nblue\ngrey\n")
    return folder


def config(folder: Path, **changes: Any) -> RunConfig:
    changes = {"environment": "Thinking-v0", "model": str(folder / "base"), "layout": "chat", **changes}
    return replace(TINY, secret=changes.pop("secret", None), dialogues=24, conversations=12,
                   sampling=Sampling(max_new_tokens=40), search=IxMCTS(width=3, keep=4),
                   pairs=PairSettings(min_gap=0.01, min_completions=1, limit=12), **changes)


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("runs") / "states"
    return out, align(config(folder, corpus=str(folder / "talks.jsonl"), simulator="model"), out, command="dialogym run")


def test_the_secret_of_the_evaluation_is_fresh_and_told(run: tuple[Path, dict[str, Any]]) -> None:
    out, results = run
    assert re.fullmatch("[0-9a-f]{32}", results["secret"])
    assert results["config"]["secret"] == results["secret"]
    assert load(out / "config.yaml", RunConfig()).secret == results["secret"]
    assert json.loads((out / "evaluation.jsonl").read_text().splitlines()[0])["settings"]["secret"] == results["secret"]


def test_states_are_part_of_what_is_learned(run: tuple[Path, dict[str, Any]]) -> None:
    out, results = run
    pairs = load_pairs(out / "pairs")
    assert {p.origin for p in pairs} == {"search", "replay"}
    assert results["systems"]["SFT"]["garble_rate"] < 0.5
    replies = [text for p in pairs for text in (p.chosen.text, p.rejected.text)]
    assert sum("Mood: " in text and "\nResponse: " in text for text in replies) > len(replies) / 2
    for pair in pairs:
        assert TOY.speech.read("guesser", pair.chosen.text).text != TOY.speech.read("guesser", pair.rejected.text).text
        assert all("Mood" not in content for role, content in pair.context if role != "assistant")
    assert any(role == "assistant" and "Mood: " in content for p in pairs for role, content in p.context)


def test_rows_beside_say_what_the_pairs_hold_and_what_scripts_reach(run: tuple[Path, dict[str, Any]]) -> None:
    """A corpus's SFT learned from no script, and the toy has no expert."""
    out, results = run
    assert list(results["systems"]) == ["SFT", "BoN", "Aligned", "Linear"]
    assert results["notes"] == {"Linear": "N = 8, ceiling"}
    ranker = LinearRanker.load(out / "linear.json")
    assert results["linear"]["pairs"] == ranker.pairs == sum(p.origin == "search" for p in load_pairs(out / "pairs"))
    page = (out / "report.html").read_text()
    assert "(N = 8, ceiling)" in page
    assert all(name in page for name, _ in results["linear"]["strongest"])


def test_pairs_of_the_report_lead_to_their_replies_in_their_trees(run: tuple[Path, dict[str, Any]]) -> None:
    """State and words are one text to the policy, and the tree keeps them apart."""
    out, results = run
    led = re.findall(r'<p class="said">(.*?)</p>|href="(trees/.*?)#(\d+)"', (out / "report.html").read_text(), re.DOTALL)
    assert len(led) == 3 * results["pairs"]["search"]
    for (chosen, *_), _, (_, page, node) in zip(led[::3], led[1::3], led[2::3], strict=True):
        found = TOY.speech.read("guesser", html.unescape(chosen))
        data = json.loads(re.findall(r'id="data">(.*?)</script>', (out / page).read_text(), re.DOTALL)[0])["tree"]
        assert (data["model"][int(node)], data["model_state"][int(node)]) == (found.text, found.state)


def test_search_and_evaluation_meet_other_people_of_the_corpus(run: tuple[Path, dict[str, Any]]) -> None:
    out, results = run
    assert results["conditions"] == "corpus"
    roots = [found.tree["root"]["condition"] for found in stored(out / "trees.jsonl")]
    assert set(roots) == {"blue"}
    shown = json.loads((out / "transcripts.json").read_text())
    assert {t["condition"] for t in shown} == {"You think of grey."}
    assert "corpus" in (out / "report.html").read_text()


def test_the_same_seed_gives_the_same_bytes_whatever_was_killed(folder: Path, run: tuple[Path, dict[str, Any]],
                                                                tmp_path: Path) -> None:
    """Two speakers of a small model: what a kill could lose is the same as with the embedded one, which is a slow test."""
    goes_on_to_the_same_bytes(config(folder, corpus=str(folder / "talks.jsonl"), simulator="model"), run[0], tmp_path / "run")


@pytest.mark.slow
def test_the_whole_way_on_trees_goes_on_when_killed_too(folder: Path, tmp_path: Path) -> None:
    wanted = config(folder, reward=replace(TINY.reward, trainer="tree"), dpo=replace(TINY.dpo, trainer="tree", offset=0.2))
    found = align(wanted, tmp_path / "one", command="dialogym run")
    assert [found["training"][stage]["settings"]["trainer"] for stage in ("reward", "dpo")] == ["tree", "tree"]
    assert found["training"]["dpo"]["rows"] > 0
    goes_on_to_the_same_bytes(wanted, tmp_path / "one", tmp_path / "again")


def test_a_scripted_player_may_be_searched_with(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model speaks in such a search, and its pairs hold what the model would write: state and words."""
    monkeypatch.setattr(stages, "_agents", lambda *given: pytest.fail("a model was asked for"))
    for searcher in ("speaker", "aloud"):
        wanted, out = replace(config(folder), searcher=searcher), tmp_path / searcher
        with pytest.raises(Killed):
            align(wanted, out, reporter=Killer("Reward model", 0))
        run = prepare(wanted, out)
        sft = stages.fine_tune(run, "guesser", Silent())
        searched = stages.search(run, sft, None, Silent())
        pairs = stages.mine_pairs(run, searched, Silent())
        said = [text for pair in pairs for text in (pair.chosen.text, pair.rejected.text)]
        assert all(re.fullmatch(r"Mood: (\w+)\nPlan: ask\nResponse: Is it \1\?", text) for text in said), said[:2]
    with pytest.raises(InvalidConfig, match="nobody"):
        align(replace(config(folder), searcher="nobody"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_weights_are_chosen_by_talking_whatever_was_killed(folder: Path, tmp_path: Path) -> None:
    """A whole model, trained on trees of the scripted player: each checkpoint talks once, and the best becomes the policy."""
    wanted = config(folder, searcher="speaker", secret="known", choice=ChoiceSettings(checkpoints=2, talks=6, garbled=1.0))
    wanted = replace(wanted, reward=replace(TINY.reward, trainer="tree"), dpo=replace(
        TINY.dpo, trainer="tree", full=True, max_steps=3, learning_rate=3e-3, pack_tokens=128))
    for name, after in (("DPO", 2), ("Evaluating Step 2, development", 3), ("Evaluating SFT", 0), ("Evaluating Aligned", 2)):
        with pytest.raises(Killed, match=name):
            align(wanted, tmp_path / "run", command="dialogym run", reporter=Killer(name, after))
    found = align(wanted, tmp_path / "run", command="dialogym run")
    told = found["training"]["dpo"]
    assert [row["step"] for row in told["checkpoints"]] == [2, 3]
    assert all({"loss", "accuracy", "kl_per_reply", "engagement", "engagement_ci95", "garbled", "gain", "fluent"} <= row.keys()
               for row in told["checkpoints"])
    best = max(told["checkpoints"], key=lambda row: row["engagement"])
    assert told["kept"] == {"round": 1, "step": best["step"]}
    models = tmp_path / "run" / "models"
    weights = (models / "guesser-aligned" / "model.safetensors").read_bytes()
    assert weights == (models / "guesser-dpo" / f"step-{best['step']}" / "model.safetensors").read_bytes()
    assert model_agent(str(models / "guesser-aligned"))
    lines = [json.loads(line) for line in (tmp_path / "run" / "development.jsonl").read_text().splitlines()[1:]]
    assert [line["system"] for line in lines] == [f"{name}, development" for name in ("SFT", "Step 2", "Step 3")]
    again = align(wanted, tmp_path / "again", command="dialogym run")
    assert again == found


def rounds_of(folder: Path, **changes: Any) -> RunConfig:
    wanted = config(folder, searcher="speaker", secret="known", rounds=3, round_conversations=6,
                    choice=ChoiceSettings(checkpoints=1, talks=6, garbled=1.0))
    return replace(wanted, reward=replace(TINY.reward, trainer="tree"), dpo=replace(
        TINY.dpo, trainer="tree", full=True, max_steps=2, pack_tokens=128), **changes)


@pytest.mark.parametrize("twice", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_rounds_search_with_what_was_kept_until_talks_gain_nothing(folder: Path, tmp_path: Path, twice: bool,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    """Round 2 is made to talk better and round 3 not, so that there is no fourth; killed anywhere it comes to the same."""
    def by_round(contenders: Any, start: Any, played: Any, *rest: Any) -> Choice:
        found = choose(contenders, start, played, *rest)
        return replace(found, index=[c.round for c in contenders].index(min(2, contenders[-1].round)))

    monkeypatch.setattr(stages, "choose", by_round)
    wanted, out = rounds_of(folder, rounds=5), tmp_path / "run"
    for name, after in (("i×MCTS, 6", 2), ("DPO", 0), ("Evaluating Round 2, step 2, development", 3), ("Evaluating BoN", 0)):
        with pytest.raises(Killed, match=name):
            align(wanted, out, command="dialogym run", reporter=Killer(name, after))
    found = align(wanted, out, command="dialogym run")
    told = found["training"]["dpo"]
    assert told["kept"] == {"round": 2, "step": 2}
    assert [row["round"] for row in told["rounds"]] == [1, 2, 3]
    assert [row["round"] for row in told["checkpoints"]] == [1, 2, 3]
    sizes = [row["pairs"] for row in told["rounds"]]
    assert sizes == sorted(set(sizes)), "the pairs of every round are added to those before"
    assert told["rows"] + told["held_out_rows"] == sizes[1]
    headers = [json.loads((out / f"trees-{n}.jsonl").read_text().splitlines()[0])["settings"] for n in (2, 3)]
    assert [h["searcher"] for h in headers] == ["guesser-dpo/step-2", "guesser-dpo-2/step-2"]
    assert [h["search"]["rollout"] for h in headers] == ["aloud", "aloud"]
    roots = [[line.tree["root"] for line in stored(out / name)] for name in ("trees.jsonl", "trees-2.jsonl", "trees-3.jsonl")]
    keys = [root["key"] for each in roots for root in each]
    assert len(set(keys)) == len(keys) == 12 + 6 + 6
    weights = (out / "models" / "guesser-aligned" / "model.safetensors").read_bytes()
    assert weights == (out / "models" / "guesser-dpo-2" / "step-2" / "model.safetensors").read_bytes()
    if twice:
        assert align(wanted, tmp_path / "again", command="dialogym run") == found


@pytest.mark.parametrize("trainer", [pytest.param("trl", marks=pytest.mark.slow), "tree"])
def test_adapters_are_chosen_among_too(folder: Path, tmp_path: Path, trainer: Any) -> None:
    """And stand on their base wherever they are, in a run that is moved whole, too."""
    wanted = replace(config(folder, searcher="speaker", choice=ChoiceSettings(checkpoints=2, talks=2)), model="scratch",
                     scratch_epochs=1, dpo=replace(TINY.dpo, trainer=trainer))
    with pytest.raises(Killed):
        align(wanted, tmp_path / "run", reporter=Killer("Evaluating BoN", 0))
    (tmp_path / "run").rename(tmp_path / "moved")
    models = tmp_path / "moved" / "models"
    for name in ("guesser-aligned", "guesser-dpo/step-1", "guesser-dpo/step-2"):
        assert Path(base_of(str(models / name))) == models / "base"
        assert load_model(str(models / name)) is not None


@pytest.mark.slow
def test_policy_and_simulator_may_stand_beside_one_base(folder: Path, run: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """In float32 an adapter beside its base says what it says when its weights are added into it."""
    out, apart = run
    shared = align(config(folder, corpus=str(folder / "talks.jsonl"), simulator="model", share_base=True,
                          secret=apart["secret"]), tmp_path / "run")
    assert (tmp_path / "run" / "transcripts.json").read_text() == (out / "transcripts.json").read_text()
    assert shared["systems"] == apart["systems"]
    assert shared["training"] == apart["training"]
    guesser, thinker = (together(str(folder / "base"), {name: str(out / "models" / name) for name in names}).values()
                        for names in (("guesser-sft", "thinker-sft"), ("guesser-aligned", "thinker-sft")))
    for policy, simulator in (guesser, thinker):
        assert policy.backend is simulator.backend
        assert policy.adapter != simulator.adapter


@pytest.mark.slow
def test_a_file_of_people_is_shared_out_and_kept_out_of_training(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []

    class Listener:
        def stage(self, name: str, total: int) -> Any:
            return lambda done: None

        def say(self, text: str) -> None:
            said.append(text)

    results = align(config(folder, conditions=str(folder / "people.txt")), tmp_path / "run", reporter=Listener())
    assert results["conditions"] == "people.txt"
    roots = {found.tree["root"]["condition"] for found in stored(tmp_path / "run" / "trees.jsonl")}
    shown = {t["condition"].removeprefix("You think of ").rstrip(".")
             for t in json.loads((tmp_path / "run" / "transcripts.json").read_text())}
    assert len(roots) == 2
    assert shown.isdisjoint(roots)
    assert any(text.startswith("Left out ") for text in said)


@pytest.mark.parametrize(("change", "error", "says"), [
    ({"conditions": "nowhere.txt"}, InvalidConfig, "no file of conditions"),
    ({"corpus": "nowhere.jsonl"}, InvalidCorpus, "reads no corpus"),
])
def test_what_cannot_be_read_is_refused_before_anything_is_written(folder: Path, tmp_path: Path, change: dict[str, str],
                                                                   error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        align(config(folder, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nobody_left_to_learn_from_is_said(folder: Path, tmp_path: Path) -> None:
    talks = [replace(e, condition=colour, split=split) for (colour, split), e in zip(
        (("red", "train"), ("red", "test"), ("blue", "valid")), episodes(TOY, 3), strict=True)]
    save(tmp_path / "few.jsonl", TOY, talks)
    with pytest.raises(InvalidConfig, match="No training dialogue is left"):
        align(config(folder, corpus=str(tmp_path / "few.jsonl")), tmp_path / "run")


def test_a_preset_takes_the_scenarios_hints() -> None:
    assert preset(False) == preset(False, Guessing()) == DEMO
    assert preset(False, TOY) == replace(DEMO, dialogues=7, dpo=replace(DEMO.dpo, beta=0.7))
    assert preset(True, TOY) == replace(CORPUS, seed=5)


def test_an_odd_preset_is_named_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thinking, "presets", tmp_path / "odd.yaml")
    for text, says in (("demo: {dialouges: 7}", r"odd\.yaml, line 1: there is no option 'dialouges'"),
                       ("demo: 7", r"odd\.yaml: 'demo' must be a mapping of options, got 7"), ("- demo", "must be a mapping")):
        (tmp_path / "odd.yaml").write_text(text)
        with pytest.raises(InvalidConfig, match=says):
            preset(False, TOY)


def test_the_default_environment_is_the_first_registered() -> None:
    assert RunConfig().environment == next(iter(dialogym.registry))


@pytest.mark.parametrize("layout", ["chat", pytest.param("figure", marks=pytest.mark.slow)])
@pytest.mark.parametrize("corpus", [False, True], ids=["drawn", "corpus"])
def test_no_conversation_is_on_both_sides_of_a_split(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str,
                                                     corpus: bool) -> None:
    """Nor, in a corpus, any person: what is held out of either seat's fine-tuning was never trained on in other words."""
    talks = [TOY.annotator.annotate(replace(e, condition=COLOURS[n // 2 % 4])) for n, e in enumerate(episodes(TOY, 24))]
    others = [replace(talk, condition="grey", split=split, source=split)
              for talk, split in zip(talks, ("valid", "test"), strict=False)]
    save(tmp_path / "talks.jsonl", TOY, [*talks, *others])
    wanted = config(folder, environment="Printed-v0", layout=layout, conditions="drawn",
                    corpus=str(tmp_path / "talks.jsonl") if corpus else None, simulator="model" if corpus else "scripted")
    wanted = replace(wanted, sft=replace(wanted.sft, held_out=0.3, max_steps=1))
    splits: list[Rows] = []

    def noted(*given: Any) -> Rows:
        splits.append(fit_rows(*given))
        return splits[-1]

    monkeypatch.setattr(sft, "fit_rows", noted)
    with pytest.raises(Killed):
        align(wanted, tmp_path / "run", reporter=Killer("i×MCTS", 0))
    prepared = prepare(wanted, tmp_path / "again")
    talks = [e for e in prepared.episodes if e.split == "train"]
    seats = [TOY.interactive, TOY.user][:1 + corpus]
    assert len(splits) == len(seats)
    for seat, rows in zip(seats, splits, strict=True):
        owners = [e.condition if corpus else e.source for e in talks
                  for _ in range(1 if layout == "chat" else sum(u.seat == seat for u in e.dialogue))]
        assert len(owners) == len(rows.train) + len(rows.held_out)
        held, trained = ({owners[i] for i in part} for part in (rows.held_out, rows.train))
        assert held
        assert trained
        assert not held & trained


@pytest.mark.parametrize("layout", ["chat", pytest.param("figure", marks=pytest.mark.slow)])
def test_a_base_from_scratch_is_judged_on_conversations_it_never_saw(folder: Path, tmp_path: Path, layout: str,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Any] = []
    seen: list[Any] = []
    encode, batches = pretrain_module.encode, pretrain_module.batches

    def noted(*given: Any) -> Any:
        encoded.append(encode(*given))
        return encoded[-1]

    def trained_on(rows: Any, *rest: Any) -> Any:
        seen.append(rows)
        return batches(rows, *rest)

    monkeypatch.setattr(pretrain_module, "encode", noted)
    monkeypatch.setattr(pretrain_module, "batches", trained_on)
    wanted = replace(config(folder, environment="Printed-v0", layout=layout), model="scratch", scratch_epochs=1)
    with pytest.raises(Killed):
        align(wanted, tmp_path / "run", reporter=Killer("SFT", 0))
    talks = [e for e in prepare(wanted, tmp_path / "again").episodes if e.split == "train"]
    owners = [e.source for e in talks for seat in TOY.seats
              for _ in range(1 if layout == "chat" else sum(u.seat == seat for u in e.dialogue))]
    assert len(owners) == len(encoded[0])
    trained = {owner for owner, row in zip(owners, encoded[0], strict=True) if any(row is known for known in seen[0])}
    held = {owner for owner, row in zip(owners, encoded[0], strict=True) if not any(row is known for known in seen[0])}
    assert held
    assert trained
    assert not held & trained
