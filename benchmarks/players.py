"""What the scripted players reach, as a table: `python benchmarks/players.py`."""

from __future__ import annotations

from dialogym import Position, ScriptedAgent, make
from dialogym.alignment.statistics import mean_ci
from dialogym.search import play, run

EPISODES = 1_000


def main(id: str = "PersuasionForGood-v0") -> None:
    scenario = make(id).scenario
    starts = [Position.start(scenario, seed, name=id) for seed in range(EPISODES)]
    user = ScriptedAgent.of(scenario, scenario.user)
    print("| player | " + " | ".join(m.label for m in scenario.measures) + " | engaged | turns |")
    print("|---|" + "---|" * (len(scenario.measures) + 2))
    for name in scenario.scripted[scenario.interactive]:
        player = ScriptedAgent.of(scenario, scenario.interactive, name)
        ends = run(play, starts, {scenario.interactive: player, scenario.user: user})
        levels = [end.engagement.level for end in ends]
        cells = []
        for scale, values in [(m.scale, levels) for m in scenario.measures] + [(1.0, [float(x > 0) for x in levels])]:
            mean, (low, high) = mean_ci([scale * v for v in values], 0)
            cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
        print(f"| `{name}` | " + " | ".join(cells) + f" | {sum(end.turns for end in ends) / EPISODES:.1f} |")


if __name__ == "__main__":
    main()
