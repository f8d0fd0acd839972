"""DPO widens the margin against the SFT model, keeps the best weights, and measures how far it went."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dialogym.agents.engine.loading import is_adapter, load_model, load_tokenizer
from dialogym.agents.prompting import render
from dialogym.alignment.preferences.pair import SIDES, PreferencePair, Side, held_out_groups
from dialogym.alignment.training.dpo import train_dpo
from dialogym.alignment.training.settings import DpoSettings, LoraSettings, SftSettings
from dialogym.alignment.training.sft import train_sft
from dialogym.alignment.training.trainer import TrainingFigures
from dialogym.envs.errors import ContextTooLong, InvalidConfig, RunExists
from tests import tiny

SETTINGS = DpoSettings(
    max_steps=8, learning_rate=5e-3, batch_size=4, held_out=0.25, evaluations=2, warmup=0.0, bf16=False,
    lora=LoraSettings(r=4, alpha=8),
)  # fmt: skip
PAIRS = tiny.pairs(16)


@pytest.fixture(scope="module")
def sft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    base = tiny.save_model(folder / "base")
    settings = SftSettings(max_steps=6, learning_rate=2e-2, batch_size=4, lora=LoraSettings(r=4, alpha=16))
    train_sft(str(base), tiny.chats(16), folder / "sft", settings)
    return folder / "sft"


@pytest.fixture(scope="module", params=["trl", pytest.param("tree", marks=pytest.mark.slow)])
def settings(request: pytest.FixtureRequest) -> DpoSettings:
    """For either trainer; packs of about as many pairs as a batch has."""
    return replace(SETTINGS, trainer=request.param, pack_tokens=128)


@pytest.fixture(scope="module")
def trained(sft: Path, settings: DpoSettings) -> tuple[Path, TrainingFigures]:
    out = sft.parent / f"dpo-{settings.trainer}"
    return out, train_dpo(str(sft), PAIRS, out, settings)


def held_out() -> list[PreferencePair]:
    names = held_out_groups([pair.conversation for pair in PAIRS], SETTINGS.held_out, SETTINGS.seed)
    return [pair for pair in PAIRS if pair.conversation in names]


def said(folder: Path, pair: PreferencePair, reply: Side) -> tuple[float, torch.Tensor]:
    """Log-probability of a reply and, per token of it, those of the whole vocabulary: an independent count."""
    tokenizer, model = load_tokenizer(str(folder)), load_model(str(folder), dtype=torch.float32)
    whole = tokenizer(render(tokenizer, pair.chat(reply), (), reply=False))["input_ids"]
    start = len(tokenizer(render(tokenizer, pair.prompt, ()))["input_ids"])
    with torch.no_grad():
        scores = torch.log_softmax(model(input_ids=torch.tensor([whole], device=model.device)).logits[0].cpu(), -1)
    scores = scores[start - 1 : -1]
    return float(scores.gather(1, torch.tensor(whole[start:]).unsqueeze(1)).sum()), scores


def test_the_margin_grows_and_the_start_is_the_sft_model(trained: tuple[Path, TrainingFigures]) -> None:
    _, figures = trained
    start, *later = figures.evaluations
    assert start["eval_loss"] == pytest.approx(math.log(2), abs=1e-5)  # policy and reference are one
    assert later[-1]["eval_rewards/margins"] > later[0]["eval_rewards/margins"] > start["eval_rewards/margins"] + 0.1
    assert figures.metrics["accuracy"] == 1.0
    assert figures.metrics["loss"] < math.log(2)
    assert figures.metrics["eval_loss"] == min(row["eval_loss"] for row in figures.evaluations)


def test_figures_agree_with_the_two_models_on_disk(sft: Path, trained: tuple[Path, TrainingFigures]) -> None:
    out, figures = trained
    margins, divergences, tokens = [], [], 0
    for pair in held_out():
        new, policy = said(out, pair, "chosen")
        old, reference = said(sft, pair, "chosen")
        worse = said(out, pair, "rejected")[0] - said(sft, pair, "rejected")[0]
        margins.append(SETTINGS.beta * (new - old - worse))
        divergences.append(float((policy.exp() * (policy - reference)).sum()))
        tokens += len(policy)
    assert figures.metrics["margin"] == pytest.approx(sum(margins) / len(margins), abs=1e-4)
    assert figures.metrics["kl_per_reply"] == pytest.approx(sum(divergences) / len(divergences), abs=1e-4)
    assert figures.metrics["kl_per_token"] == pytest.approx(sum(divergences) / tokens, abs=1e-4)
    assert figures.metrics["kl_per_token"] > 0.001


def test_the_adapter_stands_on_the_base_alone(sft: Path, trained: tuple[Path, TrainingFigures]) -> None:
    out, _ = trained
    assert not (out / "ref").exists()
    assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == "../base"
    assert (sft / "adapter_model.safetensors").read_bytes() != (out / "adapter_model.safetensors").read_bytes()


@pytest.mark.parametrize("options", [
    pytest.param({"precompute": False}, marks=pytest.mark.slow), {}, {"trainer": "tree", "pack_tokens": 128, "accumulation": 2},
], ids=["trl", "trl-precomputed", "tree"])  # fmt: skip
def test_the_same_seed_gives_the_same_bytes(sft: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    settings = replace(SETTINGS, max_steps=4, bf16=None, **options)
    first, again = (train_dpo(str(sft), PAIRS, tmp_path / name, settings) for name in ("one", "two"))
    assert first == again
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_step_that_makes_things_worse_is_not_kept(sft: Path, settings: DpoSettings, tmp_path: Path) -> None:
    names = {pair.conversation for pair in held_out()}
    turned = [
        replace(pair, chosen=pair.rejected, rejected=pair.chosen) if pair.conversation in names else pair for pair in PAIRS
    ]
    figures = train_dpo(str(sft), turned, tmp_path, replace(settings, max_steps=40, evaluations=40, patience=3))
    assert figures.best_step == 0
    assert figures.steps == 3
    assert figures.metrics["margin"] == pytest.approx(0.0, abs=1e-6)
    assert figures.metrics["kl_per_reply"] == pytest.approx(0.0, abs=1e-6)
    assert (tmp_path / "adapter_model.safetensors").read_bytes() == (sft / "adapter_model.safetensors").read_bytes()


def test_a_whole_model_gets_an_adapter_and_is_the_reference(sft: Path, settings: DpoSettings, tmp_path: Path) -> None:
    base = sft.parent / "base"
    figures = train_dpo(str(base), PAIRS, tmp_path, replace(settings, max_steps=4))
    pair = held_out()[0]
    gain = said(tmp_path, pair, "chosen")[0] - said(base, pair, "chosen")[0]
    loss = said(tmp_path, pair, "rejected")[0] - said(base, pair, "rejected")[0]
    assert gain > loss
    assert figures.evaluations[0]["eval_loss"] == pytest.approx(math.log(2), abs=1e-5)


def test_the_sft_term_is_added(
    sft: Path, settings: DpoSettings, trained: tuple[Path, TrainingFigures], tmp_path: Path
) -> None:
    with_term = train_dpo(str(sft), PAIRS, tmp_path, replace(settings, max_steps=8, sft_weight=1.0))
    assert with_term.losses[0] > trained[1].losses[0] + 0.5
    assert with_term.metrics["chosen_reward"] > trained[1].metrics["chosen_reward"]


def test_the_sft_term_restrains_and_does_not_choose(sft: Path, settings: DpoSettings, tmp_path: Path) -> None:
    figures = train_dpo(str(sft), PAIRS, tmp_path, replace(settings, max_steps=12, evaluations=4, sft_weight=1.0))
    scores = {row["step"]: row["eval_score"] for row in figures.evaluations}
    assert scores[0] == pytest.approx(math.log(2), abs=1e-5)
    assert figures.best_step == min(scores, key=scores.__getitem__)
    assert figures.metrics["loss"] == pytest.approx(scores[figures.best_step], abs=0.02)  # not in bfloat16 any more


def test_what_cannot_be_trained_says_so(sft: Path, trained: tuple[Path, TrainingFigures], tmp_path: Path) -> None:
    with pytest.raises(RunExists):
        train_dpo(str(sft), PAIRS, trained[0], SETTINGS)
    with pytest.raises(InvalidConfig, match="none is left"):
        train_dpo(str(sft), [], tmp_path, SETTINGS)
    with pytest.raises(InvalidConfig, match="beta"):
        replace(SETTINGS, beta=0.0)
    long = replace(PAIRS[3], context=(("user", "what " * 99),))
    with pytest.raises(ContextTooLong, match=rf"Row 3 \(talk-1\) has \d+ tokens, but {tiny.WINDOW} fit \(1 of 16 rows"):
        train_dpo(str(sft), [*PAIRS[:3], long, *PAIRS[4:]], tmp_path, SETTINGS)
    settings = replace(SETTINGS, skip_long=True, max_steps=1)
    assert train_dpo(str(sft), [*PAIRS[:3], long, *PAIRS[4:]], tmp_path, settings).skipped == 1


def test_both_trainers_measure_the_same(sft: Path, tmp_path: Path) -> None:
    found = [train_dpo(str(sft), PAIRS, tmp_path / trainer, replace(SETTINGS, trainer=trainer, max_steps=1, learning_rate=1e-9))
             for trainer in ("trl", "tree")]
    own, theirs = ({name: value for name, value in each.metrics.items() if name != "accuracy"} for each in found)
    assert own == pytest.approx(theirs, abs=1e-6)  # which of two equal replies is ahead is the rounding's
    assert found[0].rows == found[1].rows
    assert found[0].tokens == found[1].tokens


@pytest.mark.parametrize("options", [
    {"offset": 0.5}, {"visit_smoothing": True}, {"loss_type": "refuel", "eta": 4.0}, {"gap_weights": True, "accumulation": 2},
], ids=lambda options: next(iter(options)))  # fmt: skip
def test_the_losses_of_trees_teach(sft: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    figures = train_dpo(str(sft), PAIRS, tmp_path, replace(SETTINGS, trainer="tree", pack_tokens=128, **options))
    assert figures.losses[-1] < figures.losses[0]
    assert figures.metrics["margin"] > 0.05


def test_on_trees_the_order_of_the_pairs_does_not_matter(sft: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, max_steps=4, sft_weight=0.1)
    one = train_dpo(str(sft), PAIRS, tmp_path / "one", settings)
    assert train_dpo(str(sft), PAIRS[::-1], tmp_path / "two", settings) == one, "bit for bit"


def test_checkpointing_recomputes_the_same(sft: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, max_steps=3)
    found = [train_dpo(str(sft), PAIRS, tmp_path / str(on), replace(settings, checkpointing=on)) for on in (False, True)]
    assert found[0].losses == pytest.approx(found[1].losses, rel=1e-6)


def test_a_model_may_be_trained_whole(sft: Path, tmp_path: Path) -> None:
    """The adapter is added into it first and is the reference; what is saved is a model of its own, embeddings as they were."""
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, full=True, lora=LoraSettings(), sft_weight=0.5)
    figures = train_dpo(str(sft), PAIRS, tmp_path / "whole", settings)
    assert figures.evaluations[0]["eval_score"] == pytest.approx(math.log(2), abs=1e-5)
    assert figures.metrics["loss"] < 0.5
    assert not is_adapter(str(tmp_path / "whole"))
    before, after = (dict(load_model(str(f), dtype=torch.float32).named_parameters()) for f in (sft, tmp_path / "whole"))
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved == {name for name, value in after.items() if value.ndim > 1 and "embed" not in name}
    pair = held_out()[0]
    chosen, rejected = (said(tmp_path / "whole", pair, side)[0] - said(sft, pair, side)[0] for side in SIDES)
    assert chosen > rejected
    with pytest.raises(RunExists, match="holds a trained model"):
        train_dpo(str(sft), PAIRS, tmp_path / "whole", settings)


def test_a_whole_model_is_measured_as_the_two_on_disk(sft: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, full=True, lora=LoraSettings())
    test_figures_agree_with_the_two_models_on_disk(sft, (tmp_path, train_dpo(str(sft), PAIRS, tmp_path, settings)))


@pytest.mark.parametrize(("wrong", "says"), [
    ({"full": True}, "full: only trainer='tree' does this"), ({"full": True, "trainer": "tree"}, "leave lora as it is")])
def test_a_whole_model_that_cannot_be_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        replace(SETTINGS, **{"lora": LoraSettings() if "trainer" not in wrong else SETTINGS.lora, **wrong})


@pytest.mark.parametrize("trainer", ["trl", "tree"])
def test_weights_on_the_way_are_saved_and_measured(sft: Path, tmp_path: Path, trainer: Any) -> None:
    settings = replace(SETTINGS, trainer=trainer, pack_tokens=128, max_steps=5, patience=0)
    figures = train_dpo(str(sft), PAIRS, tmp_path, settings, checkpoints=2)
    assert [row["step"] for row in figures.checkpoints] == [3, 5]
    assert {path.name for path in tmp_path.iterdir()} == {"step-3", "step-5", "training.json"}
    assert len({(tmp_path / f"step-{n}" / "adapter_model.safetensors").read_bytes() for n in (3, 5)}) == 2
    for row in figures.checkpoints:
        test_figures_agree_with_the_two_models_on_disk(sft, (tmp_path / f"step-{row['step']}", replace(figures, metrics=row)))


def test_the_end_is_saved_where_patience_came_to_one(sft: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, max_steps=40, evaluations=40, patience=2, learning_rate=0.5)
    figures = train_dpo(str(sft), PAIRS, tmp_path, settings, checkpoints=2)
    assert figures.steps < 20
    assert [row["step"] for row in figures.checkpoints] == [figures.steps]
