"""What is computed on tries is what TRL computes on padded batches of rows: losses, gradients, scores."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    LlamaConfig,
    MambaConfig,
    MambaForCausalLM,
    Qwen2Config,
)  # fmt: skip
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer

from dialogym.agents.engine.loading import load_tokenizer
from dialogym.alignment.preferences.pair import Candidate, PreferencePair
from dialogym.alignment.training import tree_attention
from dialogym.alignment.training.objectives import Evidence, preference_losses, reward_losses
from dialogym.alignment.training.packing import Pack, Row, TokenPair, pack_pairs
from dialogym.alignment.training.settings import DpoSettings, RewardSettings
from dialogym.alignment.training.tree_attention import attend_in_blocks
from dialogym.alignment.training.tree_model import chosen_trainer, reply_log_probs, reply_logits, reply_scores, takes_trees
from dialogym.alignment.training.tree_trainer import TreeDpo, TreeReward
from dialogym.envs.errors import InvalidConfig, InvalidModel
from tests import tiny
from tests.alignment.training.test_packing import searched

VOCABULARY = 320
SIZES = {
    "vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "max_position_embeddings": 96, "pad_token_id": 0, "initializer_range": 0.3,
}  # fmt: skip
CONFIGS = {"qwen2": Qwen2Config, "llama": LlamaConfig}
BETA = 0.3


def model_of(kind: str, lora: bool, attention: str = "sdpa", seed: int = 0) -> Any:
    """A random model; its adapter is random too, so that it is not its reference."""
    torch.manual_seed(seed)
    model: Any = AutoModelForCausalLM.from_config(CONFIGS[kind](**SIZES), attn_implementation=attention)
    if lora:
        model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM",
                                                 init_lora_weights=False))
    return model.eval()


def tree_of_pairs(seed: int, count: int = 9) -> tuple[list[TokenPair], list[str]]:
    """Pairs of three conversations; later ones go on from what earlier ones chose."""
    draw = random.Random(seed)

    def text(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw.randint(1, VOCABULARY - 1) for _ in range(draw.randint(least, most)))

    stems = {f"talk-{n}": text(4, 8) for n in range(3)}
    pairs, groups = [], []
    for index in range(count):
        group = f"talk-{index % 3}"
        prompt, start = stems[group], text(0, 2)  # both replies may begin alike
        pairs.append((Row((*prompt, *start, *text(1, 6)), len(prompt)), Row((*prompt, *start, *text(1, 6)), len(prompt))))
        groups.append(group)
        if index % 2:
            stems[group] = (*pairs[-1][0].ids, *text(1, 4))
    return pairs, groups


def evidence(count: int, seed: int = 1) -> Evidence:
    torch.manual_seed(seed)
    values = torch.rand(count, 2).sort(1, descending=True).values
    return Evidence(values[:, 0] - values[:, 1], values, torch.rand(count) / 2, torch.rand(count) + 0.5)


def padded(pairs: Sequence[TokenPair], reference: torch.Tensor | None = None) -> list[dict[str, Any]]:
    """The pairs as TRL's collator takes them."""
    rows = [{"prompt_ids": list(a.ids[: a.start]), "chosen_ids": list(a.ids[a.start :]), "rejected_ids": list(b.ids[b.start :])}
            for a, b in pairs]
    if reference is not None:
        for row, (good, bad) in zip(rows, reference.tolist(), strict=True):
            row |= {"ref_chosen_logps": good, "ref_rejected_logps": bad}
    return rows


def plain_log_probs(model: Any, pairs: Sequence[TokenPair]) -> torch.Tensor:
    """(pairs, 2), every row by itself."""
    found = []
    with torch.no_grad():
        for row in (row for pair in pairs for row in pair):
            logits = model(input_ids=torch.tensor([row.ids])).logits[0].log_softmax(-1)
            found.append(sum(logits[i - 1, row.ids[i]] for i in range(row.start, len(row.ids))))
    return torch.stack(found).reshape(-1, 2)


def gradients(model: Any) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert len(ours) > 4
    for name, gradient in theirs.items():
        assert (ours[name] - gradient).abs().max() <= 1e-5 * gradient.abs().max() + 1e-9, name


