"""The engine against transformers' continuous batching, on the batches that a tree search asks for.

    python benchmarks/batching.py [--conversations 32] [--batches 24] [--rounds 3] [--threads 2]

A search of PersuasionForGood-v0 by i×MCTS with the embedded model is recorded; then both sides complete its first batches in
their order, taking turns, greedily (`generate_batch` has no seed per request): the engine from a cold cache, the library
from one manager that stays, with pages of 16 tokens, so that its prefix cache serves from batch to batch. Printed are replies
per second, as ratios of the same round, and how many replies are the same.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch starts its threads
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from dialogym import Position, ScriptedAgent, make
from dialogym.agents.backend import Completion, Request
from dialogym.agents.engine.loading import EMBEDDED, load_model, load_tokenizer
from dialogym.agents.engine.transformers_backend import TransformersBackend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.search import IxMCTS, run

Batches = Sequence[Sequence[Request]]
Found = tuple[float, list[tuple[int, ...]]]


class Recorder(TransformersBackend):
    """The engine, which keeps what it was asked."""

    batches: list[list[Request]]

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        self.batches.append([replace(r, sampling=replace(r.sampling, temperature=0.0)) for r in requests])
        return super().complete(requests)


def recorded(model: Any, tokenizer: Any, conversations: int) -> list[list[Request]]:
    scenario = make("PersuasionForGood-v0").scenario.under("engine")
    backend = Recorder(model)
    backend.batches = []
    agents = {"persuader": LanguageModelAgent(backend, tokenizer), "persuadee": ScriptedAgent.of(scenario, "persuadee")}
    run(IxMCTS(keep=9), [Position.start(scenario, seed) for seed in range(conversations)], agents)
    return backend.batches


def engine(model: Any, batches: Batches) -> Found:
    """Seconds and replies of the engine."""
    backend = TransformersBackend(model)
    started = time.perf_counter()
    found = [c.tokens for batch in batches for c in backend.complete(batch)]
    return time.perf_counter() - started, found


def library(model: Any, batches: Batches) -> Found:
    """Seconds and replies of the library, its start not counted."""
    stop = model.generation_config.eos_token_id
    asked = GenerationConfig(max_new_tokens=batches[0][0].sampling.max_new_tokens, eos_token_id=stop, pad_token_id=stop,
                             do_sample=False)
    settings = ContinuousBatchingConfig(page_size=16, num_blocks=4096, max_batch_tokens=2048, use_cuda_graph=False)
    found: list[tuple[int, ...]] = []
    with model.continuous_batching_context_manager(generation_config=asked, continuous_batching_config=settings) as manager:
        manager.add_request(list(batches[0][0].prompt[:8]), max_new_tokens=1)
        next(iter(manager))
        started = time.perf_counter()
        for batch in batches:
            names = manager.add_requests([list(r.prompt) for r in batch], max_new_tokens=asked.max_new_tokens) or []
            replies: dict[str, list[int]] = {}
            while len(replies) < len(batch):
                got = manager.get_result(timeout=60)
                if got is None or got.error:
                    raise RuntimeError(f"Continuous batching gave nothing: {got and got.error}")
                if got.is_finished():
                    replies[got.request_id] = got.generated_tokens
            order = names or sorted(replies, key=lambda name: int(name.rpartition("_")[2]))
            found += [tuple(said[:-1] if said[-1] == stop else said) for said in (replies[name] for name in order)]
        seconds = time.perf_counter() - started
    return seconds, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--conversations", type=int, default=32)
    parser.add_argument("--batches", type=int, default=24, help="the first so many of the search")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = load_tokenizer(EMBEDDED)
    batches = recorded(load_model(EMBEDDED), tokenizer, options.conversations)[:options.batches]
    ratios = []
    for _ in range(options.rounds):
        ours, theirs = engine(load_model(EMBEDDED), batches), library(load_model(EMBEDDED), batches)
        ratios.append(theirs[0] / ours[0])
        same = sum(a == b for a, b in zip(ours[1], theirs[1], strict=True))
        print(f"{len(ours[1])} replies in {len(batches)} batches: engine {ours[0]:.1f} s, continuous batching "
              f"{theirs[0]:.1f} s, {same} replies the same", flush=True)
    print(f"the engine makes {median(ratios):.1f}x [{min(ratios):.1f} to {max(ratios):.1f}] the replies per second of "
          f"continuous batching; {options.threads} threads")


if __name__ == "__main__":
    main()
