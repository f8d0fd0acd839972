"""Amounts of money as people write them: "$.50 cents", "50c", "a dollar or so", "half of my pay".

Everything here works on text that :func:`normalise` has been over (lower case, straight quotes). Whether an
amount is a *decision* is the business of :mod:`dialogym.envs.persuasion.reading.donation`; this module only finds it.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "share", "bare"]

LARGEST = 1e6
"""Dollars; what is larger is a stray number, not money somebody gives in a chat."""

LONGEST = 2000
"""Characters of one utterance that are read; the rest is dropped, so that no text is slow."""

_UNDER_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: float(value) for value, word in enumerate(_UNDER_TWENTY)}
_SMALL |= {word: 10.0 * value for value, word in enumerate(_TENS, start=2)} | {"fourty": 40.0}
_LOOSE = {"a": 1.0, "an": 1.0, "my": 1.0, "your": 1.0, "half a": 0.5, "half an": 0.5}
_LOOSE |= {"couple": 2.0, "couple of": 2.0}
_CENTS = {"c": 1, "¢": 1, "cent": 1, "cents": 1, "penny": 1, "pennies": 1, "pence": 1}
_CENTS |= {"nickel": 5, "nickels": 5, "dime": 10, "dimes": 10, "quarter": 25, "quarters": 25}

# A longer word goes first in an alternation: "sixteen" before "six".
_word = "|".join(sorted(_SMALL, key=len, reverse=True))
_WORDS = rf"(?:{_word})(?:[ -](?:{_word}))?"
_WORDNUM = rf"(?:{_WORDS}|an?) (?:hundred|thousand)|{_WORDS}"
_NUM = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,12}+(?![0-9])|[0-9]++)(?:\.[0-9]++|,[0-9]{2}(?![0-9]))?|\.[0-9]++"
_COIN = (
    r"(?:cents?|¢|c|penn(?:y|ies)|pence|doll?[ae]rs?|bucks?|usd|dimes?|nickels?"
    r"|quarters?(?! of (?:my|the|this|our)))"
    r"(?![a-z])(?! (?:amounts?|bills?|stores?))"
)
BASE = (
    r"(?:payments?|earnings?|pay(?:check|out)?|rewards?|bonus(?:es)?|hits?|compensation|tasks?|surveys?"
    r"|income"
    r"|wages?)(?![a-z])"
)
"""A pattern for what the payment is called, where an amount before it is the payment ("the $2 task")."""
PAY = rf"(?:{BASE}|(?:money|amount|proceeds|payoff|profits?|study)(?![a-z]))"
"""A pattern for what the payment is called, where the words around it speak of it ("all of the money")."""
_OWN = r"(?:my|the|this|that|our|your|what|whatever|everything)"

# Inside a verbose pattern a plain space means nothing.
_WORDNUM_X, _COIN_X, _BASE_X, _PAY_X = (part.replace(" ", r"\ ") for part in (_WORDNUM, _COIN, BASE, PAY))
_MENTION = re.compile(
    rf"""
    \$\s?(?P<usd>{_NUM})(?:\s?(?P<usd_unit>(?:cents?|¢|c|k|dollars?|bucks?|usd)(?![a-z])))?
  | (?<![a-z0-9.$])(?P<count>{_NUM}|{_WORDNUM_X}|half\ an?|an?|my|your|couple(?:\ of)?)
      (?P<more>\ more|\ extra|\ additional|\ whole|\ full|\ single|\ entire|\ measly
      |\ us)?[\s-]?(?P<unit>{_COIN_X})
      (?:\ (?P<tail>fifty|twenty[ -]five|seventy[ -]five|and\ a\ half)(?!\ (?:cents?|c\b|{_COIN_X})))?
  | (?<![a-z0-9.$])(?P<after>{_NUM})\s?\$(?!\s?[0-9.])
  | (?<![a-z0-9.$])(?P<percent>{_NUM}|{_WORDNUM_X})\s?(?:%|percent|per\ cent)
  | \b(?P<half>(?:a\ |one[ ]|1/2|½)?(?:(?<=1/2)|(?<=½)|half)|(?:a\ |one\ |1/3|⅓)(?:(?<=1/3)|(?<=⅓)|third)
      |(?:a\ |one\ |1/4|¼)(?:(?<=1/4)|(?<=¼)|quarter|fourth)(?=\ of\ {_OWN}))
      (?!\ (?:an?\b|hour|way|year|the\ (?:time|people|world)|decent|of\ (?:them|us|the\ people))|[a-z])
  | \b(?P<all>all(?:\ of)?\ {_OWN}\ (?:[a-z]+\ )?{_PAY_X}|all\ of\ (?:it|that)|(?:(?<=give\ )|(?<=take\ )
      |(?<=nate\ ))it\ all
      |(?:my|the|this|your)\ (?:whole|entire|full|total)\ (?:thing\b|(?:[a-z]+\ )?{_PAY_X}|dollar\ amount)
      |(?:(?<=give\ )|(?<=nate\ )|(?<=ting\ )|(?<=ving\ ))(?P<loose>(?:my|your|our)\ {_BASE_X})
      |everything\ (?:that\ )?i\ (?:am\ |'?m\ |will\ )?(?:earn|mak|get|paid)|both\ dollars)
  | (?<![a-z0-9.$/:-])(?P<bare>{_NUM})(?![a-z0-9%/:]|\.[0-9])
    """,
    re.VERBOSE,
)
_MORE = re.compile(r"(?:another|extra|additional|add|by|increase of) (?:an? )?$")
_MORE_AFTER = re.compile(r"(?: more| extra| on top)(?! (?:than|because|but))\b")
_CURLY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u00b4": "'", "`": "'", "\u201c": '"', "\u201d": '"'})


@dataclass(frozen=True, slots=True)
class Mention:
    """One amount in a text.

    Attributes:
        start: First character, an index into the normalised text.
        end: One past the last character.
        value: Dollars; for a share, the fraction of the payment (0 to 1).
        kind: ``money`` names dollars or cents or looks like it (".50"), ``share`` is a part of the payment,
            ``bare`` is a plain whole number, money only where the words around it say so ("let's do 1").
        more: The amount comes on top of an earlier one ("5 more cents").
        percent: The share was written as a percentage, which may be of anything.
        loose: The whole payment, without a word that says whole ("donate my earnings").
    """

    start: int
    end: int
    value: float
    kind: Kind
    more: bool = False
    percent: bool = False
    loose: bool = False


def normalise(text: str) -> str:
    """Lower case, straight quotes, single spaces; the first ``LONGEST`` characters."""
    return " ".join(text[:LONGEST].lower().translate(_CURLY).split())


def number(word: str) -> float:
    """The value of a number in digits ("1,000", ".5", "0,50") or words ("twenty-five", "a hundred").

    Args:
        word: What a number group of the pattern matched, normalised.

    Returns:
        The number; infinite for thousands of digits.
    """
    if word[-1].isdigit() and word[0] in "0123456789.":
        whole, comma, last = word.rpartition(",")
        if comma and len(last) == 2:
            return float(f"{whole.replace(',', '')}.{last}")
        return float(word.replace(",", ""))
    if word in _LOOSE:
        return _LOOSE[word]
    parts = word.replace("-", " ").split()
    scale = {"hundred": 100.0, "thousand": 1000.0}.get(parts[-1], 1.0)
    return scale * (sum(_SMALL.get(part, 1.0) for part in (parts[:-1] if scale > 1 else parts)))


def _in_dollars(value: float, unit: str, digits: str) -> float:
    if unit not in _CENTS:
        return value * 1000.0 if unit == "k" else value
    # "$.50 cents" and "0.50 cents" mean fifty cents: the point already makes it dollars.
    return value if "." in digits and _CENTS[unit] == 1 else value * _CENTS[unit] / 100.0


def _mention(found: re.Match[str], text: str) -> Mention | None:
    group = found.lastgroup
    part = found.group
    start, end = found.span()
    kind: Kind = "money"
    if part("usd"):
        value = _in_dollars(number(part("usd")), part("usd_unit") or "dollars", part("usd"))
    elif part("count"):
        value = _in_dollars(number(part("count")), part("unit"), part("count"))
        if part("tail"):
            value += 0.5 if part("tail").endswith("half") else number(part("tail")) / 100.0
    elif group == "after":
        value = number(part("after"))
    elif group == "percent":
        kind, value = "share", number(part("percent")) / 100.0
    elif group == "half":
        kind, word = "share", part("half")
        value = 1 / 3 if "3" in word or "third" in word or "⅓" in word else 0.5
        value = 0.25 if "4" in word or "¼" in word or word.endswith(("quarter", "fourth")) else value
    elif group == "all":
        kind, value = "share", 1.0
    else:
        digits = part("bare")
        point = digits.find(".")
        decimal = point >= 0 and (len(digits) - point == 3 or digits[0] in ".0")
        kind, value = "money" if decimal else "bare", number(digits)
    if not value <= LARGEST:
        return None
    more = part("more") in (" more", " extra", " additional") or (
        _MORE.search(text, max(0, start - 24), start) is not None or _MORE_AFTER.match(text, end) is not None
    )
    return Mention(start, end, value, kind, more, group == "percent", bool(part("loose")))


def mentions(text: str) -> list[Mention]:
    """Every amount in a text, in order.

    A dollar amount followed by cents ("a dollar and fifty cents") is one mention.

    Args:
        text: Normalised text.

    Returns:
        The mentions, none overlapping.
    """
    found: list[Mention] = []
    for match in _MENTION.finditer(text):
        one = _mention(match, text)
        if one is None:
            continue
        last = found[-1] if found else None
        if (
            last is not None
            and last.kind == one.kind == "money"
            and last.value >= 1 > one.value
            and text[last.end : one.start] in (" and ", " ")
            and text[last.start : last.end].endswith(("r", "s", "k"))
        ):
            found[-1] = Mention(last.start, one.end, last.value + one.value, "money", last.more)
        else:
            found.append(one)
    return found
