"""The scripted persuadee: a mind moved by good and bad persuasion, spoken in template text.

The mind is a fold of the dialogue (no memory elsewhere). Its parameters come from the persona; the words of the persuader
move its readiness; the persuadee's own words show mood and taste, so that a listener can tell when to ask. They state a
clear decision at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from ...dialogue import Utterance
from ...keys import mix, pick, uniform
from ...phrases import Phrases
from ...scenario import Ask
from ..conditions import Persona
from .hearing import understood
from .moods import MOODS, TAILS, TASTES

SEAT = "persuadee"
READY = 1.0
"""Readiness at which the persuadee would give when asked."""
TOO_EARLY = 0.1
"""Readiness short of the bar at which an ask ends the talk."""
GIFTS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""The amounts they give, in dollars."""
_WORN = (1.0, 0.6, 0.0, -0.2)
"""What an appeal is still worth the first, second, third and later time."""


@dataclass(frozen=True, slots=True)
class Temper:
    """What a persona is like to persuade. Affinities are per appeal, about 0 to 1.5; patience in persuader turns."""

    affinity: tuple[tuple[str, float], ...]
    start: float
    trust: float
    patience: int
    largesse: float

    @property
    def taste(self) -> str:
        """The appeal that moves them most."""
        return max(self.affinity, key=lambda pair: pair[1])[0]


def mood_at(readiness: float) -> str:
    """One of MOODS, by how far readiness is from READY."""
    gap = readiness - READY
    return MOODS[(gap >= -0.75) + (gap >= -0.3) + (gap >= 0)]


@dataclass(frozen=True, slots=True)
class Mind:
    """The persuadee's inner state after a dialogue; `event` is what the persuader's last turn did to it."""

    temper: Temper
    readiness: float
    trust: float
    patience: int
    asked: int = 0
    small: bool = False
    used: tuple[str, ...] = ()
    event: str = "opening"
    gift: float = 0.0

    @property
    def mood(self) -> str:
        """One of MOODS, by how far readiness is from READY."""
        return mood_at(self.readiness)


@lru_cache(maxsize=4096)
def temper(persona: Persona) -> Temper:
    """A persona's temper, linear in its attributes' standard scores."""
    z = persona.z
    affinity = {
        "logical-appeal": 0.6 + 0.5 * z("rational"),
        "emotion-appeal": 0.5 + 0.3 * z("intuitive") + 0.3 * z("care"),
        "credibility-appeal": 0.5 + 0.4 * z("neurotic") + 0.3 * z("freedom"),
        "personal-story": 0.5 + 0.35 * z("intuitive") + 0.2 * z("agreeable"),
    }
    return Temper(
        affinity=tuple((name, min(1.4, max(-0.2, value))) for name, value in affinity.items()),
        start=0.2 + 0.12 * z("agreeable") + 0.12 * z("care") + 0.15 * z("mood"),
        trust=0.15 * z("agreeable") - 0.1 * z("freedom"),
        patience=int(min(13, max(6, round(10 + 1.4 * z("mood"))))),
        largesse=min(1.4, max(0.5, 1 + 0.2 * z("care") + 0.15 * z("agreeable"))),
    )


@lru_cache(maxsize=4096)
def start(persona: Persona) -> Mind:
    """The mind before anybody spoke."""
    own = temper(persona)
    return Mind(own, own.start, own.trust, own.patience)


def hear(mind: Mind, utterance: Utterance) -> Mind:
    """One step of the fold: what an utterance does to the mind. Their own words leave it as it is."""
    if utterance.seat == SEAT or mind.event in ("promise", "refuse", "leave"):
        return mind
    acts, offer = understood(utterance.text)
    mind = replace(mind, patience=mind.patience - 1, event="confused" if not acts else "")
    if not acts:
        mind = replace(mind, readiness=mind.readiness - 0.08, patience=mind.patience - 1)
    for act in acts:
        mind = _feel(mind, act, offer)
        if mind.event in ("promise", "refuse", "leave"):
            return mind
        if mind.event == "rebuff":
            break
    return replace(mind, event="leave") if mind.patience <= 0 else mind


