"""What people type for "donate": the word as it was meant, where one slip of the hand is between them."""

from __future__ import annotations

import re
from functools import lru_cache

_FORMS = ("donate", "donating", "donation", "donations", "donates", "donated")
_OTHERS = frozenset(("donator", "donators", "donater", "donaters", "donatee", "donatees", "donative"))
"""Words one slip away that mean somebody or something else."""
_WORD = re.compile(r"(?<![a-z'])(?:(?P<before>[a-z']+) )?(?P<word>d[a-z]{3,13})(?![a-z])")
_PAST = frozenset((
    "have", "had", "has", "already", "been", "was", "were", "is", "are", "be", "being", "get", "gets", "got", "once", "never",
    "ever", "recently", "i've", "ive", "we've", "they've", "you've", "just",
))
"""After these, "donated" in any spelling is what happened, or what is done with money."""
_AHEAD = frozenset(("to", "will", "would", "can", "could", "i'll", "ill", "i'd", "id", "we'll", "gladly", "happily"))
"""After these, even "donated" is a donation still to come."""


def respelled(text: str) -> str:
    """The text with every near-misspelling of a form of "donate" as that form.

    "doniated" is "donate" ("I doniated in $15") unless what stands before it makes it a past; "I will donated" is "I will
    donate".

    Args:
        text: in lower case, with single spaces (`amounts.normalise`).
    """
    return _WORD.sub(_meant, text)


@lru_cache(maxsize=4096)
def misspelt(word: str) -> str:
    """The form of "donate" that a word in lower case is one slip away from; "" when it is none, or spelt right."""
    if word[:1] != "d" or not 4 <= len(word) <= 14 or word in _FORMS or word in _OTHERS:
        return ""
    single = re.sub(r"(.)\1+", r"\1", word)  # no form has a letter doubled
    return next((form for form in _FORMS if single == form or _one_slip(word, form) or _one_slip(single, form)), "")


def _meant(found: re.Match[str]) -> str:
    word, before = found["word"], found["before"] or ""
    form = misspelt(word)
    if (form == "donated" and before not in _PAST) or (word == "donated" and before in _AHEAD):
        form = "donate"
    return found[0][:len(found[0]) - len(word)] + form if form else found[0]


def _one_slip(word: str, form: str) -> bool:
    """Whether one letter lost, added, mistaken or swapped with its neighbour makes one of the other."""
    if abs(len(word) - len(form)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), min(len(word), len(form)))
    return (word[at:] == form[at + 1:] or word[at + 1:] == form[at:] or word[at + 1:] == form[at + 1:]
            or (word[at:at + 2] == form[at:at + 2][::-1] and word[at + 2:] == form[at + 2:]))
