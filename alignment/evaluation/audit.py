"""What a gain came with: whether replies repeat themselves, grow, press, close early or fall apart, and what the judge sees.

Every figure stands beside the gain, for every system, and none is an aim. Acts given the situation tell what a policy learned
from what its talks merely brought about: a policy that does better meets other situations.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ...envs.dialogue import Utterance, turns
from ...envs.errors import ContextTooLong
from ...envs.position import Position
from ...envs.scenario import View
from ...search.best_of_n import Score
from ..preferences.pair import UNREADABLE
from .intervals import DIGITS

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’][^\W\u3400-\u9fff]+)*")
"""A word, or one Chinese character."""
_AMOUNT = re.compile(r"\d|[$¢€£¥]|\b(?:dollars?|cents?|bucks?|penny|pennies)\b|[块元]", re.IGNORECASE)


def audit(ends: Mapping[str, Sequence[Position]], score: Score | None = None, scored: Sequence[str] = ()) -> dict[str, Any]:
    """The audit of every system's finished conversations.

    Args:
        ends: by system.
        score: the reward model, whose agreement with the outcomes is measured; None: it is not.
        scored: the systems in whose conversations it is.

    Returns:
        "systems": by name, the figures that `_figures` documents; "acts": by system and situation, how many replies there were
        and which share of them made each act; "agreement": by system, see `agreement`.
    """
    spoken = {name: [_said(end) for end in those] for name, those in ends.items()}
    words = {name: [_WORD.findall(reply.text.lower()) for talk in talks for _, reply in talk] for name, talks in spoken.items()}
    fewest = min(sum(map(len, replies)) for replies in words.values())
    return {
        "distinct_over_words": fewest,
        "systems": {name: {**_figures(ends[name], spoken[name]), **_distinct(words[name], fewest)} for name in ends},
        "acts": {name: _by_situation(talks) for name, talks in spoken.items()},
        "agreement": {name: agreement(ends[name], score) for name in scored} if score is not None else {}}


def _said(end: Position) -> list[tuple[View, Utterance]]:
    """The interactive seat's replies in a conversation, each with what it saw."""
    scenario, seat = end.scenario, end.scenario.interactive
    return [(View(scenario, seat, None, before.seen_by(seat)), reply) for before, reply in turns(end.dialogue, seat)]


def _figures(ends: Sequence[Position], talks: Sequence[Sequence[tuple[View, Utterance]]]) -> dict[str, Any]:
    """A system's figures.

    Shares of its replies: word for word as one before in the same talk ("repeated_in_talk"), as one in any of its talks
    ("repeated"), with an act that the scenario calls unwelcome, naming an amount, heard by no listener. Shares of its talks:
    over without engagement, by the user's leave or the speaker's ("closed_early").
    """
    scenario = ends[0].scenario
    replies = [reply for talk in talks for _, reply in talk]
    texts = [[" ".join(reply.text.lower().split()) for _, reply in talk] for talk in talks]
    heard = [scenario.recognise(reply) for reply in replies]
    count = max(1, len(replies))
    shares = {
        "repeated_in_talk": sum(len(said) - len(set(said)) for said in texts) / count,
        "repeated": (len(replies) - len({text for said in texts for text in said})) / count,
        "unwelcome_acts": sum(not set(acts).isdisjoint(scenario.unwelcome) for acts in heard) / count,
        "amounts_named": sum(bool(_AMOUNT.search(reply.text)) for reply in replies) / count,
        "unreadable": sum(not acts for acts in heard) / count,
        "closed_early": sum(end.engagement.over and end.engagement.level == 0 for end in ends) / len(ends),
        "words_per_reply": sum(len(_WORD.findall(reply.text)) for reply in replies) / count,
    }
    return {"replies": len(replies), **{name: round(share, DIGITS) for name, share in shares.items()}}


def _distinct(replies: Sequence[Sequence[str]], most: int) -> dict[str, float | None]:
    """distinct-n (Li et al. 2016): different n-grams over all of them, none across replies.

    It falls with the length of a text, so it is of a system's first `most` words, as many as the least talkative one said.
    """
    kept, left = [], most
    for reply in replies:
        kept.append(list(reply[:left]))
        left -= len(kept[-1])
    grams: dict[str, list[Any]] = {"distinct_1": [word for reply in kept for word in reply],
                                   "distinct_2": [pair for reply in kept for pair in pairwise(reply)]}
    return {name: round(len(set(those)) / len(those), DIGITS) if those else None for name, those in grams.items()}


def _by_situation(talks: Sequence[Sequence[tuple[View, Utterance]]]) -> dict[str, Any]:
    """By situation: how many replies there were, and which share of them made each act."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    replies: Counter[str] = Counter()
    for view, reply in (turn for talk in talks for turn in talk):
        situation = view.scenario.moment(view.dialogue)
        replies[situation] += 1
        counts[situation].update(set(view.scenario.recognise(reply)) or {UNREADABLE})
    shares = {situation: {act: round(n / replies[situation], DIGITS) for act, n in sorted(acts.items())}
              for situation, acts in counts.items()}
    return {situation: {"replies": count, "acts": shares[situation]} for situation, count in sorted(replies.items())}


def agreement(ends: Sequence[Position], score: Score) -> dict[str, Any] | None:
    """How well the reward model's mean score over a talk's replies tells how the talk came out.

    Returns:
        "auc": the chance that an engaged talk scores higher than one that is not; "spearman": rank correlation with the level;
        "score": the mean over talks. A figure is None where all talks came out alike or scored alike. None in all where a talk
        does not fit the reward model's window.
    """
    talks = [_said(end) for end in ends]
    try:
        scores = iter(score([turn for talk in talks for turn in talk]))
    except ContextTooLong:
        return None
    found = [(end.engagement.level, sum(next(scores) for _ in talk) / len(talk)) for end, talk in zip(ends, talks, strict=True)
             if talk]
    levels, means = np.array([level for level, _ in found]), np.array([mean for _, mean in found])
    return {"talks": len(found), "score": round(float(means.mean()), DIGITS) if found else None, "auc": auc(levels > 0, means),
            "spearman": correlation(rankdata(levels), rankdata(means))}


def auc(positive: Any, scores: Any) -> float | None:
    """The area under the ROC curve, from the ranks (Mann-Whitney); equal scores count half. None without both kinds."""
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return None
    ranks = rankdata(scores)
    return round(float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros)), DIGITS)


def correlation(a: Any, b: Any) -> float | None:
    """Pearson's correlation; None where one side does not vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return round(float(np.corrcoef(a, b)[0, 1]), DIGITS)
