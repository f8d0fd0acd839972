"""What a referee costs: the same planners on the same talks in this process and in one of their own, one run.

    python benchmarks/referee.py [--conversations N] [--budget N] [--env ID]

Two columns of milliseconds a decision (a turn of the interactive seat: planning, the answers to it, the user's reply), medians
over talks, with the order of the two turned about from talk to talk; what the referee adds, in milliseconds and in percent; and
what starting a process takes, once a row of the leaderboard.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

from dialogym import Position, ScriptedAgent, make
from dialogym.search import Decider, Talk, run
from dialogym.search.planners import blind
from dialogym.search.referee import Entry, Refereed
from dialogym.search.veil import Veiled

PLANNERS = ("sample", "greedy", "lookahead", "beam", "puct", "ixmcts", "ixmcts-rollouts")
WORLDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=40)
    parser.add_argument("--budget", type=int, default=24)
    parser.add_argument("--env", default="PersuasionForGood-v0")
    given = parser.parse_args()
    scenario = make(given.env).scenario
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, seed) for seed in range(given.conversations)]
    began_by = []
    print(f"{given.env}, budget {given.budget}, {WORLDS} worlds: milliseconds a decision")
    print(f"{'planner':<18}{'in process':>12}{'refereed':>12}{'more':>10}{'more, %':>10}{'its CPU':>10}")
    for name in PLANNERS:
        with Refereed(given.env, {}, Entry(planner=name, budget=given.budget, worlds=WORLDS)) as seat:
            began = time.perf_counter()
            seat.start()
            began_by.append(time.perf_counter() - began)
            here: Decider = Veiled(blind(name, given.budget, WORLDS))
            took: tuple[list[float], list[float]] = ([], [])
            decisions, before = 0, seat.cpu
            for number, start in enumerate([starts[0], *starts]):  # the first warms up
                found = {}
                for place in (0, 1) if number % 2 else (1, 0):
                    began = time.perf_counter()
                    (found[place],) = run(Talk((here, seat)[place]), [start], agents)
                    took[place].append((time.perf_counter() - began) * 1000 / found[place].turns)
                if found[0] != found[1]:
                    raise SystemExit(f"{name}: the two talks differ")
                decisions += found[1].turns
            plain, refereed = (median(column[1:]) for column in took)
            print(f"{name:<18}{plain:>12.2f}{refereed:>12.2f}{refereed - plain:>10.2f}{100 * (refereed / plain - 1):>10.0f}"
                  f"{(seat.cpu - before) * 1000 / decisions:>10.2f}")
    print(f"starting a process: {median(began_by):.2f} s")


if __name__ == "__main__":
    main()