def _feel(mind: Mind, act: str, offer: float | None) -> Mind:
    """What one act does. Later acts of an utterance overwrite the event of earlier ones."""
    times = mind.used.count(act)
    mind = replace(mind, used=(*mind.used, act), event=act)
    worn = _WORN[min(times, 3)]
    affinity = dict(mind.temper.affinity)
    if act in affinity:
        gain = 0.6 * affinity[act] * (0.8 + 0.5 * mind.trust) * worn if worn > 0 else -0.1
        return replace(mind, readiness=mind.readiness + gain, event="hit" if gain > 0.28 else "mild" if gain > 0.1 else "miss")
    if act == "propose-donation":
        return _asked(mind, offer)
    if act == "pressure":
        return replace(mind, readiness=mind.readiness - 0.35, trust=mind.trust - 0.4, patience=mind.patience - 1)
    if act == "closing":
        return replace(mind, event="refuse")
    if act in ("source-inquiry", "personal-inquiry"):
        if times:
            return replace(mind, readiness=mind.readiness - 0.08, event="tired")
        return replace(mind, trust=mind.trust + 0.15, readiness=mind.readiness + 0.06)
    if times or (act == "greeting" and len(mind.used) > 1):
        return replace(mind, readiness=mind.readiness - 0.05, event="tired")
    lift = {"greeting": 0.04, "appreciation": 0.08, "self-modeling": 0.16, "donation-information": 0.14}.get(act, 0.05)
    trust = mind.trust + (0.15 if act in ("appreciation", "self-modeling", "donation-information") else 0.05)
    return replace(mind, readiness=mind.readiness + lift, trust=trust, small=mind.small or act == "foot-in-the-door")


def _asked(mind: Mind, offer: float | None) -> Mind:
    """The ask: a gift when ready, a rebuff when nearly so, a refusal for good when far from it or asked again."""
    bar = READY - (0.2 if mind.small else 0.0)
    if mind.readiness >= bar:
        want = mind.temper.largesse * (0.5 + 2.0 * (mind.readiness - bar))
        if mind.small:
            want = min(want, 0.5)
        if offer is not None:
            want = min(want, offer) if offer <= 2.5 * want else 0.6 * want
        gift = max(g for g in GIFTS if g <= max(want, GIFTS[0]) + 1e-9)
        return replace(mind, event="promise", gift=gift)
    if mind.asked >= 1 or mind.readiness < bar - TOO_EARLY:
        return replace(mind, event="refuse", asked=mind.asked + 1)
    return replace(mind, event="rebuff", asked=1, readiness=mind.readiness - 0.3, trust=mind.trust - 0.15,
                   patience=mind.patience - 1)


