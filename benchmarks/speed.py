"""Speed of the environment and the engine as ratios measured in one run: `python benchmarks/speed.py`."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable

import dialogym
from dialogym.envs import Dialogue, Position, Utterance
from dialogym.search import play, run


def seconds(work: Callable[[], object], least: float = 0.3) -> float:
    """Seconds per call: the best of three timings of at least `least` seconds each."""
    best = float("inf")
    for _ in range(3):
        calls, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < least:
            work()
            calls += 1
        best = min(best, spent / calls)
    return best


def snapshots() -> None:
    """Snapshot and restore against deepcopy and pickle, at several lengths of dialogue."""
    print("snapshot + restore, against copying the environment")
    for turns in (10, 50, 1000):
        env = dialogym.make("PersuasionForGood-v0", horizon=2 * turns)
        env.reset(seed=0)
        for turn in range(turns):
            env.step(f"I see, number {turn}.")
        both = seconds(lambda env=env: env.restore(env.snapshot()))
        texts = [(u.seat, u.text) for u in env.position.dialogue]
        deep = seconds(lambda texts=texts: copy.deepcopy(texts))
        pickled = seconds(lambda texts=texts: pickle.loads(pickle.dumps(texts)))
        print(f"  {turns:>5} utterances: {1e6 * both:7.1f} µs; deepcopy of the bare texts {deep / both:7.1f}x, "
              f"pickle {pickled / both:7.1f}x as long")


def exchanges() -> None:
    """Scripted conversations, in utterances per second."""
    scenario = dialogym.make("PersuasionForGood-v0").scenario
    agents = {seat: dialogym.ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, seed) for seed in range(500)]
    said = sum(len(end.dialogue) for end in run(play, starts, agents))
    fresh = iter(range(500, 10**9, 500))

    def talk() -> None:
        first = next(fresh)  # new talks each time, so that no text is read from a cache
        run(play, [Position.start(scenario, seed) for seed in range(first, first + 500)], agents)

    print(f"scripted episodes: about {said / seconds(talk):,.0f} utterances/s")


def sharing() -> None:
    """Memory of a branch: a thousand continuations of one dialogue share its past."""
    dialogue = Dialogue.EMPTY
    for turn in range(50):
        dialogue = dialogue.say(Utterance("persuader", f"I see, number {turn}."))
    branches = [dialogue.say(Utterance("persuadee", "I see.")) for _ in range(1000)]
    print(f"1000 branches of 50 utterances hold {len({id(b.parent) for b in branches})} copy of the past")


if __name__ == "__main__":
    snapshots()
    exchanges()
    sharing()
