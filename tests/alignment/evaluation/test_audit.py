"""The audit: every figure by hand on talks made for it, and what a planted fault looks like in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from dialogym import Position, ScriptedAgent, Utterance, View, make, registry
from dialogym.alignment.evaluation.audit import agreement, auc, audit, correlation
from dialogym.envs.errors import ContextTooLong
from dialogym.search import play, run
from dialogym.search.openings import openings
from tests.toy import Thinking

TOY = Thinking(3)


class Rude(Thinking):
    unwelcome = ("guess",)


def talk(scenario: Thinking, *texts: str) -> Position:
    """A conversation of these words, the guesser first; they think of red."""
    position = Position.start(scenario, 0, condition="red")
    for text in texts:
        position = position.say(Utterance(position.seat, text))
    return position


ENDS = [talk(Rude(3), "Is it blue?", "Cold.", "Is it blue?", "Cold.", "Is it red?", "Yes."),
        talk(Rude(3), "is it  BLUE?", "Cold.", "Hm 5 dollars", "Cold.", "Hm hm", "Cold.")]
SHORT = [talk(Rude(3), "Is it red?", "Yes."), talk(Rude(3), "Red", "Cold.", "Blue", "Cold.", "Grey", "Cold.")]


def test_figures_by_hand() -> None:
    found = audit({"one": ENDS, "other": SHORT})
    one, other = found["systems"]["one"], found["systems"]["other"]
    assert (one["replies"], other["replies"]) == (6, 4)
    assert one["repeated_in_talk"] == pytest.approx(1 / 6, abs=1e-6)
    assert one["repeated"] == pytest.approx(2 / 6, abs=1e-6), "in whatever case and spacing"
    assert one["unwelcome_acts"] == pytest.approx(4 / 6, abs=1e-6)
    assert one["amounts_named"] == pytest.approx(1 / 6, abs=1e-6)
    assert one["unreadable"] == pytest.approx(2 / 6, abs=1e-6)
    assert one["words_per_reply"] == pytest.approx((3 * 4 + 3 + 2) / 6, abs=1e-6)
    assert found["distinct_over_words"] == 6, "as many words as the least talkative system said"
    assert one["distinct_1"] == pytest.approx(3 / 6), "is it blue is it blue"
    assert one["distinct_2"] == pytest.approx(2 / 4)
    assert other["distinct_1"] == pytest.approx(5 / 6), "is it red; red blue grey"
    assert found["agreement"] == {}


def test_a_talk_that_is_over_without_engagement_was_closed_early() -> None:
    scenario = make("EmotionalSupport-v0", encoder="character-ngrams").scenario
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    ends = run(play, openings(scenario, "evaluation", 12, 0), agents)
    found = audit({"SFT": ends})
    early = [end for end in ends if end.engagement.over and end.engagement.level == 0]
    assert found["systems"]["SFT"]["closed_early"] == pytest.approx(len(early) / 12, abs=1e-6)
    said = sum(entry["replies"] for entry in found["acts"]["SFT"].values())
    assert said == found["systems"]["SFT"]["replies"]
    assert len(found["acts"]["SFT"]) > 1
    for entry in found["acts"]["SFT"].values():
        assert all(0 < share <= 1 for share in entry["acts"].values())


def test_chinese_is_counted_in_characters() -> None:
    found = audit({"zh": [talk(TOY, "你难过吗", "Cold.")]})
    assert found["systems"]["zh"]["words_per_reply"] == 4


def judged_by(*wanted: str):
    def score(replies: Sequence[tuple[View, Utterance]]) -> list[float]:
        return [float(any(word in reply.text for word in wanted)) for _, reply in replies]
    return score


def test_a_judge_that_sees_the_outcome_agrees_and_one_that_sees_the_opposite_does_not() -> None:
    ends = [*ENDS, *SHORT]
    for words, wanted in ((("red",), 1.0), (("Hm", "Red", "Blue", "Grey"), 0.0)):
        found = audit({"SFT": ends}, judged_by(*words), ["SFT"])["agreement"]["SFT"]
        assert (found["talks"], found["auc"]) == (4, wanted)
        assert (found["spearman"] > 0.7) is (wanted == 1.0)


def test_what_cannot_be_told_is_none() -> None:
    found = agreement([ENDS[0]], judged_by("red"))
    assert found is not None
    assert (found["auc"], found["spearman"]) == (None, None)

    def full(replies: Sequence[tuple[View, Utterance]]) -> list[float]:
        raise ContextTooLong("a talk of 9,000 tokens")

    assert agreement(ENDS, full) is None


def test_auc_and_rank_correlation_are_scipys() -> None:
    rng = np.random.default_rng(0)
    levels, scores = rng.integers(0, 4, 50) / 3, rng.integers(0, 9, 50).astype(float)
    wanted = stats.mannwhitneyu(scores[levels > 0], scores[levels == 0]).statistic / ((levels > 0).sum() * (levels == 0).sum())
    assert auc(levels > 0, scores) == pytest.approx(wanted, abs=1e-6)
    assert correlation(stats.rankdata(levels), stats.rankdata(scores)) == pytest.approx(
        stats.spearmanr(levels, scores).statistic, abs=1e-6)


def test_what_is_unwelcome_is_an_act_that_can_be_heard() -> None:
    for id in registry:
        scenario = make(id).scenario
        assert set(scenario.unwelcome) <= set(scenario.acts), id
