"""What a persuadee's replies do: the act classes of PersuasionForGood's annotators.

The classes follow the labels of the annotated part (Wang et al. 2019, table 9), the rare ones joined. Their words are
the sections `class.NAME` of `persuadee.book`.
"""

from __future__ import annotations

from collections.abc import Iterable

ANSWERED = (
    "propose-donation", "personal-inquiry", "source-inquiry", "pressure", "donation-information", "foot-in-the-door",
    "personal-story", "self-modeling", "emotion-appeal", "logical-appeal", "credibility-appeal", "closing", "greeting",
    "appreciation", "none",
)
"""What an utterance of the persuader is answered as: the first of these among its acts."""


def act_to_answer(acts: Iterable[str]) -> str:
    """The act among those of an utterance that a reply answers: questions first, courtesies last; "none" without any."""
    return min((act for act in acts if act in ANSWERED), key=ANSWERED.index, default="none")


REACTIONS = ("positive-reaction", "neutral-reaction", "negative-reaction")
"""The classes that show how ready the persuadee is."""

EXCLUSIVE = (REACTIONS, ("answer-yes", "answer-neutral", "answer-no"))
"""Classes of which a reply holds at most one."""

VOICED: dict[str, tuple[str, ...]] = {
    "ask-organisation": ("proof", "trust", "people"), "ask-procedure": ("procedure", "trust"), "ask-intention": ("example",),
    "ask-back": ("nearness", "self", "example"), "negative-reaction": ("means", "trust", "proof"),
    "neutral-reaction": ("means", "proof", "nearness"), "other": ("self", "means", "nearness"),
}
"""The concerns that a class can tell: such a reply tells the first of these that its speaker still has."""
