"""Text as a picture, for what records or shows the frames of environments: a bitmap font of our own, and numpy."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 80, 32
"""Characters of a frame."""
SHAPE = (10 * ROWS, 6 * COLUMNS, 3)
"""(height, width, colours) of every frame, in pixels."""
_INDENT = 14
_PAPER, _INK, _DIM = (24, 26, 31), (225, 228, 232), (128, 134, 142)
# Five by eight dots for each character from the blank to "~", and a box for what is not among them. A digit of base 32 is a row
# of dots, its highest bit to the left.
_GLYPHS = (
    "00000000 44444040 AAA00000 AAVAVAA0 4FKE5U40 OP248J30 CIK8LID0 44800000 24888420 84222480 04LEL400 044V4400 00000C48 "
    "000V0000 00000CC0 01248G00 EHJLPHE0 4C4444E0 EH1248V0 V2421HE0 26AIV220 VGU11HE0 68GUHHE0 V1248880 EHHEHHE0 EHHF12C0 "
    "0CC0CC00 0CC0C480 248G8420 00V0V000 84212480 EH124040 EH1DLLE0 EHHHVHH0 UHHUHHU0 EHGGGHE0 SIHHHIS0 VGGUGGV0 VGGUGGG0 "
    "EHGNHHF0 HHHVHHH0 E44444E0 72222IC0 HIKOKIH0 GGGGGGV0 HRLLHHH0 HHPLJHH0 EHHHHHE0 UHHUGGG0 EHHHLID0 UHHUKIH0 FGGE11U0 "
    "V4444440 HHHHHHE0 HHHHHA40 HHHLLLA0 HHA4AHH0 HHHA4440 V1248GV0 E88888E0 0G842100 E22222E0 4AH00000 0000000V 84200000 "
    "00E1FHF0 GGMPHHU0 00EGGHE0 11DJHHF0 00EHVGE0 698S8880 00FHHF1E GGMPHHH0 40C444E0 206222IC GGIKOKI0 C44444E0 00QLLHH0 "
    "00MPHHH0 00EHHHE0 00UHHUGG 00DJHF11 00MPGGG0 00FGE1U0 88S88960 00HHHJD0 00HHHA40 00HHLLA0 00HA4AH0 00HHHF1E 00V248V0 "
    "24484420 44444440 84424480 008L2000 VHHHHHV0")
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\t": " "})


@cache
def _font() -> NDArray[np.bool_]:
    """(96, 10, 6): which dots of a cell are ink."""
    font = np.zeros((96, 10, 6), np.bool_)
    for number, glyph in enumerate(_GLYPHS.split()):
        for row, dots in enumerate(glyph):
            font[number, row + 1, :5] = [int(dots, 32) >> shift & 1 for shift in (4, 3, 2, 1, 0)]
    return font


def _plain(text: str) -> str:
    """ASCII as far as there is any: accents are left out, typographic marks simplified."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.translate(_PLAIN)) if not unicodedata.combining(c))


def _wrapped(text: str) -> list[str]:
    """A line as rows of at most COLUMNS characters, broken at blanks where there are any; the second and later are indented."""
    rows, room, start = [], COLUMNS, 0
    while len(text) - start > room:
        blank = text.rfind(" ", start + room // 2, start + room + 1)
        end = blank if blank > 0 else start + room
        rows.append(text[start:end])
        start = end + (blank > 0)
        room = COLUMNS - _INDENT
    rows.append(text[start:])
    return [rows[0], *(" " * _INDENT + row for row in rows[1:])]


def frame(lines: Sequence[tuple[str, bool]]) -> NDArray[np.uint8]:
    """A picture of lines, or of their end where they are more than it holds.

    Letters beyond ASCII are drawn without their accents, and other scripts as boxes: a picture is for watching, "ansi" is for
    reading.

    Args:
        lines: texts, and whether each is dim.

    Returns:
        `SHAPE`, uint8, always the same size, as recorders want it.
    """
    rows: list[tuple[str, bool]] = []
    for text, dim in reversed(lines):
        if len(rows) >= ROWS:
            break
        rows = [(row, dim) for part in text.split("\n") for row in _wrapped(_plain(part))] + rows
    codes = np.zeros((ROWS, COLUMNS), np.intp)
    inks = np.full((ROWS, 3), _INK, np.uint8)
    for number, (row, dim) in enumerate(rows[-ROWS:]):
        points = np.frombuffer(row.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.intp) - 32
        codes[number, :len(points)] = np.where((points >= 0) & (points < 95), points, 95)
        inks[number] = _DIM if dim else _INK
    dots = _font()[codes].transpose(0, 2, 1, 3)  # (rows, 10, columns, 6)
    picture = np.where(dots[..., None], inks[:, None, None, None], np.array(_PAPER, np.uint8))
    return picture.reshape(SHAPE)
