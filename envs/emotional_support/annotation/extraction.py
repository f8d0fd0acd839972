"""What free text tells of feelings, troubles, needs and requests, by words alone (no model), in both languages.

The patterns of the language (`Language.hear`) come first: an item said with the language's own templates is found in its exact
words. Whatever else is said is searched for the words of `lexicon`. Every item is short enough to stand in a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ...position import MAX_TEXT
from ..languages import LANGUAGES
from ..states import clean
from .lexicon import ASIDE, FEELING_WORDS, HARMLESS, INTRODUCED_WORDS, LEADS, THOUGHTS, TROUBLES

WORDS = 12
"""The most words of an English item."""
CHARACTERS = 20
"""The most characters of a Chinese item."""
_PER_TEXT = 2

_SENTENCES = re.compile(r"\.{2,}|…+|\n+|(?<=[.!?])\s+|(?<=[a-z][.!?])(?=[A-Z])|(?<=[。！？!?])(?=[^。！？!?\s])")
_CLAUSES = {
    "en": re.compile(r"(?:(?<!\s)\s++)?[,;:()–—]++\s*+"
                     r"|(?<!\s)\s++(?:-++\s++|(?=(?:but|because|although|and then|even though|so that)\b)"
                     r"|(?=(?:and|so|since|while|or|when) (?:i|i'm|im|i've|my|he|she|they|it|it's|we|the|this|now|nobody"
                     r"|no one)\b))", re.IGNORECASE),
    "zh": re.compile(r"[，,；;：:、]+\s*|\s+"),
}
_WEAK = {
    "en": re.compile(r"(?<!\s)\s++(?=(?:that|which|who|when|where|if|to|for|with|at|in|on|and|or|as|than|after|before|from"
                     r"|about|during|since|until|by|due|even|so|i|im|i'm|i've)\b)", re.IGNORECASE),
    "zh": re.compile(r"(?=因为|所以|但|可是|而且|甚至|还是|就会|也会|让我|使我|导致|然后|或者)|(?<=的时候)|(?<=之后)"),
}
_DANGLING = frozenset((
    "that", "which", "who", "because", "and", "or", "but", "if", "to", "for", "with", "at", "in", "on", "about", "how", "when",
    "where", "what", "of", "the", "a", "an", "my", "than", "as", "from", "by", "so", "is", "are", "was", "his", "her", "their",
    "i", "im", "i'm", "i've", "have", "has", "had", "not", "just", "really", "very", "even", "this",
))
"""Words that an item does not end with: they led to what was cut off."""
_ZH_DANGLING = "的和在是让把对与"
_TRIM = " \t,，。.!！?？;；:：、~～…\"“”'-–—"
_LEAST = {"en": 3, "zh": 5}
_MORE = {
    "en": re.compile(r"\b(?:worr\w+|anxi\w+|stress\w*|nervous|scared|afraid|fear\w*|depress\w+|sad|upset|angry|mad|frustrat\w+"
                     r"|ashamed|guilty|embarrassed|terrified|jealous|disappoint\w+|overwhelmed|tired)"
                     r" (?:about|of|that|because|over|by|at|with|due|from|i will|i'll|i won't|he|she|they|my)"
                     r"\s+(?!(?:all|this|that|it|of|everything|things)\b)\w+", re.IGNORECASE),
    "zh": re.compile(r"(?:担心|担忧|害怕|恐惧|怕|焦虑|后悔|失望|自责|生气|讨厌).{3}|(?<=.{4})(?:让|使)我"),
}
_NEGATED = {
    "en": re.compile(r"(?:\b(?:not|never|no longer|no|without|hardly|neither|nor|isnt|dont|didnt|wasnt|arent)|n't)"
                     r"(?: (?:feel|feeling|felt|be|been|being|so|too|very|really|that|as|a|bit|all|even|any|particularly|just"
                     r"|getting|have|more|the)){0,4} $"),
    "zh": re.compile(r"(?:没有?|不再|不会|不用|不是|不必|不要|并不|不|(?<!特)别)"
                     r"(?:再|会|是|太|那么|这么|怎么|觉得|感到|感觉|很|有|要|用|必|特别|什么|任何|那样){0,2}$"),
}
_DEGREE = (r"(?: (?:feeling|so|very|really|quite|pretty|too|extremely|just|a bit|a little|kind of|kinda|more|even|incredibly"
           r"|rather|like|and|down)){0,3} $")
_ZH_DEGREE = "(?:真的|自己|到|有些|有点|一点|很|特别|非常|十分|好|太|越来越|更加?|都|也|又|越发|心里|内心){0,3}$"
_FELT = {
    "en": re.compile(rf"\b(?:feel(?:s|ing)?|felt|(?:makes?|made|making) me(?: feel)?){_DEGREE}"),
    "zh": re.compile(rf"(?:感到|感觉|觉得|让我|我很|我真的很|我非常|我特别){_ZH_DEGREE}"),
}
_INTRODUCED = {
    "en": re.compile(r"\b(?:feel(?:s|ing)?|felt|i am|i'm|im|i was|i've been|been|i get|i got|getting|(?:makes?|made|making) me"
                     rf"(?: feel)?|left me){_DEGREE}"),
    "zh": re.compile(f"(?:感到|感觉|觉得|让我|我){_ZH_DEGREE}"),
}
_OTHERS = {
    "en": re.compile(r"(?P<other>\b(?:he|she|they|you|people|everyone|everybody|who|him|them|your|his|her|their|u)\b(?:'\w+)?"
                     r"|\bmy(?: [a-z]+){1,3}?(?: (?:is|was|are|were|gets?|got|has|have|had|seems?|feels?|felt|looks?)|'s)\b)"
                     r"|\b(?:i|im|me|my|myself)\b|[,.]"),
    "zh": re.compile("(?P<other>[他她它你您妈爸]|父母|父亲|母亲|孩子|儿子|女儿|丈夫|老公|妻子|老婆|男友|女友|朋友|同学|同事"
                     "|老师|领导|大家|别人|人家|奶奶|爷爷|婆婆)|[我，,]"),
}
"""Who is spoken of: somebody else, until the speaker is named or the clause ends."""
_BEFORE = 120
"""Characters before a feeling in which "I feel so" or "not at all" can stand."""
_NEED = {
    "en": re.compile(r"\b(?P<keep>i (?:really |just |only |also |do |still |always |so )*(?:wish|hope))\b(?P<rest> .+)"
                     r"|\b(?:i(?:'d| would)? (?:really |just |only |also |do |still |always |kind of |kinda |so )*"
                     r"(?:need|want|would like|like(?= to (?:be|feel|have|get|find))|long for|crave)"
                     r"|all i (?:need|want|wanted) is|i would (?:really )?(?:like|love)|i'd (?:really )?(?:like|love))\b"
                     r" (?P<item>.+)", re.IGNORECASE),
    "zh": re.compile("(?:我们?(?:真的|真|很|也|只是|只|就|一直|特别|非常|现在|还是|好|最|更|多么)*(?:希望|想要|需要|渴望|盼望"
                     "|期待|期盼)|^(?:希望|渴望|想要)(?=能|可以|早日|有|自己|得到|找到|被|没有))(?P<item>.+)"),
}
_NO_NEED = {
    "en": re.compile(r"^ ?(?:you\b|this\b|it$|that$|them$|so$|one$|more$|to$|it (?:was|is)\b|nothing\b"
                     r"|to (?:thank|say|ask|tell you|apologi[sz]e|go\b|be honest))|\byou\b", re.IGNORECASE),
    "zh": re.compile("^(?:和你|跟你|[的吗么了])|你|您|什么|怎么|如何|医生|咨询师"),
}
_REQUEST = {
    "en": re.compile(r"\b(?:how (?:can|do|should|could|would|am) (?:i|we)\b|how to\b|should i\b|do you think i should"
                     r"|where do i|what (?:should|can|could|do|would|else can) (?:i|we)\b(?! mean)"
                     r"|(?:can|could|would|will) you (?:please )?(?:help|tell me|give|suggest|recommend|advise)"
                     r"|(?:do you have |got |have )?any (?:advice|suggestions?|tips|ideas|recommendations)\b) ?.*",
                     re.IGNORECASE),
    "zh": re.compile("怎么办|怎么做|怎么(?:样)?才|怎么处理|怎么面对|怎么解决|怎么调整|如何|怎样|有什么(?:办法|方法|建议)"
                     "|什么办法|[你您](?:能|可以|愿意).{0,60}吗|请问|帮帮我|帮助我|我想(?:知道|听听|问问|请教|咨询)"),
}
_ASKED = re.compile(r"^(?:(?:your|some|any|a|an|the|more|little|bit|of) )*(?:help|advice|suggestions?|support|guidance|opinion"
                    r"|tips|ideas)\b|^(?:some(?:one|body)|a person|people) (?:to|who)"
                    r"|^to (?:talk|vent|know|hear|understand how|find out)", re.IGNORECASE)
_ASKING = re.compile("^(?:那么?|请问|不知道|我想知道|我想问问?|我不知道|但|可是|我想请教|想知道|好的?|嗯)+[，,]?")
_ON_COURSE = re.compile("(?:如何|怎么|怎样)(?:进行|开始|配合|称呼)|接下来|下一步|怎么样$")
"""Chinese clauses that ask how the talk goes on."""
_RESOLVES = re.compile("希望|^我会|^我要|我想试|我想要|为了|让自己|争取")
_RESOLVES_IN = {"en": re.compile(r"\?"), "zh": _RESOLVES}
_TURNS = re.compile("^(?:但|可|却|不过|然而)")
"""Chinese clauses that begin a wish or a resolve, which goes on for the sentence, and those that end it."""
_PARTICLES = re.compile(r"(?<![呢吗啊呀吧嘛呗])[呢吗啊呀吧嘛呗]++$")
_FIELDS = ("observations", "needs", "requests")


def _table(of: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {code: {word.strip(): feeling for feeling, words in of[code].items() for word in words.split(",")}
            for code in LANGUAGES}


_FEELING = _table(FEELING_WORDS)
_SHY = _table(INTRODUCED_WORDS)


def _pattern(code: str) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted({**_SHY[code], **_FEELING[code]}, key=len, reverse=True))
    return re.compile(rf"\b(?:{words})\b(?<!\bused)|\bused\b(?! to\b)" if code == "en" else f"(?:{words})(?<!恐怕)(?<!哪怕)")


_NAMED = {code: _pattern(code) for code in LANGUAGES}
_TROUBLE, _HARMLESS, _ASIDE, _THOUGHT, _LEAD = (
    {code: re.compile(table[code], re.IGNORECASE) for code in LANGUAGES}
    for table in (TROUBLES, HARMLESS, ASIDE, THOUGHTS, LEADS))


@lru_cache(maxsize=16_384)
def feelings_in(text: str, language: str) -> tuple[str, ...]:
    """The negative feelings the speaker names as their own, as words of the language's list, in the order they come.

    "not sad", "不难过" and "my mother is sad" name none.
    """
    found: dict[str, None] = {}
    for sentence in _sentences(text):
        found.update(dict.fromkeys(_feelings(sentence, language)))
    return tuple(found)


def observations_in(text: str, language: str) -> tuple[str, ...]:
    """At most two clauses that state a trouble or a negative thought, shortened; questions and thanks are none."""
    return tuple(item for item, _ in observed(text, language))


@lru_cache(maxsize=16_384)
def observed(text: str, language: str) -> tuple[tuple[str, bool], ...]:
    """`observations_in`, each with whether it is a thought (True) or a fact."""
    told_plainly: list[tuple[int, str, bool]] = []
    other: list[tuple[int, str, bool]] = []
    for number, sentence in enumerate(_sentences(text)):
        if match := LANGUAGES[language].hear["observations"].search(sentence):
            item = _item(next(group for group in match.groups() if group is not None), language, "observations")
            told_plainly.append((number, item, bool(_THOUGHT[language].search(sentence))))
        elif not _said_plainly(sentence, language) and not sentence.rstrip().endswith(("?", "？")):
            item, thought = _trouble(sentence, language)
            other.append((number, item, thought))
    kept = [entry for entry in (*told_plainly, *other) if entry[1]][:_PER_TEXT]
    return tuple({item: thought for _, item, thought in sorted(kept)}.items())


def needs_in(text: str, language: str) -> tuple[str, ...]:
    """What the speaker says they need, want or wish for, shortened."""
    return _wanted(text, language, "needs")


def requests_in(text: str, language: str) -> tuple[str, ...]:
    """What the speaker asks of their listener: help, an ear, what to do; shortened."""
    return _wanted(text, language, "requests")


@lru_cache(maxsize=16_384)
def told(text: str, language: str) -> tuple[tuple[str, str], ...]:
    """(field of a state, item) of everything a text tells."""
    found = {"observations": observations_in(text, language), "feelings": feelings_in(text, language),
             "needs": needs_in(text, language), "requests": requests_in(text, language)}
    return tuple((name, item) for name, items in found.items() for item in items)


def shorten(text: str, language: str) -> str:
    """The beginning of a text that is short enough for an item, cut between clauses where it can be."""
    text = text[:MAX_TEXT].strip(_TRIM)
    if _fits(text, language):
        return text
    ends = [match.start() for match in _CLAUSES[language].finditer(text)]
    weak = [match.start() for match in _WEAK[language].finditer(text)]
    for cuts, least in ((ends, _LEAST[language]), (weak, _LEAST[language] + 1)):
        for cut in reversed(cuts):
            if _fits(text[:cut], language) and _size(text[:cut], language) >= least:
                return _whole(text[:cut])
    return _whole(" ".join(text.split()[:WORDS]) if language == "en" else text[:CHARACTERS])


# -- how it is found -------------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def _sentences(text: str) -> tuple[str, ...]:
    plain = text[:MAX_TEXT].replace("’", "'").replace("´", "'").replace("`", "'")
    return tuple(" ".join(piece.split()) for piece in _SENTENCES.split(plain) if piece.strip())


@lru_cache(maxsize=16_384)
def _said_plainly(sentence: str, language: str) -> bool:
    """Whether the patterns of the language hear the sentence: then nothing else is looked for in it."""
    return any(LANGUAGES[language].hear[name].search(sentence) for name in _FIELDS)


def _feelings(sentence: str, language: str) -> Iterator[str]:
    lowered = sentence.lower()
    plainly = _said_plainly(sentence, language)
    others = list(_OTHERS[language].finditer(lowered))
    passed = 0
    for match in _NAMED[language].finditer(lowered):
        before, word = lowered[max(0, match.start() - _BEFORE):match.start()], match[0]
        while passed < len(others) and others[passed].start() < match.start():
            passed += 1
        other = others[passed - 1] if passed else None
        shy = word not in _FEELING[language]
        if (plainly and not _FELT[language].search(before)) or (shy and not _INTRODUCED[language].search(before)):
            continue
        if not _NEGATED[language].search(before) and not (other and other["other"] and other.end() <= match.start()):
            yield (_SHY if shy else _FEELING)[language][word]


def _trouble(sentence: str, language: str) -> tuple[str, bool]:
    """The item of a sentence that states a trouble, and whether it is a thought; "" when it states none."""
    edges = [(match.start(), match.end()) for match in _CLAUSES[language].finditer(sentence)]
    starts, ends = [0, *(end for _, end in edges)], [*(start for start, _ in edges), len(sentence)]
    clauses = [sentence[start:end].strip(_TRIM) for start, end in zip(starts, ends, strict=True)]
    resolved = False
    for number, clause in enumerate(clauses):
        if language == "zh":
            resolved = bool(_RESOLVES.search(clause)) or (resolved and not _TURNS.search(clause))
        if resolved or not _weighs(clause, language):
            continue

        def together(first: int, last: int) -> str:
            return _bare(sentence[starts[first]:ends[last]], language)

        first = last = number
        while first and _leads_up(clauses[first - 1], language) and _fits(together(first - 1, last), language):
            first -= 1
        while (last + 1 < len(clauses) and _fits(together(first, last + 1), language)
               and not _ASIDE[language].search(_bare(clauses[last + 1], language))):
            last += 1
        item = _item(together(first, last), language, "observations")
        if _size(item, language) >= _LEAST[language]:
            return item, bool(_THOUGHT[language].search(sentence[:ends[number]]))
    return "", False


def _leads_up(clause: str, language: str) -> bool:
    """Whether a clause before one that states a trouble can stand in its item: "they raised the rent" and "I cannot pay"."""
    bare = _bare(clause, language)
    return _size(bare, language) >= _LEAST[language] and not any(
        pattern[language].search(bare) for pattern in (_ASIDE, _REQUEST, _NEED, _NAMED, _RESOLVES_IN))


def _weighs(clause: str, language: str) -> bool:
    """Whether a clause states a trouble or a negative thought, and more than a bare feeling."""
    bare = _bare(clause, language)
    if _size(bare, language) < _LEAST[language] or _ASIDE[language].search(bare):
        return False
    if _REQUEST[language].search(bare) or _NEED[language].search(bare):
        return False
    if _MORE[language].search(bare):
        return True

    def unnamed(match: re.Match[str]) -> str:
        before = match.string[max(0, match.start() - _BEFORE):match.start()]
        felt = match[0] in _FEELING[language] or _INTRODUCED[language].search(before)
        return " " if felt else match[0]

    return bool(_TROUBLE[language].search(_HARMLESS[language].sub(" ", _NAMED[language].sub(unnamed, bare.lower()))))


@lru_cache(maxsize=16_384)
def _wanted(text: str, language: str, name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for sentence in _sentences(text):
        wanted = [next(group for group in match.groups() if group is not None)
                  for match in LANGUAGES[language].hear[name].finditer(sentence)]
        if not wanted and not _said_plainly(sentence, language):
            wanted = list((_needs if name == "needs" else _requests)(sentence, language))
        found.update(dict.fromkeys(_item(item, language, name) for item in wanted))
    return tuple(item for item in found if item)


def _needs(sentence: str, language: str) -> Iterator[str]:
    if sentence.rstrip().endswith(("?", "？")):
        return
    for clause in _CLAUSES[language].split(sentence):
        match = _NEED[language].search(clause)
        if match and not _REQUEST[language].search(clause):
            item = match["item"] or match["rest"]
            if _NO_NEED[language].search(item.strip(_TRIM)) or (language == "en" and _ASKED.search(item)):
                continue
            if language == "en" or len(item) > 1:
                yield (f"{match['keep']}{item}" if language == "en" and match["keep"] else item)


def _requests(sentence: str, language: str) -> Iterator[str]:
    for clause in _CLAUSES[language].split(sentence):
        if match := _REQUEST[language].search(clause):
            if language == "zh" and _ON_COURSE.search(clause.strip(_TRIM)):
                continue
            bare = match[0] if language == "en" else _PARTICLES.sub("", _ASKING.sub("", clause.strip(_TRIM)))
            if _size(bare, language) >= _LEAST[language] - 1:
                yield bare
        elif language == "en" and (need := _NEED["en"].search(clause)) and need["item"] and _ASKED.search(need["item"]):
            yield need["item"]


def _whole(cut: str) -> str:
    """A cut text without the words that led to what was cut off."""
    kept = cut.strip(_TRIM)
    words = kept.split()
    while len(words) > 1 and words[-1].lower() in _DANGLING:
        words.pop()
        kept = kept.rstrip()[:-len(kept.split()[-1])].rstrip()
    return kept.rstrip(_ZH_DANGLING).strip(_TRIM) or cut


def _bare(clause: str, language: str) -> str:
    """The clause without what it need not begin or end with."""
    return _LEAD[language].sub("", clause.strip(_TRIM)).strip(_TRIM)


def _item(text: str, language: str, name: str) -> str:
    return clean(shorten(text, language), name)


def _size(text: str, language: str) -> int:
    return len(text.split()) if language == "en" else len(text)


def _fits(text: str, language: str) -> bool:
    return _size(text, language) <= (WORDS if language == "en" else CHARACTERS)
