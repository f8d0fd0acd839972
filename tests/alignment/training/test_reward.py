"""The reward model learns a trivial preference and scores the same alone, in company and after a reload."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from transformers import CodeGenConfig, CodeGenForCausalLM

from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.alignment.preferences.pair import SIDES, Candidate, held_out_groups
from dialogym.alignment.training.reward import RewardModel, train_reward
from dialogym.alignment.training.settings import LoraSettings, RewardSettings, SftSettings
from dialogym.alignment.training.sft import train_sft
from dialogym.alignment.training.trainer import TrainingFigures
from dialogym.envs.errors import ContextTooLong, InvalidConfig, InvalidModel, RunExists
from tests import tiny

SETTINGS = RewardSettings(
    max_steps=15, learning_rate=1e-2, batch_size=4, held_out=0.25, evaluations=2, lora=LoraSettings(r=4, alpha=8)
)
PAIRS = tiny.pairs(16)
CHATS = [pair.chat(side) for pair in PAIRS for side in SIDES]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_model(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture(scope="module", params=["trl", pytest.param("tree", marks=pytest.mark.slow), "full"])
def settings(request: pytest.FixtureRequest) -> RewardSettings:
    """For either trainer, packs of about as many pairs as a batch has, and for a whole model in place of an adapter."""
    whole = request.param == "full"
    return replace(SETTINGS, trainer="tree" if whole else request.param, full=whole, pack_tokens=128,
                   lora=LoraSettings() if whole else SETTINGS.lora)


@pytest.fixture(scope="module")
def trained(base: Path, settings: RewardSettings) -> tuple[Path, TrainingFigures]:
    out = base.parent / f"reward-{settings.trainer}-{settings.full}"
    return out, train_reward(str(base), PAIRS, out, settings)


@pytest.fixture(scope="module")
def judge(trained: tuple[Path, TrainingFigures]) -> RewardModel:
    return RewardModel.load(trained[0])


def test_it_learns_which_reply_is_better(trained: tuple[Path, TrainingFigures], judge: RewardModel) -> None:
    _, figures = trained
    scores = judge.score(CHATS)
    gaps = [good - bad for good, bad in zip(scores[::2], scores[1::2], strict=True)]
    assert sum(gap > 0 for gap in gaps) / len(gaps) > 0.9
    assert figures.metrics["accuracy"] == 1.0
    assert figures.metrics["margin"] > 0.5
    assert figures.losses[-1] < figures.losses[0]
    assert (figures.rows, figures.held_out_rows) == (12, 4)


def test_the_reloaded_model_scores_as_the_trained_one(trained: tuple[Path, TrainingFigures], judge: RewardModel) -> None:
    held = held_out_groups([pair.conversation for pair in PAIRS], SETTINGS.held_out, SETTINGS.seed)
    pairs = [pair for pair in PAIRS if pair.conversation in held]
    scores = judge.score([pair.chat(side) for pair in pairs for side in SIDES])
    gaps = [good - bad for good, bad in zip(scores[::2], scores[1::2], strict=True)]
    assert sum(gaps) / len(gaps) == pytest.approx(trained[1].metrics["margin"], abs=1e-5)


def test_a_score_depends_on_its_chat_alone(judge: RewardModel) -> None:
    scores = judge.score(CHATS)
    alone = [judge.score([chat])[0] for chat in CHATS]
    assert scores == pytest.approx(alone, abs=1e-5)
    assert judge.score(CHATS[::-1]) == pytest.approx(scores[::-1], abs=1e-5)
    assert judge.score([]) == []


def test_what_cannot_be_scored_says_so(judge: RewardModel) -> None:
    with pytest.raises(InvalidConfig, match="Chat 1 does not end"):
        judge.score([CHATS[0], CHATS[0][:-1]])
    with pytest.raises(ContextTooLong, match=rf"Chat 0 has \d+ tokens, but {tiny.WINDOW} fit"):
        judge.score([[{"role": "user", "content": "what " * 200}, CHATS[0][-1]]])


def test_the_same_seed_gives_the_same_bytes(
    base: Path, settings: RewardSettings, trained: tuple[Path, TrainingFigures]
) -> None:
    out, figures = trained
    again = base.parent / f"again-{settings.trainer}-{settings.full}"  # beside it: an adapter names its base from where it lies
    assert train_reward(str(base), PAIRS, again, settings) == figures
    for path in out.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_it_can_stand_on_an_adapter_and_ask_for_margins(base: Path, settings: RewardSettings, tmp_path: Path) -> None:
    sft = tmp_path / "sft"
    train_sft(str(base), tiny.chats(8), sft, SftSettings(max_steps=3, learning_rate=1e-2, batch_size=4))
    out = tmp_path / "on-sft"
    settings = replace(settings, max_steps=2, use_margin=True, center=0.0, held_out=0.0)
    figures = train_reward(str(sft), PAIRS, out, settings)
    if settings.full:
        assert not (out / "adapter_config.json").exists(), "the adapter is in it, and it stands alone"
    else:
        assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == "../sft"
    assert figures.metrics == {}
    assert figures.best_step == figures.steps == 2
    assert len(RewardModel.load(out).score(CHATS[:3])) == 3
    plain = train_reward(str(sft), PAIRS, tmp_path / "plain", replace(settings, use_margin=False))
    assert figures.losses[0] > plain.losses[0]  # a gap is asked for: the same scores are punished more


def test_scores_can_be_values(base: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, trainer="tree", pack_tokens=128, regression=True, max_steps=30)
    figures = train_reward(str(base), PAIRS, tmp_path, settings)
    scores = RewardModel.load(tmp_path).score([pair.chat(side) for pair in PAIRS for side in SIDES])
    assert sum(scores[::2]) / len(PAIRS) == pytest.approx(0.75, abs=0.15)
    assert sum(scores[1::2]) / len(PAIRS) == pytest.approx(0.25, abs=0.15)
    assert figures.metrics["accuracy"] == 1.0


def test_what_cannot_be_trained_says_so(base: Path, trained: tuple[Path, TrainingFigures], tmp_path: Path) -> None:
    with pytest.raises(RunExists):
        train_reward(str(base), PAIRS, trained[0], SETTINGS)
    with pytest.raises(InvalidConfig, match="none is left"):
        train_reward(str(base), [], tmp_path, SETTINGS)
    with pytest.raises(ContextTooLong, match=r"Row 0 \(talk-0\)"):
        train_reward(str(base), PAIRS, tmp_path, replace(SETTINGS, max_length=10))
    skipped = train_reward(
        str(base), [*PAIRS, replace(PAIRS[0], rejected=Candidate("rain " * 99, 0.0))], tmp_path / "short",
        replace(SETTINGS, skip_long=True, max_steps=1),
    )  # fmt: skip
    assert skipped.skipped == 1


def test_what_holds_no_reward_model_says_so(base: Path, trained: tuple[Path, TrainingFigures], tmp_path: Path) -> None:
    for folder in (base, tmp_path, base.parent / "no-such-folder"):
        with pytest.raises(InvalidModel, match="holds no reward model"):
            RewardModel.load(folder)
    with pytest.raises(InvalidModel, match=r"SEQ_CLS|holds a \w*ForSequenceClassification"):
        load_model(str(trained[0]))


def test_a_whole_reward_model_that_was_damaged_says_so(base: Path, tmp_path: Path) -> None:
    train_reward(str(base), PAIRS, tmp_path, replace(SETTINGS, trainer="tree", full=True, lora=LoraSettings(), max_steps=1))
    weights = tmp_path / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(weights).items() if name != "score.weight"}
    save_file(kept, weights, {"format": "pt"})
    with pytest.raises(InvalidModel, match=r"lacks score\.weight"):
        RewardModel.load(tmp_path)
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(InvalidModel, match="could not be loaded"):
        RewardModel.load(tmp_path)


def test_an_architecture_without_a_score_says_so(base: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(base))
    config = CodeGenConfig(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=4, n_ctx=32, rotary_dim=2)
    CodeGenForCausalLM(config).save_pretrained(tmp_path / "odd")
    tokenizer.save_pretrained(tmp_path / "odd")
    with pytest.raises(InvalidModel, match="codegen, for which transformers has no variant with a score"):
        train_reward(str(tmp_path / "odd"), PAIRS, tmp_path / "out", SETTINGS)


def test_shared_prefixes_do_not_change_a_score(trained: tuple[Path, TrainingFigures]) -> None:
    one, other = RewardModel.load(trained[0]), RewardModel.load(trained[0])
    other._engine = None  # every chat from its beginning
    plain = other.score(CHATS)
    assert [*one.score(CHATS[:5]), *one.score(CHATS[5:])] == pytest.approx(plain, abs=1e-5)
    assert one.score(CHATS) == pytest.approx(plain, abs=1e-5), "and again, from what it remembers"
    assert one._engine is not None
    assert one._engine.counts.reused > 0
