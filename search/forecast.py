"""What a search will take before it runs: hours, tokens, memory and cost, by a queueing model.

A worker (a GPU, or a process) has `window` conversations in hand and takes them forward together: a *sweep* expands a node
in each, e candidates by the policy and then an answer to each by the user. How long a sweep takes with n conversations in hand
is its `Sweep`; how many sweeps a conversation needs is its length, which varies. So the model is a closed queueing network:
workers that serve n conversations at a rate that depends on n, and one queue before them. It is simulated, in under a second.

A sweep comes from one of two places: from the arithmetic of a model's shape on a GPU (`served`), or from a short search with
the very agents (`measured`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import exp, log, sqrt
from statistics import NormalDist, fmean, pstdev
from typing import Any

from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from .mcts import IxMCTS

Sweep = Callable[[int], float]
"""Seconds that one sweep takes with so many conversations in hand."""
NODE_BYTES = 3400
"""Of the host's memory for a node of a tree in flight (docs/performance.md)."""
LINE_BYTES = 700
"""Of the file for a node, about: two utterances and ten figures."""
TEMPLATE = 5
"""Tokens that a chat template puts around a message."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU as its maker describes it.

    Attributes:
        bandwidth: bytes per second of its memory.
        arithmetic: operations per second in bfloat16, without sparsity.
        memory: bytes.
        price: dollars an hour. An assumption, to be replaced by what you pay.
    """

    bandwidth: float
    arithmetic: float
    memory: float
    price: float


GPUS = {"a100": Gpu(2.039e12, 312e12, 80e9, 1.5), "h100": Gpu(3.35e12, 989e12, 80e9, 2.5),
        "h200": Gpu(4.8e12, 989e12, 141e9, 3.0)}


@dataclass(frozen=True, slots=True)
class Shape:
    """A language model's size.

    Attributes:
        weights: parameters.
        column: bytes of keys and values per token of context, in bfloat16.
    """

    weights: float
    column: float


SHAPES = {"llama-3.2-1b": Shape(1.24e9, 16 * 2 * 8 * 64 * 2), "llama-3.2-3b": Shape(3.21e9, 28 * 2 * 8 * 128 * 2),
          "qwen2.5-7b": Shape(7.62e9, 28 * 2 * 4 * 128 * 2)}


