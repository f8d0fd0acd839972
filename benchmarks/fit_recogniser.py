"""Fits what the listeners have learned: ``listener.npz`` of persuasion, ``listener.{en,zh}.npz`` of emotional support.

::

    python benchmarks/fit_recogniser.py --persuasion DIR --support DIR

Learned from: every wording of the phrase books, as the act it is said for; the sentences of PersuasionForGood and the
utterances of ESConv with the labels that people gave them, of the development half alone (`recognisers.halves`); sentences of
PersuasionForGood that nobody labelled, with the labels of a regression that has a sentence encoder as well; natural sentences
of our own (``natural_*.book``); and in Chinese, for which no labelled corpus is at hand, those of
``tests/envs/emotional_support/natural_zh.book`` but for the ones named "fresh", which measure. What is kept are whole numbers
for hashed features (`envs/ear.py`), no text.

The model is a logistic regression on idf-weighted features of norm 1, without an intercept: the label with the greatest sum
is then the same for the bare counts. Where a label of people covers several of our acts, it is learned as the one of them
that the books' model hears best. Whatever wording of the books is misheard is learned with a greater weight until none is (at
most ROUNDS times).
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
import people_read
from recognisers import REST, STRATEGIES, halves, load_persuasion, load_support
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from dialogym.envs import ear
from dialogym.envs.attention import content_words
from dialogym.envs.book import Book, book
from dialogym.envs.ear import OTHER, Ear
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.languages.language import ACTS as SUPPORT_ACTS
from dialogym.envs.encoders import MINILM, encoder
from dialogym.envs.keys import mix
from dialogym.envs.persuasion.acts import ACTS as PERSUASION_ACTS
from dialogym.envs.persuasion.simulators.moods import MOODS
from dialogym.envs.persuasion.simulators.persuader import SUMS, phrase, spoken_book

HERE = Path(__file__).parents[1]
ENVS = HERE / "envs"
BUCKETS, C, ROUNDS = 1 << 14, 2.0, 12
BOOK_WEIGHT, MORE = 1500.0, 4.0
"""What the books' sentences weigh together (a sentence of people: 1), and by how much more each that is misheard, each time."""
SURE = 0.35
"""The share from which on a label that nobody gave is learned."""
MARGIN = 40
"""By how much the act of a wording of the books must be ahead of all others."""
PERSON = 5.0
"""What all sentences of a person weigh together where the person's decision is what labels them."""
MANY = 60
"""How many troubles a wording that takes one is learned with."""
NATURAL = Path(__file__).parent
COARSE = {REST: (OTHER, "greeting", "closing")} | {
    label: tuple(act for act, strategy in STRATEGIES.items() if strategy == label) for label in STRATEGIES.values()}
"""ESConv's labels, and the acts that each may be."""


class Row(NamedTuple):
    """A text, the labels it may have (the true one is learned among them), its weight, and whether it must be heard so."""

    text: str
    labels: tuple[str, ...]
    weight: float = 1.0
    bound: bool = False


class Wording(NamedTuple):
    """What is said for an act: the text with its slots open, and filled."""

    act: str
    text: str
    said: str


def wordings(source: Book, acts: Sequence[str], slots: dict[str, Sequence[str]], more: int, each: int) -> Iterator[Wording]:
    """Every option of every wording and `more` others of each section, with `each` values in their slots by turns."""
    fill = {f"<{name}>": cycle(values) for name, values in slots.items()}
    for act in acts:
        for section in (act, f"{act}.uptake"):
            if section not in source:
                continue
            for text in dict.fromkeys((*source.every(section), *[source.say(section, mix(91, n)) for n in range(more)])):
                for _ in range(MANY if "<item>" in text else each if "<" in text else 1):
                    said = text
                    for slot, values in fill.items():
                        said = said.replace(slot, next(values)) if slot in said else said
                    yield Wording(act, text, said)


def bound_rows(said: Iterable[Wording]) -> list[Row]:
    """The sentences of wordings, each bound to its act: that for which it is said alone, else OTHER where there are several."""
    alone: dict[str, set[str]] = defaultdict(set)
    meant: dict[str, set[str]] = defaultdict(set)
    found: dict[str, str] = {}
    for wording in said:
        pieces, filled = ear.sentences(wording.text), ear.sentences(wording.said)
        for piece, sentence in zip(pieces if len(pieces) == len(filled) else filled, filled, strict=True):
            (alone if len(filled) == 1 else meant)[piece].add(wording.act)
            found[sentence] = piece
    weight = BOOK_WEIGHT / len(found)
    acts = {piece: (*acts,) if len(acts) == 1 else (OTHER,) for piece, acts in (meant | alone).items()}
    return [Row(sentence, acts[piece], weight, True) for sentence, piece in found.items()]


