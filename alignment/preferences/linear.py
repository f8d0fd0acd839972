"""A linear model of preference pairs: what they hold, read off by the acts of their replies alone.

Bradley-Terry (1952), P(chosen over rejected) = σ(w · (x(chosen) − x(rejected))), fitted with an L2 penalty by Newton's method.
The features x of a reply are the acts that a listener hears in it: each alone, in its situation, at its depth, and once more.
Re-ranking a policy's own samples it is a ceiling and a diagnostic: a policy that learns less than this from the same pairs has
lost something in training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import fsum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...agents.prompting import read
from ...envs.chat import OPENING
from ...envs.dialogue import Dialogue, Utterance
from ...envs.errors import InvalidConfig
from ...envs.keys import mix, text_key
from ...envs.scenario import Scenario, View
from ...envs.storage import parsed, write_json
from ...search.best_of_n import Score
from .pair import UNREADABLE, Candidate, PreferencePair, people

STAGES = ((1, "first turn"), (3, "turns 2 to 3"), (6, "turns 4 to 6"), (10, "turns 7 to 10"))
LATE = "after turn 10"
PENALTY, FOLDS = 1.0, 5
_STEPS, _ENOUGH = 50, 1e-10
_DIGITS = 6
KIND = "linear Bradley-Terry"


@dataclass(frozen=True, slots=True)
class Moment:
    """What a reply answers to, as far as the model looks at it.

    Attributes:
        situation: what the scenario calls it (`Scenario.moment`).
        depth: turns the speaker had taken before.
        said: acts they had made before.
    """

    situation: str
    depth: int
    said: frozenset[str]

    @classmethod
    def of_view(cls, view: View) -> Moment:
        """The moment that a view is of."""
        own = [u for u in view.dialogue if u.seat == view.seat]
        return cls(view.scenario.moment(view.dialogue), len(own), _acts_of(view.scenario, own))

    @classmethod
    def of_pair(cls, scenario: Scenario, pair: PreferencePair) -> Moment:
        """The moment whose replies a pair compares.

        A context that holds the whole dialogue in one message (layout "figure") tells its situation and depth alone.
        """
        if not pair.context or pair.context[0][0] != "system":
            return cls(pair.situation, pair.depth, frozenset())
        dialogue = Dialogue.EMPTY
        for role, content in pair.context[1:]:
            if role == "assistant":
                dialogue = dialogue.say(read(View(scenario, scenario.interactive, None, dialogue), content, layout="strategy"))
            elif content != OPENING:
                dialogue = dialogue.say(Utterance(scenario.user, content))
        return cls.of_view(View(scenario, scenario.interactive, None, dialogue))


def features(acts: Sequence[str], moment: Moment) -> Iterator[str]:
    """The names of the features that a reply with these acts has."""
    stage = next((name for turns, name in STAGES if moment.depth < turns), LATE)
    for act in dict.fromkeys(acts or (UNREADABLE,)):
        yield act
        yield f"{act} | {moment.situation or 'any'}"
        yield f"{act} | {stage}"
        if act in moment.said:
            yield f"{act} | again"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a ranker does on people whose pairs it was not fitted on.

    Attributes:
        accuracy: share of pairs ranked right, those with equal scores counted half.
        pairs: how many were ranked.
        people: whose they are.
    """

    accuracy: float
    pairs: int
    people: int


@dataclass(frozen=True, slots=True)
class LinearRanker:
    """The fitted model.

    Attributes:
        weights: by feature; the strongest first.
        penalty: λ of the loss, Σ −log σ(w · Δx) + λ/2 ‖w‖².
        pairs: how many it was fitted on.
        held_out: of models fitted the same way on other people; None when it was not measured.
    """

    weights: Mapping[str, float]
    penalty: float
    pairs: int
    held_out: HeldOut | None = None

    def score(self, acts: Sequence[str], moment: Moment) -> float:
        """How good a reply with these acts is at that moment; only differences mean anything."""
        return fsum(self.weights.get(name, 0.0) for name in features(acts, moment))

    def judge(self) -> Score:
        """The model as a score of replies in their views, for best-of-N."""
        def score(replies: Sequence[tuple[View, Utterance]]) -> list[float]:
            views = {id(view): view for view, _ in replies}  # the candidates of one ask share their view
            moments = {key: Moment.of_view(view) for key, view in views.items()}
            return [self.score(view.scenario.recognise(reply), moments[id(view)]) for view, reply in replies]

        return score

    def prefers(self, moment: Moment, chosen: Candidate, rejected: Candidate) -> float:
        """1 when it ranks a pair right, 0 when wrong, ½ when it cannot tell."""
        margin = self.score(chosen.acts, moment) - self.score(rejected.acts, moment)
        return 0.5 if margin == 0 else float(margin > 0)

    def save(self, path: Path) -> None:
        """Writes the model as JSON that is read with ease: the strongest weights first."""
        write_json(path, {"kind": KIND, **asdict(self)})

    @classmethod
    def load(cls, path: Path) -> LinearRanker:
        """Reads what `save` wrote. Raises InvalidConfig on anything else."""
        try:
            found = parsed(path.read_text(encoding="utf-8"))
            if found.pop("kind") != KIND:
                raise ValueError("it is of another kind")
            held_out = found.pop("held_out")
            return cls(**found, held_out=None if held_out is None else HeldOut(**held_out))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidConfig(f"{path} holds no linear ranker ({error}); delete it and give the command again.") from error


