"""Whether a model can take up what it was told: `python benchmarks/copying.py [MODEL ...] [--talks N]`.

Printed of every model: what a token costs it, in nats, that says again what random tokens said, 2 to 20 and 2 to 120 of them;
and what the observations of a supporter's private state cost it where the seeker's words are random ones (`Renaming`), the
first time that they are written down and after that. Who cannot copy pays for each what a guess costs.
"""

from __future__ import annotations

import argparse
import re
from statistics import fmean
from typing import Any

import torch

from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.agents.prompting import control_tokens, render
from dialogym.alignment.data.demonstrations import conversations
from dialogym.alignment.training.pretrain import ROLES, WORDS, _chats
from dialogym.alignment.training.pretrain_updates import loss_of, said_again
from dialogym.alignment.training.renaming import Renaming
from dialogym.envs.registry import spec

_OBSERVED = re.compile(r"Observations: ([^\n]*)\n")


@torch.no_grad()
def again(model: Any, done: float, batches: int = 4) -> float:
    """Nats a token of random text that is said again."""
    generator, known = torch.Generator().manual_seed(1), torch.arange(len(ROLES), model.config.vocab_size - 192)
    return fmean(float(loss_of(model, *said_again(generator, known, done))) for _ in range(batches))


@torch.no_grad()
def observed(model: Any, tokenizer: Any, talks: int) -> tuple[float, float]:
    """Nats a token of observations in talks about random words: of a talk's first one, and of the others."""
    scenario = spec("EmotionalSupport-v0").build()
    chats = [next(iter(_chats(talk, 1))) for talk in conversations(scenario, max(talks, 100), 99)]
    first, later = list[float](), list[float]()
    for chat in Renaming.of(chats, WORDS.read_text().split()).some(chats[:talks], 1.0, 7):
        text = render(tokenizer, chat, control_tokens(tokenizer), reply=False)
        found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = torch.tensor([found["input_ids"]])
        costs = -model(ids).logits[0, :-1].log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0]
        for number, written in enumerate(_OBSERVED.finditer(text)):
            begin, end = written.span(1)
            places = [place for place, (left, right) in enumerate(found["offset_mapping"]) if begin <= left and right <= end]
            (later if number else first).extend(costs[[place - 1 for place in places]].tolist())
    return fmean(first), fmean(later)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["embedded"])
    parser.add_argument("--talks", type=int, default=20)
    given = parser.parse_args()
    for name in given.models:
        speaker, words = load_model(name, dtype=torch.float32), load_tokenizer(name)
        one, more = observed(speaker, words, given.talks)
        print(f"{name}: said again {again(speaker, 0.0):.2f} (2 to 20 tokens), {again(speaker, 1.0):.2f} (2 to 120); "
              f"observations {one:.2f} the first time, {more:.2f} after that", flush=True)
