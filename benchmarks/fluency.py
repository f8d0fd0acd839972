"""How fluently a model speaks every scenario and language: `python benchmarks/fluency.py [MODEL] [--conversations N]`.

Unreadable is an interactive reply in which the scripted listener finds no act, or broken text. A user's reply is broken where
its talk has a state to write and none can be read. Both talk to the scripted seat across the table at temperature 1.
"""

from __future__ import annotations

import argparse
from collections import Counter

from dialogym import Position, Scenario, ScriptedAgent, converse, registry
from dialogym.agents.backend import Sampling
from dialogym.agents.engine.loading import EMBEDDED, load_model, load_tokenizer
from dialogym.agents.engine.transformers_backend import TransformersBackend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.search import play, run

LIMIT = Sampling(max_new_tokens=128)


def speaks_states(scenario: Scenario, seat: str) -> bool:
    """Whether the scripted speaker of a seat writes private states."""
    pair = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    end = converse(Position.start(scenario, 0), pair, 2)
    return any(u.state for u in end.dialogue if u.seat == seat)


def main(name: str, conversations: int) -> None:
    model = LanguageModelAgent(TransformersBackend(load_model(name)), load_tokenizer(name), LIMIT)
    built = [known.build().under("fluency") for known in registry.values()]
    variants = [scenario.replace(**options) for scenario in built if scenario.speech for options in scenario.speech.variants()]
    for scenario in variants:
        starts = [Position.start(scenario, seed) for seed in range(conversations)]
        for seat in scenario.seats:
            other = scenario.other(seat)
            ends = run(play, starts, {seat: model, other: ScriptedAgent.of(scenario, other)})
            said = [u for end in ends for u in end.dialogue if u.seat == seat]
            line = f"{scenario!r} as {seat}: {len(said)} replies, {len({u.text for u in said})} distinct"
            if seat == scenario.interactive:
                unread = sum(not scenario.recognise(u) for u in said)
                line += f", {unread} unreadable ({100 * unread / len(said):.2f}%)"
            if speaks_states(scenario, seat):
                lost = sum(not u.state for u in said)
                line += f", {lost} without a readable state ({100 * lost / len(said):.2f}%)"
            print(f"{line}; {dict(sorted(Counter(end.engagement.status for end in ends).items()))}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=EMBEDDED)
    parser.add_argument("--conversations", type=int, default=200)
    given = parser.parse_args()
    main(given.model, given.conversations)