def on_packs(model: Any, packs: Sequence[Pack], objective: TreeDpo | TreeReward) -> torch.Tensor:
    """The loss of an update of these packs, gradients left behind."""
    count = sum(len(pack.pairs) for pack in packs)
    tokens = sum(int(pack.lengths[::2].sum()) for pack in packs)
    total = torch.zeros(())
    for pack in packs:
        losses, added = objective.sums(objective.outputs(model, pack), pack)
        loss = losses / count + added / tokens
        loss.backward()
        total += loss.detach()
    return total


@pytest.mark.parametrize("lora", [True, False], ids=["lora", "full"])
@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("sft_weight", [0.0, 0.7])
@pytest.mark.parametrize("attention", ["sdpa", tree_attention.NAME])
def test_dpo_loss_and_gradients_are_those_of_trl(kind: str, lora: bool, sft_weight: float, attention: str, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, groups = tree_of_pairs(3)
    reference = plain_log_probs(model_of(kind, lora, seed=5), pairs)
    model = model_of(kind, lora)
    types = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, sft_weight]} if sft_weight else {}
    tiny.save_model(tmp_path / "tokenizer")
    trainer = DPOTrainer(
        model=model, processing_class=load_tokenizer(str(tmp_path / "tokenizer")),
        train_dataset=Dataset.from_list([tiny.pairs(1)[0].to_row()]),
        args=DPOConfig(str(tmp_path), beta=BETA, report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
                       precompute_ref_log_probs=True, **types))  # fmt: skip
    model.zero_grad()
    trainer.model.eval()
    batch = trainer.data_collator(padded(pairs, reference))
    theirs = trainer.compute_loss(trainer.model, batch)
    theirs.backward()
    theirs = theirs.detach()
    wanted = gradients(model)
    packs = pack_pairs(pairs, groups, limit=60)
    assert len(packs) > 1
    if attention == tree_attention.NAME:
        monkeypatch.setattr(tree_attention, "BLOCK", 16)
        assert attend_in_blocks(model) == "sdpa"
    objective = TreeDpo(DpoSettings(beta=BETA, sft_weight=sft_weight, trainer="tree"), neutral(len(pairs)), reference)
    assert float(on_packs(model, packs, objective)) == pytest.approx(float(theirs), rel=1e-5)
    assert_same(gradients(model), wanted)


def neutral(count: int) -> Evidence:
    return Evidence(torch.zeros(count), torch.zeros(count, 2), torch.zeros(count), torch.ones(count))


def scorer_of(kind: str, lora: bool) -> Any:
    torch.manual_seed(0)
    model: Any = AutoModelForSequenceClassification.from_config(CONFIGS[kind](**SIZES, num_labels=1))
    torch.nn.init.normal_(model.score.weight)
    if lora:
        model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="SEQ_CLS",
                                                 modules_to_save=["score"], init_lora_weights=False))
    return model.eval()


@pytest.mark.parametrize("lora", [True, False], ids=["lora", "full"])
@pytest.mark.parametrize("kind", CONFIGS)
def test_reward_loss_and_gradients_are_those_of_trl(kind: str, lora: bool, tmp_path: Path) -> None:
    pairs, groups = tree_of_pairs(4)
    found = evidence(len(pairs))
    model = scorer_of(kind, lora)
    tiny.save_model(tmp_path / "tokenizer")
    trainer = RewardTrainer(
        model=model, processing_class=load_tokenizer(str(tmp_path / "tokenizer")),
        train_dataset=Dataset.from_list([tiny.pairs(1)[0].to_row()]),
        args=RewardConfig(str(tmp_path), report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
                          center_rewards_coefficient=0.05))  # fmt: skip
    trainer.model.config.pad_token_id = 0
    trainer.data_collator.pad_token_id = 0
    trainer.model.eval()
    model.zero_grad()
    rows = [{"chosen_ids": list(a.ids), "rejected_ids": list(b.ids), "margin": float(gap)}
            for (a, b), gap in zip(pairs, found.gap, strict=True)]
    theirs = trainer.compute_loss(trainer.model, trainer.data_collator(rows))
    theirs.backward()
    theirs = theirs.detach()
    wanted = gradients(model)
    objective = TreeReward(RewardSettings(use_margin=True, center=0.05, trainer="tree"), found)
    ours = on_packs(model, pack_pairs(pairs, groups, limit=60), objective)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)
    assert_same(gradients(model), wanted)


