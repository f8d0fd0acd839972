"""Speed and memory of the environments, as ratios measured in one run.

    python benchmarks/speed.py [--quick] [--rounds 7] [--seconds 0.3]

What is compared takes turns: in every round each contestant works for `--seconds` of processor time of this process, and the
figures are the medians over the rounds, the ranges in brackets. A ratio is that of two contestants in the same round. Processor
time, not time of day: another process on the machine then costs less, though a shared core still costs something.

steps       agent-steps per second through PettingZoo's AEC interface as its documentation writes the loop (`agent_iter`,
            `last` with its observation, `step`), with agents that do not think: one says the same sentence, the other
            environments' agents make the first legal move. Resets and the dead steps at an end are in the time; only steps
            with an action are counted. "new words" says a sentence never said before, so that nothing remembered about a text
            helps. TextArena has a loop of its own (`make`, `reset`, `get_observation`, `step`, `close`).
exchanges   scripted speakers of both seats, from position to position without an environment; two utterances are an exchange.
            The seeds are new in each turn, so that few texts are remembered from one before. The ratio is to two moves of
            PettingZoo's tictactoe.
snapshots   `env.restore(env.snapshot())` after so many turns of both seats, against one copy: `copy.deepcopy` and pickle of the
            utterances alone as a plain list of (seat, text), the least that an environment with such a list has to copy; of the
            environment with such a list; and of the environment as it is, whose `copy.deepcopy` shares the dialogue.
memory      bytes per node of a searched tree with its texts, positions and statistics, and per position of 10,000 answers to
            one dialogue of 50 turns, by tracemalloc, the package's caches filled before.
"""

from __future__ import annotations

import argparse
import copy
import gc
import importlib.util
import pickle
import sys
import time
import tracemalloc
import types
import warnings
from collections.abc import Callable, Mapping
from itertools import count, product
from statistics import median
from typing import Any

import dialogym
from dialogym import Position, Scenario, ScriptedAgent
from dialogym.search import IxMCTS, run

SENTENCE = "Let me think about that."
TICTACTOE = "PettingZoo tictactoe"
KINDS = (("PersuasionForGood-v0", {}), ("EmotionalSupport-v0", {"language": "en"}), ("EmotionalSupport-v0", {"language": "zh"}))
Work = Callable[[], int]
"""Does a bounded piece of work and returns how many units it was."""


# -- measuring ---------------------------------------------------------------------------------


