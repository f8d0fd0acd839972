"""The in-process engine against a loop of single `generate` calls: one tree search, the same model, seeds and trees.

    python benchmarks/engine.py [--conversations 64] [--loop 1] [--keep 9] [--iterations 0] [--rounds 3] [--threads 2]

Both sides search the same positions of PersuasionForGood-v0 with i×MCTS, the embedded model as persuader and the scripted
persuadee. Published code asks for one reply at a time; the loop does so: every request is a `generate` call on its whole
prompt, which keeps keys and values within the call and nothing after it. It draws its tokens with the engine's numbers, so
that the trees have to be the same, and their shared part is printed. The loop is slow and takes `--loop` of the
conversations in each round; the engine takes them all, in a fresh cache, because batching across conversations is what it
is for. Both are also compared on the same `--loop` conversations alone. Throughput is replies per second spent in the
backend, by the clock and by the processor's time of all threads, the sides taking turns; a ratio is that of the two in the
same round. Where other processes hold the cores, threads that work together wait for each other, which the clock charges to
the engine's large matrices rather than to the loop's small ones; the processor's time is then the fairer figure. Threads
wait passively, so that waiting is not work.

Tokens that perfect sharing would prefill are the distinct prefixes over all prompts, less those that were decoded as
(part of) a reply before.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch starts its threads
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from dialogym import Position, ScriptedAgent, make
from dialogym.agents.backend import Backend, Completion, Promises, Request
from dialogym.agents.engine.loading import EMBEDDED, load_model, load_tokenizer
from dialogym.agents.engine.sampling import sample
from dialogym.agents.engine.transformers_backend import Counts, TransformersBackend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.search import IxMCTS, Tree, run


class Loop:
    """A backend as published code has it: one `generate` call per request, one after the other."""

    promises = Promises(seeded=True, batch_invariant=True)

    def __init__(self, model: Any) -> None:
        self.model = model
        self.counts = Counts()

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Completion:
        prompt = torch.tensor([request.prompt])
        found = self.model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, use_cache=True,
                                    max_new_tokens=request.sampling.max_new_tokens,
                                    logits_processor=LogitsProcessorList([Draw(request)]))
        said = found[0, prompt.shape[1]:].tolist()
        finished = said[-1] == self.model.generation_config.eos_token_id
        self.counts.prefilled += len(request.prompt)
        self.counts.decoded += len(said) - 1
        return Completion(tuple(said[:-1] if finished else said), finished)


class Draw(LogitsProcessor):
    """Leaves only the token that the request's seed draws."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores (1, vocab) that leave one token; `input_ids` (1, n) is the prompt and what was said."""
        drawn = sample(scores.float(), [self.request], [input_ids.shape[1] - len(self.request.prompt)])
        return torch.full_like(scores, -torch.inf).index_fill(1, torch.tensor(drawn), 0.0)


@dataclass
class Timed:
    """A backend with a clock and a record of what went through it."""

    backend: Backend
    seconds: float = 0.0
    worked: float = 0.0
    log: list[tuple[Request, Completion]] = field(default_factory=list)

    @property
    def promises(self) -> Promises:
        """The timed backend's."""
        return self.backend.promises

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        started, worked = time.perf_counter(), time.process_time()
        found = self.backend.complete(requests)
        self.seconds += time.perf_counter() - started
        self.worked += time.process_time() - worked
        self.log += zip(requests, found, strict=True)
        return found

    def times(self, other: Timed) -> tuple[float, float]:
        """How many times the other's replies per second, by the clock and by the processor's time."""
        each = len(self.log) / len(other.log)
        return each * other.seconds / self.seconds, each * other.worked / self.worked


def perfect(log: Sequence[tuple[Request, Completion]]) -> int:
    """Tokens that have to be prefilled when every prefix is run once, and decoded ones are remembered."""
    nodes: dict[tuple[int, int], int] = {}  # (prefix, token) -> prefix
    prefilled = 0
    for request, completion in log:
        here = -1
        for place, token in enumerate(request.prompt + completion.tokens):
            name = (here, token)
            if name not in nodes:
                nodes[name] = len(nodes)
                prefilled += place < len(request.prompt)
            here = nodes[name]
    return prefilled


def search(backend: Timed, starts: Sequence[Position], planner: IxMCTS, tokenizer: Any) -> list[Tree]:
    scenario = starts[0].scenario
    agents = {"persuader": LanguageModelAgent(backend, tokenizer), "persuadee": ScriptedAgent.of(scenario, "persuadee")}
    return run(planner, starts, agents)


def texts(tree: Tree) -> list[tuple[int, list[str]]]:
    """What a tree says: every node's parent and words."""
    return [(parent, [u.text for u in position.dialogue]) for parent, position in zip(tree.parent, tree.position, strict=True)]


def line(name: str, timed: Timed, counts: Counts) -> None:
    print(f"  {name:<26} {len(timed.log):>7,} replies  {counts.prefilled:>9,} prefilled  {counts.decoded:>8,} decoded  "
          f"{counts.reused:>9,} read from the cache", flush=True)


def spread(ratios: list[tuple[float, float]]) -> str:
    """Median and range of the ratios by the clock and by the processor's time."""
    return ", ".join(f"{median(r):.1f}x [{min(r):.1f} to {max(r):.1f}] by {name}"
                     for r, name in zip(zip(*ratios, strict=True), ("the clock", "the processor"), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--conversations", type=int, default=64)
    parser.add_argument("--loop", type=int, default=1, help="conversations of the loop in a round")
    parser.add_argument("--keep", type=int, default=9)
    parser.add_argument("--iterations", type=int, default=0, help="expansions per tree; 0: until it is saturated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model, tokenizer = load_model(EMBEDDED), load_tokenizer(EMBEDDED)
    scenario = make("PersuasionForGood-v0").scenario.under("engine")
    planner = IxMCTS(keep=options.keep, iterations=options.iterations or None)
    starts = [Position.start(scenario, seed) for seed in range(options.conversations)]
    many, few = [], []
    same = nodes = 0
    for number in range(options.rounds):
        some = [(number * options.loop + i) % len(starts) for i in range(options.loop)]
        loop, engine, alone = Timed(Loop(model)), Timed(TransformersBackend(model)), Timed(TransformersBackend(model))
        wanted = search(loop, [starts[i] for i in some], planner, tokenizer)
        found = search(engine, starts, planner, tokenizer)
        search(alone, [starts[i] for i in some], planner, tokenizer)
        many.append(engine.times(loop))
        few.append(alone.times(loop))
        for i, tree in zip(some, wanted, strict=True):
            theirs, ours = texts(tree), texts(found[i])
            same += sum(a == b for a, b in zip(theirs, ours, strict=False))
            nodes += max(len(theirs), len(ours))
        least = perfect(engine.log)
        print(f"round {number + 1}: {spread(many[-1:])} of the loop; on the same conversations {spread(few[-1:])}")
        for name, timed in (("loop", loop), ("engine", engine), ("engine, loop's share", alone)):
            line(name, timed, timed.backend.counts)
        times = engine.backend.counts.prefilled / least
        print(f"  perfect sharing would prefill {least:,}; the engine prefills {times:.2f} times that", flush=True)
    print(f"\n{planner}\n{options.conversations} conversations at once, {options.threads} threads, {options.rounds} rounds:")
    print(f"  throughput {spread(many)} of a loop of generate calls\n  with the loop's {options.loop} alone {spread(few)}")
    print(f"  the same trees: {same:,} of {nodes:,} nodes")


if __name__ == "__main__":
    main()
