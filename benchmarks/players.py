"""What the scripted players reach against every family of scripted users, as the tables of docs/benchmark.md.

    python benchmarks/players.py [--env ID] [--talks 1000]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from dialogym import Position, Scenario, ScriptedAgent, registry
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.search import play, run

ENGAGED, TURNS = "Engaged", "Turns"


def played(scenario: Scenario, talks: int) -> dict[str, dict[str, list[Position]]]:
    """The ends of every player's talks, by player and user: seeds 0, 1, ..., the same for all."""
    starts = [Position.start(scenario, seed) for seed in range(talks)]
    users = {name: ScriptedAgent.of(scenario, scenario.user, name) for name in scenario.scripted[scenario.user]}
    found: dict[str, dict[str, list[Position]]] = {}
    for name in scenario.scripted[scenario.interactive]:
        player = ScriptedAgent.of(scenario, scenario.interactive, name)
        found[name] = {user: run(play, starts, {scenario.interactive: player, scenario.user: speaker})
                       for user, speaker in users.items()}
    return found


def values(ends: Sequence[Position], figure: str) -> list[float]:
    """A figure of each talk: a measure by its name, `ENGAGED` or `TURNS`."""
    if figure == TURNS:
        return [float(end.turns) for end in ends]
    return [float(end.engagement.level > 0) if figure == ENGAGED else end.measured[figure] for end in ends]


def table(found: Mapping[str, Mapping[str, list[Position]]], figure: str) -> None:
    """Prints one table: players as rows, users as columns; means with 95% bootstrap intervals."""
    users = list(next(iter(found.values())))
    print("\n| player | " + " | ".join(f"`{user}`" for user in users) + " |")
    print("|---|" + "---|" * len(users))
    for player, talks in found.items():
        cells = []
        for user in users:
            mean, (low, high) = mean_ci(values(talks[user], figure), 0)
            cells.append(f"{mean:.1f}" if figure == TURNS else f"{mean:.3f} [{low:.3f}, {high:.3f}]")
        print(f"| `{player}` | " + " | ".join(cells) + " |")


def main() -> None:
    """Plays, and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", choices=sorted(registry), help="one environment alone")
    parser.add_argument("--talks", type=int, default=1_000, help="with each family (default 1,000)")
    arguments = parser.parse_args()
    for id in [arguments.env] if arguments.env else registry:
        for options in registry[id].build().speech.variants():
            scenario = registry[id].build(**options)
            found = played(scenario, arguments.talks)
            print(f"\n## `{id}`, {scenario!r}")
            for figure, label in [(m.name, m.label) for m in scenario.measures] + [(ENGAGED, ENGAGED), (TURNS, TURNS)]:
                print(f"\n{label}:")
                table(found, figure)


if __name__ == "__main__":
    main()
