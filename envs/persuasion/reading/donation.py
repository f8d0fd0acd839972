"""The donation a persuadee decided on, read from their words.

Source: paper §3.1, regular expression matching to extract the decided donation amount. Here it is a fold over
the turns of a PersuasionForGood-style talk, in which a persuader asks for a part of a task payment::

    reading = read(read(Reading(), "persuader", "How about fifty cents?"), "persuadee", "ok, sounds good")
    reading.status, reading.amount      # ("promised", 0.5)

Each amount in a clause (`amounts.py`) is judged by the nearest cue before it (`cues.py`): a verb of giving, a
past or a price, somebody else, a negation. Of the amounts that survive, the last one counts. Without one, the
words may refuse, accept what the persuader proposed, or agree to give an amount still unnamed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ...sieve import Sieve
from . import cues, unmeant
from .amounts import LONGEST, Mention, mentions, normalise
from .spelling import misspelt, respelled

Status = Literal["undecided", "promised", "declined", "unparsed"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the talk so far says about the donation.

    Attributes:
        status: ``unparsed`` means the persuadee clearly agreed to give and no amount was found.
        amount: Dollars the persuadee decided to give, not capped; 0.0 unless ``promised``.
        evidence: The persuadee's words the status was read from, normalised.
        offer: Dollars the persuader's latest utterance asks the persuadee to give; None where it asks for no
            amount, because a "yes" then answers something else.
        payment: Dollars of the payment that "half of it" refers to, as the talk names it.
        closed: The persuadee's latest utterance states a decision of their own: they commit to an amount, or
            plainly refuse.
    """

    status: Status = "undecided"
    amount: float = 0.0
    evidence: str = ""
    offer: float | None = None
    payment: float = 2.0
    closed: bool = False


LARGEST_PAYMENT = 20.0
"""Dollars; a larger amount is not taken for the payment of a short task."""

# --- the gate: what cannot matter is dropped before any pattern runs ----------------------------------------
_GATE = {code: " " for code in range(128) if not chr(code).isalnum()}
_GATE |= {ord(digit): "0" for digit in "0123456789"} | {ord("'"): "", ord("\u2019"): ""}
_MONEY_WORDS = frozenset((
    "cent", "cents", "dollar", "dollars", "dolars", "dollers", "buck", "bucks", "usd", "penny",
    "pennies", "pence", "quarter", "quarters", "dime", "dimes", "nickel", "nickels", "half", "third",
    "fourth", "percent", "all", "everything", "whole", "entire", "full", "both",
))
_DECISION_WORDS = frozenset((
    "donate", "donates", "donating", "donation", "donations", "give", "giving", "contribute",
    "contributing", "contribution", "pledge", "spare", "sparing", "chip", "pitch", "kick", "part",
    "match", "help", "keep", "keeping", "pass", "decline", "refuse", "rather", "interested",
    "convinced", "sign", "count",
))
_ANSWER_WORDS = frozenset((
    "yes", "yeah", "yea", "yep", "yup", "ya", "ok", "okay", "sure", "deal", "alright", "fine", "agreed",
    "absolutely", "definitely", "certainly", "gladly", "sounds", "why", "ill", "id", "no", "nope",
    "nah", "not", "course", "works", "that", "thats", "correct", "right", "confirm", "confirmed",
    "perfect", "can", "could", "will", "would", "agree", "accept", "lets", "wont", "cant",
))
_RELEVANT = _MONEY_WORDS | _DECISION_WORDS | _ANSWER_WORDS


@lru_cache(maxsize=16_384)
def read(previous: Reading, speaker: str, text: str) -> Reading:
    """Read one more utterance.

    Args:
        previous: What the talk said before it.
        speaker: ``"persuader"`` or ``"persuadee"``.
        text: The utterance, as written.

    Returns:
        The reading after it, equal to ``previous`` where nothing changed. The latest readings are remembered.

    Raises:
        ValueError: If the speaker is neither.
    """
    flat = text[:LONGEST].lower().translate(_GATE)
    words = flat.split()
    digits = "0" in flat
    if speaker == "persuadee":
        if not digits and _RELEVANT.isdisjoint(words) and not any(map(misspelt, words)):
            return _keep(previous)
        return _persuadee(previous, respelled(normalise(text)), digits or not _MONEY_WORDS.isdisjoint(words))
    if speaker != "persuader":
        raise ValueError(f"speaker is {speaker!r}; 'persuader' or 'persuadee' is wanted")
    if not digits and _MONEY_WORDS.isdisjoint(words):
        return previous if previous.offer is None else _keep(previous, closed=previous.closed)
    return _persuader(previous, respelled(normalise(text)))


def read_dialogue(turns: Iterable[tuple[str, str]]) -> Reading:
    """Read a whole dialogue.

    Args:
        turns: Pairs of speaker (``"persuader"`` or ``"persuadee"``) and text, in order.

    Returns:
        The reading after the last turn.

    Raises:
        ValueError: If a speaker is neither.
    """
    reading = Reading()
    for speaker, text in turns:
        reading = read(reading, speaker, text)
    return reading


