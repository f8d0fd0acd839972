"""Reads the PersuasionForGood corpus in its original CSV format (Wang et al. 2019) as episodes to learn from.

A folder holds `full_dialog.csv`, one row per thing said, and `full_info.csv`, one row per dialogue and role
with the person, the donation actually made after the task (B6) and the answers to the pre-task survey. A talk
of the corpus ends in good-byes and the payment is recorded outside of it, so the persuadee's last words are
followed here by their decision in plain words (`closing`): what a simulator learns to end a conversation with.
"""

from __future__ import annotations

import csv
import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from ..dialogue import Dialogue, Utterance
from ..errors import InvalidConfig, InvalidCorpus
from ..keys import pick, text_key
from ..parts import Episode
from .conditions import SCALES, Persona, Value

DIALOG_FILE = "full_dialog.csv"
INFO_FILE = "full_info.csv"
SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}
"""The part of the dialogues each split should get."""

_SEATS = ("persuader", "persuadee")  # by the corpus's role code, B4
_SURVEYED = tuple(name for name in SCALES if name != "mood")  # mood is ours, the survey did not ask
_WORDS = ("sex", "race", "edu", "marital", "employment", "religion", "ideology")
_TRAITS = (*_SURVEYED, "age", *_WORDS, "income")
_RANGES = {name: (scale.low, scale.high) for name, scale in SCALES.items()}
_RANGES |= {"age": (16.0, 110.0), "income": (1.0, 12.0)}
_DIALOG_COLUMNS = ("Unit", "Turn", "B4", "B2")
_INFO_COLUMNS = ("B2", "B3", "B4", "B6", *(f"{name}.x" for name in _TRAITS))
_YES = (
    "I have decided to donate {}.",
    "I will donate {}.",
    "I would like to donate {}.",
    "My decision is to donate {}.",
)
_NO = (
    "I have decided not to donate.",
    "I will not donate.",
    "I would rather not donate.",
    "My decision is not to donate.",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answers:
    """One row of the survey: who sat in a seat of a dialogue and what they gave (dollars; None if blank)."""

    person: str
    donation: float | None
    persona: Persona


def load_corpus(folder: Path, *, max_donation: float = 2.0) -> list[Episode]:
    """The usable dialogues of the corpus, in the order of the file.

    Dialogues whose id starts with `BAD_` (the authors' mark) or without a recorded donation are skipped.
    A donation above `max_donation` counts as `max_donation`: people had earned $2, and whether larger values
    are cents ("i think 50c" is recorded as 50) or money of their own is not known.

    Splits keep people apart, in both roles: nobody heard in one split is heard in another. People linked by a
    chain of dialogues therefore stay together. In the public files one such group holds about 70% of the
    dialogues; it goes to train, and the many small groups fill the splits up to 80/10/10. The price is that
    valid and test hold people who took part once or a few times, none of the regulars.

    A dialogue is what its rows say in the order of `Turn`, the persuader (B4 0) first in each, whatever the order of the file.
    It begins with the persuader, seats alternate, and the persuadee's decision ends it.
    Blank utterances, and a persuadee's before the persuader's first, are left out; consecutive ones of a seat
    are joined by a space. One line on the log of this module gives every count, as a warning if anything but
    the `BAD_` dialogues was skipped or put right.

    Args:
        folder: holds `full_dialog.csv` and `full_info.csv`.
        max_donation: dollars, > 0.

    Returns:
        Episodes with the persuadee's Persona as `condition`, "train", "valid" or "test" as `split` and the
        dialogue's id as `source`.

    Raises:
        InvalidCorpus: a file is missing or malformed, or two rows claim one turn (a doubled row, or two talks under one id);
            the message names file and line. Or no dialogue at all is usable.
        InvalidConfig: `max_donation` is not a positive number.
    """
    if not (isfinite(max_donation) and max_donation > 0):
        raise InvalidConfig(f"max_donation must be a positive number of dollars, got {max_donation!r}.")
    said = _read_dialogues(folder)
    answers = _read_answers(folder)
    counts: Counter[str] = Counter()
    kept: dict[str, tuple[Dialogue, _Answers]] = {}
    people: dict[str, tuple[str, str]] = {}
    for source, units in said.items():
        persuader, persuadee = answers.get((source, 0)), answers.get((source, 1))
        if source.startswith("BAD_"):
            counts["skipped: marked BAD_"] += 1
        elif persuader is None or persuadee is None:
            counts["skipped: no survey row"] += 1
        elif persuadee.donation is None:
            counts["skipped: no donation"] += 1
        elif not (turns := _alternating(units, counts)):
            counts["skipped: nothing said"] += 1
        else:
            sentence = closing(min(persuadee.donation, max_donation), text_key(source))
            kept[source] = (_dialogue(_voiced(turns, sentence)), persuadee)
            people[source] = (persuader.person, persuadee.person)
    splits = _split(people)
    episodes = [Episode(who.persona, talk, splits[source], source) for source, (talk, who) in kept.items()]
    odd = set(counts) - {"skipped: marked BAD_"}
    counts.update(episode.split for episode in episodes)
    summary = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    level = logging.WARNING if odd else logging.INFO
    if not episodes:
        raise InvalidCorpus(f"{str(folder)!r} holds no usable dialogue ({summary or f'{DIALOG_FILE} has no row'}); expected "
                            "PersuasionForGood as published.")
    _log.log(level, "%s: %d of %d dialogues kept (%s)", DIALOG_FILE, len(kept), len(said), summary)
    return episodes


def load_personas(folder: Path) -> list[Persona]:
    """The persuadees of all dialogues, the `BAD_` ones too, one per dialogue in the order of `full_info.csv`.

    Raises:
        InvalidCorpus: the file is missing or malformed, or has no persuadee.
    """
    found = [answers.persona for (_, role), answers in _read_answers(folder).items() if role == 1]
    if not found:
        raise InvalidCorpus(f"{INFO_FILE} in {str(folder)!r} has no row with B4 1; expected the survey of PersuasionForGood.")
    return found


def closing(amount: float, key: int) -> str:
    """The persuadee's decision as one sentence: "I have decided to donate $0.50." is one of the phrasings.

    Args:
        amount: dollars, ≥ 0; said to the cent, and less than half a cent is no donation.
        key: chooses among four phrasings.

    Raises:
        InvalidConfig: the amount is negative or not finite.
    """
    if not (isfinite(amount) and amount >= 0):
        raise InvalidConfig(f"A donation must be a number of dollars, 0 or more, got {amount!r}.")
    return pick(key, _YES).format(f"${amount:.2f}") if round(amount, 2) > 0 else pick(key, _NO)


# -- what was said ---------------------------------------------------------------------------------


def _read_dialogues(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """(role, cleaned text) of every row by dialogue id, the dialogues in file order, their rows by turn and role."""
    said: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    for where, row in _rows(folder, DIALOG_FILE, _DIALOG_COLUMNS):
        if not re.fullmatch(r"[0-9]{1,6}", row["Turn"].strip()):
            raise InvalidCorpus(f"{where}: Turn is {row['Turn']!r}; expected a whole number, 0 or more.")
        source, text = _dialogue_id(row, where), _clean(row["Unit"])
        turns = said.setdefault(source, {})
        moment = (int(row["Turn"]), _role(row, where))
        if moment in turns:
            before, same = turns[moment]
            what = ("the row doubled, so remove one" if same == text else
                    "two dialogues under one id, so give each its own, in both files")
            raise InvalidCorpus(f"{where}: B2 {source!r}, Turn {moment[0]}, B4 {moment[1]} came before, on {before}; expected "
                                f"one row of each; this looks like {what}.")
        turns[moment] = (where.rpartition(", ")[2], text)
    return {source: [(role, turns[turn, role][1]) for turn, role in sorted(turns)] for source, turns in said.items()}


def _alternating(units: Iterable[tuple[int, str]], counts: Counter[str]) -> list[Utterance]:
    """The utterances with seats in turn, persuader first; what had to be put right is added to `counts`."""
    turns: list[Utterance] = []
    for role, text in units:
        if not text:
            counts["blank utterances left out"] += 1
        elif turns and turns[-1].seat == _SEATS[role]:
            counts["utterances joined"] += 1
            turns[-1] = Utterance(_SEATS[role], f"{turns[-1].text} {text}")
        elif not turns and role == 1:
            counts["utterances before the persuader's first left out"] += 1
        else:
            turns.append(Utterance(_SEATS[role], text))
    return turns


def _voiced(turns: Sequence[Utterance], sentence: str) -> list[Utterance]:
    """The utterances with the persuadee's decision as the last sentence (at least one utterance comes in)."""
    if turns[-1].seat == "persuader":
        return [*turns, Utterance("persuadee", sentence)]
    last = turns[-1].text.rstrip(" ,;-")
    if last[-1:].isalnum():  # so that the decision does not run on from the sentence before
        last += "."
    return [*turns[:-1], Utterance("persuadee", f"{last} {sentence}".lstrip())]


def _dialogue(turns: Iterable[Utterance]) -> Dialogue:
    dialogue = Dialogue.EMPTY
    for turn in turns:
        dialogue = dialogue.say(turn)
    return dialogue


# Chinese punctuation in GBK (a dash is A1 AA) that was read as Latin-1 ("¡ª"): all the mojibake there is.
# Only lead bytes that are symbols in Latin-1 are taken for it, so that "café" stays what it is.
_GBK = re.compile("[\xa1\xa3\xa8][\xa1-\xfe]")
# Control characters, zero-width characters, U+FFFD, and ÿ, the byte FF, which no GB text contains.
_NOISE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufffd\xff]")


def _clean(text: str) -> str:
    """The text with mojibake repaired, what cannot be repaired dropped, and single spaces."""
    return " ".join(_NOISE.sub("", _GBK.sub(_repaired, text)).split())


def _repaired(found: re.Match[str]) -> str:
    try:
        return unicodedata.normalize("NFKC", found[0].encode("latin-1").decode("gbk"))
    except UnicodeDecodeError:
        return found[0]


# -- who said it -----------------------------------------------------------------------------------


def _read_answers(folder: Path) -> dict[tuple[str, int], _Answers]:
    """The survey rows by (dialogue id, role), in file order."""
    answers: dict[tuple[str, int], _Answers] = {}
    for where, row in _rows(folder, INFO_FILE, _INFO_COLUMNS):
        key = (_dialogue_id(row, where), _role(row, where))
        if key in answers:
            raise InvalidCorpus(f"{where}: a second row for B2 {key[0]!r}, B4 {key[1]}; "
                                "expected one per dialogue and role.")
        person = row["B3"].strip()
        if not person:
            raise InvalidCorpus(f"{where}: B3 is blank; expected the id of a person.")
        donation = _number(row, "B6", where)
        if donation is not None and donation < 0:
            raise InvalidCorpus(f"{where}: B6 is {row['B6']!r}; expected dollars, 0 or more, or nothing.")
        answers[key] = _Answers(person, donation, _persona(row, where))
    return answers


def _persona(row: Mapping[str, str], where: str) -> Persona:
    """What the survey says of a person; blanks and values off their scale (an age below 16) are absent."""
    attributes: list[tuple[str, Value]] = []
    for name in _TRAITS:
        if name in _WORDS:
            if word := _clean(row[f"{name}.x"]):
                attributes.append((name, word))
            continue
        number = _number(row, f"{name}.x", where)
        low, high = _RANGES[name]
        if number is not None and low <= number <= high:
            attributes.append((name, round(number, 2)))  # the paper's format, (extrovert, 2.33)
    return Persona(tuple(attributes))


def _split(people: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The split of each dialogue, given its two people: no person is in two splits.

    Groups of people linked by dialogues are dealt out whole, the largest first, equal ones in the order of
    the hash of their first member's id, each to the split that is furthest below its share.
    """
    leader: dict[str, str] = {}

    def find(person: str) -> str:
        while leader.setdefault(person, person) != person:
            leader[person] = leader[leader[person]]  # halves the path, so that chains stay short
            person = leader[person]
        return person

    for one, other in people.values():
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    groups: dict[str, list[str]] = {}
    for source, (_, persuadee) in people.items():
        groups.setdefault(find(persuadee), []).append(source)
    missing = {split: share * len(people) for split, share in SHARES.items()}
    splits: dict[str, str] = {}
    for person in sorted(groups, key=lambda person: (-len(groups[person]), text_key(person), person)):
        split = max(missing, key=missing.__getitem__)
        missing[split] -= len(groups[person])
        splits.update(dict.fromkeys(groups[person], split))
    return splits


# -- the files -------------------------------------------------------------------------------------


def _rows(folder: Path, name: str, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """("file, line n", the named columns) of every row; the line is the one the row begins on, from 1."""
    reader = csv.reader(io.StringIO(_text(folder, name), newline=""), strict=True)
    header: list[str] | None = None
    while True:
        where = f"{name}, line {reader.line_num + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InvalidCorpus(f"{where}: not a CSV row ({error}); "
                                "expected commas between fields and quotes in pairs.") from error
        if header is None:
            header = row or []
            if lacking := [column for column in columns if column not in header]:
                raise InvalidCorpus(f"{name}: the header is {_short(header)}, which lacks {_short(lacking)}; "
                                    f"wanted the columns {', '.join(columns)}.")
        elif row is None:
            return
        elif len(row) != len(header) and row:
            raise InvalidCorpus(f"{where}: {len(row)} fields; expected {len(header)}, as in the header.")
        elif row:
            yield where, {column: row[header.index(column)] for column in columns}


def _text(folder: Path, name: str) -> str:
    """The text of a file of the corpus, which is UTF-8."""
    if not folder.is_dir():
        raise InvalidCorpus(f"No folder {str(folder)!r}; expected one with {DIALOG_FILE} and {INFO_FILE}.")
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise InvalidCorpus(f"Cannot read {name} in {str(folder)!r} ({error.strerror}); expected "
                            f"{DIALOG_FILE} and {INFO_FILE} of PersuasionForGood as published.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte-order mark, which is on line 1 and has no line ends.
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidCorpus(f"{name}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8; "
                            "expected the file in UTF-8, so convert it first.") from error


def _dialogue_id(row: Mapping[str, str], where: str) -> str:
    source = row["B2"].strip()
    if not source:
        raise InvalidCorpus(f"{where}: B2 is blank; expected the id of a dialogue.")
    return source


def _role(row: Mapping[str, str], where: str) -> int:
    if row["B4"].strip() not in ("0", "1"):
        raise InvalidCorpus(f"{where}: B4 is {row['B4']!r}; expected 0 (persuader) or 1 (persuadee).")
    return int(row["B4"])


def _number(row: Mapping[str, str], column: str, where: str) -> float | None:
    """A number, None where the field is blank."""
    if not row[column].strip():
        return None
    try:
        number = float(row[column])
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise InvalidCorpus(f"{where}: {column} is {row[column]!r}; expected a number or nothing.")
    return number


def _short(names: Sequence[str]) -> str:
    """At most eight column names, in a sentence."""
    shown = ", ".join(repr(name[:40]) for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown or "empty"
