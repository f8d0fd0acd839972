"""How many of a model's replies the scripted listener cannot read: `python benchmarks/fluency.py [MODEL]`."""

from __future__ import annotations

import sys

from dialogym import ScriptedAgent, make
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.loading import EMBEDDED, load_model, load_tokenizer
from dialogym.agents.transformers_backend import TransformersBackend
from dialogym.envs import Position
from dialogym.search import play, run


def main(name: str, conversations: int = 300) -> None:
    scenario = make("PersuasionForGood-v0").scenario
    model = LanguageModelAgent(TransformersBackend(load_model(name)), load_tokenizer(name))
    starts = [Position.start(scenario, seed, name="fluency") for seed in range(conversations)]
    for seat in scenario.seats:
        other = scenario.other(seat)
        ends = run(play, starts, {seat: model, other: ScriptedAgent.of(scenario, other)})
        said = [u for end in ends for u in end.dialogue if u.seat == seat]
        unread = [u.text for u in said if not scenario.recognise(u)] if seat == scenario.interactive else []
        decided = sum(end.engagement.status != "undecided" for end in ends)
        print(f"{name} as {seat}: {len(said)} replies, {len({u.text for u in said})} distinct, "
              f"{decided}/{len(ends)} talks decided" +
              (f", {len(unread)} unreadable ({100 * len(unread) / len(said):.2f}%)" if seat == scenario.interactive else ""))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else EMBEDDED)
