"""The scripted persuader: words for every act, and players of different skill who choose among the acts."""

from __future__ import annotations

from functools import partial

from ...dialogue import Utterance
from ...keys import mix, pick, uniform, weighted
from ...phrases import Phrases
from ...scenario import Ask, ScriptedPolicy
from ..acts import recognise
from . import corpus_figures as figures
from .moods import read_mood, read_taste

SEAT = "persuader"
APPEALS = ("logical-appeal", "emotion-appeal", "credibility-appeal", "personal-story")
SUMS = ("25 cents", "fifty cents", "50 cents", "one dollar", "$1", "$0.50", "$2", "two dollars", "75 cents", "$1.50")
"""What a persuader may name when asking."""

WORDS: dict[str, Phrases] = {
    "greeting": Phrases(
        "{Hello|Hi|Hey}{ there|}{!|,} {how are you|how are you doing|how are you feeling}{ today| this fine day|}?",
        "Good {morning|afternoon|evening}! {I hope you are well.|I hope your day is going well.|How are you today?}",
        "{Hello|Hi|Hey}, {nice to meet you|it is nice to meet you}. {How is your day going?|How are you?|I hope all is well.}",
    ),
    "source-inquiry": Phrases(
        "Have you {ever |}heard {of|about} {Save the Children|the charity Save the Children|a charity called Save the Children}?",
        "{I was wondering|May I ask}, {are you familiar with|have you come across|do you know of} Save the Children{ at all|}?",
        "{Do you know|Have you heard of} {the organization|the charity} {called |}Save the Children? They help {children|kids} "
        "{all over the world|in many places|in poor regions}.",
    ),
    "personal-inquiry": Phrases(
        "{What matters|What counts|What is important} {most |}to you when you {think of|think about|decide on} "
        "{giving|a charity|helping others}?",
        "{May I ask what|Tell me what} {makes you trust|moves you to support|you look for in} a {charity|good cause}?",
        "How do you {feel about|choose} {charities|good causes|giving to others}{ in general|}?",
        "{Do you have children|Do you have kids} {yourself|of your own|at home}? {What moves you when you hear of others?|"
        "What matters to you in a cause?}",
    ),
    "logical-appeal": Phrases(
        "{Out of every dollar|For every dollar}, {nearly all|more than eighty cents|almost ninety cents} {goes|is spent} "
        "{directly |straight |}{on|for} {food|medicine|schooling|clean water} for {children|kids}.",
        "{Studies|Independent studies|The figures} show that {a vaccine|clean water|a school meal|a mosquito net} "
        "{saves|protects} {thousands of|many} {children|young lives} {per year|every year}{ at a very low cost|}.",
        "{The numbers|The data|The statistics} {are clear|speak for themselves}: {one in four|one in five|one in six} "
        "{children|kids} {lives in|grows up in} {a conflict zone|deep poverty}, and {aid|help} {works|makes a measured difference}.",
        "{A school meal|A vaccine|A notebook} {costs less than|costs only} a {few cents|few coins}, {so the results per dollar are high|"
        "so the effect per child is large}.",
    ),
    "emotion-appeal": Phrases(
        "{Imagine|Picture a day like this:} {a little girl|a small boy|a young child} {who goes|going} to bed hungry and "
        "{afraid|alone|cold} {every|each} night.",
        "{Think of|Just think of} the {children|little ones} who {lost their home|lost their parents} {in a war|in a flood|"
        "in an earthquake} and {are crying for|wait for} {help|a kind hand}.",
        "{It is heartbreaking|It breaks my heart} to see {children|kids|babies} {suffering|suffer} {like this|so much}, "
        "{but|and yet} a {kind gift|helping hand} {brings back their smile|gives them hope in life}.",
        "{Imagine|Imagine for a moment} {your own child|a child you love} {being hungry|sick and alone|frightened}, "
        "with {nobody|no one} to turn to.",
    ),
    "credibility-appeal": Phrases(
        "Save the Children {was founded|started out, founded} {a hundred years ago|about a century ago} and {works|helps} in "
        "{over a hundred countries|many countries}.",
        "{Its|Their} {books|accounts} are audited {every year|each year}, and {the reports are public|every report is public|"
        "they publish all of it}.",
        "{Charity watchdogs|Independent watchdogs} {rate|have rated} {it|Save the Children} {very highly|among the best}, "
        "{so you can trust it|so it is a safe choice}.",
        "{It is|Save the Children is} a {well-known|reputable|transparent} {organization|charity}, {inspected|audited} by "
        "{independent experts|outside experts}.",
    ),
    "personal-story": Phrases(
        "My {sister|brother|cousin|friend|aunt|neighbor} {worked|volunteered} {with them|for Save the Children}, and "
        "{saw|met} {a boy|a girl|whole families} {learn to read|get well again|go back to school}.",
        "When I was {a child|young|in school}, {our family|we} {had very little|went through hard times}, and {a charity|"
        "people like you} {helped us|kept us going}.",
        "I {still remember|once met} {a boy|a girl|a mother} {from a refugee camp|from a poor village} who {told me|said} "
        "{that help had changed everything|how one gift had changed everything}.",
    ),
    "self-modeling": Phrases(
        "I {am giving|am donating|will be giving} {part|some|half} of my own payment {too|as well|today}.",
        "{Just so you know, |}I {have already donated|already gave} {some|part} of my own {payment|money}{ to them|}.",
        "I {also give|give} to {them|Save the Children} {every month|myself}, so I {know|can tell} {it is worth it|it does good}.",
    ),
    "foot-in-the-door": Phrases(
        "Even {a few cents|the smallest gift|a small gift|a tiny amount} {makes a difference|helps a child|goes a long way}.",
        "{A small|A tiny} {gift|donation} {helps|counts|makes a difference}{, really|}{; nobody expects much|}.",
        "Every {cent|penny|little bit} {helps|counts}{, so there is no pressure| for a child|}.",
    ),
    "donation-information": Phrases(
        "{You can give|You could give|It can be} any amount, and it {is taken out of|comes out of|is taken from} your {payment|task payment}.",
        "{The donation|Your gift} is {sent|passed on} {right after this task|right after our chat}; there is {nothing else to do|"
        "nothing more to fill in}.",
        "{It is up to you how much|You choose the amount}, and {the team|the researchers} {will send|send} {all of it|every bit} "
        "to {the charity|the children}.",
    ),
    "propose-donation": Phrases(
        "{Would you be willing to|Would you like to|Could you} {donate|give} {<sum>|<sum> of your payment} to {Save the Children|"
        "the children|this cause}{ today|}?",
        "How about {donating|giving} <sum>{ of your payment|} to {them|Save the Children|the children}{ today|}?",
        "{Will you|Would you} {donate|give} {a part of|some of} your payment to {help these children|Save the Children|this cause}?",
        "{How much would you like to|How much can you} {give|donate} to {Save the Children|the children}{ today|}?",
        "{Are you ready to|Are you willing to} {donate|give} {<sum>|a part of your payment} {now|today|to the children}?",
    ),
    "appreciation": Phrases(
        "{Thank you for|Thanks for} {listening|sharing that|telling me|your honest answer}. {You seem kind.|You sound like a "
        "thoughtful person.|That is good to hear.|It helps me a lot.}",
        "I {understand|hear you|see what you mean}{. That is a fair view.|, and I respect that.|. Thank you for saying so.}",
        "{That is a good point|That is a good question|Fair enough}{, thank you for saying it|, I value your honesty|}.",
    ),
    "pressure": Phrases(
        "{How can you say no|How can you refuse|How can you keep the money} while {children|kids} {die|starve}?",
        "You {should be ashamed|would be selfish} {to keep|if you keep} {that money|your payment}{ for yourself|}.",
        "{There is no excuse|Stop making excuses}; {anyone|everybody} can {give|help}{ right now|}.",
    ),
    "closing": Phrases(
        "{Well, |All right, |}{thank you for|thanks for} {your time|the chat|talking with me}. {Goodbye|Bye}{!|, take care.|, have a nice day.}",
        "{Have a nice day|Have a good day|Take care}{, and goodbye| then|}{.|!}",
    ),
}


