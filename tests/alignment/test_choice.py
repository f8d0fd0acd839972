"""Of several weights those are kept that talk best within the bounds, and what is not better is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogym.alignment.choice import Choice, Contender, choose
from dialogym.alignment.config import RunConfig
from dialogym.alignment.evaluation.evaluate import Played
from dialogym.alignment.training.settings import ChoiceSettings, DpoSettings
from dialogym.envs.dialogue import Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.search.openings import openings
from tests.toy import Thinking

TOY = Thinking(1)


def talks(right: int, unreadable: int = 0, count: int = 8) -> Played:
    """Conversations of one guess each, of which so many are right, and so many of the wrong ones no guess at all."""
    ends = []
    for i, start in enumerate(openings(TOY, "development", count, 0)):
        said = f"Is it {start.condition}?" if i < right else "Mmh." if i >= count - unreadable else "Is it wet?"
        asked = start.say(Utterance("guesser", said))
        ends.append(asked.say(Utterance("thinker", "Yes." if i < right else "Cold.")))
    return Played(ends, 0)


def chosen(start: Played, *others: Played, kl: tuple[float, ...] = (),
           kl_bound: float | None = None, garbled: float = 0.01) -> Choice:
    rows = [{"step": 10 * n, **({"kl_per_reply": kl[n - 1]} if kl else {})} for n, _ in enumerate(others, 1)]
    settings = ChoiceSettings(checkpoints=3, kl=kl_bound, garbled=garbled)
    return choose([Contender(1, Path("x"), row) for row in rows], start, others, settings, 0)


def test_the_most_engaging_is_kept_with_its_figures() -> None:
    found = chosen(talks(2), talks(3), talks(6), talks(6))
    told = found.told()
    assert (found.index, found.gains, told["kept"]) == (1, True, {"round": 1, "step": 20})
    assert [row["engagement"] for row in told["checkpoints"]] == [3 / 8, 6 / 8, 6 / 8]
    row = told["checkpoints"][1]
    assert row["gain"][0] == 0.5
    assert row["engagement_ci95"][0] < 0.75 < row["engagement_ci95"][1]
    assert told["start"]["engagement"] == 0.25


def test_what_is_less_readable_than_the_start_or_too_far_from_it_is_passed_over() -> None:
    assert chosen(talks(2, 1), talks(3, 1), talks(5, 2)).index == 0
    assert chosen(talks(2, 1), talks(3, 1), talks(5, 2), garbled=0.2).index == 1
    found = chosen(talks(2), talks(3), talks(5), talks(4), kl=(0.5, 2.0, 1.0), kl_bound=1.5)
    assert [row["fluent"] for row in found.rows] == [True, False, True]
    assert found.index == 2


def test_where_none_is_fluent_the_most_readable_is_kept_and_said_to_gain_nothing() -> None:
    found = chosen(talks(2), talks(6, 2), talks(4, 1), talks(5, 1))
    assert (found.index, found.gains) == (2, False)


def test_the_best_of_those_that_are_no_better_is_kept_and_it_is_said() -> None:
    found = chosen(talks(4), talks(2), talks(4), talks(3))
    assert (found.index, found.gains, found.told()["gains"]) == (1, False, False)


def test_a_bound_on_what_was_not_measured_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="none were held out"):
        chosen(talks(2), talks(3), kl_bound=1.0)
    for wrong in ({"choice": ChoiceSettings(kl=1.0)},
                  {"choice": ChoiceSettings(kl=1.0, checkpoints=2), "dpo": DpoSettings(held_out=0.0)}):
        with pytest.raises(InvalidConfig, match="held-out pairs"):
            RunConfig(**wrong)
    for odd in ({"talks": 0}, {"checkpoints": -1}, {"garbled": -0.1}, {"kl": 0.0}):
        with pytest.raises(InvalidConfig, match="A choice needs"):
            ChoiceSettings(**odd)


def test_weights_are_called_by_their_step_and_what_tells_them_apart() -> None:
    names = [Contender(*what).name for what in ((1, Path("x"), {"step": 4}), (2, Path("x"), {"step": 4}),
                                                (1, Path("x"), {"step": 4}, "KTO"))]
    assert names == ["Step 4", "Round 2, step 4", "KTO, step 4"]
