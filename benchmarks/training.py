"""DPO on packs of a tree's pairs against TRL's padded batches: one model, one set of pairs, one run.

    python benchmarks/training.py [--pairs 24] [--per-tree 1,4,16] [--rounds 2] [--batch 8] [--threads 1] [--bf16]

The pairs come from an i×MCTS of the scripted novice, `--per-tree` of each tree's; the model is the embedded one with a
random LoRA adapter. Both sides compute the loss of equation 3 and its gradient for every pair, the reference's
log-probabilities given: TRL's `DPOTrainer` on batches of `--batch` pairs of like length, our objective on packs. The
optimiser's step, the same for both, is left out. The sides take turns; pairs per second are of the processor's time of all
threads, the best of the rounds; the peak of memory is what a first pass needs beyond what stands before it. Losses are means
over the pairs, and have to agree. On a CPU TRL's output layer is run at every position, on a GPU where a reply is predicted.
The last lines have the same counts in the shape of Qwen2.5-7B on a GPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch starts its threads
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import ctypes
import gc
import math
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from trl import DPOConfig, DPOTrainer

from dialogym.agents.engine.loading import EMBEDDED, load_model, load_tokenizer
from dialogym.alignment.preferences.mining import balanced, tree_pairs
from dialogym.alignment.preferences.pair import PreferencePair
from dialogym.alignment.training.objectives import Evidence
from dialogym.alignment.training.packing import TokenPair, pack_pairs
from dialogym.alignment.training.rows import tokenised
from dialogym.alignment.training.settings import DpoSettings
from dialogym.alignment.training.tree_attention import attend_in_blocks
from dialogym.alignment.training.tree_model import reply_log_probs
from dialogym.alignment.training.tree_trainer import TreeDpo
from dialogym.envs.agent import ScriptedAgent
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, run
from dialogym.search.openings import openings
from dialogym.search.pair_selection import PairSettings

BETA = 0.3
SCENARIO = Persuasion()
WIDTH, VOCABULARY, WEIGHTS = 3_584, 152_064, 6_525_621_760
"""Of Qwen2.5-7B; its weights without the embeddings at either end."""


@dataclass
class Side:
    """One side's pass over the pairs: what was run, how fast at best, and the most memory (bytes) it took at once."""

    loss: float = 0.0
    tokens: int = 0
    logits: int = 0
    said: int = 0
    seconds: float = float("inf")
    memory: int = 0

    def time(self, once: Callable[[], tuple[float, int, int, int]]) -> None:
        """Measures a pass, which returns loss, tokens, logits, and logits where a reply is predicted."""
        before = None if self.memory else _rest()
        began = time.process_time()
        self.loss, self.tokens, self.logits, self.said = once()
        self.seconds = min(self.seconds, time.process_time() - began)
        if before is not None:
            self.memory = _peak() - before


def _rest() -> int:
    """The memory that is held, after what is free was given back; from here on the peak counts anew."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    if not sys.platform.startswith("linux"):
        return 0
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak of the resident set becomes what it is now
    return _peak()


def _peak() -> int:
    """The most memory that was held at once, in bytes; 0 where the system does not say."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def searched(per_tree: int) -> Iterator[list[PreferencePair]]:
    """So many pairs of one tree after another."""
    novice = ScriptedAgent.of(SCENARIO, "persuader", "novice")
    pair = {"persuader": novice, "persuadee": ScriptedAgent.of(SCENARIO, "persuadee")}
    for number, start in enumerate(openings(SCENARIO, "benchmark", 10_000, 0)):
        [tree] = run(IxMCTS(keep=9), [start], pair)
        mined = balanced(tree_pairs(tree, f"search-{number}", PairSettings(min_gap=0.05)), per_tree, 0)
        if len(mined) == per_tree:
            yield mined


def compare(trainer: Any, tokenizer: Any, pairs: list[PreferencePair], batch: int, rounds: int) -> tuple[Side, Side]:
    """TRL and the packs on the same pairs."""
    model, tokens = trainer.model, tokenised(tokenizer, pairs)
    packs = pack_pairs(tokens, [pair.conversation for pair in pairs])
    reference = torch.zeros(len(pairs), 2)
    with torch.no_grad(), model.disable_adapter():
        for pack in packs:
            reference[torch.from_numpy(pack.pairs)] = reply_log_probs(model, pack).reshape(-1, 2).cpu()
    objective = TreeDpo(DpoSettings(beta=BETA, trainer="tree"), Evidence.of(pairs), reference)
    order = sorted(range(len(pairs)), key=lambda i: max(len(row.ids) for row in tokens[i]))
    rows = [_row(tokens[i], reference[i]) for i in order]

    def by_trl() -> tuple[float, int, int, int]:
        total, run_tokens, logits, replies = 0.0, 0, 0, 0
        for first in range(0, len(rows), batch):
            inputs = trainer.data_collator(rows[first : first + batch])
            inputs = {name: value.to(model.device) for name, value in inputs.items()}
            with trainer.compute_loss_context_manager():
                loss = trainer.compute_loss(trainer.model_wrapped, inputs)
            loss.backward()
            total += float(loss.detach()) * len(rows[first : first + batch])
            ids, said = inputs["input_ids"], inputs["completion_mask"][:, 1:]
            run_tokens += ids.numel()
            replies += int(said.sum())
            logits += int(said.sum()) if ids.is_cuda else said.numel()
        return total / len(rows), run_tokens, logits, replies

    def on_packs() -> tuple[float, int, int, int]:
        total = 0.0
        for pack in packs:
            with torch.autocast(model.device.type, torch.bfloat16, enabled=trainer.args.bf16):
                outputs = objective.outputs(model, pack)
            loss = objective.sums(outputs, pack)[0]
            loss.backward()
            total += float(loss.detach())
        sources = sum(len(p.sources) for p in packs)
        return total / len(pairs), sum(len(p.tokens) for p in packs), sources, sources

    ours, theirs = Side(), Side()
    for _ in range(rounds):
        theirs.time(by_trl)
        ours.time(on_packs)
        model.zero_grad()
    return theirs, ours


