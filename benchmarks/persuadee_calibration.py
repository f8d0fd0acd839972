"""How well the calibrated persuadee matches PersuasionForGood: the committed figures beside what a simulation gives.

`benchmarks/fit_persuadee.py` prints the table and the tests check it; neither needs the corpus here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, pi, sqrt
from statistics import fmean

import numpy as np

from dialogym.envs.persuasion.acts import recognise
from dialogym.envs.persuasion.conditions import DRAWN, Persona
from dialogym.envs.persuasion.scenario import Persuasion
from dialogym.envs.persuasion.simulators import calibrated
from dialogym.envs.persuasion.simulators import corpus_figures as figures
from dialogym.envs.persuasion.simulators.persuader import crowd
from dialogym.envs.persuasion.simulators.replies import REACTIONS, act_to_answer
from dialogym.envs.position import Position

STRATEGIES = ("source-inquiry", "personal-inquiry", "logical-appeal", "emotion-appeal", "credibility-appeal",
              "personal-story", "self-modeling", "foot-in-the-door", "donation-information")
TRAITS = tuple(name for name in DRAWN if name != "mood")
TURNS = 10
"""Turns of a corpus talk: most have exactly ten of each seat."""
EDGES = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Upper edges of the bins of the donation's distribution, in dollars."""


def logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of a logistic regression by Newton's method; the intercept comes first."""
    x = np.column_stack([np.ones(len(x)), x])
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ b))
        h = x.T @ (x * (p * (1 - p))[:, None]) + 1e-6 * np.eye(len(b))
        b = b + np.linalg.solve(h, x.T @ (y - p))
    return b, np.sqrt(np.diag(np.linalg.inv(h)))


def binned(amounts: Iterable[float]) -> list[float]:
    """The share of the positive amounts, clipped at $2, in each bin of EDGES."""
    given = [min(a, 2.0) for a in amounts if a > 0]
    return [round(sum(low < a <= high for a in given) / max(len(given), 1), 4)
            for low, high in zip((0.0, *EDGES), EDGES, strict=False)]


def shares(counts: Mapping[str, float]) -> dict[str, float]:
    """Counts as shares, rounded to 3 places, zeros left out."""
    total = sum(counts.values())
    return {name: round(count / total, 3) for name, count in sorted(counts.items()) if count / total >= 0.0005}


def effects(names: Sequence[str], fit: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple[float, float]]:
    """(coefficient, standard error) by name, without the intercept."""
    return {name: (round(float(b), 3), round(float(s), 3)) for name, b, s in zip(names, fit[0][1:], fit[1][1:], strict=True)}


@dataclass(frozen=True)
class Played:
    """What the calibrated persuadee and the crowd did over many dialogues: the ends, and (acts heard, plan) of each reply."""

    ends: Sequence[Position]
    steps: Sequence[tuple[tuple[str, ...], calibrated.Plan]]

    @property
    def gifts(self) -> list[float]:
        """Dollars, 0 without a promise."""
        return [2.0 * end.engagement.level for end in self.ends]

    @property
    def stances(self) -> list[int]:
        """The turn of the decision, counted from 1, of the dialogues decided within the corpus's ten turns."""
        return [end.turns for end in self.ends if end.engagement.over and end.turns <= TURNS]


def simulate(episodes: int, first: int = 0) -> Played:
    """Dialogues of the crowd and the calibrated persuadee with drawn personas, at seeds `first`, `first` + 1, ..."""
    scenario = Persuasion().under("PersuasionForGood-v0")
    ends, steps = [], []
    for seed in range(first, first + episodes):
        at = Position.start(scenario, seed)
        while not at.over:
            at = at.say(crowd(at.ask()))
            steps.append((recognise(at.dialogue.utterance.text)[:3], calibrated.plan(at.ask())))
            at = at.say(calibrated.speak(at.ask()))
        ends.append(at)
    return Played(ends, steps)


def reply_shares(replies: Iterable[calibrated.Plan]) -> dict[str, float]:
    """The share of each class among the classes of all replies; promises and refusals are the decision."""
    return shares(Counter("decision" if act in ("promise", "refuse") else act for reply in replies for act in reply.acts))