MODELS = {(kind, attention): model_of(kind, False, attention) for kind in CONFIGS
          for attention in ("sdpa", "eager", tree_attention.NAME)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(searched(), st.integers(1, 60), st.sampled_from(sorted(MODELS)))
def test_log_probabilities_are_those_of_the_rows(data: tuple[list[TokenPair], list[str]], limit: int, key: Any) -> None:
    pairs, groups = data
    wanted = plain_log_probs(MODELS[key], pairs)
    for pack in pack_pairs(pairs, groups, limit):
        with torch.no_grad():
            found = reply_log_probs(MODELS[key], pack).reshape(-1, 2)
        assert torch.allclose(found, wanted[torch.from_numpy(pack.pairs)], rtol=1e-5, atol=1e-5)


def test_in_bfloat16_the_blocks_are_as_near_to_the_rows_as_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_attention, "BLOCK", 16)
    pairs, groups = tree_of_pairs(7, 20)
    packs = pack_pairs(pairs, groups, limit=10_000)
    wanted = plain_log_probs(MODELS["qwen2", "sdpa"], pairs)

    def off(attention: str) -> float:
        with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
            found = {pair: row for pack in packs for pair, row in zip(
                pack.pairs.tolist(), reply_log_probs(MODELS["qwen2", attention], pack).reshape(-1, 2), strict=True)}
        return float(torch.stack([(found[i] - wanted[i]).abs().max() for i in found]).max())

    assert off(tree_attention.NAME) < 2 * off("sdpa") + 0.02


def test_who_is_trained_on_trees_attends_in_blocks_and_is_saved_like_any_other(tmp_path: Path) -> None:
    model = model_of("qwen2", False)
    assert chosen_trainer(DpoSettings(trainer="tree"), model, 20, reply_log_probs) == "tree"
    assert tree_attention.blocked(model)
    tokens = torch.arange(1, 11)[None]
    with torch.no_grad():  # rows of no pack, as in talks and by other trainers
        assert torch.equal(model(input_ids=tokens).logits, MODELS["qwen2", "sdpa"](input_ids=tokens).logits)
    model.save_pretrained(tmp_path)
    assert tree_attention.NAME not in (tmp_path / "config.json").read_text()
    for attention in ("eager", tree_attention.NAME):
        assert attend_in_blocks(model_of("qwen2", False, attention)) is None


def test_the_output_layer_is_run_where_a_reply_is_predicted() -> None:
    pairs, groups = tree_of_pairs(0)
    [pack] = pack_pairs(pairs, groups, limit=10_000)
    assert reply_logits(MODELS["qwen2", "sdpa"], pack).shape == (len(pack.sources), VOCABULARY)
    assert len(pack.sources) < len(pack.tokens) < pack.row_tokens


def test_a_branch_does_not_see_its_siblings() -> None:
    model = MODELS["qwen2", "sdpa"]
    prompt = (5, 6, 7)
    near = [(Row((*prompt, 8, 9), 3), Row((*prompt, 10, 11), 3))]
    far = [(near[0][0], Row((*prompt, 30, 31), 3))]
    with torch.no_grad():
        one, other = (reply_log_probs(model, pack_pairs(pairs, ["talk"])[0]) for pairs in (near, far))
        moved = reply_log_probs(model, pack_pairs([(Row((5, 6, 40, 8, 9), 3), far[0][1])], ["talk"])[0])
    assert one[0] == other[0], "not even by rounding"
    assert one[1] != other[1]
    assert moved[0] != one[0], "a changed ancestor is seen"


def test_split_packs_and_other_orders_give_the_same_sum() -> None:
    pairs, groups = tree_of_pairs(7, 12)
    model = model_of("qwen2", False)
    reference = plain_log_probs(model_of("qwen2", False, seed=5), pairs)
    options = DpoSettings(trainer="tree", offset=0.5, visit_smoothing=True, gap_weights=True, sft_weight=0.3)
    objective = TreeDpo(options, evidence(12), reference)
    whole = on_packs(model, pack_pairs(pairs, groups, 10_000), objective)
    wanted = gradients(model)
    for limit, seed in ((1, 0), (50, 1), (120, 2)):
        found = on_packs(model, pack_pairs(pairs, groups, limit, seed), objective)
        assert float(found) == pytest.approx(float(whole), rel=1e-5)
        assert_same(gradients(model), wanted)
    order = [5, 3, 11, 0, 1, 10, 2, 9, 8, 7, 6, 4]
    moved = pack_pairs([pairs[i] for i in order], [groups[i] for i in order], 120, 2, order)
    again = pack_pairs(pairs, groups, 120, 2)
    assert float(on_packs(model, moved, objective)) == float(on_packs(model, again, objective)), "exactly"