def rates(contestants: Mapping[str, Work], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Units per second of processor time: for each contestant one figure per round, the contestants taking turns."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for work in contestants.values():
        work()  # what is built once is built before the first round
    for _ in range(rounds):
        for name, work in contestants.items():
            gc.collect()
            units, started = 0, time.process_time()
            while (spent := time.process_time() - started) < seconds:
                units += work()
            found[name].append(units / spent)
    return found


def line(name: str, ratios: list[float] | None, figures: list[float], unit: str) -> str:
    """A row: the ratio if there is one, the absolute figure, their ranges."""
    ratio = "" if ratios is None else f"{median(ratios):10,.2f}x [{min(ratios):,.2f} to {max(ratios):,.2f}]"
    digits = 0 if median(figures) >= 100 else 1
    absolute = f"{median(figures):12,.{digits}f} {unit} [{min(figures):,.{digits}f} to {max(figures):,.{digits}f}]"
    return f"  {name:<46}{ratio:<32}{absolute}"


def table(found: Mapping[str, list[float]], unit: str, reference: str | None) -> None:
    """Prints a row per contestant, with ratios to the reference in the same round."""
    for name, figures in found.items():
        ratios = [a / b for a, b in zip(figures, found[reference], strict=True)] if reference else None
        print(line(name, ratios, figures, unit))


# -- steps -------------------------------------------------------------------------------------


def episode(env: Any, seed: int, action: Callable[[Any], Any]) -> int:
    """One episode through the AEC interface; returns the steps with an action."""
    steps = 0
    env.reset(seed=seed)
    for _ in env.agent_iter():
        observation, _, terminated, truncated, _ = env.last()
        if terminated or truncated:
            env.step(None)
        else:
            env.step(action(observation))
            steps += 1
    return steps


def dialogue_steps(id: str, *, new_words: bool = False) -> Work:
    """Episodes of a dialogue environment, always the same sentence or always another one."""
    env, seeds, numbers = dialogym.make(id), count(), count()
    if new_words:
        return lambda: episode(env, next(seeds), lambda _: f"Let me think about that, {word(next(numbers))}.")
    return lambda: episode(env, next(seeds), lambda _: SENTENCE)


_LETTERS = str.maketrans("0123456789", "bdfglmprst")


def word(number: int) -> str:
    """A word for every number: a digit would make the persuasion scenario look for an amount."""
    return f"{number:07}".translate(_LETTERS)


def tictactoe_steps() -> dict[str, Work]:
    """PettingZoo's tictactoe as it is made for users, and without its wrappers."""
    if "pygame" not in sys.modules and importlib.util.find_spec("pygame") is None:
        # It draws with pygame and imports it before anybody looks. Nothing is drawn here: an empty module will do.
        sys.modules["pygame"] = types.ModuleType("pygame")
        print("  (pygame is not installed; tictactoe runs without it, as nothing is drawn)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pettingzoo.classic import tictactoe_v3  # noqa: PLC0415 - it needs what is put right above

    def first_free(observation: Any) -> int:
        return int(observation["action_mask"].argmax())

    wrapped, bare, seeds = tictactoe_v3.env(), tictactoe_v3.raw_env(), count()
    return {TICTACTOE: lambda: episode(wrapped, next(seeds), first_free),
            "PettingZoo tictactoe, without its wrappers": lambda: episode(bare, next(seeds), first_free)}


def textarena_steps() -> dict[str, Work]:
    """Two games of TextArena; none, and a sentence that says so, when it is not installed."""
    if importlib.util.find_spec("textarena") is None:
        print("  (TextArena is not installed; compare with it after: pip install 'dialogym[bench]')")
        return {}
    import textarena  # noqa: PLC0415 - optional

    def play(id: str, seed: int, action: Callable[[int], str]) -> int:
        env = textarena.make(id)  # a new one each time: its observations grow from episode to episode when it is only reset
        env.reset(num_players=2, seed=seed)
        steps, done = 0, False
        while not done:
            env.get_observation()
            done, _ = env.step(action(steps))
            steps += 1
        env.close()
        return steps

    seeds = count()
    return {"TextArena TicTacToe": lambda: play("TicTacToe-v0", next(seeds), lambda step: f"[{step}]"),
            "TextArena SimpleNegotiation": lambda: play("SimpleNegotiation-v0", next(seeds), lambda step: SENTENCE)}


def steps(rounds: int, seconds: float) -> None:
    print("agent-steps per second (ratio to PettingZoo's tictactoe)")
    contestants = {**tictactoe_steps(), **textarena_steps()}
    for id in dict.fromkeys(id for id, _ in KINDS):
        contestants[id] = dialogue_steps(id)
        contestants[f"{id}, new words"] = dialogue_steps(id, new_words=True)
    table(rates(contestants, rounds, seconds), "steps/s", TICTACTOE)


# -- exchanges ---------------------------------------------------------------------------------


def talks(scenario: Scenario, names: tuple[str, str], seeds: count[int]) -> Work:
    """Episodes of a pair of scripted speakers; two utterances are one exchange."""
    speakers = {seat: scenario.scripted_policy(seat, name) for seat, name in zip(scenario.seats, names, strict=True)}

    def talk() -> int:
        said = 0
        for _ in range(20):
            position = Position.start(scenario, next(seeds))
            while not position.over:
                position = position.say(speakers[position.seat](position.ask()))
            said += len(position.dialogue)
        return said // 2

    return talk


def halved(work: Work) -> Work:
    """The same work, two units counted as one; what is left over counts with the next."""
    left = 0

    def half() -> int:
        nonlocal left
        pairs, left = divmod(work() + left, 2)
        return pairs

    return half


def in_turn(works: list[Work]) -> Work:
    """All of them, one after another."""
    return lambda: sum(work() for work in works)


def exchanges(rounds: int, seconds: float) -> None:
    print("\nexchanges per second of scripted speakers (ratio to two moves of PettingZoo's tictactoe)")
    moves = tictactoe_steps()[TICTACTOE]
    contestants = {"two moves of PettingZoo's tictactoe": halved(moves)}
    for id, options in KINDS:
        scenario = dialogym.make(id, **options).scenario
        label = " ".join([id, *options.values()])
        pairs = list(product(*(scenario.scripted[seat] for seat in scenario.seats)))
        contestants[f"{label}, {pairs[0][0]} and {pairs[0][1]}"] = talks(scenario, pairs[0], count())
        contestants[f"{label}, all {len(pairs)} pairs"] = in_turn([talks(scenario, pair, count()) for pair in pairs])
    table(rates(contestants, rounds, seconds), "exchanges/s", next(iter(contestants)))


# -- snapshots ---------------------------------------------------------------------------------


def often(work: Callable[[], object], times: int) -> Work:
    """The same thing so many times: what is quick is not timed one by one."""

    def repeat() -> int:
        for _ in range(times):
            work()
        return times

    return repeat


def snapshots(rounds: int, seconds: float, lengths: tuple[int, ...] = (10, 50, 1000)) -> None:
    print("\nsnapshot + restore (ratio: how often it is done in the time of one copy)")
    for turns in lengths:
        env = dialogym.make("PersuasionForGood-v0", horizon=2 * turns)
        env.reset(seed=0)
        for number in range(2 * turns):
            env.step(f"I see, number {number}.")
        texts = [(u.seat, u.text) for u in env.position.dialogue]
        found = rates({
            "snapshot + restore": often(lambda env=env: env.restore(env.snapshot()), 200),
            "copy.deepcopy of the list of utterances": often(lambda texts=texts: copy.deepcopy(texts), 1),
            "pickle and back of the list of utterances": often(lambda texts=texts: pickle.loads(pickle.dumps(texts)), 5),
            "copy.deepcopy of the environment with the list": often(lambda both=(env, texts): copy.deepcopy(both), 1),
            "copy.deepcopy of the environment": often(lambda env=env: copy.deepcopy(env), 1),
            "pickle and back of the environment": often(lambda env=env: pickle.loads(pickle.dumps(env)), 1),
        }, rounds, seconds)
        print(f"  after {turns} turns, {2 * turns} utterances")
        own = found["snapshot + restore"]
        for name, figures in found.items():
            ratios = None if figures is own else [b / a for a, b in zip(figures, own, strict=True)]
            print(line(name, ratios, [1e6 / figure for figure in figures], "µs"))


# -- memory ------------------------------------------------------------------------------------


def held(build: Callable[[], Any]) -> tuple[int, Any]:
    """Bytes that what was built holds, and the thing itself. Built twice, so that caches are filled before it is measured."""
    build()
    gc.collect()
    tracemalloc.start()
    try:
        thing = build()
        gc.collect()
        return tracemalloc.get_traced_memory()[0], thing
    finally:
        tracemalloc.stop()


def memory(iterations: int, branches: int) -> None:
    print("\nmemory (ratio: bytes of a copy.deepcopy of the environment, which shares its dialogue too, over these)")
    for id, options in KINDS[:2]:
        env = dialogym.make(id, **options, **({"encoder": "character-ngrams"} if options else {}), horizon=100)
        env.reset(seed=1)
        start, cast = env.position, {seat: ScriptedAgent.of(env.scenario, seat) for seat in env.scenario.seats}
        for _ in range(100):
            env.step(SENTENCE)
        copies, _ = held(lambda e=env: [copy.deepcopy(e) for _ in range(50)])
        size, (tree,) = held(lambda s=start, c=cast: run(IxMCTS(iterations=iterations), [s], c))
        print(kept(f"{id}, tree of {len(tree):,} nodes", copies / 50, size / len(tree)))
        size, _ = held(lambda p=env.position: [p.say(f"Answer number {number}.", number) for number in range(branches)])
        print(kept(f"{id}, {branches:,} answers to 100 utterances", copies / 50, size / branches))


def kept(name: str, other: float, size: float) -> str:
    """A row of the table of memory."""
    return f"  {name:<62}{other / size:8.1f}x {size:10,.0f} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a moment of each: that everything runs, no figures to quote")
    parser.add_argument("--rounds", type=int, default=7, help="how often each contestant has its turn")
    parser.add_argument("--seconds", type=float, default=0.3, help="processor time of a turn")
    given = parser.parse_args()
    rounds, seconds = (1, 0.01) if given.quick else (given.rounds, given.seconds)
    steps(rounds, seconds)
    exchanges(rounds, seconds)
    snapshots(rounds, seconds)
    memory(*((5, 200) if given.quick else (200, 10_000)))


if __name__ == "__main__":
    main()
