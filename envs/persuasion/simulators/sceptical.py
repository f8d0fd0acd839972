"""The sceptical persuadee: the scripted one's persona, moods and gifts, with another way to be won over.

They start lower. Claims about the charity's standing leave them colder until the facts they ask for have come (a logical appeal
or how the donation works, after a claim or after they were asked what they know). Appeals to feeling do the same until there
is rapport: a question about themselves, followed by anything but an ask or pressure. An ask before they have heard enough ends
the talk, and so does a second push. The rates are chosen, not fitted: the family tests whether a policy tuned on another
persuadee carries over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...dialogue import Dialogue, Utterance
from ...keys import mix, uniform
from ...phrases import Phrases
from ...scenario import Ask
from ..acts import garbled
from ..conditions import Persona
from ..engagement import reading
from ..reading.donation import read
from .calibrated import Plan, worded
from .hearing import understood
from .moods import TAILS, TASTES
from .scripted import GIFTS, READY, SEAT, WORDS, Temper, mood_at, temper

WARY = 0.15
"""How much lower than the scripted persuadee's their readiness starts."""
EARLY = 4
"""An ask before this many turns of the persuader is an early one."""
NEAR = 0.1
"""Readiness short of the bar at which a later ask is put off once rather than refused."""
_FEELING = ("emotion-appeal", "personal-story")
_FACTS = ("logical-appeal", "donation-information")
_APPEALS = ("credibility-appeal", "logical-appeal", *_FEELING)
_OVER = ("promise", "refuse")


@dataclass(frozen=True, slots=True)
class Doubt:
    """The sceptic's inner state: a fold of the dialogue.

    Attributes:
        temper: of the persona.
        readiness: they give at READY.
        patience: persuader turns left.
        turns: of the persuader, so far.
        wants_facts: they have asked for facts.
        facts: these have come.
        asked_about: they were asked about themselves in the persuader's last turn.
        rapport: they were, and were not pushed right after.
        pushed: how often they were pressed; an ask while not ready counts.
        used: the acts heard.
        event: what the last turn did, a key of the words.
        gift: dollars, once promised.
    """

    temper: Temper
    readiness: float
    patience: int
    turns: int = 0
    wants_facts: bool = False
    facts: bool = False
    asked_about: bool = False
    rapport: bool = False
    pushed: int = 0
    used: tuple[str, ...] = ()
    event: str = "opening"
    gift: float = 0.0

    @property
    def mood(self) -> str:
        """One of MOODS, by how far readiness is from READY."""
        return mood_at(self.readiness)


def hear(doubt: Doubt, utterance: Utterance) -> Doubt:
    """One step of the fold; their own words leave it as it is, and nothing changes a decision."""
    if utterance.seat == SEAT or doubt.event in _OVER:
        return doubt
    acts, offer = understood(utterance.text)
    rapport = doubt.rapport or (doubt.asked_about and not {"propose-donation", "pressure"} & set(acts))
    doubt = replace(doubt, turns=doubt.turns + 1, patience=doubt.patience - 1, rapport=rapport,
                    asked_about="personal-inquiry" in acts, event="" if acts else "confused")
    if not acts:
        doubt = replace(doubt, readiness=doubt.readiness - 0.1, patience=doubt.patience - 1)
    for act in acts:
        doubt = _asked(doubt, offer) if act == "propose-donation" else _feel(doubt, act)
        if doubt.event in _OVER or doubt.event == "rebuff":
            break
    return replace(doubt, event="refuse") if doubt.patience <= 0 and doubt.event not in _OVER else doubt


def _feel(doubt: Doubt, act: str) -> Doubt:
    """What one act other than the ask does."""
    again = doubt.used.count(act)
    doubt = replace(doubt, used=(*doubt.used, act), event=act)
    if act == "pressure":
        doubt = replace(doubt, readiness=doubt.readiness - 0.6, pushed=doubt.pushed + 1, patience=doubt.patience - 2)
        return replace(doubt, event="refuse") if doubt.pushed > 1 else doubt
    if act == "closing":
        return replace(doubt, event="refuse")
    if act in _APPEALS or act in _FACTS:
        return _appealed(doubt, act, again)
    if again:
        return replace(doubt, readiness=doubt.readiness - 0.08, event="tired")
    lift = {"source-inquiry": 0.05, "personal-inquiry": 0.08, "appreciation": 0.08, "self-modeling": 0.12}.get(act, 0.02)
    return replace(doubt, readiness=doubt.readiness + lift, wants_facts=doubt.wants_facts or act == "source-inquiry")


