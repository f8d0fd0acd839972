"""From what was said in a corpus to episodes: turns that alternate, conditions, splits; and how its files are opened."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...dialogue import Dialogue, Utterance
from ...errors import InvalidCorpus
from ...keys import text_key, uniform
from ...parts import Episode
from ..acts import closes
from ..annotation.rules import condition_of, say_goodbye
from ..simulators.seeker import SEAT as SEEKER
from ..simulators.supporter import SEAT as SUPPORTER

LEAST = 2
"""The fewest supporter turns of an episode."""
SPLITS = ("train", "valid", "test")

_NOISE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff\ufffd\ud800-\udfff]")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a corpus has it.

    Attributes:
        source: its id, such as "esconv/train-12".
        split: one of SPLITS.
        language: "en" or "zh".
        said: (seat, text), in order; a seat may speak several times in a row.
        where: the file and line or item it stands in, for an error.
        situation: what troubles the seeker, if the corpus says so.
        feelings: the seeker's feelings, if the corpus says so.
    """

    source: str
    split: str
    language: str
    said: Sequence[tuple[str, str]]
    where: str
    situation: str = ""
    feelings: tuple[str, ...] = ()


def episodes(talks: Iterable[Talk], name: str) -> list[Episode]:
    """The usable conversations as episodes: the seeker opens, seats alternate, the seeker has the last word and closes.

    A supporter's words before the seeker's first (a greeting, as a rule) are left out, and so is what follows the seeker's last
    words or their farewell. A conversation that then has fewer than two supporter turns is skipped.
    A closing sentence is appended where the seeker has none (`rules.say_goodbye`): in this game the seeker ends the
    conversation. One line on the log of this module gives every count.

    Args:
        talks: the conversations.
        name: of the corpus, for the log.

    Raises:
        InvalidCorpus: two conversations have one id or the same words (they could stand on both sides of a split), or none is
            usable. The message names file and line or item.
    """
    counts: Counter[str] = Counter()
    kept: dict[str, Episode] = {}
    places: dict[Any, str] = {}
    total = 0
    for talk in talks:
        total += 1
        _once(talk, places)
        turns = _ended(_alternating(talk.said, counts), talk.language, counts)
        if len(turns) // 2 < LEAST:
            counts[f"skipped: fewer than {LEAST} supporter turns"] += 1
        elif episode := _episode(talk, turns, counts):
            kept[talk.source] = episode
    counts.update(episode.split for episode in kept.values())
    summary = ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
    if not kept:
        raise InvalidCorpus(f"{name}: no usable dialogue among {total} ({summary or 'the files are empty'}); "
                            "expected the corpus as published.")
    skipped = any(what.startswith("skipped") for what in counts)
    _log.log(logging.WARNING if skipped else logging.INFO, "%s: %d of %d dialogues kept (%s)", name, len(kept), total, summary)
    return list(kept.values())


def _once(talk: Talk, places: dict[Any, str]) -> None:
    """Refuses a conversation whose id or words came before; `places` remembers both. Raises InvalidCorpus."""
    before = places.setdefault(talk.source, talk.where)
    if before != talk.where:
        raise InvalidCorpus(f"{talk.where}: the id {talk.source.partition('/')[2]!r} came before, in {before}; expected one "
                            "dialogue under each, so give one of them another or remove it.")
    words = tuple((seat, " ".join(text.split())) for seat, text in talk.said)
    before = places.setdefault(words, talk.where) if words else talk.where
    if before != talk.where:
        raise InvalidCorpus(f"{talk.where}: the same words as in {before}; expected every dialogue once, so remove one.")


def split_of(source: str) -> str:
    """The split of a conversation without one: 80% train, 10% valid, 10% test, by its id alone."""
    share = uniform(text_key(source))
    return SPLITS[(share >= 0.8) + (share >= 0.9)]


def _alternating(said: Iterable[tuple[str, str]], counts: Counter[str]) -> list[Utterance]:
    """The utterances with seats in turn, the seeker first; what had to be put right is added to `counts`."""
    turns: list[Utterance] = []
    for seat, text in said:
        words = " ".join(_NOISE.sub("", text).split())
        if not words:
            counts["blank utterances left out"] += 1
        elif turns and turns[-1].seat == seat:
            counts["utterances joined"] += 1
            turns[-1] = Utterance(seat, f"{turns[-1].text} {words}")
        elif not turns and seat == SUPPORTER:
            counts["supporter's openings left out"] += 1
        else:
            turns.append(Utterance(seat, words))
    return turns


def _ended(turns: list[Utterance], language: str, counts: Counter[str]) -> list[Utterance]:
    """The utterances up to the seeker's last, or up to their farewell if at least `LEAST` supporter turns come before it."""
    for number in range(2 * LEAST, len(turns) - 1, 2):
        if closes(turns[number].text, language):
            counts["ended at the seeker's farewell"] += 1
            return turns[:number + 1]
    if len(turns) % 2 == 0 and turns:
        counts["supporter's last words left out"] += 1
        return turns[:-1]
    return turns


def _episode(talk: Talk, turns: Sequence[Utterance], counts: Counter[str]) -> Episode | None:
    dialogue = Dialogue.EMPTY
    for turn in turns:
        dialogue = dialogue.say(turn)
    try:
        condition = condition_of(dialogue, talk.language, talk.situation, talk.feelings)
    except ValueError:
        counts["skipped: the seeker tells nothing"] += 1
        return None
    last = dialogue.utterance
    words = say_goodbye(last.text, talk.language)
    if words != last.text and dialogue.parent is not None:
        counts["closing words appended"] += 1
        dialogue = dialogue.parent.say(Utterance(SEEKER, words))
    return Episode(condition, dialogue, talk.split, talk.source)


# -- the files -------------------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """The text of a file, which is UTF-8. Raises InvalidCorpus."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InvalidCorpus(f"Cannot read {str(path)!r} ({error.strerror}); expected a file of a corpus.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidCorpus(f"{path.name}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8; "
                            "expected the file in UTF-8, so convert it first.") from error


def read_list(path: Path) -> list[Any]:
    """The items of a file that is one JSON list. Raises InvalidCorpus."""
    try:
        value = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InvalidCorpus(f"{path.name}, line {error.lineno}: not JSON ({error.msg}); expected one JSON list.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidCorpus(f"{path.name}: not JSON ({error}); expected one JSON list.") from error
    if not isinstance(value, list):
        raise InvalidCorpus(f"{path.name}: a JSON {type(value).__name__}; expected a list.")
    return value


def read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """(line from 1, value) of every line of a file of JSON lines. Raises InvalidCorpus."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            where = f"{path.name}, line {number}"
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InvalidCorpus(f"{where}: not JSON ({error}); expected one dialogue per line.") from error


def items_of(value: Any, name: str, where: str) -> list[dict[str, Any]]:
    """The objects listed under a name. Raises InvalidCorpus."""
    listed = value.get(name) if isinstance(value, dict) else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise InvalidCorpus(f"{where}: no list of objects named {name!r}; got {short(value)}.")
    return listed


def text_of(value: dict[str, Any], name: str, where: str) -> str:
    """The text under a name; "" when it is missing or null. Raises InvalidCorpus."""
    text = value.get(name)
    if text is not None and not isinstance(text, str):
        raise InvalidCorpus(f"{where}: {name} is {short(text)}; expected a text.")
    return text or ""


def short(value: Any) -> str:
    """A value in an error message."""
    if isinstance(value, dict):
        return f"an object with {', '.join(map(repr, list(value)[:8])) or 'nothing'}"
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:60]}..."
