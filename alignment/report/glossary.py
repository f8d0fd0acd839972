"""The words of a report that its reader may not know, a sentence each: shown where they stand and at the page's end."""

from __future__ import annotations

import re

from markupsafe import Markup

WORDS = {
    "SFT": "Supervised fine-tuning: the model that learned to say what the training dialogues say; the others come from it.",
    "BoN": "Best of N: SFT proposes N replies, and the one that the reward model likes best is said.",
    "Aligned": "What the run is about: SFT after DPO, which makes chosen replies more likely and rejected ones less.",
    "Linear": "SFT proposes N replies, and a linear model of the acts in the pairs chooses: how far their acts alone carry.",
    "D_p": "Pairs from search: two replies at one point of a search tree, one of which led to more engagement (paper §3.2).",
    "D_t": "Pairs for replay: two replies of SFT in a training dialogue, ranked by the reward model: the policy stays near to "
           "what it was (paper §3.3).",
    "Unreadable": "A reply in which the listener hears no dialogue act: it counts against the policy, never for it.",
    "Moment": "What the scenario calls the situation that a reply answers to, by what the policy has heard.",
    "Value": "Mean engagement, 0 to 1, of the finished talks below a reply in the search tree, with its standard error.",
}
"""By word; "D_p" and the like as they are written."""
_WORD = re.compile(rf"\b(?:{'|'.join(map(re.escape, WORDS))})\b", re.IGNORECASE)
_SPELLED = {word.lower(): word for word in WORDS}
_MARKED = Markup('{}<span class="term" tabindex="0" aria-describedby="{}" data-tip="{}">{}</span>{}')


def explained(label: str) -> Markup:
    """A label with the first word of it that needs a word: on hover or focus the sentence appears. All of it is escaped."""
    found = _WORD.search(label)
    if found is None:
        return Markup("{}").format(label)
    word = _SPELLED[found[0].lower()]
    return _MARKED.format(label[:found.start()], anchor(word), WORDS[word], found[0], label[found.end():])


def anchor(word: str) -> str:
    """The id under which a word's sentence stands at the end of the page."""
    return f"word-{word.lower()}"