def _appealed(doubt: Doubt, act: str, again: int) -> Doubt:
    """What an appeal or information does: it depends on the facts and the rapport that came before it."""
    liking = dict(doubt.temper.affinity).get(act, 0.4)
    came = act in _FACTS and doubt.wants_facts and not doubt.facts
    if came:
        doubt = replace(doubt, facts=True, readiness=doubt.readiness + 0.2)
    if act == "credibility-appeal" and not doubt.facts:
        return replace(doubt, readiness=doubt.readiness - 0.06, wants_facts=True, event="doubtful")
    if act in _FEELING and not doubt.rapport:
        return replace(doubt, readiness=doubt.readiness - 0.06, event="guarded")
    gain = 0.65 * liking * (1.0, 0.4, -0.2)[min(again, 2)]
    event = "hit" if came or gain > 0.28 else "mild" if gain > 0.1 else "miss"
    return replace(doubt, readiness=doubt.readiness + gain, event=event)


def _asked(doubt: Doubt, offer: float | None) -> Doubt:
    """The ask: a gift when ready; put off once when nearly so and not early; else a refusal for good."""
    doubt = replace(doubt, used=(*doubt.used, "propose-donation"), pushed=doubt.pushed + 1)
    if doubt.readiness >= READY:
        want = doubt.temper.largesse * (0.4 + 1.5 * (doubt.readiness - READY))
        if offer is not None:
            want = min(want, offer) if offer <= 2 * want else 0.5 * want
        return replace(doubt, event="promise", gift=max(g for g in GIFTS if g <= max(want, GIFTS[0]) + 1e-9))
    if doubt.turns < EARLY or doubt.pushed > 1 or doubt.readiness < READY - NEAR:
        return replace(doubt, event="refuse")
    return replace(doubt, event="rebuff", readiness=doubt.readiness - 0.3, patience=doubt.patience - 1)


def doubt_of(ask: Ask, persona: Persona) -> Doubt:
    """The sceptic's state after the dialogue of a view."""
    return after(ask.view.dialogue, persona)


def after(dialogue: Dialogue, persona: Persona) -> Doubt:
    """The sceptic's state after a dialogue."""
    own = temper(persona)
    return dialogue.fold(hear, Doubt(own, own.start - WARY, own.patience))


DOUBTS: dict[str, Phrases] = {
    "doubtful": Phrases(
        "{Every charity says so|They all say so|That is easy to claim}. "
        "{Do you have figures?|What do the figures say?|Can you show me facts?}",
        "{I would like to see|I want} {hard facts|figures|numbers} for that{, please| first|}.",
    ),
    "guarded": Phrases(
        "{You do not know me|We hardly know each other}, {so please do not play on my feelings|so no sad tales, please}.",
        "{That is a sad story|That is sad}, {yet you know nothing about me|though you never asked what I think}.",
    ),
    "source-inquiry": Phrases(
        "{I know the name|I have come across the name}, "
        "{what do they really achieve|what are the facts|what do the figures say}?",
        "{By name alone|Only in passing}. {What do the figures say?|What are the facts?}",
    ),
}
"""What a sceptic says where the scripted persuadee says something else."""


def speak(ask: Ask) -> Utterance:
    """The sceptical persuadee's reply. Raises TypeError when the condition is no Persona."""
    persona = ask.view.condition
    if not isinstance(persona, Persona):
        raise TypeError(f"the sceptical persuadee needs a Persona as condition, got {type(persona).__name__}")
    doubt, before = doubt_of(ask, persona), reading(ask.view.dialogue)
    if doubt.event in _OVER:
        return Utterance(SEAT, worded(Plan((doubt.event,), doubt.gift), ask.view.dialogue, ask.key))
    key = ask.key
    book = TASTES[doubt.temper.taste] if doubt.event in ("personal-inquiry", "opening") else DOUBTS.get(doubt.event)
    shows = doubt.event != "greeting" and uniform(key, 12) < (1.0 if doubt.mood == "ready" else 0.6)
    text = (book or WORDS[doubt.event]).say(key)
    longer = f"{text} {TAILS[doubt.mood].say(mix(key, 7))}"
    text = longer if shows and not garbled(longer) else text
    now = read(before, SEAT, text)
    if (now.status, now.amount, now.closed) != (before.status, before.amount, False):
        text = "Hmm, one moment."
    return Utterance(SEAT, text)


POLICIES = {"sceptical": speak}
"""Sceptical persuadees by name."""