def distance(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """The total variation distance of two distributions, in [0, 1]."""
    return sum(abs(a.get(name, 0.0) - b.get(name, 0.0)) for name in {*a, *b}) / 2


@dataclass(frozen=True)
class Line:
    """One line of the table: a figure of the corpus, its simulated counterpart and how far they may be apart."""

    name: str
    corpus: float
    simulated: float
    tolerance: float

    @property
    def off(self) -> bool:
        """Whether the two differ by more than the tolerance."""
        return abs(self.corpus - self.simulated) > self.tolerance


def slack(share: float, corpus: int, simulated: int) -> float:
    """Two standard errors of the difference of two shares, and one point for what the model leaves out."""
    return 2.0 * sqrt(share * (1 - share) * (1 / corpus + 1 / simulated)) + 0.01


def compare(played: Played) -> list[Line]:
    """The committed figures of the corpus against the simulated ones.

    Tolerances are `slack`: the sampling error of the annotated part and of our run, and one percentage point. For the turn of
    the decision the standard deviation, about 2.7 turns in both, stands for the binomial one, and the point is a quarter turn.
    """
    counts, n = figures.COUNTS, len(played.ends)
    given = [gift for gift in played.gifts if gift > 0]
    rate = len(given) / n
    lines = [Line("donation rate", figures.PAID, rate, slack(figures.PAID, counts["people"], n))]
    low = 0.0
    for edge, ours, theirs in zip(EDGES, binned(given), figures.PAID_BINS, strict=True):
        lines.append(Line(f"gifts over ${low:g}, up to ${edge:g}", theirs, ours, slack(theirs, counts["payers"], len(given))))
        low = edge
    decided = played.stances
    lines.append(Line(f"decided within {TURNS} turns", figures.STANCE_SHARE, len(decided) / n,
                      slack(figures.STANCE_SHARE, counts["annotated talks"], n)))
    error = 2.7 * (1 / (figures.STANCE_SHARE * counts["annotated talks"]) + 1 / len(decided)) ** 0.5
    lines.append(Line("mean turn of the decision", figures.STANCE_TURN, fmean(decided), 2 * error + 0.25))
    n = len(played.steps)
    for title, wanted, found in (
            ("reply", figures.REPLIES, reply_shares(plan for _, plan in played.steps)),
            ("crowd", figures.CROWD_ACTS, shares(Counter(act for acts, _ in played.steps for act in acts)))):
        for name, share in sorted(wanted.items(), key=lambda pair: -pair[1]):
            lines.append(Line(f"{title}: {name}", share, found.get(name, 0.0), slack(share, counts["annotated replies"], n)))
    return [*lines, compare_reactions(played), *compare_answers(played)]


def reactions(replies: Iterable[tuple[Sequence[str], bool]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many replies (classes, whether the speaker gave in the end) react well and how many coolly: givers, others."""
    counts = Counter((gave, name == "positive-reaction") for acts, gave in replies for name in acts if name in REACTIONS)
    return (counts[True, True], counts[True, False]), (counts[False, True], counts[False, False])


def compare_reactions(played: Played) -> Line:
    """How much better givers react than others: the logarithm of the odds ratio, within two standard errors of both."""
    gave = [end.engagement.level > 0 for end in played.ends for _ in range(end.turns)]
    ours = reactions((plan.acts, yes) for (_, plan), yes in zip(played.steps, gave, strict=True))
    ratios, variance = [], 0.0
    for (a, b), (c, d) in (figures.REACTIONS, ours):
        ratios.append(log(a * d / (b * c)))
        variance += 1 / a + 1 / b + 1 / c + 1 / d
    return Line("log odds of reacting well, givers", ratios[0], ratios[1], 2 * sqrt(variance))


def compare_answers(played: Played) -> list[Line]:
    """How far apart the distributions of replies to each common act are (total variation distance, ideally 0).

    The tolerance is what two samples of these sizes from one distribution would be apart on average, and five points.
    """
    lines = []
    for name, theirs in figures.REPLIES_COUNTED.items():
        after = [plan for acts, plan in played.steps if act_to_answer(acts) == name]
        undecided = [plan for plan in after if not {"promise", "refuse"} & set(plan.acts)]
        if theirs >= 50 and name != "none":
            corpus = figures.REPLIES_AFTER[name]
            spread = 1 / theirs + 1 / max(len(undecided), 1)
            chance = sum((share * (1 - share) * spread * 2 / pi) ** 0.5 for share in corpus.values()) / 2
            lines.append(Line(f"distance after {name}", 0.0, distance(corpus, reply_shares(undecided)), chance + 0.05))
    return lines


def persona_effects(played: Played) -> dict[str, tuple[float, float]]:
    """The traits' simulated effects on giving, fitted as the corpus's are."""
    x = np.array([[end.condition.z(name) for name in TRAITS] for end in played.ends if isinstance(end.condition, Persona)])
    return effects(TRAITS, logistic(x, np.array([float(gift > 0) for gift in played.gifts])))


def strategy_effects(played: Played) -> dict[str, tuple[float, float]]:
    """The strategies' simulated effects on giving, as heard before the decision, fitted as the corpus's are."""
    acts_in = [end.dialogue.fold(calibrated.hear, calibrated.beginning(end.condition)).acts for end in played.ends
               if isinstance(end.condition, Persona)]
    x = [[float(name in acts) for name in STRATEGIES] for acts in acts_in]
    return effects(STRATEGIES, logistic(np.array(x), np.array([float(gift > 0) for gift in played.gifts])))
