"""What a persuadee's words give away: their mood (how ready they are) and their taste (which appeal moves them).

Both the scripted persuadee's phrase book and whoever listens to it use these cues, so that what is said can be heard.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ...phrases import Phrases
from ...position import MAX_TEXT

MOODS = ("cold", "cool", "warm", "ready")
"""From unwilling to willing."""

TAILS: dict[str, Phrases] = {
    "cold": Phrases(
        "{I am not|I'm not} {really |}{interested in this|convinced at all|keen on this}.",
        "{Honestly, this|Frankly, this|This} {bores|annoys|bothers} me{ a bit| a little|}.",
        "I {do not like|dislike} {this kind of talk|talks like this|being asked for money}.",
    ),
    "cool": Phrases(
        "I am still {unsure|doubtful|hesitant|undecided}{ about it| about this|}.",
        "I {do not know yet|am not sure yet}{ what to think| about this|}.",
        "{I have my doubts|I still have doubts}{, though| about this|}.",
    ),
    "warm": Phrases(
        "{I am starting to|I begin to|I am beginning to} {like this|see the point|care about this|warm to the idea}.",
        "{That is interesting|This is interesting}, {go on|please go on|tell me more}.",
        "I like {what I hear|what you say|where this is going}{ so far|}{, tell me more|}.",
    ),
    "ready": Phrases(
        "{That convinces me|You have convinced me|I am convinced}{, I am glad to hear more about how to help| and happy to help out|}.",
        "{I am happy to help|I am eager to help|I am glad to help}{ these children| them| with this|}{!|.}",
        "{What a wonderful cause|What a great cause}, {I feel ready to help|I am ready to help}{!|.}",
    ),
}
_MOOD_CUES = (
    ("ready", re.compile(r"\b(?:convinces me|convinced me|am convinced|happy to help|eager to help|be of help|ready to help|"
                         r"love to help|like to help|want to help|glad to help|how can i help|wonderful cause|great cause)\b", re.I)),
    ("cold", re.compile(r"\b(?:not (?:really )?(?:interested|convinced|keen)|bores me|annoys me|bothers me|"
                        r"(?:do not|don't) like|dislike|leave me alone|stop)\b", re.I)),
    ("cool", re.compile(r"\b(?:unsure|doubtful|hesitant|undecided|not know yet|not sure|don't know|doubts?|maybe)\b", re.I)),
    ("warm", re.compile(r"\b(?:starting to|begin to|beginning to|interesting|like what (?:i hear|you say)|like where this|sounds good|go on|"
                        r"tell me more)\b", re.I)),
)

TASTES: dict[str, Phrases] = {
    "logical-appeal": Phrases(
        "{I like to see|I look for|I want} {hard facts|facts and figures|numbers}{ before I decide| first|}.",
        "{Facts|Figures|Results} {matter most to me|count most for me}.",
    ),
    "emotion-appeal": Phrases(
        "{I follow|I go with|I listen to} my {heart|feelings}{ in such things|}.",
        "It is {the children themselves|the children's fate|a child in need} {that moves me|that touches me}{ most|}.",
    ),
    "credibility-appeal": Phrases(
        "{I need to|I have to} {trust|rely on} {whoever handles the money|the people behind it}{ first|}.",
        "{A good name|An honest record|Being trustworthy} {matters most to me|counts most for me}.",
    ),
    "personal-story": Phrases(
        "{I like|I enjoy} {hearing about|stories about} {real people|someone's own experience}.",
        "{A true story|What people lived through} {tells me more than anything|stays with me}.",
    ),
}
_TASTE_CUES = (
    ("logical-appeal", re.compile(r"\b(?:hard facts|facts|figures|numbers|results)\b(?!.{0,80}\b(?:cold|nothing)\b)", re.I)),
    ("emotion-appeal", re.compile(r"\b(?:my (?:heart|feelings)|that (?:moves|touches) me)\b", re.I)),
    ("credibility-appeal", re.compile(r"\b(?:trust whoever|trust the people|rely on|good name|honest record|trustworthy)\b", re.I)),
    ("personal-story", re.compile(r"\b(?:real people|own experience|true story|lived through)\b", re.I)),
)


@lru_cache(maxsize=65_536)
def read_mood(text: str) -> str:
    """The mood a persuadee's words show; "cool" when they show none."""
    for name, cue in _MOOD_CUES:
        if cue.search(text, 0, MAX_TEXT):
            return name
    return "cool"


@lru_cache(maxsize=65_536)
def read_taste(text: str) -> str | None:
    """The appeal a persuadee said they listen to, as an act name; None when they said nothing of the kind."""
    for name, cue in _TASTE_CUES:
        if cue.search(text, 0, MAX_TEXT):
            return name
    return None