WORDS: dict[str, Phrases] = {
    "greeting": Phrases(
        "{Hi|Hello|Hey}{, I am|. I am} {fine|doing well|all right|good}, {thank you|thanks}.",
        "{I am well|I am okay|Not bad}, {and you|how are you}?",
        "{Hi there|Hello there}. {What is this about?|What would you like to talk about?}",
    ),
    "source-inquiry": Phrases(
        "{No, I have not|I have not|I never have}. {Who are they?|What do they do?|What is it?}",
        "{Yes, I have|I have} {heard the name|seen them on television|come across them}{, but that is all| before|}.",
        "{I think so|Maybe}, {but I know little about them|though only by name}.",
    ),
    "appreciation": Phrases("{You are welcome|No problem at all|Do not mention it}.", "{Thank you|Thanks} for {saying so|being polite}."),
    "self-modeling": Phrases("{That is generous of you|Good for you|That is decent of you}.",
                             "{I respect that|That says something about you}."),
    "foot-in-the-door": Phrases("{That is good to know|Good to know}.", "{I did not know that|I see, not much then}."),
    "donation-information": Phrases("{All right, that is simple|That is simple enough|That is easy}.",
                                    "{Good to know|I see}, {so that is how it works|that is clear}."),
    "hit": Phrases(
        "{Wow|Oh}, {that really gets to me|that makes me think|that is impressive}.",
        "{That is a strong point|That is a very good point|That speaks to me}.",
        "{I did not know that|I had no idea}, {and it matters to me|that is remarkable}.",
    ),
    "mild": Phrases("{I see|I see|Well}, {that makes sense|that is fair|that is something}.",
                    "{Good to hear|That is good to hear}."),
    "miss": Phrases(
        "{That does not do much for me|That does little for me|That leaves me cold}.",
        "{I have heard that before|So everyone says|That is nothing new}.",
    ),
    "tired": Phrases("{You said that already|You asked that already|We had that already}.",
                     "{We are going in circles|You are repeating yourself}."),
    "confused": Phrases("{Sorry|Pardon}, {I do not follow.|I do not understand.|what do you mean?}",
                        "{That makes no sense to me|I cannot make sense of that}."),
    "pressure": Phrases("{Please do not push me|I do not like being pushed|Do not pressure me}.",
                        "{That is rude|That is unfair|How rude}."),
    "rebuff": Phrases(
        "{That is too early|That is a bit quick|Not so fast}, {I hardly know them|I know too little about it}.",
        "{I will not decide that yet|I cannot say that yet|You ask too soon}{, convince me first|}.",
    ),
    "promise": Phrases(
        "{All right|Okay|Yes}, I {will donate|will give|have decided to donate|have decided to give} <gift>{ of my payment|}{. Goodbye|}.",
        "{I have decided|I have made up my mind}: I {will donate|will give} <gift>{ to Save the Children| to the children|}.",
        "{Count me in|You have won me over}, I {will donate|will give} <gift>{ today| from my payment|}.",
    ),
    "refuse": Phrases(
        "{No, I will not donate|I will not donate anything|I have decided not to donate}{ today|}{. Goodbye|}.",
        "{No|Sorry}, I {will keep|am keeping} my payment{ for myself|}{. Goodbye|}.",
    ),
    "leave": Phrases(
        "{I have to go now|I am out of time|I must leave}, {and I have decided not to donate|so I will not donate today}. {Goodbye|Bye}.",
    ),
}


def speak(ask: Ask) -> Utterance:
    """The persuadee's reply to a dialogue, given their persona."""
    persona = ask.view.condition
    if not isinstance(persona, Persona):
        raise TypeError(f"the scripted persuadee needs a Persona as condition, got {type(persona).__name__}")
    mind = mind_of(ask, persona)
    key = ask.key
    if mind.event == "promise":
        return Utterance(SEAT, WORDS["promise"].say(key, gift=in_words(mind.gift, mix(key, 5))))
    if mind.event in ("refuse", "leave"):
        return Utterance(SEAT, WORDS[mind.event].say(key))
    head = TASTES[mind.temper.taste].say(key) if mind.event in ("personal-inquiry", "opening") else WORDS[mind.event].say(key)
    if mind.event in ("rebuff", "miss") and uniform(key, 11) < 0.35:
        head = f"{head} {TASTES[mind.temper.taste].say(mix(key, 6))}"
    shows = mind.event != "greeting" and uniform(key, 12) < (1.0 if mind.mood == "ready" else 0.75)
    return Utterance(SEAT, f"{head} {TAILS[mind.mood].say(mix(key, 7))}" if shows else head)


def mind_of(ask: Ask, persona: Persona) -> Mind:
    """The mind after the dialogue of a view."""
    return ask.view.dialogue.fold(hear, start(persona))


_NUMBERS = {0.1: "ten cents", 0.25: "twenty-five cents", 0.5: "fifty cents", 0.75: "seventy-five cents", 1.0: "one dollar",
            1.5: "one dollar and fifty cents", 2.0: "two dollars"}


def in_words(amount: float, key: int) -> str:
    """A sum in one of the ways people write it."""
    forms = [f"${amount:.2f}", f"${amount:.2f}", f"{round(amount * 100)} cents" if amount < 1 else f"${amount:g}"]
    if amount in _NUMBERS:
        forms.append(_NUMBERS[amount])
    return pick(key, forms)


POLICIES = {"scripted": speak}
"""Scripted persuadees by name, the default first."""
