"""How well the decided donation is read from real dialogues.

Compares :func:`dialogym.envs.persuasion.reading.donation.read_dialogue` with the donations people annotated
(``300_info.csv``, column B5, dollars) and with two baselines::

    python benchmarks/donation_reading.py --corpus DIR

The rules were written on half A and on dialogues without an annotation; half B was only counted. No corpus
text is printed unless ``--show`` asks for it.
"""

import argparse
import csv
import hashlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from dialogym.envs.persuasion.reading.donation import Reading, read, read_dialogue

Turns = list[tuple[str, str]]
_NAIVE = re.compile(r"\$\s?([0-9]*\.?[0-9]+)|([0-9]*\.?[0-9]+)\s?(?:(\$|dollars?|bucks?)|(cents?|c\b"
r"|¢))", re.I)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(corpus: Path) -> tuple[dict[str, Turns], dict[str, float]]:
    """The dialogues by id, and the annotated donation (dollars) of those that have one."""
    rows: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in _rows(corpus / "full_dialog.csv"):
        rows[row["B2"]].append((int(row["Turn"]), int(row["B4"]), row["Unit"]))
    talks = {
        key: [(("persuader", "persuadee")[role], text) for _, role, text in sorted(turns)]
        for key, turns in rows.items()
    }
    meant = {
        row["B2"]: float(row["B5"])
        for row in _rows(corpus / "300_info.csv")
        if row["B4"] == "1" and row["B5"].strip() and row["B2"] in talks
    }
    return talks, meant


def half(key: str) -> str:
    """A or B, by the hash of a dialogue's id."""
    return "AB"[int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2]


def _amounts(text: str) -> list[float]:
    found = []
    for usd, count, _, cents in _NAIVE.findall(text):
        found.append(float(usd or count) / (100 if cents and "." not in count else 1))
    return found


def last_utterance(turns: Turns) -> float:
    """Baseline: the last amount in the literal last persuadee utterance, else 0 (dollars)."""
    said = [text for speaker, text in turns if speaker == "persuadee"]
    return (_amounts(said[-1])[-1:] or [0.0])[0] if said else 0.0


def any_utterance(turns: Turns) -> float:
    """Baseline: the last amount in any persuadee utterance, else 0 (dollars)."""
    found = [value for speaker, text in turns if speaker == "persuadee" for value in _amounts(text)]
    return found[-1] if found else 0.0


def error_kind(reading: Reading, meant: float) -> str:
    """A name for what went wrong."""
    if reading.status == "unparsed":
        return "agreed, no amount found"
    if reading.amount == 0:
        return f"missed a donation ({reading.status})"
    if meant == 0:
        return "read a donation, none meant"
    ratio = reading.amount / meant
    if abs(ratio - 2.0 / 0.3) < 0.05:
        return "share of $2, payment was $0.30 and not named"
    return "factor 100" if abs(ratio - 100) < 0.5 or abs(ratio - 0.01) < 1e-4 else "another amount"


def _exact(value: float, meant: float) -> bool:
    return abs(value - meant) < 0.005


def _speed(talks: dict[str, Turns]) -> float:
    """Microseconds per utterance, both roles, the best of three passes."""
    best = float("inf")
    count = sum(map(len, talks.values()))
    for _ in range(3):
        start = time.perf_counter()
        for turns in talks.values():
            reading = Reading()
            for speaker, text in turns:
                reading = read(reading, speaker, text)
        best = min(best, time.perf_counter() - start)
    return 1e6 * best / count


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, required=True, help="with full_dialog.csv, 300_info.csv")
    parser.add_argument("--show", choices=["A", "B", "all"], help="print the mistakes, with corpus text")
    arguments = parser.parse_args()
    talks, meant = load(arguments.corpus)
    readers: dict[str, Callable[[Turns], float]] = {
        "this reader": lambda turns: read_dialogue(turns).amount,
        "last utterance": last_utterance,
        "any utterance": any_utterance,
    }
    print(f"n = {len(meant)} annotated dialogues")
    for name, reader in readers.items():
        right = {key: _exact(reader(talks[key]), value) for key, value in meant.items()}
        parts = {"all": list(right.values())}
        parts |= {side: [hit for key, hit in right.items() if half(key) == side] for side in "AB"}
        shares = [f"{part} {sum(hit)}/{len(hit)} = {sum(hit) / len(hit):.1%}" for part, hit in parts.items()]
        print(f"{name:15s} exact:", ", ".join(shares))
    readings = {key: read_dialogue(turns) for key, turns in talks.items()}
    wrong = {key: value for key, value in meant.items() if not _exact(readings[key].amount, value)}
    kinds = Counter(error_kind(readings[key], value) for key, value in wrong.items())
    for kind, count in kinds.most_common():
        print(f"  {count:3d}  {kind}")
    print("status, all dialogues:", dict(Counter(reading.status for reading in readings.values())))
    print(f"{_speed(talks):.1f} µs per utterance")
    for key, value in wrong.items():
        if arguments.show in ("all", half(key)):
            reading = readings[key]
            print(f"\n{reading.status} {reading.amount:g}, meant {value:g}; evidence: {reading.evidence!r}")
            for speaker, text in talks[key]:
                print(f"   {speaker}: {text[:300]}")


if __name__ == "__main__":
    main()