def fit_linear(scenario: Scenario, pairs: Sequence[PreferencePair], *, penalty: float = PENALTY, seed: int = 0) -> LinearRanker:
    """The model of all the pairs, with its accuracy on people it was not fitted on.

    Args:
        scenario: whose replies are compared.
        pairs: as mined from a search; the values on their sides are not looked at, only which is the chosen one.
        penalty: λ.
        seed: decides which people are ranked by a model of which others.

    Raises:
        InvalidConfig: there are no pairs, or the penalty is not above 0.
    """
    if not pairs or not penalty > 0:
        raise InvalidConfig(f"A linear ranker needs pairs and a penalty above 0, got {len(pairs)} pairs and {penalty}.")
    moments = [Moment.of_pair(scenario, pair) for pair in pairs]
    whole = _fitted(moments, pairs, penalty)
    return LinearRanker(whole.weights, penalty, len(pairs), _held_out(moments, pairs, penalty, seed))


def _held_out(moments: Sequence[Moment], pairs: Sequence[PreferencePair], penalty: float, seed: int) -> HeldOut | None:
    """Every person's pairs, ranked by a model of people in other folds; None of a single person."""
    owners = people(pairs)
    order = sorted(set(owners), key=lambda name: (mix(text_key(name), seed), name))
    if len(order) < 2:
        return None
    fold = {name: place % FOLDS for place, name in enumerate(order)}
    right = []
    for number in range(min(FOLDS, len(order))):
        known = [i for i, owner in enumerate(owners) if fold[owner] != number]
        ranker = _fitted([moments[i] for i in known], [pairs[i] for i in known], penalty)
        right += [ranker.prefers(moments[i], pairs[i].chosen, pairs[i].rejected)
                  for i, owner in enumerate(owners) if fold[owner] == number]
    return HeldOut(round(sum(right) / len(right), _DIGITS), len(right), len(order))


def _fitted(moments: Sequence[Moment], pairs: Sequence[PreferencePair], penalty: float) -> LinearRanker:
    counted: Counter[tuple[tuple[str, int], ...]] = Counter()
    for moment, pair in zip(moments, pairs, strict=True):
        difference = Counter(features(pair.chosen.acts, moment))
        difference.subtract(features(pair.rejected.acts, moment))
        counted[tuple(sorted((name, count) for name, count in difference.items() if count))] += 1
    rows = sorted(counted)
    names = sorted({name for row in rows for name, _ in row})
    place = {name: column for column, name in enumerate(names)}
    x = np.zeros((len(rows), len(names)))
    for number, row in enumerate(rows):
        for name, count in row:
            x[number, place[name]] = count
    found = bradley_terry(x, np.array([counted[row] for row in rows], dtype=np.float64), penalty)
    weights = {name: round(float(value), _DIGITS) + 0.0 for name, value in zip(names, found, strict=True)}
    strongest = sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))
    return LinearRanker(dict(strongest), penalty, len(pairs))


def bradley_terry(x: NDArray[np.float64], counts: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """The w that minimises Σ n_i · −log σ(w · x_i) + λ/2 ‖w‖², by Newton's method with halved steps.

    Args:
        x: (rows, features), chosen minus rejected.
        counts: (rows,), how often each row was seen: n.
        penalty: λ, above 0, so that there is one minimum.
    """
    w = np.zeros(x.shape[1])

    def loss(at: NDArray[np.float64]) -> float:
        return float(counts @ np.logaddexp(0.0, -(x @ at)) + penalty / 2 * at @ at)

    here = loss(w)
    for _ in range(_STEPS):
        wrong = 1 / (1 + np.exp(np.clip(x @ w, -500, 500)))  # σ(−w · x)
        gradient = penalty * w - x.T @ (counts * wrong)
        if not gradient.size or float(np.abs(gradient).max()) < _ENOUGH:
            break
        curvature = (x.T * (counts * wrong * (1 - wrong))) @ x + penalty * np.eye(len(w))
        step = np.linalg.solve(curvature, gradient)
        scale = 1.0
        while (there := loss(w - scale * step)) > here and scale > _ENOUGH:
            scale /= 2
        w, here = w - scale * step, there
    return w


def _acts_of(scenario: Scenario, utterances: Sequence[Utterance]) -> frozenset[str]:
    return frozenset(act for utterance in utterances for act in scenario.recognise(utterance) or (UNREADABLE,))