def voice(act: str, key: int) -> str:
    """Words for one act, chosen by the key."""
    return WORDS[act].say(key, sum=pick(key, SUMS, 77))


_WHIM = {
    "greeting": 0.6, "source-inquiry": 1.4, "personal-inquiry": 1.4, "logical-appeal": 2.0, "emotion-appeal": 2.0,
    "credibility-appeal": 2.0, "personal-story": 1.4, "self-modeling": 1.2, "foot-in-the-door": 1.0,
    "donation-information": 1.2, "propose-donation": 3.0, "appreciation": 1.2, "pressure": 0.5, "closing": 0.25,
}
"""How often a persuader without a plan picks an act (relative)."""


def choose(ask: Ask, skill: float) -> str:
    """The act a persuader of a skill in [0, 1] chooses: with that probability by reading the persuadee, else on a whim."""
    said = list(ask.view.dialogue)
    if not said and uniform(ask.key, 1) < 0.9:
        return pick(ask.key, ("greeting", "greeting", "source-inquiry"), 2)
    if uniform(ask.key, 3) < skill:
        return _plan([recognise(u.text) for u in said if u.seat == SEAT], [u.text for u in said if u.seat != SEAT], ask.key)
    names = [name for name in _WHIM if said or name not in ("closing", "propose-donation", "appreciation")]
    return names[weighted(ask.key, [_WHIM[name] for name in names], 4)]


