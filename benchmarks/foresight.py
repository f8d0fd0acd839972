"""Is looking one exchange ahead enough? Greedy play against planning to the end, on every family of users.

    python benchmarks/foresight.py [--env ID] [--user NAME,...] [--users 100] [--imagined 6] [--oracle]

All policies choose among the dialogue acts that make sense, and the scenario's phrase book says the act:

random    any of them.
greedy    imagines the user's answer to each act, and takes the act after which engagement and mood are highest.
planning  imagines each act and then the whole rest of the dialogue, led by the scripted player named by `--player`,
          and takes the act that ends in the highest engagement.

Nobody sees the user's condition: what is imagined are users drawn anew (`--imagined` of them, the same for every act),
who are asked to go on from the dialogue so far. They are not weighed by how well they explain it. With `--oracle` they are
the user's true condition with other luck, as where preference data is made. Means with 95%
bootstrap intervals, the same users with the same luck for all policies, differences paired.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from statistics import fmean

import numpy as np

from dialogym import Position, Scenario, Utterance, make, registry
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.keys import mix, pick, text_key
from dialogym.envs.scenario import Acting, ScriptedPolicy

Policy = Callable[[Position], int]


def answered(position: Position, said: Utterance, user: ScriptedPolicy) -> Position:
    """The position after the interactive seat's words and the user's answer."""
    position = position.say(said)
    return position if position.over else position.say(user(position.ask()))


def sensible(acting: Acting, position: Position) -> list[int]:
    """The acts that make sense now."""
    return [int(act) for act in np.flatnonzero(acting.mask(position.view()))]


def imagined(position: Position, count: int, oracle: bool) -> Iterator[Position]:
    """The same dialogue with users drawn anew (the oracle: with the true one), each with luck of their own."""
    here = Position.facing(position.ask())
    for number in range(count):
        key = mix(here.key, text_key("imagined"), number)
        yield replace(here, condition=position.condition if oracle else here.scenario.draw_condition(key), key=mix(key, 1))


def mood(acting: Acting, position: Position) -> float:
    """How the user sounds, from 0, worst, to 1, best; at the end 1 with any engagement, else 0."""
    if position.over:
        return float(position.engagement.level > 0)
    seen = acting.observe(position.view(position.scenario.interactive))
    places = [i for i, feature in enumerate(acting.features) if feature.name.startswith("mood: ")]
    return float(seen[places] @ np.linspace(0, 1, len(places), dtype=np.float32))


def now(acting: Acting, position: Position) -> float:
    """What greedy play looks at: engagement and mood after one exchange."""
    return position.engagement.level + mood(acting, position)


def later(acting: Acting, player: ScriptedPolicy, user: ScriptedPolicy, position: Position) -> float:
    """What planning looks at: the engagement at the end, when the player leads the rest."""
    while not position.over:
        position = answered(position, player(position.ask()), user)
    return position.engagement.level


def best(value: Callable[[Position], float], acting: Acting, user: ScriptedPolicy, count: int, oracle: bool,
         position: Position) -> int:
    """The act of the highest mean value over the imagined users."""
    worlds = list(imagined(position, count, oracle))
    acts = sensible(acting, position)
    return max(acts, key=lambda act: fmean(value(answered(w, acting.voice(w.ask(), act), user)) for w in worlds))


def play(start: Position, policy: Policy, user: ScriptedPolicy, acting: Acting) -> float:
    """One episode; its engagement."""
    position = start
    while not position.over:
        if position.seat == position.scenario.user:
            position = position.say(user(position.ask()))
        else:
            position = answered(position, acting.voice(position.ask(), policy(position)), user)
    return position.engagement.level


def table(id: str, scenario: Scenario, options: argparse.Namespace) -> None:
    """One table: a row per family of users and policy."""
    acting = scenario.acting
    if acting is None:
        return
    player = scenario.scripted_policy(scenario.interactive, options.player)
    print(f"\n{id}, {scenario!r}, {options.users} users, {options.imagined} {'of the true' if options.oracle else 'imagined'}, "
          f"the rest led by {options.player!r}\n")
    print("| users | policy | engagement | planning minus this |\n|---|---|---|---|")
    for name, user in scenario.scripted[scenario.user].items():
        if options.user and name not in options.user.split(","):
            continue
        policies: dict[str, Policy] = {
            "random": lambda position: pick(position.ask().key, sensible(acting, position)),
            "greedy": partial(best, partial(now, acting), acting, user, options.imagined, options.oracle),
            "planning": partial(best, partial(later, acting, player, user), acting, user, options.imagined, options.oracle)}
        starts = [Position.start(scenario, seed) for seed in range(options.users)]
        levels = {which: [play(start, policy, user, acting) for start in starts] for which, policy in policies.items()}
        for which, found in levels.items():
            gains = [a - b for a, b in zip(levels["planning"], found, strict=True)]
            print(f"| `{name}` | {which} | {cell(found)} | {'' if which == 'planning' else cell(gains)} |", flush=True)


def cell(values: list[float]) -> str:
    """The mean with its interval."""
    mean, (low, high) = mean_ci(values, 0)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--env", choices=sorted(registry), help="one environment instead of all")
    parser.add_argument("--user", help="families, with commas, instead of all")
    parser.add_argument("--oracle", action="store_true", help="who is imagined is the user's true condition")
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--imagined", type=int, default=6)
    parser.add_argument("--player", default="average", help="who leads the imagined rest")
    options = parser.parse_args()
    for id in [options.env] if options.env else registry:
        table(id, make(id).scenario, options)


if __name__ == "__main__":
    main()
