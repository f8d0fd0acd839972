"""The linear ranker: it finds what was planted, ranks people it never met, and re-ranks samples."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dialogym import Ask, Dialogue, Position, Utterance, View, make
from dialogym.agents.prompting import messages
from dialogym.alignment.preferences.linear import (
    UNREADABLE,
    LinearRanker,
    Moment,
    bradley_terry,
    features,
    fit_linear,
)
from dialogym.alignment.preferences.pair import Candidate, PreferencePair
from dialogym.envs.agent import ScriptedAgent, converse
from dialogym.envs.dialogue import turns
from dialogym.envs.emotional_support.bids import BIDS
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.keys import mix, pick, uniform
from dialogym.search.best_of_n import BestOfN
from tests.toy import Thinking

TOY = Thinking()
ACTS = ("ask", "praise", "press", "joke")
WORTH = {"ask": 1.0, "praise": 0.5, "press": -1.5, "joke": 0.0}


def pair(chosen: tuple[str, ...], rejected: tuple[str, ...], person: int = 0, situation: str = "", depth: int = 0,
         context: tuple[tuple[str, str], ...] = ()) -> PreferencePair:
    return PreferencePair(context, Candidate("a", 1.0, chosen), Candidate("b", 0.0, rejected), depth, f"search-{person}",
                          str(person), "search", situation)


def planted(count: int, seed: int = 0) -> list[PreferencePair]:
    """Pairs by WORTH, but that pressing is the best there is when the user is cold."""
    found = []
    for i in range(count):
        key = mix(seed, i)
        one, other = pick(key, ACTS, 1), pick(key, ACTS, 2)
        cold = uniform(key, 3) < 0.5
        worth = {**WORTH, "press": 3.0} if cold else WORTH
        if one != other:
            first = uniform(key, 4) < 1 / (1 + math.exp(worth[other] - worth[one]))
            sides = ((one,), (other,)) if first else ((other,), (one,))
            found.append(pair(*sides, person=i % 97, situation="cold" if cold else "warm", depth=i % 12))
    return found


def test_two_acts_have_the_weight_of_the_textbook() -> None:
    """With one feature and hardly a penalty, w is the log odds: 30 to 10."""
    x = np.array([[1.0], [-1.0]])
    assert bradley_terry(x, np.array([30.0, 10.0]), 1e-9)[0] == pytest.approx(math.log(3), abs=1e-6)


def test_it_is_logistic_regression_without_an_intercept() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6))
    chosen = rng.random(200) < 1 / (1 + np.exp(-x @ np.array([1, -2, 0.5, 0, 0, 1])))
    signed = np.where(chosen[:, None], x, -x)
    fitted = linear_model.LogisticRegression(C=1 / 0.7, fit_intercept=False, tol=1e-10, max_iter=1000).fit(x, chosen)
    assert bradley_terry(signed, np.ones(200), 0.7) == pytest.approx(fitted.coef_[0], abs=1e-5)


def test_what_was_planted_is_found() -> None:
    ranker = fit_linear(TOY, planted(4_000))
    for situation, worth in (("warm", WORTH), ("cold", {**WORTH, "press": 3.0})):
        here = Moment(situation, 4, frozenset())
        scores = {act: ranker.score((act,), here) for act in ACTS}
        for act in ACTS:
            assert scores[act] - scores["joke"] == pytest.approx(worth[act] - worth["joke"], abs=0.5), (situation, act)
    assert next(iter(ranker.weights)) in ("press | cold", "press", "press | warm"), "the strongest is the first"
    assert ranker.held_out is not None
    assert (ranker.held_out.pairs, ranker.held_out.people) == (len(planted(4_000)), 97)
    assert 0.75 < ranker.held_out.accuracy < 0.9


def test_pairs_without_a_lesson_are_ranked_by_chance_on_people_it_never_met() -> None:
    """Fitted and judged on the same people it would seem to know something."""
    pairs = [pair((f"act {i % 40}",), (f"act {(i + 1 + i % 7) % 40}",), person=i) if uniform(i, 9) < 0.5
             else pair((f"act {(i + 1 + i % 7) % 40}",), (f"act {i % 40}",), person=i) for i in range(600)]
    ranker = fit_linear(TOY, pairs)
    own = sum(ranker.prefers(Moment.of_pair(TOY, p), p.chosen, p.rejected) for p in pairs) / len(pairs)
    assert own > 0.6
    assert ranker.held_out is not None
    assert abs(ranker.held_out.accuracy - 0.5) < 0.08


def test_a_reply_has_its_acts_in_situation_at_depth_and_again() -> None:
    here = Moment("warm", 3, frozenset({"ask"}))
    assert list(features(("ask", "ask", "joke"), here)) == [
        "ask", "ask | warm", "ask | turns 4 to 6", "ask | again", "joke", "joke | warm", "joke | turns 4 to 6"]
    assert next(iter(features((), Moment("", 40, frozenset())))) == UNREADABLE


def test_a_view_and_the_pair_made_of_it_are_one_moment() -> None:
    """States and all: what is repeated is heard in the words that the policy's own messages hold."""
    scenario = make("EmotionalSupport-v0", encoder="character-ngrams").scenario
    talk = converse(Position.start(scenario, 3), {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats})
    said, bids = [], set()
    for depth, (before, _) in enumerate(turns(talk.dialogue, scenario.interactive)):
        view = View(scenario, scenario.interactive, None, before.seen_by(scenario.interactive))
        found = pair(("ask",), ("joke",), context=tuple((m["role"], m["content"]) for m in messages(view)))
        here = Moment.of_view(view)
        assert Moment.of_pair(scenario, found) == here
        assert here.depth == depth
        assert here.situation.startswith(scenario.situation(view.dialogue))
        said.append(len(here.said))
        bids.add(here.situation.partition(" ")[2])
    assert bids & set(BIDS), "what the seeker is after is part of it"
    assert said == sorted(said)
    assert said[0] == 0 < said[-1]