def natural_rows(path: Path, weight: float, prefix: str = "") -> list[Row]:
    """Sentences of a book of natural ones, whose sections are acts, after a prefix."""
    natural = Book(path.read_text(encoding="utf-8"))
    return [Row(text, (name.removeprefix(prefix),), weight) for name in natural
            if name.startswith(prefix) and name.removeprefix(prefix) in {*PERSUASION_ACTS, *SUPPORT_ACTS, OTHER}
            for text in natural.every(name)]


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Features of texts, shape (texts, BUCKETS)."""
    places = [ear.features(text, BUCKETS) for text in texts]
    ends = np.cumsum([0, *map(len, places)])
    return csr_matrix((np.ones(ends[-1]), np.concatenate(places), ends), shape=(len(texts), BUCKETS))


def idf_of(counts: csr_matrix) -> np.ndarray:
    """The inverse document frequency of every feature, shape (BUCKETS,); 0 for one that never comes."""
    found = np.asarray(counts.sum(axis=0)).ravel()
    return np.where(found > 0, np.log((1 + counts.shape[0]) / (1 + found)) + 1, 0.0)


def normed(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """Weighted rows of norm 1."""
    scaled = counts.multiply(idf).tocsr()
    norms = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
    return csr_matrix(scaled.multiply(1 / np.maximum(norms, 1e-9)[:, None]))


def fitted(counts: csr_matrix, labels: Sequence[str], weights: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The weights of a regression, shape (BUCKETS, names), real numbers; rare labels count for more (balance ** 0.7)."""
    idf = idf_of(counts)
    share = Counter[str]()
    for label, weight in zip(labels, weights, strict=True):
        share[label] += weight
    mean = sum(share.values()) / len(share)
    balance = np.array([(mean / share[label]) ** 0.7 for label in labels])
    model = LogisticRegression(C=C, max_iter=150, fit_intercept=False).fit(normed(counts, idf), labels, weights * balance)
    out = np.zeros((BUCKETS, len(names)))
    out[:, [names.index(name) for name in model.classes_]] = model.coef_.T * idf[:, None]
    return out


def quantised(weights: np.ndarray) -> np.ndarray:
    """The same as whole numbers from -127 to 127."""
    return np.rint(weights / np.abs(weights).max() * 127).astype(np.int8)