def _row(pair: TokenPair, reference: torch.Tensor) -> dict[str, Any]:
    """A pair as TRL's collator takes it."""
    chosen, rejected = pair
    good, bad = reference.tolist()
    return {"prompt_ids": list(chosen.ids[: chosen.start]), "chosen_ids": list(chosen.ids[chosen.start :]),
            "rejected_ids": list(rejected.ids[rejected.start :]), "ref_chosen_logps": good, "ref_rejected_logps": bad}


def trainer_of(tokenizer: Any, folder: str, bf16: bool) -> Any:
    """TRL's trainer of the embedded model with a random adapter, so that policy and reference differ."""
    torch.manual_seed(0)
    adapter = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights="gaussian")
    model = get_peft_model(load_model(EMBEDDED, dtype=torch.float32), adapter)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.01)
    dummy = Dataset.from_list([{"prompt": "a", "chosen": "b", "rejected": "c"}])
    return DPOTrainer(model=model, processing_class=tokenizer, train_dataset=dummy, args=DPOConfig(
        folder, beta=BETA, report_to="none", bf16=bf16, use_cpu=not torch.cuda.is_available(), gradient_checkpointing=False,
        precompute_ref_log_probs=True, disable_tqdm=True))


def main(given: argparse.Namespace) -> None:
    torch.set_num_threads(given.threads)
    tokenizer = load_tokenizer(EMBEDDED)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
        trainer = trainer_of(tokenizer, folder, given.bf16)
    attend_in_blocks(trainer.model)  # on packs; rows are attended to as before
    print("pairs/tree  pairs | tokens: TRL, packs         | logits: TRL, packs         | pairs/s: TRL, packs   | "
          "peak MB: TRL, packs  | loss")
    large = []
    for per_tree in (int(number) for number in given.per_tree.split(",")):
        found = searched(per_tree)
        pairs = [pair for _ in range(math.ceil(given.pairs / per_tree)) for pair in next(found)]
        theirs, ours = compare(trainer, tokenizer, pairs, given.batch, given.rounds)
        cells = [f"{a:7,} {b:7,} ({a / b:4.1f} times)" for a, b in ((theirs.tokens, ours.tokens), (theirs.logits, ours.logits))]
        a, b = (len(pairs) / side.seconds for side in (theirs, ours))
        print(f"{per_tree:10} {len(pairs):6} | {' | '.join(cells)} | {a:5.2f} {b:5.2f} ({b / a:4.1f} times) | "
              f"{theirs.memory / 1e6:5.0f} {ours.memory / 1e6:5.0f} ({theirs.memory / max(1, ours.memory):4.1f} times) | "
              f"{theirs.loss:.6f} {ours.loss:.6f}", flush=True)
        if abs(theirs.loss - ours.loss) > (0.02 if given.bf16 else 1e-4) * abs(theirs.loss):
            raise SystemExit("The two sides do not compute the same loss.")
        large.append(f"{per_tree:10} {len(pairs):6} | {' | '.join(in_shape_of_qwen(theirs, ours))}")
    print("The same in the shape of Qwen2.5-7B on a GPU, with its 152,064 tokens of vocabulary:")
    print("pairs/tree  pairs | tokens: TRL, packs         | logits: TRL, packs (10^6)   | 10^12 operations of a pass")
    print("\n".join(large))


def in_shape_of_qwen(theirs: Side, ours: Side) -> list[str]:
    """Tokens, logits and operations of both sides in that shape: 6 per weight and token, the output layer where it is run."""
    work = [6 * (WEIGHTS * side.tokens + WIDTH * VOCABULARY * side.said) / 1e12 for side in (theirs, ours)]
    made = [side.said * VOCABULARY / 1e6 for side in (theirs, ours)]
    return [f"{theirs.tokens:7,} {ours.tokens:7,} ({theirs.tokens / ours.tokens:4.1f} times)",
            f"{made[0]:8,.0f} {made[1]:7,.0f} ({made[0] / made[1]:4.1f} times)",
            f"{work[0]:7,.0f} {work[1]:7,.0f} ({work[0] / work[1]:4.1f} times)"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--per-tree", default="1,4,16")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bf16", action="store_true")
    main(parser.parse_args())
