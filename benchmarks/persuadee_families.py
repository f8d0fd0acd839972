"""What fixed plans of acts reach with each family of persuadee, as a table: `python benchmarks/persuadee_families.py`.

A plan makes the acts it names, one a turn, and then asks until the talk ends. What the scripted players reach, which listen,
is printed by `players.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialogym import Position
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.keys import mix
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.simulators import persuader
from dialogym.envs.scenario import ScriptedPolicy

EPISODES = 1_000
FAMILIES = ("scripted", "calibrated", "sceptical")
PLANS: dict[str, tuple[str, ...]] = {
    "ask at once": (),
    "charity known?, story, logic": ("source-inquiry", "personal-story", "logical-appeal"),
    "charity known?, four appeals": ("source-inquiry", *persuader.APPEALS),
    "personal question, own gift": ("personal-inquiry", "self-modeling"),
    "pressure twice": ("pressure", "pressure"),
}


def talk(position: Position, plan: Sequence[str], persuadee: ScriptedPolicy) -> Position:
    """The end of a dialogue between a plan and a persuadee."""
    while not position.over:
        act = plan[position.turns] if position.turns < len(plan) else "propose-donation"
        position = position.say(persuader.voice(act, mix(position.key, 9)))
        position = position.say(persuadee(position.ask()))
    return position


def main() -> None:
    """Prints the table."""
    scenario = Persuasion().under("PersuasionForGood-v0")
    starts = [Position.start(scenario, seed) for seed in range(EPISODES)]
    print("| plan | persuadee | donates | donation ($) | turns |\n|---|---|---|---|---|")
    for name, plan in PLANS.items():
        for family in FAMILIES:
            ends = [talk(start, plan, scenario.scripted_policy("persuadee", family)) for start in starts]
            cells = []
            for values in ([float(end.engagement.level > 0) for end in ends], [2 * end.engagement.level for end in ends]):
                mean, (low, high) = mean_ci(values, 0)
                cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
            print(f"| {name} | `{family}` | {' | '.join(cells)} | {sum(end.turns for end in ends) / EPISODES:.1f} |")


if __name__ == "__main__":
    main()