def chosen(sums: np.ndarray, rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """For every row the label that is heard best of those it may have."""
    at = {name: n for n, name in enumerate(names)}
    return [row.labels[0] if len(row.labels) == 1 else max(row.labels, key=lambda name, line=line: line[at[name]])
            for row, line in zip(rows, sums, strict=True)]


def learn(rows: Sequence[Row], acts: Sequence[str], silent: bool = False) -> Ear:
    """The ear that rows teach: first the bound ones alone, then all, then what is misheard with a greater weight."""
    names = (*acts, OTHER)
    counts = matrix([row.text for row in rows])
    bound = np.array([row.bound for row in rows])
    weights = np.array([row.weight for row in rows])
    sure = np.flatnonzero(bound | np.array([len(row.labels) == 1 for row in rows]))
    found = fitted(counts[sure], [rows[n].labels[0] for n in sure], weights[sure], names)
    for number in range(ROUNDS):
        labels = chosen(counts @ found, rows, names)
        found = fitted(counts, labels, weights, names)
        whole = quantised(found)
        sums = np.asarray(counts @ whole.astype(np.float64))
        truth = np.array([names.index(label) for label in labels])
        own = sums[np.arange(len(rows)), truth]
        sums[np.arange(len(rows)), truth] = -np.inf
        wrong = bound & (own <= sums.max(axis=1) + MARGIN)
        if not silent:
            print(f"  round {number}: {int((bound & (own <= sums.max(axis=1))).sum())} of {int(bound.sum())} misheard, "
                  f"{int(wrong.sum())} nearly", flush=True)
        if not wrong.any():
            break
        weights[wrong] *= MORE
    return Ear(names, whole, ear.met(row.text for row in rows))


def persuasion_rows(folder: Path | None) -> list[Row]:
    """What the persuadees learn from."""
    persuadee = book("dialogym.envs.persuasion", "persuadee.book")
    taken = dict.fromkeys(phrase(text) for section in persuadee for text in persuadee.every(section))
    theirs = ["the money", "those children", "bills", "figures", "a card", "work", "your own payment",
              "the other side of the world",
              *[text for text in taken if text][::20]][:23]
    rows = bound_rows(wordings(spoken_book(), PERSUASION_ACTS, {"sum": SUMS, "their": theirs}, 500, 23))
    rows += natural_rows(NATURAL / "natural_persuader.book", 0.5)
    if folder:
        dev, _ = halves(load_persuasion(folder), 0)
        labelled = [Row(e.text, (OTHER if e.labels[0] == REST else e.labels[0],)) for e in dev]
        rows += [*labelled, *taught_rows(labelled, unlabelled(folder))]
    return rows


def unlabelled(folder: Path) -> list[str]:
    """The persuader's sentences of the dialogues of PersuasionForGood that nobody labelled."""
    with (folder / "300_dialog.csv").open(encoding="utf-8", newline="") as file:
        known = {row["B2"] for row in csv.DictReader(file)}
    with (folder / "full_dialog.csv").open(encoding="utf-8", newline="") as file:
        turns = [row["Unit"] for row in csv.DictReader(file) if row["B4"] == "0" and row["B2"] not in known]
    return list(dict.fromkeys(sentence for turn in turns for sentence in ear.sentences(turn)))


def taught_rows(labelled: Sequence[Row], texts: Sequence[str]) -> list[Row]:
    """Unlabelled sentences, each with the label that a regression on our features and a sentence encoder's vectors gives it.

    It knows more of words that the labelled sentences lack. What it is unsure of (`SURE`) is left out.
    """
    count = len(labelled)
    said = [row.text for row in labelled] + list(texts)
    counts = matrix(said)
    rows = hstack([normed(counts, idf_of(counts[:count])), csr_matrix(encoder(MINILM)(said))]).tocsr()
    model = LogisticRegression(C=1.5, class_weight="balanced", max_iter=200)
    model.fit(rows[:count], [row.labels[0] for row in labelled])
    shares = model.predict_proba(rows[count:])
    return [Row(text, (str(model.classes_[line.argmax()]),), float(line.max()))
            for text, line in zip(texts, shares, strict=True) if line.max() > SURE]


def mood_rows(folder: Path) -> list[Row]:
    """What a persuader learns to hear moods from: the book's moods, its other words, which show none, and people's."""
    persuadee = book("dialogym.envs.persuasion", "persuadee.book")
    said = [Wording(name.removeprefix("mood.") if name.startswith("mood.") else OTHER, text, text.replace("<gift>", "a dollar"))
            for name in persuadee if name not in ("promise", "refuse", "leave", "rebuff") and not name.endswith("-reaction")
            for text in dict.fromkeys(
                (*persuadee.every(name), *[persuadee.say(name, mix(5, n), mix(9, n)) for n in range(150)]))]
    dev, _ = people_read.halves(people_read.persuadees(folder))
    rows = bound_rows(said)
    for talk in dev:
        found = [sentence for text in talk.said for sentence in ear.sentences(text)]
        rows += [Row(sentence, ("warm", "ready") if talk.good else ("cool", "cold"), PERSON / len(found)) for sentence in found]
    return rows


def support_rows(code: str, folder: Path | None) -> list[Row]:
    """What the seekers of a language learn from."""
    lang, package = LANGUAGES[code], "dialogym.envs.emotional_support"
    seeker = book(package, f"seeker.{code}.book")
    topics = [name.split(".")[1] for name in seeker if name.endswith(".noun")]
    items = [lang.second_person(item) for topic in topics for kind in ("troubles", "thoughts", "needs", "requests")
             for item in seeker.every(f"topic.{topic}.{kind}")]
    words = list(dict.fromkeys(word for item in items[::3] for word in content_words(item)))
    slots = {"feeling": seeker.lexicon("feelings"), "topic": [next(seeker.every(f"topic.{topic}.noun")) for topic in topics],
             "item": items,
             "word": ["manager", "the rent", "your sister", "three weeks", *words[::4]] if code == "en" else words[::3]}
    said = [*wordings(book(package, f"supporter.{code}.book"), SUPPORT_ACTS, slots, 2_000, 20)]
    again = "In other words, <item>." if code == "en" else "也就是说，<item>。"
    said += [Wording("restatement", again, again.replace("<item>", item)) for item in items]
    rows = bound_rows(said)
    rows += natural_rows(NATURAL / f"natural_supporter.{code}.book", 0.5)
    if code == "zh":
        for name in ("tuned", "kept", "first", "second"):
            rows += natural_rows(HERE / "tests/envs/emotional_support/natural_zh.book", 1.0, f"{name}.")
    elif folder:
        dev, _ = halves(load_support(folder), 0)
        rows += [Row(e.text, COARSE[e.labels[0]]) for e in dev]
    return rows


def save(path: Path, learned: Ear) -> None:
    """Writes an ear to a file."""
    np.savez_compressed(path, labels=np.array(learned.labels), weights=learned.weights,
                        met=np.frombuffer(learned.met, np.uint8))
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Fit, and write the files beside the scenarios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persuasion", type=Path, help="with 300_dialog.csv; without it that file is left alone")
    parser.add_argument("--support", type=Path, help="with train.txt and valid.txt; without it that file is left alone")
    parser.add_argument("--chinese", action="store_true", help="fit the Chinese one, which needs no corpus")
    arguments = parser.parse_args()
    if arguments.persuasion:
        save(ENVS / "persuasion" / "moods.npz", learn(mood_rows(arguments.persuasion), MOODS))
        save(ENVS / "persuasion" / "listener.npz", learn(persuasion_rows(arguments.persuasion), PERSUASION_ACTS))
    if arguments.support:
        save(ENVS / "emotional_support" / "listener.en.npz", learn(support_rows("en", arguments.support), SUPPORT_ACTS))
    if arguments.chinese:
        save(ENVS / "emotional_support" / "listener.zh.npz", learn(support_rows("zh", None), SUPPORT_ACTS))


if __name__ == "__main__":
    main()