@dataclass(frozen=True, slots=True)
class Words:
    """How long what is said and read is, in tokens.

    Attributes:
        policy: of a reply, with its private state.
        user: likewise.
        system: of the messages before the talk.
    """

    policy: float = 30.0
    user: float = 20.0
    system: float = 400.0


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be searched.

    Attributes:
        conversations: how many.
        expansions: nodes expanded in each, on average: its length in sweeps.
        spread: standard deviation of the expansions over their mean.
        width: e.
        depth: turns of the interactive seat before the average expanded node.
    """

    conversations: int
    expansions: float
    spread: float
    width: int
    depth: float

    def __post_init__(self) -> None:
        if self.conversations < 1 or self.expansions <= 0 or self.spread < 0:
            raise InvalidConfig("A forecast needs at least 1 conversation, expansions above 0 and a spread of at least 0, got "
                                f"{self.conversations}, {self.expansions} and {self.spread}.")

    def lengths(self) -> list[float]:
        """Sweeps of each conversation: log-normal with the mean and the spread, at even steps of its distribution."""
        sigma = sqrt(log(1 + self.spread * self.spread))
        normal, key, count = NormalDist(), text_key("forecast"), self.conversations
        order = sorted(range(count), key=lambda i: mix(key, i))
        return [self.expansions * exp(sigma * normal.inv_cdf((i + 0.5) / count) - sigma * sigma / 2) for i in order]


def saturated(planner: IxMCTS, horizon: int, conversations: int, spread: float = 0.0) -> Work:
    """The most that a search can be: every tree saturated, no talk ending before the horizon (1, 3, 9, 27, then K a depth)."""
    depths = range(min(horizon, planner.depth or horizon))
    expanded = [min(planner.keep or planner.width**depth, planner.width**depth) for depth in depths]
    total = sum(expanded)
    if planner.iterations is not None and planner.iterations < total:
        expanded, total = [round(n * planner.iterations / total) for n in expanded], planner.iterations
    mean = sum(depth * n for depth, n in enumerate(expanded)) / max(1, sum(expanded))
    return Work(conversations, total, spread, planner.width, mean)


@dataclass(frozen=True, slots=True)
class Served:
    """A model's sweeps on a GPU, both seats by adapters of one model, contexts' keys and values shared and kept.

    A decoding step reads the weights once and the columns in view, or computes two operations a weight and row where that takes
    longer; a prompt costs two operations a weight and new token. All of it at `share` of what the GPU's maker promises, and
    `step` seconds more for every decoding step.
    """

    shape: Shape
    gpu: Gpu
    words: Words
    work: Work
    share: float = 0.5
    step: float = 0.003

    def context(self) -> float:
        """Tokens before the average reply."""
        return self.words.system + self.work.depth * (self.words.policy + self.words.user + 2 * TEMPLATE)

    def parts(self, n: int) -> dict[str, float]:
        """Seconds of a sweep with n conversations in hand, by what they go into."""
        rows, found = n * self.work.width, dict.fromkeys(("weights", "cache", "arithmetic", "steps"), 0.0)
        bandwidth, arithmetic = self.gpu.bandwidth * self.share, self.gpu.arithmetic * self.share
        for steps, heard, prompts in ((self.words.policy, self.words.user, n), (self.words.user, self.words.policy, rows)):
            read = 2 * self.shape.weights / bandwidth
            cached = rows * (self.context() + steps / 2) * self.shape.column / bandwidth
            computed = 2 * self.shape.weights * rows / arithmetic
            found["weights" if computed < read + cached else "arithmetic"] += steps * max(read, computed - cached)
            found["cache"] += steps * cached
            found["arithmetic"] += 2 * self.shape.weights * prompts * (heard + TEMPLATE) / arithmetic
            found["steps"] += steps * self.step
        return found

    def __call__(self, n: int) -> float:
        """See `Sweep`."""
        return sum(self.parts(n).values())

    def memory(self, n: int) -> float:
        """Bytes of the GPU with n conversations in hand: the weights, and the columns of their trees' live paths."""
        return 2 * self.shape.weights + n * self.work.width * self.context() * self.shape.column

    def fits(self) -> int:
        """The most conversations in hand that the memory is enough for, a tenth of it left free; 0: the weights fill it."""
        room = 0.9 * self.gpu.memory - 2 * self.shape.weights
        return max(0, int(room / (self.work.width * self.context() * self.shape.column)))


@dataclass(frozen=True, slots=True)
class Line:
    """A worker's sweeps as a line: `fixed` seconds, and `each` seconds for every conversation in hand."""

    fixed: float
    each: float

    def __call__(self, n: int) -> float:
        """See `Sweep`."""
        return self.fixed + self.each * n


def fitted(few: tuple[int, float, float], many: tuple[int, float, float]) -> Line:
    """The line through two short searches, each (conversations in hand, sweeps of all conversations together, seconds).

    With w in hand throughout, a search of s sweeps in all makes s / w together, and takes s (fixed / w + each) seconds.
    """
    (w1, s1, t1), (w2, s2, t2) = few, many
    if not w1 < w2 or min(s1, s2, t1, t2) <= 0:
        raise InvalidConfig(f"Two searches of different windows are wanted, the smaller first, got {few} and {many}.")
    fixed = max(0.0, (t1 / s1 - t2 / s2) / (1 / w1 - 1 / w2))
    return Line(fixed, max(0.0, t2 / s2 - fixed / w2))