def test_it_chooses_among_samples_as_best_of_n_asks() -> None:
    ranker = LinearRanker({"guess": 1.0, UNREADABLE: -1.0}, 1.0, 0)

    class Mumbling:
        """Says something only as its fifth candidate."""

        def respond(self, asks: list[Ask]) -> list[Utterance]:
            return [Utterance("guesser", "Is it red?" if ask.index == 4 else f"hm {ask.index}") for ask in asks]

    (said,) = BestOfN(Mumbling(), ranker.judge(), 8).respond([Position.start(TOY, 0).ask()])
    assert said.text == "Is it red?"
    view = View(TOY, "guesser", None, Dialogue.EMPTY)
    assert ranker.judge()([(view, said), (view, Utterance("guesser", "hm"))]) == [1.0, -1.0]


def test_the_model_on_the_disk_is_the_same_model(tmp_path: Path) -> None:
    ranker = fit_linear(TOY, planted(300))
    ranker.save(tmp_path / "linear.json")
    assert LinearRanker.load(tmp_path / "linear.json") == ranker
    assert fit_linear(TOY, planted(300)[::-1]).weights == ranker.weights, "in whatever order the pairs come"
    (tmp_path / "linear.json").write_text('{"kind": "another"}')
    with pytest.raises(InvalidConfig, match="holds no linear ranker"):
        LinearRanker.load(tmp_path / "linear.json")


def test_nothing_to_fit_is_said() -> None:
    with pytest.raises(InvalidConfig, match="needs pairs and a penalty above 0"):
        fit_linear(TOY, [])
    with pytest.raises(InvalidConfig, match="penalty"):
        fit_linear(TOY, planted(9), penalty=0.0)
    assert fit_linear(TOY, [pair(("ask",), ("joke",))]).held_out is None, "there is nobody else to fit it on"
