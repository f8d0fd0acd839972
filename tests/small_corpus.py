"""A small PersuasionForGood in its original format, to be written into a folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from dialogym.envs.persuasion.conditions import SCALES

TRAITS = [name for name in SCALES if name != "mood"]
WORDS = ["sex", "race", "edu", "marital", "employment"]
ASKED = [*TRAITS, "age", *WORDS, "income", "religion", "ideology"]
INFO = ["B2", "B3", "B4", "B6", "B7", *(f"{name}.x" for name in ASKED)]
GREETING = ["Hello there.", "Hi, how are you?", "Would you like to donate?", "Let me think"]
ANSWERS = dict.fromkeys(TRAITS, "3.333333333") | {name: name.title() for name in WORDS}
ANSWERS |= {"age": "41.0", "income": "7.0", "religion": "Atheist", "ideology": "Liberal"}

Unit = tuple[int, int, str]
"""Turn, B4, text."""


def in_turn(texts: Sequence[str]) -> list[Unit]:
    return [(index // 2, index % 2, text) for index, text in enumerate(texts)]


class Corpus:
    """A corpus under construction; `write` puts the two files into a folder."""

    def __init__(self) -> None:
        self.units: list[list[str]] = []
        self.answers: list[list[str]] = []

    def add(self, source: str, units: Sequence[Unit], *, persuader: str = "ann", persuadee: str = "bob",
            donation: str = "0.5", answers: Mapping[str, str] = ANSWERS) -> Corpus:
        for turn, role, text in units:
            self.units.append([str(len(self.units)), text, str(turn), str(role), source])
        for role, (person, gift) in enumerate([(persuader, "0.0"), (persuadee, donation)]):
            given = {"B2": source, "B3": person, "B4": str(role), "B6": gift, "B7": "10"}
            given |= {f"{name}.x": value for name, value in answers.items()}
            self.answers.append([given.get(column, "") for column in INFO])
        return self

    def write(self, folder: Path) -> Path:
        for name, header, rows in (("full_dialog.csv", ["", "Unit", "Turn", "B4", "B2"], self.units),
                                   ("full_info.csv", INFO, self.answers)):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
            (folder / name).write_bytes(text.getvalue().encode())
        return folder