def _keep(
    previous: Reading, closed: bool = False, offer: float | None = None, payment: float | None = None
) -> Reading:
    """The decision as it was, with the given offer and payment."""
    payment = previous.payment if payment is None else payment
    if (closed, offer, payment) == (previous.closed, previous.offer, previous.payment):
        return previous
    return Reading(previous.status, previous.amount, previous.evidence, offer, payment, closed)


# --- the persuader: what is paid, what is asked -------------------------------------------------------------
def _payment(clause: str, found: list[Mention], payment: float) -> tuple[float, list[Mention]]:
    """The payment a clause names (dollars), and the mentions that do not only name it."""
    rest = []
    for one in found:
        if one.kind == "share" or not 0 < one.value <= LARGEST_PAYMENT or cues.PERIOD.match(clause, one.end):
            rest.append(one)
            continue
        left = max(0, one.start - 60)
        whole = cues.WHOLE.search(clause, left, one.start)
        named = cues.PAYS_BEFORE.search(clause, left, one.start) or (
            one.kind == "money"
            and cues.BASE_AFTER.match(clause, one.end)
            and cues.NAMES_BASE.search(clause, left, one.start)
        )
        if named:
            payment = one.value
        # "The entire $2" is the payment and what is given; "of my $2" is the payment alone.
        if whole or not named:
            rest.append(one)
    return payment, rest


def _persuader(previous: Reading, text: str) -> Reading:
    payment, offer = previous.payment, None
    for clause in cues.CLAUSE.split(text):
        found = mentions(clause)
        if not found:
            continue
        payment, rest = _payment(clause, found, payment)
        last = 0
        for one in rest:
            before = clause[last : one.start]
            last = one.end
            if one.kind == "bare" or one.value <= 0 or not cues.ASK.search(before):
                continue
            if cues.OWN_PLEDGE.search(before) or cues.SOME_OR.search(before) or _not_a_gift(clause, one):
                continue
            offer = one.value * payment if one.kind == "share" else one.value
            offer += previous.amount if one.more else 0.0
    return _keep(previous, previous.closed, offer, payment)


def _not_a_gift(clause: str, one: Mention) -> bool:
    """Whether what follows an amount says that it is none, or a percentage is of something else."""
    if cues.AFTER_BAD.match(clause, one.end):
        return True
    if one.percent:
        of_pay = cues.SHARE_AFTER.match(clause, one.end)
        return not of_pay and not cues.GIVES_SHARE.search(clause, 0, one.start)
    return one.kind == "bare" and cues.COUNTED.match(clause, one.end) is not None


# --- the persuadee: what is decided -------------------------------------------------------------------------
def _accepted(clause: str, found: list[Mention], payment: float) -> tuple[list[Mention], bool]:
    """The mentions that are decisions, and whether another was turned down ("I can't part with $2", "I'd rather keep it")."""
    good: list[Mention] = []
    refused, supposed, last = False, False, 0
    cue: str | None = None
    spoken = list(cues.CUE.finditer(clause))[::-1] if found else []
    question = clause.endswith("?") and cues.ASKING.search(clause) is not None
    proposes = cues.COMMITS if cues.OPEN.search(clause) else cues.PROPOSES
    if cues.HABIT.search(clause):
        return good, refused
    for one in found:
        segment = clause[last : one.start]
        last = one.end
        while spoken and spoken[-1].start() < one.start:
            cue = spoken.pop().lastgroup
            supposed = supposed or cue == "hypo"
        if supposed or cue == "other" or _not_a_gift(clause, one):
            continue
        if question and not proposes.search(clause, 0, one.start):
            continue
        near = segment.rpartition(", ")[2]
        if one.kind != "bare" and _own_use(clause, segment, one):
            whole = one.value >= (1.0 if one.kind == "share" else payment)
            refused = refused or (whole and cues.PREFERS.search(clause, 0, one.start) is not None)
            continue
        if cues.NEGATED.search(near) and not cues.LIMIT.search(near):
            meant = cue in ("give", "not") and not cues.REFUSE_SOFT.search(near)
            refused = refused or (one.kind != "bare" and meant)
        elif one.kind != "share" and cues.BASE_BEFORE.search(segment):
            continue
        elif _is_gift(clause, segment, one, cue):
            good.append(one)
    return good, refused


def _own_use(clause: str, segment: str, one: Mention) -> bool:
    """Whether the speaker says what else it does with an amount than give it: keep it, feed its own children."""
    if cues.OWN_BEFORE.search(segment) or cues.KEEPS.search(segment):
        return True
    return cues.OWN_AFTER.match(clause, one.end) is not None and not cues.GIVES_PLAINLY.search(segment)