def test_losses_are_what_their_equations_say() -> None:
    policy, reference = torch.tensor([-3.0, -5.0, -2.0, -1.0]), torch.tensor([-4.0, -4.5, -2.5, -3.0])
    delta = torch.tensor([1.5, -1.5])
    found = Evidence(torch.tensor([0.4, 0.1]), torch.tensor([[0.7, 0.3], [0.2, 0.1]]), torch.tensor([0.25, 0.5]),
                     torch.tensor([2.0, 0.5]))

    def losses(**options: Any) -> torch.Tensor:
        return preference_losses(policy, reference, found, DpoSettings(trainer="tree", beta=0.5, **options))

    weight = found.weight
    assert torch.allclose(losses(), weight * torch.log1p(torch.exp(-0.5 * delta)))
    assert torch.allclose(losses(offset=2.0), weight * torch.log1p(torch.exp(-(0.5 * delta - torch.tensor([0.8, 0.2])))))
    smooth = torch.tensor([0.75, 0.5]) * torch.log1p(torch.exp(-0.5 * delta))
    smooth += torch.tensor([0.25, 0.5]) * torch.log1p(torch.exp(0.5 * delta))
    assert torch.allclose(losses(visit_smoothing=True), weight * smooth)
    assert torch.allclose(losses(loss_type="refuel", eta=3.0), weight * (delta - 3 * found.gap) ** 2)
    scores = torch.tensor([0.5, 0.4, 0.0, 1.0])
    squares = 0.5 * torch.tensor([0.2**2 + 0.1**2, 0.2**2 + 0.9**2])
    assert torch.allclose(reward_losses(scores, found, RewardSettings(trainer="tree", regression=True)), squares)


def test_evidence_is_read_off_the_pairs() -> None:
    def pair(good: tuple[float, int], bad: tuple[float, int]) -> PreferencePair:
        chosen, rejected = Candidate("a", good[0], visits=good[1]), Candidate("b", bad[0], visits=bad[1])
        return PreferencePair((), chosen, rejected, depth=0, conversation="talk", condition="x", origin="search")

    found = Evidence.of([pair((0.9, 30), (0.3, 10)), pair((0.4, 10), (0.2, 30)), pair((0.5, 0), (0.1, 0))], by_gap=True)
    assert found.doubt.tolist() == [0.25, 0.5, 0.0]
    assert found.weight.tolist() == pytest.approx([1.5, 0.5, 1.0])
    assert Evidence.of([pair((0.9, 1), (0.3, 1))]).weight.tolist() == [1.0]


def test_a_model_that_cannot_is_trained_by_trl_and_says_so() -> None:
    torch.manual_seed(0)
    mamba = MambaForCausalLM(MambaConfig(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, state_size=4))
    tree = DpoSettings(trainer="tree")
    with pytest.warns(UserWarning, match=r"^A mamba does not compute on tries .* trained by TRL"):
        assert chosen_trainer(tree, mamba, 20, reply_log_probs) == "trl"
    with pytest.raises(InvalidModel, match="cannot be trained with offset"):
        chosen_trainer(replace(tree, offset=1.0), mamba, 20, reply_log_probs)
    qwen = MODELS["qwen2", "eager"]
    assert chosen_trainer(tree, qwen, 20, reply_log_probs) == "tree"
    assert chosen_trainer(DpoSettings(), mamba, 20, reply_log_probs) == "trl"
    assert takes_trees(scorer_of("llama", True), 20, reply_scores)
    windowed: Any = AutoModelForCausalLM.from_config(
        Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=16, max_window_layers=1))
    assert takes_trees(windowed, 16, reply_log_probs)
    assert not takes_trees(windowed, 17, reply_log_probs)


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong, words in (({"trainer": "bush"}, "trainer"), ({"offset": 0.5}, "only trainer='tree'"),
                         ({"loss_type": "refuel"}, "only trainer='tree'"), ({"gap_weights": True}, "gap_weights"),
                         ({"trainer": "tree", "loss_type": "ipo"}, "loss_type"), ({"trainer": "tree", "eta": 0.0}, "eta"),
                         ({"trainer": "tree", "pack_tokens": 0}, "pack_tokens")):
        with pytest.raises(InvalidConfig, match=words):
            DpoSettings(**wrong)
    with pytest.raises(InvalidConfig, match="regression"):
        RewardSettings(regression=True)
