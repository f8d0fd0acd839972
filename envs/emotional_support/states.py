"""The private state a speaker writes before their words: one format, rendered and parsed here (paper Table 4).

    来访者显示出的观察、感受、需求和请求:        Shown:
    观察: 孩子整夜哭闹；我什么都做不好            Observations: the baby cries all night; I am doing it all wrong
    感受: 疲惫                                    Feelings: exhausted
    来访者可能有的观察、感受、需求和请求:        Possible:
    无                                            none
    回复: …                                       Response: …

The first half is what the help-seeker has shown, the second what may still be hidden. For the seeker this is their own
mind, for the supporter a guess of it. Items are separated by "；" or "; "; a field without items is left out. The Chinese headings
are the table's; the English ones are short, and its printed translation ("The help-seeker's observed ...") is read as well.

Language models write this format with fields missing, reordered, in bold, in full-width punctuation, on one line.
`split` reads all of that, never raises, and never loses the reply because the state before it is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

FIELDS = ("observations", "feelings", "needs", "requests")

_NAMES = {
    "en": ("Observations", "Feelings", "Needs", "Requests"),
    "zh": ("观察", "感受", "需求", "请求"),
}
_HEADINGS = {
    "en": ("Shown:", "Possible:"),
    "zh": ("来访者显示出的观察、感受、需求和请求:", "来访者可能有的观察、感受、需求和请求:"),
}
_NONE = {"en": "none", "zh": "无"}
_REPLY = {"en": "Response:", "zh": "回复:"}

_SPLIT = re.compile(r"[;；、\n]+")
_SPLIT_FEELINGS = re.compile(r"(?<=\w)\s++and\s+|[;；、,，\n]+")
_UNSAFE = re.compile(r"[\s;；、:：]+")
_UNSAFE_FEELING = re.compile(r"(?<=\w)\s++and\s+|[\s;；、:：,，]+")
_BULLET = re.compile(r"^(?:[\s*#>•·\-–—]++|[(（]?\d{1,2}[.)）、]\s*+)++")
_EMPTY = re.compile(r"(?:none|n/?a|nothing|unknown|not? (?:mentioned|known|shown)|no|null|无|暂无|没有|无明显|不详|未知|未提及"
                    r"|暂未提及|未表达)?[\s.。!！]*", re.IGNORECASE)
_LEAD = r"[\s*#>•·\-–—\d.()（）]*+"
_FIELD = rf"{_LEAD}(?P<field>observations?|feelings?|needs?|requests?|观察|感受|需求|请求)\**[ \t]*(?:[(（][^()（）\n]{{0,40}}[)）])?\**\s?[:：]\**"
_HEADING = (rf"{_LEAD}(?:the\s+)?(?:help[- ]?seeker|seeker|visitor|client|来访者|求助者)[^\n:：]{{0,12}}?(?P<half>observed|shown|expressed"
            r"|显示|表现|表达|possible|may|hidden|unexpressed|可能|隐藏|潜在|未表达)[^\n:：]{0,80}[:：]\**"
            rf"|{_LEAD}(?P<short>shown|observed|hidden|possible|已显示|显示|可能|隐藏)\**[:：]\**")
_MARK = (r"[*#\s]*+(?:the\s+)?(?:(?:listener|supporter|help[- ]?seeker|seeker|visitor)(?:'s|’s)?\s+|倾听者(?:的)?|来访者(?:的)?|支持者(?:的)?"
         r"|求助者(?:的)?)?(?:response|reply|answer|回复|回答|回应)\**\s?[:：]\**")
_LINE_FIELD = re.compile(_FIELD, re.IGNORECASE)
_LINE_HEADING = re.compile(_HEADING, re.IGNORECASE)
_LINE_MARK = re.compile(_MARK, re.IGNORECASE)
# Within a line what leads up to a name is bounded: a search begins anew at every character of a long run.
_INLINE_MARK = re.compile(rf"(?:^|(?<=[\s;；。.无]))(?:{_MARK})".replace("]*+", "]{0,20}+"), re.IGNORECASE)
_INLINE_PART = re.compile(rf"(?<=[\s;；。.:：无])(?={_HEADING}|{_FIELD})".replace("?P<", "?P<x_").replace("]*+", "]{0,20}+"),
                          re.IGNORECASE)
_FORGED = re.compile(rf"(?:{_HEADING}|{_FIELD}|{_MARK})".replace("?P<", "?P<y_").replace("]*+", "]{0,20}+"), re.IGNORECASE)
_COLON = re.compile(r"\s?[:：]")
_SECOND = re.compile(r"possible|may|hidden|unexpressed|可能|隐藏|潜在|未表达", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def clean(item: str, of: str = "observations") -> str:
    """An item as the format can hold it: one line, no separators, no bullet; "" when it says that there is nothing."""
    pattern = _UNSAFE_FEELING if of == "feelings" else _UNSAFE
    while True:
        text = _BULLET.sub("", pattern.sub(" ", item)).strip(" *#")
        if text == item:
            break
        item = text
    return "" if _EMPTY.fullmatch(item) else item


@dataclass(frozen=True, slots=True)
class Facet:
    """One half of a state: items of the four kinds. Items are cleaned (`clean`), empty and repeated ones dropped."""

    observations: tuple[str, ...] = ()
    feelings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in FIELDS:
            given = getattr(self, name)
            if given != ():
                items = dict.fromkeys([clean(item, name) for item in given])
                object.__setattr__(self, name, tuple([item for item in items if item]))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(name, item) for name in FIELDS for item in getattr(self, name)])

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in FIELDS)

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> Facet:
        """The facet of (field, item) pairs, in their order."""
        return _facet_of(tuple(items))


@lru_cache(maxsize=16_384)
def _facet_of(items: tuple[tuple[str, str], ...]) -> Facet:
    """A conversation shows and hides the same things for many turns: facets are remembered."""
    found: dict[str, list[str]] = {name: [] for name in FIELDS}
    for kind, item in items:
        if kind in found:
            found[kind].append(item)
    return Facet(**{name: tuple(listed) for name, listed in found.items()})


@dataclass(frozen=True, slots=True)
class State:
    """What the help-seeker has shown, and what may still be hidden."""

    shown: Facet = field(default_factory=Facet)
    hidden: Facet = field(default_factory=Facet)

    def __bool__(self) -> bool:
        return bool(self.shown) or bool(self.hidden)


def render(state: State, language: str = "en") -> str:
    """The state as a block of lines; `parse` reads it back equal."""
    gap = "；" if language == "zh" else "; "
    lines = []
    for heading, facet in zip(_HEADINGS[language], (state.shown, state.hidden), strict=True):
        lines.append(heading)
        named = zip(_NAMES[language], (facet.observations, facet.feelings, facet.needs, facet.requests), strict=True)
        lines += [f"{name}: {gap.join(items)}" for name, items in named if items] or [_NONE[language]]
    return "\n".join(lines)


def write(state: str, reply: str, language: str = "en") -> str:
    """What a language model writes: the state block, the mark of the reply, the reply; the reply alone without a state."""
    return f"{state}\n{_REPLY[language]} {reply}" if state else reply


def parse(block: str) -> State | None:
    """The state of a block; None when it has neither a heading nor a field of one. Never raises.

    What stands under the hidden heading without a field's name is an observation that is hidden: nobody knows what it is.
    """
    return _parsed(block)[0]


def whole(block: str) -> State | None:
    """The state of a block that says what is hidden, be it "none"; None of any other."""
    state, halves = _parsed(block)
    return state if halves else None


@lru_cache(maxsize=16_384)
def _parsed(block: str) -> tuple[State | None, bool]:
    """The state of a block, and whether the heading of its hidden half stands in it."""
    found: dict[bool, dict[str, list[str]]] = {False: {}, True: {}}
    seen = False
    halves = False
    hidden = False
    kind = ""
    for piece in _pieces(block):
        heading, named = _LINE_HEADING.match(piece), _LINE_FIELD.match(piece)
        if heading:
            seen, kind = True, ""
            hidden = bool(_SECOND.search(heading["half"] or heading["short"]))
            halves = halves or hidden
            continue
        if named:
            seen = True
            kind = _kind(named["field"])
        if kind:
            pattern = _SPLIT_FEELINGS if kind == "feelings" else _SPLIT
            found[hidden].setdefault(kind, []).extend(pattern.split(piece[named.end() if named else 0:]))
        elif hidden:
            found[True].setdefault("observations", []).extend(_SPLIT.split(piece))
    if not seen:
        return None, False
    return State(*(Facet(**{name: tuple(found[half].get(name, ())) for name in FIELDS}) for half in (False, True))), halves


def defused(text: str) -> str:
    """Words with the colon of every heading, field and mark of a reply taken off: whoever reads them reads no state."""
    return _FORGED.sub(lambda match: _COLON.sub(" \N{EN DASH}", match[0]), text)


def split(text: str, finished: bool = True) -> tuple[State | None, str]:
    """The state and the reply in what a language model wrote; (None, text) when there is no state. Never raises.

    Args:
        text: a state block, the mark of the reply and the reply, in any disorder.
        finished: whether the writer came to its own end; when it was cut off inside its state, the reply is "".
    """
    block, reply = _parts(text, finished)
    state = parse(block) if block else None
    return state, " ".join((reply if state is not None else _unmarked(text)).split())


def _parts(text: str, finished: bool) -> tuple[str, str]:
    """The block and the reply, as text."""
    first = _first_part(text)
    if first is None:
        return "", text
    lead = _LINE_MARK.match(text.lstrip())
    if lead:  # the reply comes first: it ends where the state begins
        start = len(text) - len(text.lstrip()) + lead.end()
        if re.search(r"\w", text[start:first]):
            return text[first:], text[start:first]
        return _parts(text[first:], finished)
    mark = _INLINE_MARK.search(text, first)
    if mark:
        reply = text[mark.end():]
        if reply.strip():
            return text[:mark.start()], reply
        return (text[:mark.start()], "") if not finished else _unmarked_reply(text[:mark.start()], finished)
    return _unmarked_reply(text, finished)


def _unmarked_reply(text: str, finished: bool) -> tuple[str, str]:
    """Without a mark, the reply is what follows the last line that belongs to the state."""
    lines = text.split("\n")
    last = -1
    seen: set[tuple[int, str]] = set()
    half = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        heading, named = _LINE_HEADING.match(line), _LINE_FIELD.match(line)
        half += heading is not None
        key = (half, _kind(named["field"]) if named else "")
        if (named and key in seen) or not (heading or named or _EMPTY.fullmatch(_BULLET.sub("", line).strip())):
            if last >= 0:
                break
            continue
        if named:
            seen.add(key)
        last = number
    reply = "\n".join(lines[last + 1:])
    if reply.strip() or not finished:
        return "\n".join(lines[:last + 1]), reply
    # A whole text that ends inside its state: its last line holds the words, or there are none.
    return "\n".join(lines[:last]), lines[last]


def _first_part(text: str) -> int | None:
    """Where the state begins: the first heading, or the first field that starts a line."""
    offset = 0
    for line in text.split("\n"):
        if line and (_LINE_HEADING.match(line) or _LINE_FIELD.match(line)):
            return offset
        offset += len(line) + 1
    return None


def _pieces(block: str) -> Iterator[str]:
    """Headings and fields with their items, one at a time; several may follow one another on one line."""
    for line in block.split("\n"):
        place = 0
        while place < len(line):
            heading = _LINE_HEADING.match(line, place)
            begun = heading or _LINE_FIELD.match(line, place)
            start = begun.end() if begun else place + 1
            cut = start if heading else _next_part(line, start)
            yield line[place:cut]
            place = cut


def _next_part(text: str, start: int) -> int:
    """Where the next heading or field begins within a line; its end when there is none."""
    match = _INLINE_PART.search(text, start)
    return match.start() if match else len(text)


def _unmarked(text: str) -> str:
    mark = _LINE_MARK.match(text.lstrip())
    return text.lstrip()[mark.end():] if mark and text.lstrip()[mark.end():].strip() else text


def _kind(name: str) -> str:
    name = name.lower().rstrip("s") + "s"
    return name if name in FIELDS else FIELDS[_NAMES["zh"].index(name.rstrip("s"))]


