"""Best-of-N says the best-scored of N candidates, for every ask apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialogym import Ask, Position, ScriptedAgent, Utterance, View
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.reading.concerns import ANSWERED_BY, read_concern
from dialogym.envs.persuasion.simulators.moods import read_mood
from dialogym.search import play, run
from dialogym.search.best_of_n import BestOfN, Scored
from tests.toy import cast, talk

BASE = ScriptedAgent.of(Persuasion(), "persuader", "random")
ASKS = [talk(Position.start(Persuasion(), seed), cast(Persuasion()), 2).ask() for seed in range(10)]


class Scores:
    """Scores by length and keeps what it was shown."""

    def __init__(self, sign: float) -> None:
        self.sign = sign
        self.calls: list[list[tuple[View, Utterance]]] = []

    def __call__(self, shown: Sequence[tuple[View, Utterance]]) -> list[float]:
        self.calls.append(list(shown))
        return [self.sign * len(utterance.text) for _, utterance in shown]


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_best_scored_candidate_is_spoken(n: int, sign: float) -> None:
    score = Scores(sign)
    spoken = BestOfN(BASE, score, n).respond(ASKS)
    (shown,) = score.calls  # all candidates of all asks in one batch
    assert len(shown) == n * len(ASKS)
    for number, (ask, utterance) in enumerate(zip(ASKS, spoken, strict=True)):
        mine = shown[number * n:(number + 1) * n]
        assert all(view is ask.view for view, _ in mine)
        assert sign * len(utterance.text) == max(sign * len(u.text) for _, u in mine)
        assert utterance in [u for _, u in mine]


def test_candidates_are_different_draws() -> None:
    score = Scores(1.0)
    BestOfN(BASE, score, 8).respond(ASKS)
    texts = [u.text for _, u in score.calls[0]]
    assert all(len(set(texts[i:i + 8])) > 2 for i in range(0, 80, 8))


def test_whoever_asks_the_candidates_are_those_of_the_position() -> None:
    """An agent around another, a planner and the policy alone look at the same draws; the first is what the policy says."""
    starts = [talk(Position.start(Persuasion(), seed), cast(Persuasion()), 2) for seed in range(10)]
    for n in (1, 4):
        of_agent, of_planner = Scores(1.0), Scores(1.0)
        spoken = BestOfN(BASE, of_agent, n).respond([start.ask() for start in starts])
        choices = run(Scored(of_planner, n), starts, {"persuader": BASE})
        drawn = [BASE.respond([start.ask(index) for index in range(n)]) for start in starts]
        assert [u for _, u in of_agent.calls[0]] == [u for replies in drawn for u in replies]
        assert [list(choice.replies) for choice in choices] == drawn
        assert spoken == [choice.replies[choice.best] for choice in choices]
        assert [replies[0] for replies in drawn] == BASE.respond([start.ask() for start in starts])


def test_a_cut_context_is_told_by_the_reply_that_is_spoken() -> None:
    """One reply is spoken, so one is counted, and only if its own context was cut."""
    class CutNow:
        def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
            return [replace(reply, cut=ask.index == 1) for ask, reply in zip(asks, BASE.respond(asks), strict=True)]

    for wanted in range(3):
        scores = [float(number % 3 == wanted) for number in range(3 * len(ASKS))]
        spoken = BestOfN(CutNow(), lambda shown, scores=scores: scores, 3).respond(ASKS)
        assert sum(u.cut for u in spoken) == (len(ASKS) if wanted == 1 else 0)


def test_candidates_of_a_best_of_n_share_no_draw() -> None:
    """Sat in a search, it is asked for several candidates of a position: each is the best of draws of its own."""
    score = Scores(1.0)
    start = talk(Position.start(Persuasion(), 3), cast(Persuasion()), 2)
    BestOfN(BASE, score, 3).respond([start.ask(index) for index in range(4)])
    assert [u for _, u in score.calls[0]] == BASE.respond([start.ask(index) for index in range(12)])


def test_among_equals_the_first_is_spoken() -> None:
    flat = BestOfN(BASE, lambda shown: [0.5] * len(shown), 6).respond(ASKS)
    assert flat == BestOfN(BASE, lambda shown: [0.0] * len(shown), 1).respond(ASKS)


def test_the_batch_does_not_matter() -> None:
    agent = BestOfN(BASE, Scores(1.0), 4)
    assert agent.respond(ASKS) == [agent.respond([ask])[0] for ask in ASKS] == agent.respond(ASKS[::-1])[::-1]
    assert agent.respond([]) == []


def test_a_good_score_earns_more() -> None:
    scenario = Persuasion()
    starts = [Position.start(scenario, seed) for seed in range(60)]

    def like_an_expert(shown: Sequence[tuple[View, Utterance]]) -> list[float]:
        said = [(view.dialogue.last.text if view.dialogue.last else "") for view, _ in shown]
        acts = [(*scenario.recognise(u), "")[0] for _, u in shown]
        wanted = ["propose-donation" if read_mood(text) == "ready" else ANSWERED_BY.get(read_concern(text)) for text in said]
        return [float(act == want) for act, want in zip(acts, wanted, strict=True)]

    plain = run(play, starts, cast(scenario) | {"persuader": BASE})
    better = run(play, starts, cast(scenario) | {"persuader": BestOfN(BASE, like_an_expert, 5)})
    assert sum(p.engagement.level for p in better) > 1.2 * sum(p.engagement.level for p in plain)


@pytest.mark.parametrize("n", [0, -2])
def test_fewer_than_one_is_refused(n: int) -> None:
    with pytest.raises(InvalidConfig, match="at least 1"):
        BestOfN(BASE, Scores(1.0), n)
