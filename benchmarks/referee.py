"""What a referee costs: the same planners on the same talks in this process and in one of their own, one run.

    python benchmarks/referee.py [--conversations N] [--budget N] [--env ID]

Milliseconds a decision (a turn of the interactive seat: planning, the answers to it, the user's reply) in this process and
with a referee, medians over talks, with the order of the two turned about from talk to talk; what the referee adds; the same in
processor time of both processes together; and what starting a process takes, once a row of the leaderboard. On a busy machine
the first says how long a process waits for its turn, too; the second does not.
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


def compared(plain: list[float], refereed: list[float]) -> str:
    """The medians without the first, which warmed up, and what the second is more."""
    a, b = median(plain[1:]), median(refereed[1:])
    return f"{a:>12.2f}{b:>12.2f}{b - a:>9.2f}{100 * (b / a - 1):>9.0f}"


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
    print(f"{'planner':<18}{'in process':>12}{'refereed':>12}{'more':>9}{'more, %':>9}   CPU{'in process':>12}{'refereed':>12}"
          f"{'more':>9}{'more, %':>9}")
    for name in PLANNERS:
        with Refereed(given.env, {}, Entry(planner=name, budget=given.budget, worlds=WORLDS)) as seat:
            began = time.perf_counter()
            seat.start()
            began_by.append(time.perf_counter() - began)
            here: Decider = Veiled(blind(name, given.budget, WORLDS))
            wall: tuple[list[float], list[float]] = ([], [])
            cpu: tuple[list[float], list[float]] = ([], [])
            for number, start in enumerate([starts[0], *starts]):  # the first warms up
                found = {}
                for place in (0, 1) if number % 2 else (1, 0):
                    began, spent = time.perf_counter(), time.process_time() + seat.cpu
                    (found[place],) = run(Talk((here, seat)[place]), [start], agents)
                    turns = found[place].turns / 1000
                    wall[place].append((time.perf_counter() - began) / turns)
                    cpu[place].append((time.process_time() + seat.cpu - spent) / turns)
                if found[0] != found[1]:
                    raise SystemExit(f"{name}: the two talks differ")
            print(f"{name:<18}{compared(*wall)}      {compared(*cpu)}")
    print(f"starting a process: {median(began_by):.2f} s")


if __name__ == "__main__":
    main()
