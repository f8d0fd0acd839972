"""No text takes long to read: every expression is linear, and so is every reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import dialogym
from dialogym.agents.prompting import MARKERS, defuse
from dialogym.envs.dialogue import Dialogue, Utterance, one_line
from dialogym.envs.emotional_support import acts, states
from dialogym.envs.emotional_support.annotation import chat as asking
from dialogym.envs.emotional_support.annotation import extraction as noticing
from dialogym.envs.emotional_support.annotation import rules as annotate
from dialogym.envs.emotional_support.corpora import cpsycound, psyqa, turns
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.noise import roughen
from dialogym.envs.persuasion import acts as persuasion_acts
from dialogym.envs.persuasion import corpus
from dialogym.envs.persuasion.reading import amounts, concerns, donation
from dialogym.envs.persuasion.simulators import hearing, moods
from dialogym.envs.shells.rendering import printable
from tests.growth import linear, seconds
from tests.patterns import APERIODIC, HAN, SHAPES, compiled, worst

PATTERNS = dict(compiled())
MATCHED = {"_SPEAKER", "_ID", "BASE_AFTER", "FRAGMENT", "BARE_AFTER", "NO", "YES", "WEAK_REST", "_LINE_FIELD", "_LINE_HEADING",
           "_LINE_MARK", "BEST_OF", "_EMPTY", "_PLACE"}
"""Patterns that are only ever matched at one place, so that they may be slow to search with."""


def runs(piece: str, size: int) -> list[str]:
    """The piece over and over, and with something else at the end, so that a repeat that reached it fails."""
    run = (piece * (size // len(piece) + 1))[:size]
    return [run, run + ",", run + "x", run + "\x00"]


def too_slow(read: Callable[[str], object], piece: str) -> bool:
    """Whether four times the text takes more than eight times as long, twice over. Short texts come first: none hangs."""
    for number in range(4):
        short = seconds(read, runs(piece, 500)[number])
        longer = seconds(read, runs(piece, 2_000)[number])
        if longer > 0.0003 and longer > 8 * short and seconds(read, runs(piece, 8_000)[number]) > max(0.003, 8 * longer):
            return True
    return False


def test_the_search_finds_the_patterns_of_the_package() -> None:
    names = {name.partition("[")[0].rpartition(".")[2] for name in PATTERNS}
    missing = {"_MENTION", "CUE", "_INLINE_PART", "_NAMED", "_PATTERNS", "AMOUNTS", "_CONTROL", *MATCHED} - names
    assert len(PATTERNS) > 150
    assert missing == set()


@pytest.mark.parametrize("evil", [r"\s+x", r"\bdo\b[^?]*\?", r"ha.*?b", r"今天[^。]+吗", r"(\w{2,}?)\1\1"])
def test_the_search_knows_a_slow_pattern(evil: str) -> None:
    pattern = re.compile(evil)
    assert any(too_slow(pattern.findall, piece) for piece in [*SHAPES, *APERIODIC, *worst(pattern, 6)])


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_is_linear(name: str) -> None:
    pattern = PATTERNS[name]
    if isinstance(pattern.pattern, bytes):
        pytest.skip("reads the package's own files only")

    def search(text: str) -> object:
        if name.partition("[")[0].rpartition(".")[2] in MATCHED:
            return pattern.match(text), pattern.fullmatch(text)
        return sum(1 for _ in pattern.finditer(text))

    assert [piece[:40] for piece in [*SHAPES, *APERIODIC, *worst(pattern, 6)] if too_slow(search, piece)] == []


def test_patterns_that_may_be_slow_to_search_with_are_only_matched() -> None:
    root = Path(dialogym.__file__).parent
    sources = [path.read_text(encoding="utf-8") for folder in ("envs", "agents", "search", "alignment")
               for path in (root / folder).rglob("*.py")]
    for name in MATCHED:
        uses = {use for text in sources for use in re.findall(rf"(?<![A-Z_]){name}\.(\w+)\(", text)}
        assert uses <= {"match", "fullmatch"}, name
        assert uses, name


TALK = Dialogue.EMPTY.say(Utterance("seeker", "Hello."))
READERS: dict[str, Callable[[str], object]] = {
    **{f"{what}, {code}": (lambda text, read=read, code=code: read(text, code)) for code in ("en", "zh")
       for what, read in {"told": noticing.told, "shorten": noticing.shorten, "closes": acts.closes,
                          "goodbye": annotate.say_goodbye,
                          "garbled": lambda text, code: LANGUAGES[code].garbled(text),
                          "second person": lambda text, code: LANGUAGES[code].second_person(text),
                          "trouble": lambda text, code: annotate.trouble_in([text, "My cat ran away."], code, text)}.items()},
    "support acts": acts.recognise, "support cues": acts.recognise_by_cues,
    "seeker's mood": acts.read_mood, "items": acts.told_items, "feelings": acts.named_feelings,
    "state": states.parse, "state and reply": states.split, "state cut off": lambda text: states.split(text, finished=False),
    "reply after a state": lambda text: states.split("Shown:\nNeeds: some sleep\n" + text),
    "item": states.clean, "feeling": lambda text: states.clean(text, "feelings"),
    "state asked for": lambda text: asking.read_state(TALK, text),
    "condition asked for": lambda text: asking.read_condition(TALK, "troubles: a\n" + text),
    "support corpus": lambda text: turns._alternating([("seeker", text)], Counter()),
    "keywords": lambda text: psyqa._keywords({"keywords": text}, ""), "speaker": cpsycound._SPEAKER.match,
    "persuasion acts": persuasion_acts.recognise, "persuasion by cues": persuasion_acts.recognise_by_cues,
    "persuasion cues": persuasion_acts.cued, "garbled": persuasion_acts.garbled,
    "persuadee's mood": moods.read_mood, "concern": concerns.read_concern,
    "amounts": lambda text: amounts.mentions(amounts.normalise(text)),
    "donation": lambda text: donation.read_dialogue([("persuader", text), ("persuadee", text)]),
    "heard": hearing.taken_in, "persuasion corpus": corpus._clean, "noise": lambda text: roughen(text[:100_000], 3, 0.7),
    "printable": printable, "one line": one_line, "markers": lambda text: defuse(text, MARKERS),
}
PIECES = ("a", "0,")
MORE = ("我", "\u00a0", "he feels sad ", "Needs: ", " ", '"', "$", "\n", "[[", "1,000 ", "sad ", "my mother ",
        "I need ", "不", "难过", "他难过", "我需要", "你能", "能说吗", "Shown: ", "1. ", "**",
        "来访者显示", "<s>", "<<SYS>>", "$1 ", "I will donate ", "what is ")
LONG = 25_000
"""Characters, beside eight times as many."""


@pytest.mark.parametrize("piece", [*PIECES, pytest.param(HAN, id="Chinese"),
                                   *(pytest.param(piece, marks=pytest.mark.slow) for piece in MORE)])
def test_every_reader_is_linear(piece: str) -> None:
    assert [name for name, read in READERS.items() if not linear(read, piece, LONG)] == []


@pytest.mark.parametrize("read", [lambda said: noticing.told(said, "zh"), acts.recognise, LANGUAGES["zh"].garbled],
                         ids=["told", "acts", "garbled"])
def test_chinese_without_punctuation(read: Callable[[str], object]) -> None:
    assert linear(read, HAN, 2_000)
