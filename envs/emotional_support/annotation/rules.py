"""Private states and conditions for conversations that came without them, by rules alone (no model).

What is said is found by `extraction`. A seeker's state then follows from the whole conversation: shown is what they told so
far, hidden what they will still tell. A supporter's follows from what they heard: shown is what they were told, hidden a guess
from the last feeling told, by the language's tables. A supporter's state never holds anything of a later turn.

Few conversations of a corpus end in words that close them, which is how this game ends. `say_goodbye` appends them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...dialogue import Dialogue
from ...keys import pick, text_key
from ...parts import Episode
from ...phrases import Phrases
from ..acts import closes
from ..conditions import Trouble
from ..languages import LANGUAGES, code_of
from ..languages.language import LEANINGS, Language
from ..simulators.seeker import SEAT as SEEKER
from ..states import FIELDS, Facet, State, clean, render
from .extraction import feelings_in, needs_in, observations_in, observed, requests_in, shorten, told

__all__ = ["annotate", "condition_of", "feelings_in", "needs_in", "observations_in", "requests_in", "say_goodbye", "trouble_in"]

MOST = 2
"""The most items of a field in one half of a state."""
_KEPT = {"troubles": 4, "feelings": 3, "thoughts": 3, "needs": 2, "requests": 2}

GOODBYES = {
    "en": (Phrases("{Thank you for listening|Thank you for your time|Thanks for talking with me}. {Goodbye|Bye}.",
                   "{I should go now|I will leave it here for today|That is all for today}. {Goodbye|Take care, goodbye}."),
           Phrases("{Goodbye|Bye|Take care, goodbye|Goodbye for now}.")),
    "zh": (Phrases("{谢谢你听我说|谢谢你陪我聊|谢谢你的时间}，{再见|拜拜}。",
                   "{今天就先到这里|我该走了|那就先这样}，{再见|拜拜}。"),
           Phrases("{再见|拜拜|那就再见了|先这样，再见}。")),
}
"""Closing words per language: those to say, and those to say after thanks."""
_THANKS = {"en": ("thank", "thx", "appreciate"), "zh": ("谢",)}

Item = tuple[str, str]
"""(field of a state, text)."""


def annotate(episode: Episode) -> Episode:
    """The episode with a state in every utterance; states that it came with are replaced. Its condition stays."""
    said = list(episode.dialogue)
    known = episode.condition.language if isinstance(episode.condition, Trouble) else ""
    language = known or code_of(" ".join(u.text for u in said))
    told_by = [told(u.text, language) if u.seat == SEEKER else () for u in said]
    dialogue = Dialogue.EMPTY
    shown: list[Item] = []
    for number, utterance in enumerate(said):
        shown += [item for item in told_by[number] if item not in shown]
        if utterance.seat == SEEKER:
            later = [item for items in told_by[number + 1:] for item in items]
            hidden = Facet.of(_first(dict.fromkeys(item for item in later if item not in shown)))
        else:
            hidden = _guess(shown, told_by[:number], LANGUAGES[language])
        dialogue = dialogue.say(replace(utterance, state=render(State(Facet.of(_last(shown)), hidden), language)))
    return replace(episode, dialogue=dialogue)


def condition_of(dialogue: Dialogue, language: str, situation: str = "", feelings: Sequence[str] = ()) -> Trouble:
    """The condition of the seeker of a dialogue, as far as their words tell. See `trouble_in` for the rest."""
    return trouble_in([u.text for u in dialogue if u.seat == SEEKER], language, situation, feelings)


def trouble_in(texts: Sequence[str], language: str, situation: str = "", feelings: Sequence[str] = ()) -> Trouble:
    """The condition that a person's texts tell: at most 4 troubles, 3 feelings, 3 thoughts, 2 needs, 2 requests.

    Args:
        texts: what the person said or wrote, in order. When no trouble is found in them, the beginning of the first that is
            more than a greeting stands for it.
        language: "en" or "zh".
        situation: what happened, in a sentence, if somebody wrote it down: becomes the first trouble.
        feelings: feelings known otherwise, words of the language's list: they come first.

    Raises:
        ValueError: not a word that could be a trouble.
    """
    found: dict[str, list[str]] = {name: [] for name in _KEPT}
    found["feelings"] += feelings
    if situation.strip():
        found["troubles"].append(next(iter(observations_in(situation, language)), shorten(situation, language)))
    for text in texts:
        for item, thought in observed(text, language):
            found["thoughts" if thought else "troubles"].append(item)
        found["feelings"] += feelings_in(text, language)
        found["needs"] += needs_in(text, language)
        found["requests"] += requests_in(text, language)
    found["thoughts"] = [item for item in found["thoughts"] if item not in found["troubles"]]
    kept = {name: tuple(dict.fromkeys(item for item in items if clean(item, name)))[:_KEPT[name]]
            for name, items in found.items()}
    kept["troubles"] = kept["troubles"] or _opening(texts, language)
    return Trouble(language, "", guard=0.5, leaning=pick(text_key("\n".join((situation, *texts))), LEANINGS), **kept)


def say_goodbye(text: str, language: str) -> str:
    """The words of a seeker with closing words after them, unless they close the conversation already.

    Which words is a function of the text. The seeker's last state hides nothing (`annotate`), so that a conversation that ends
    with them counts as one in which everything was said.
    """
    if closes(text, language):
        return text
    thanked = any(word in text.lower() for word in _THANKS[language])
    last = text.rstrip(" ,;，；-")
    if last[-1:].isalnum():
        last += "。" if language == "zh" else "."
    return f"{last}{'' if language == 'zh' else ' '}{GOODBYES[language][thanked].say(text_key(text))}".strip()


def _opening(texts: Sequence[str], language: str) -> tuple[str, ...]:
    """The beginning of the first text that is more than a greeting."""
    shortened = [item for text in texts if (item := clean(shorten(text, language)))]
    least = 4 if language == "en" else 8
    long = [item for item in shortened if (len(item.split()) if language == "en" else len(item)) > least]
    return tuple((long or shortened)[:1])


def _guess(shown: Sequence[Item], told_by: Sequence[Sequence[Item]], lang: Language) -> Facet:
    """What may hide behind the last feeling told."""
    named = [text for items in told_by for field, text in items if field == "feelings" and text in lang.companions]
    if not named:
        return Facet()
    guesses = [("feelings", lang.companions[named[-1]]), ("needs", lang.longings[named[-1]])]
    return Facet.of(item for item in guesses if item not in shown)


def _first(items: Sequence[Item] | dict[Item, None]) -> list[Item]:
    """The first items of each field."""
    listed = list(items)
    return [item for name in FIELDS for item in [pair for pair in listed if pair[0] == name][:MOST]]


def _last(items: Sequence[Item]) -> list[Item]:
    """The last items of each field."""
    return [item for name in FIELDS for item in [pair for pair in items if pair[0] == name][-MOST:]]