def _plan(mine: list[tuple[str, ...]], theirs: list[str], key: int) -> str:
    """Ask once the persuadee sounds ready; until then appeal to what moves them, without repeating oneself."""
    used = [act for acts in mine for act in acts]
    mood = read_mood(theirs[-1]) if theirs else "cool"
    if mood == "ready" and (used.count("propose-donation") < 2):
        return "propose-donation"
    if "source-inquiry" not in used:
        return "source-inquiry"
    taste = next((found for text in reversed(theirs) if (found := read_taste(text))), None)
    if taste is None and "personal-inquiry" not in used:
        return "personal-inquiry"
    if taste is not None and used.count(taste) < 2:
        return taste
    fresh = [act for act in (*APPEALS, "self-modeling", "donation-information") if act not in used]
    if fresh:
        return pick(key, fresh, 5)
    return "propose-donation" if mood in ("ready", "warm") else pick(key, ("foot-in-the-door", "appreciation"), 6)


def speak(ask: Ask, *, skill: float) -> Utterance:
    """A persuader's reply at a skill in [0, 1]."""
    return Utterance(SEAT, voice(choose(ask, skill), mix(ask.key, 9)))


def crowd(ask: Ask) -> Utterance:
    """A persuader who draws one to three acts a turn as often as the people of PersuasionForGood made them at that turn.

    They listen to nobody: they are the opponent that the calibrated persuadee is fitted against.
    """
    turn = len(ask.view.dialogue) // 2
    weights = dict(figures.CROWD[min(turn, len(figures.CROWD) - 1)])
    chosen: list[str] = []
    for index in range(1 + weighted(ask.key, figures.CROWD_SIZES, 12)):
        names = list(weights)
        chosen.append(names[weighted(ask.key, [weights[name] for name in names], 13 + index)])
        del weights[chosen[-1]]
    chosen.sort(key=lambda act: {"greeting": 0, "appreciation": 1, "propose-donation": 3, "closing": 4}.get(act, 2))
    return Utterance(SEAT, " ".join(voice(act, mix(ask.key, 9, index)) for index, act in enumerate(chosen)))


POLICIES: dict[str, ScriptedPolicy] = {
    "novice": partial(speak, skill=0.25),
    "random": partial(speak, skill=0.0),
    "average": partial(speak, skill=0.5),
    "expert": partial(speak, skill=1.0),
    "crowd": crowd,
}
"""Scripted persuaders by name, the default first."""
