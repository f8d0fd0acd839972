"""What a search costs: a saturated tree at the paper's setting, its own overhead beside a language model, memory per node.

    python benchmarks/search_cost.py [--quick]

saturated   i×MCTS at the paper's setting (e = 3, K = 81, T = 15) on PersuasionForGood-v0, in processor time of this process.
            "never ends": both seats say words that end nothing, so that the tree is as large as it can be: 1 + 3 + 9 + 27 + 81
            + ... expansions, each with three replies and three answers. "scripted": the scripted pair, whose talks end.
overhead    the share of a search's processor time that is spent outside the agents when the embedded language model speaks for
            the persuader (K = 9).
memory      bytes per node by tracemalloc, for trees of growing size: equal figures mean that memory is linear in nodes.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Sequence
from statistics import median
from typing import Any

from dialogym import Agent, Ask, Position, ScriptedAgent, Utterance
from dialogym.agents.by_name import model_agent
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, run

SCENARIO = Persuasion()
WORDS = ("I see.", "That may be so.", "Let me think about it.", "The weather is fine today.", "Tell me more about that.")


class Endless:
    """Says words of no consequence, a different one per ask."""

    def __init__(self, seat: str) -> None:
        self._seat = seat

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        return [Utterance(self._seat, f"{WORDS[ask.key % len(WORDS)]} ({ask.key % 1009})") for ask in asks]


class Timed:
    """An agent whose processor time is added up."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self.seconds, self.replies = agent, 0.0, 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        began = time.process_time()
        found = self._agent.respond(asks)
        self.seconds += time.process_time() - began
        self.replies += len(found)
        return found


def starts(count: int, first: int = 0) -> list[Position]:
    return [Position.start(SCENARIO, seed) for seed in range(first, first + count)]


def scripted() -> dict[str, Agent]:
    return {seat: ScriptedAgent.of(SCENARIO, seat) for seat in SCENARIO.seats}


def endless() -> dict[str, Agent]:
    return {seat: Endless(seat) for seat in SCENARIO.seats}


def saturated(rounds: int) -> None:
    """Prints seconds per tree."""
    casts: dict[str, dict[str, Agent]] = {"never ends": endless(), "scripted": scripted()}
    for name, agents in casts.items():
        rows = []
        for start in starts(rounds):
            timed: dict[str, Any] = {seat: Timed(agent) for seat, agent in agents.items()}
            began = time.process_time()
            (tree,) = run(IxMCTS(), [start], timed)
            rows.append((time.process_time() - began, sum(map(bool, tree.children)), sum(t.replies for t in timed.values())))
        seconds, expansions, replies = (median(column) for column in zip(*rows, strict=True))
        print(f"  {name:<14} {seconds:.2f} s a tree ({min(r[0] for r in rows):.2f} to {max(r[0] for r in rows):.2f}), "
              f"{expansions:.0f} expansions, {replies:.0f} replies")


def overhead(conversations: int, iterations: int | None) -> None:
    """Prints the search's own share of the time."""
    agents: dict[str, Any] = {"persuader": Timed(model_agent("embedded")), "persuadee": Timed(scripted()["persuadee"])}
    began = time.process_time()
    trees = run(IxMCTS(keep=9, iterations=iterations), starts(conversations), agents)
    whole = time.process_time() - began
    inside = sum(agent.seconds for agent in agents.values())
    print(f"  {conversations} conversations, {sum(map(len, trees)):,} nodes: {100 * (whole - inside) / whole:.1f}% of "
          f"{whole:.0f} s outside the agents (persuader {100 * agents['persuader'].seconds / whole:.1f}%, "
          f"scripted persuadee {100 * agents['persuadee'].seconds / whole:.1f}%)")


def memory(sizes: Sequence[int]) -> None:
    """Prints bytes per node."""
    agents = endless()
    run(IxMCTS(iterations=10), starts(1, 77), agents)  # what is cached once
    for keep in sizes:
        gc.collect()
        tracemalloc.start()
        (tree,) = run(IxMCTS(keep=keep), starts(1, keep), agents)
        gc.collect()
        print(f"  {len(tree):>7,} nodes (K = {keep}): {tracemalloc.get_traced_memory()[0] / len(tree):.0f} bytes a node")
        tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: shows that it runs")
    quick = parser.parse_args().quick
    print("saturated trees, e = 3, K = 81, T = 15")
    saturated(1 if quick else 7)
    print("the search's own share of the time, embedded model as persuader")
    overhead(*(1, 4) if quick else (4, None))
    print("memory")
    memory((3, 9) if quick else (9, 81, 729))


if __name__ == "__main__":
    main()