@dataclass(frozen=True, slots=True)
class Course:
    """How a search would go.

    Attributes:
        seconds: until the last conversation has ended.
        in_hand: conversations in hand at a worker, averaged over workers and time.
        idle: share of the workers' time in which they have none.
        chain: seconds that the longest conversation alone would take: no number of workers takes less.
    """

    seconds: float
    in_hand: float
    idle: float
    chain: float


def simulated(lengths: Sequence[float], workers: int, window: int, sweep: Sweep) -> Course:
    """The search of conversations of such lengths (in sweeps), given out in their order as there is room."""
    if not lengths or workers < 1 or window < 1:
        raise InvalidConfig("A forecast needs conversations, workers and a window of at least 1, got "
                            f"{len(lengths)}, {workers} and {window}.")
    waiting = iter(lengths)
    hands: list[list[float]] = [[] for _ in range(workers)]  # per worker, at which of its sweeps each conversation ends
    made = [0.0] * workers
    for _ in range(window):
        for hand in hands:
            length = next(waiting, None)
            if length is not None:
                hand.append(length)
    for hand in hands:
        heapify(hand)
    clocks = [((hand[0]) * sweep(len(hand)), number) for number, hand in enumerate(hands) if hand]
    heapify(clocks)
    end = in_hand = busy = 0.0
    while clocks:
        now, number = heappop(clocks)
        hand = hands[number]
        passed = (hand[0] - made[number]) * sweep(len(hand))
        in_hand, busy, end = in_hand + passed * len(hand), busy + passed, max(end, now)
        made[number] = heappop(hand)
        if (length := next(waiting, None)) is not None:
            heappush(hand, made[number] + length)
        if hand:
            heappush(clocks, (now + (hand[0] - made[number]) * sweep(len(hand)), number))
    return Course(end, in_hand / (workers * end), 1 - busy / (workers * end), max(lengths) * sweep(1))


def bottleneck(served: Served, course: Course, window: int) -> str:
    """What would have to change for the search to take less time.

    "too few conversations": GPUs are short of work, and the search takes as long as one conversation's turns after another.
    """
    if course.in_hand < window / 2:
        return "too few conversations"
    parts = served.parts(max(1, round(course.in_hand)))
    return {"weights": "reading weights", "cache": "reading the cache", "arithmetic": "arithmetic",
            "steps": "a step's overhead"}[max(parts, key=parts.__getitem__)]


def planned(served: Served, gpus: int, window: int) -> dict[str, Any]:
    """A search on so many GPUs, as a JSON value: seconds, tokens, bytes, dollars and the bottleneck. Raises InvalidConfig."""
    room = served.fits()
    if room < 1:
        raise InvalidConfig(f"A model of {served.shape.weights / 1e9:.1f}G weights leaves no room for a conversation in "
                            f"{served.gpu.memory / 1e9:.0f} GB; name a larger GPU, or serve it over several.")
    work, used = served.work, min(window, room)
    course = simulated(work.lengths(), gpus, used, served)
    expansions = work.conversations * work.expansions
    replies, words = expansions * work.width, served.words
    new = expansions * (words.user + TEMPLATE) + replies * (words.policy + TEMPLATE) + work.conversations * words.system * 2
    nodes = 1 + work.expansions * work.width
    return {"gpus": gpus, "window": used, "seconds": course.seconds, "in_hand": course.in_hand, "idle": course.idle,
            "chain_seconds": course.chain, "generations": 2 * replies, "decoded_tokens": replies * (words.policy + words.user),
            "prefilled_tokens": new, "prefilled_unshared_tokens": 2 * replies * served.context(),
            "gpu_bytes": served.memory(used), "host_bytes": used * nodes * NODE_BYTES,
            "file_bytes": work.conversations * nodes * LINE_BYTES, "gpu_hours": gpus * course.seconds / 3600,
            "dollars": gpus * course.seconds / 3600 * served.gpu.price,
            "bottleneck": bottleneck(served, course, used) if used == window else f"memory ({used} fit)"}


def told(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and standard deviation over the mean."""
    mean = fmean(values)
    return mean, pstdev(values) / mean if mean else 0.0