def _is_gift(clause: str, segment: str, one: Mention, cue: str | None) -> bool:
    """Whether an amount is given, by the cue nearest before it or, without one, by standing alone."""
    alone = cues.FRAGMENT.match(segment) is not None
    after = cues.AFTER_GOOD.match(clause, one.end) is not None
    if one.kind == "bare":
        if cues.RANGE.match(clause, one.end):
            return False
        said = cues.BARE_BEFORE.search(segment) and cues.BARE_AFTER.match(clause, one.end)
        return bool(said) or (alone and after)
    if cue is not None:
        return cue == "give" or (cue == "not" and one.value == 0)
    if cues.PERIOD.match(clause, one.end):
        return False
    return alone or (after and cues.OPINION.search(segment) is not None)


def _sum(previous: Reading, good: list[Mention], payment: float) -> float:
    """Dollars: the last amount, on top of the promise where it says so; a share gives way to an amount."""
    plain = [one for one in good if one.kind != "share"]
    one = plain[-1] if plain else good[-1]
    value = one.value * payment if one.kind == "share" else one.value
    if one.more and previous.status == "promised":
        value += previous.amount
    return round(value, 4)


_DECISIONS = Sieve({"refuses a sum": unmeant.REFUSES_SUM, "refuses": cues.REFUSE, "agrees": cues.AGREE})
"""By one of these alone, words decide that name no amount and answer none."""


def _persuadee(previous: Reading, text: str, money: bool) -> Reading:
    if '"' in text or "'" in text:
        unquoted = unmeant.QUOTED.sub(" ", cues.QUOTE.sub(" ", text))
        text = unquoted if len(unquoted.split()) > 2 else text
    payment, decided, turned_down = previous.payment, None, ""
    if not money and previous.offer is None and not _DECISIONS.let_through(text):
        return _keep(previous)
    if unmeant.REFUSES_SUM.search(text):
        kept = previous.status == "promised" and not cues.REFUSE.search(text)
        return _keep(previous, False, None, payment) if kept else Reading("declined", 0.0, text, None, payment, True)
    if unmeant.IRONY.search(text):
        return _keep(previous, False, None, payment)
    clauses = cues.CLAUSE.split(text)
    for clause in clauses:
        good: list[Mention] = []
        if money and clause:
            payment, found = _payment(clause, mentions(clause), payment)
            good, refused = _accepted(clause, found, payment)
            turned_down = clause if refused else turned_down
            good = [one for one in good if not _under_condition(clause, one)]
            if previous.status == "promised":  # "we could donate our earnings" takes no amount back
                good = [one for one in good if not one.loose]
        if good:
            amount = _sum(previous, good, payment)
            status: Status = "promised" if amount > 0 else "declined"
            firm = not clause.endswith("?") and not cues.HEDGE.search(clause, 0, good[-1].end)
            firm = firm and not cues.CONDITION.search(clause, good[-1].end)
            decided = Reading(status, amount, clause, None, payment, firm)
        elif _refuses(clause) and (decided is None or decided.status != "promised"):
            decided = Reading("declined", 0.0, clause, None, payment, True)
    if decided is not None:
        return decided
    if turned_down and previous.status != "promised":
        return Reading("declined", 0.0, turned_down, None, payment, True)
    return _answer(previous, text, clauses, payment)


def _under_condition(clause: str, one: Mention) -> bool:
    """Whether an amount is promised under a condition that is not met, or by somebody else whose words are told."""
    return unmeant.FAR_OFF.search(clause) is not None or unmeant.REPORTED.search(clause, 0, one.start) is not None


def _refuses(clause: str) -> bool:
    found = cues.REFUSE.search(clause)
    if found is None or clause.endswith("?"):
        return False
    return cues.REFUSE_SOFT.search(clause, max(0, found.start() - 24), found.end() + 24) is None


def _answer(previous: Reading, text: str, clauses: list[str], payment: float) -> Reading:
    """What an utterance without an amount, and its clauses, answers: a proposal, or whether to give at all."""
    offer = previous.offer
    if offer is not None and previous.status != "promised" and cues.NO.match(text):
        return Reading("declined", 0.0, text, None, payment, True)
    if offer is not None and _says_yes(text):
        return Reading("promised", offer, text, None, payment, True)
    for clause in clauses:
        if clause.endswith("?") or not cues.AGREE.search(clause) or cues.ELSEWHERE.search(clause):
            continue
        if offer is not None:
            return Reading("promised", offer, clause, None, payment, True)
        if previous.status == "promised":
            return _keep(previous, True, None, payment)
        return Reading("unparsed", 0.0, clause, None, payment)
    helps = cues.HELPS.search(text) and not cues.ELSEWHERE.search(text) and not text.endswith("?")
    if helps and offer is not None and previous.status != "promised":
        return Reading("promised", offer, text, None, payment)
    return _keep(previous, False, None, payment)


def _says_yes(text: str) -> bool:
    yes = cues.YES.match(text)
    if yes is None or text.endswith("?") or cues.HEDGE.search(text) or cues.NOT_YES.search(text, yes.end()):
        return False
    return yes["weak"] is None or cues.WEAK_REST.match(text, yes.end()) is not None
