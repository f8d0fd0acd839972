"""What the scripted players reach against every family of scripted users, as tables: `python benchmarks/players.py`."""

from __future__ import annotations

from dialogym import Position, Scenario, ScriptedAgent, registry
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.search import play, run

EPISODES = 1_000


def table(id: str, scenario: Scenario) -> None:
    """One table: every scripted player of the interactive seat against each family of users."""
    starts = [Position.start(scenario, seed) for seed in range(EPISODES)]
    print(f"\n{id}, {scenario!r}\n")
    for user in scenario.scripted[scenario.user]:
        print(f"\n`{user}`\n")
        rows(scenario, starts, user)


def rows(scenario: Scenario, starts: list[Position], name_of_user: str) -> None:
    """The players against one family."""
    user = ScriptedAgent.of(scenario, scenario.user, name_of_user)
    print("| player | " + "".join(f"{m.label} | " for m in scenario.measures) + "engaged | turns | turns when engaged |")
    print("|---|" + "---|" * (len(scenario.measures) + 3))
    for name in scenario.scripted[scenario.interactive]:
        player = ScriptedAgent.of(scenario, scenario.interactive, name)
        ends = run(play, starts, {scenario.interactive: player, scenario.user: user})
        levels = [end.engagement.level for end in ends]
        cells = []
        for values in [[end.measured[m.name] for end in ends] for m in scenario.measures] + [[float(x > 0) for x in levels]]:
            mean, (low, high) = mean_ci(values, 0)
            cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
        engaged = [end.turns for end in ends if end.engagement.level > 0]
        shown = f"{sum(engaged) / len(engaged):.1f}" if engaged else "–"
        print(f"| `{name}` | " + " | ".join(cells) + f" | {sum(end.turns for end in ends) / EPISODES:.1f} | {shown} |")


if __name__ == "__main__":
    for id in registry:
        for options in registry[id].build().speech.variants():
            scenario = registry[id].build(**options)
            table(id, scenario)
