"""How well dialogue acts, moods and what is left unsaid are heard in what people say, by the corpora's own labels.

Compares the learned ears of the listeners (`envs/ear.py`) with the cues that were before them, with the majority class, and
with a logistic regression on TF-IDF of word 1-2-grams and character 2-5-grams, which is free to keep every word it met::

    python benchmarks/recognisers.py --persuasion DIR --support DIR

DIR is the folder of PersuasionForGood (``300_dialog.csv``: persuader's sentences, each with a label) and of ESConv
(``train.txt``, ``valid.txt``: supporter's utterances, each with a strategy). Dialogues are split into two halves by the hash
of their name and a seed. The cues were written on the development half, ears and the regression learned from it; of the
held-out half only totals were ever read. No corpus text is printed. `benchmarks/people_read.py` adds how people sound and
what they did.

*Understood* is what is answered by anything but confusion; *an act*, what is heard as one of ours. How several acts are
scored against one label: the *single* answer of an ear is what the text is as a whole (`Ear.gist`). Of the cues it is, for a
sentence of persuasion, the first act recognised, a greeting or thanks giving way to any other; for an utterance of support,
the first of `STRATEGIES` among the acts recognised. Macro-F1 is the mean over the labels that have a counterpart; an act
recognised where the label has none is a false positive of that act. The *multi* measure counts every act recognised, as the
simulators hear them, against every label given: micro-averaged precision, recall and F1.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import people_read

from dialogym.envs.ear import Ear, ear
from dialogym.envs.emotional_support import acts as support
from dialogym.envs.keys import mix, text_key
from dialogym.envs.persuasion import acts as persuasion

REST = "(no counterpart)"
"""The class of a sentence whose label none of our acts means, and of one in which no act is recognised."""

APPEALS = {
    "greeting": "greeting", "source-related-inquiry": "source-inquiry", "personal-related-inquiry": "personal-inquiry",
    "logical-appeal": "logical-appeal", "emotion-appeal": "emotion-appeal", "credibility-appeal": "credibility-appeal",
    "personal-story": "personal-story", "self-modeling": "self-modeling", "foot-in-the-door": "foot-in-the-door",
    "donation-information": "donation-information", "proposition-of-donation": "propose-donation",
    "ask-donation-amount": "propose-donation", "ask-donate-more": "propose-donation", "thank": "appreciation",
    "praise-user": "appreciation", "acknowledgement": "appreciation", "closing": "closing",
}
"""Persuader labels of PersuasionForGood, and the act that means each.

Without a counterpart are: other, off-task, task-related-inquiry, positive-, neutral- and negative-to-inquiry (which are
answers), comment-partner, confirm-donation, you-are-welcome and ask-not-donate-reason. Our `pressure` has no label."""

COURTESIES = ("greeting", "appreciation")
"""Acts that often open a sentence that means another one ("Hi, would you ...", "Thanks, the money will ...")."""

STRATEGIES = {
    "self-disclosure": "Self-disclosure", "restatement": "Restatement or Paraphrasing", "information": "Information",
    "validation": "Affirmation and Reassurance", "encouragement": "Affirmation and Reassurance",
    "reassurance": "Affirmation and Reassurance", "suggestion": "Providing Suggestions", "open-question": "Question",
    "closed-question": "Question", "reflection": "Reflection of feelings",
}
"""Our supporter acts and the ESConv strategy each is part of, in the order in which one of several is the answer. `greeting`,
`topic-change`, `judgement` and `closing` have no strategy: they are Others, which is the rest."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text: the name of its dialogue, the text, its labels in our terms (the first is the single one)."""

    dialogue: str
    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a recogniser answers for a text: one label, REST included, all labels without it, and whether it was understood."""

    single: str
    multi: frozenset[str]
    understood: bool = True


Recogniser = Callable[[str], Hearing]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one label: said and recognised, recognised, said."""

    hits: int
    recognised: int
    said: int

    @property
    def precision(self) -> float:
        """The share of what was recognised that was said; 0 when nothing was."""
        return self.hits / self.recognised if self.recognised else 0.0

    @property
    def recall(self) -> float:
        """The share of what was said that was recognised; 0 when nothing was."""
        return self.hits / self.said if self.said else 0.0

    @property
    def f1(self) -> float:
        """Their harmonic mean; 0 when both are."""
        return 2 * self.hits / (self.recognised + self.said) if self.hits else 0.0


def load_persuasion(folder: Path) -> list[Example]:
    """The persuader's sentences of the annotated dialogues, one label each, in 17 cases two."""
    with (folder / "300_dialog.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["B4"] == "0"]
    return [Example(row["B2"], row["Unit"], tuple(
        APPEALS.get(row[name], REST) for name in ("er_label_1", "er_label_2") if row[name])) for row in rows]


def load_support(folder: Path) -> list[Example]:
    """The supporter's utterances of both public files, one strategy each."""
    found = []
    for path in ("train.txt", "valid.txt"):
        for line in (folder / path).read_text(encoding="utf-8").splitlines():
            for said in json.loads(line)["dialog"]:
                if said["speaker"] == "sys":
                    label = said["strategy"]
                    found.append(Example(line, said["text"], (label if label in STRATEGIES.values() else REST,)))
    return found


def halves(examples: Iterable[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """The development and the held-out half: a dialogue's side is a bit of the key of its name and the seed."""
    sides: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        sides[mix(text_key(example.dialogue), seed) >> 63].append(example)
    return sides


def by_first(recognise: Callable[[str], Sequence[str]]) -> Recogniser:
    """Persuasion: the first act recognised that is no courtesy, else the first, is the answer. `pressure` has no label."""
    labels = frozenset(APPEALS.values())

    def hear(text: str) -> Hearing:
        heard = recognise(text)
        acts = [act for act in heard if act in labels]
        single = next((act for act in acts if act not in COURTESIES), acts[0] if acts else REST)
        return Hearing(single, frozenset(acts), bool(heard))

    return hear


def by_priority(recognise: Callable[[str], Sequence[str]]) -> Recogniser:
    """Support: of the acts recognised, the first in the order of STRATEGIES is the answer."""
    def hear(text: str) -> Hearing:
        acts = recognise(text)
        found = [label for act, label in STRATEGIES.items() if act in acts]
        return Hearing(found[0] if found else REST, frozenset(found), bool(acts))

    return hear


def by_gist(learned: Ear, recognise: Callable[[str], Sequence[str]], labels: Mapping[str, str]) -> Recogniser:
    """An ear: what a text is as a whole is the answer, and the acts of its sentences are all that is heard."""
    def hear(text: str) -> Hearing:
        acts = recognise(text)
        return Hearing(labels.get(learned.gist(text), REST) if acts else REST,
                       frozenset([labels[act] for act in acts if act in labels]), bool(acts))

    return hear


def majority(train: Sequence[Example]) -> Recogniser:
    """The commonest label of a half, whatever is said; the rest aside, for it would score nothing."""
    best = Counter(example.labels[0] for example in train if example.labels[0] != REST).most_common(1)[0][0]
    answer = Hearing(best, frozenset((best,)))
    return lambda text: answer


def regression(train: Sequence[Example]) -> tuple[Callable[[Sequence[str]], list[Hearing]], int]:
    """TF-IDF and logistic regression trained on a half, for many texts at once; and how many weights it has."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - not needed by those who import this module
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline, make_union  # noqa: PLC0415

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b|[?!$]")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    model = make_pipeline(make_union(words, letters), LogisticRegression(C=5.0, class_weight="balanced", max_iter=400))
    model.fit([example.text for example in train], [example.labels[0] for example in train])

    def hear(texts: Sequence[str]) -> list[Hearing]:
        return [Hearing(str(label), frozenset((str(label),)) - {REST}) for label in model.predict(texts)]

    return hear, int(model[-1].coef_.size)


def single_scores(examples: Sequence[Example], recognised: Sequence[Hearing]) -> dict[str, Score]:
    """Per label: the single answers against the first labels."""
    said = Counter(example.labels[0] for example in examples)
    answers = Counter(hearing.single for hearing in recognised)
    hits = Counter(hearing.single for example, hearing in zip(examples, recognised, strict=True)
                   if hearing.single == example.labels[0])
    return {label: Score(hits[label], answers[label], said[label]) for label in sorted(said | answers)}


def multi_score(examples: Sequence[Example], recognised: Sequence[Hearing]) -> Score:
    """All acts recognised against all labels given, but for the rest."""
    said = [frozenset(example.labels) - {REST} for example in examples]
    hits = sum(len(labels & hearing.multi) for labels, hearing in zip(said, recognised, strict=True))
    return Score(hits, sum(len(hearing.multi) for hearing in recognised), sum(map(len, said)))


def macro_f1(scores: Mapping[str, Score]) -> float:
    """The mean F1 of the labels that were given at least once, the rest aside."""
    values = [score.f1 for label, score in scores.items() if label != REST and score.said]
    return sum(values) / len(values)


def accuracy(examples: Sequence[Example], recognised: Sequence[Hearing]) -> float:
    """The share of single answers that are the first label, the rest included."""
    return sum(h.single == e.labels[0] for e, h in zip(examples, recognised, strict=True)) / len(examples)


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is compared on one corpus: examples, and the ways to hear them."""

    name: str
    examples: list[Example]
    hashed: Recogniser
    cues: Recogniser


def compare(corpus: Corpus, seed: int, with_regression: bool = True) -> None:
    """Measure on both halves, and print."""
    dev, held = halves(corpus.examples, seed)
    print(f"\n## {corpus.name}: {len(dev)} development and {len(held)} held-out texts of "
          f"{len({e.dialogue for e in dev})} and {len({e.dialogue for e in held})} dialogues\n")
    common = majority(dev)
    answers = {"majority": (held, [common(e.text) for e in held])}
    for name, hear in (("cues", corpus.cues), ("hashed", corpus.hashed)):
        answers |= {f"{name}, development": (dev, [hear(e.text) for e in dev]),
                    f"{name}, held out": (held, [hear(e.text) for e in held])}
    texts = [e.text for e in held]
    weights = 0
    if with_regression:
        batch, weights = regression(dev)
        answers["TF-IDF regression, held out"] = (held, batch(texts))
    print("| recogniser | understood | an act | macro-F1 | accuracy | multi: precision | recall | micro-F1 |")
    print("|---" * 8 + "|")
    for name, (examples, heard) in answers.items():
        multi = multi_score(examples, heard)
        print(f"| {name} | {100 * sum(h.understood for h in heard) / len(heard):.1f}% | "
              f"{100 * sum(bool(h.multi) for h in heard) / len(heard):.1f}% | {macro_f1(single_scores(examples, heard)):.3f} | "
              f"{accuracy(examples, heard):.3f} | {multi.precision:.3f} | {multi.recall:.3f} | {multi.f1:.3f} |")
    print_labels(answers)
    print(f"\nweights of the regression: {weights:,}")


def print_labels(answers: Mapping[str, tuple[list[Example], list[Hearing]]]) -> None:
    """A table of precision, recall and F1 per label."""
    tables = {name: single_scores(*pair) for name, pair in answers.items() if name != "majority"}
    print("\n| label | n held out | " + " | ".join(tables) + " |\n|---|---|" + "---|" * len(tables))
    held = tables["hashed, held out"]
    for label, score in held.items():
        cells = [f"{t[label].precision:.2f} {t[label].recall:.2f} **{t[label].f1:.2f}**" for t in tables.values()]
        print(f"| {label} | {score.said} | " + " | ".join(cells) + " |")


def corpora(persuasion_folder: Path | None, support_folder: Path | None) -> list[Corpus]:
    """The corpora whose folders are given."""
    found = []
    if persuasion_folder:
        learned = ear("dialogym.envs.persuasion", "listener.npz")
        found.append(Corpus("PersuasionForGood", load_persuasion(persuasion_folder),
                            by_gist(learned, persuasion.recognise, {act: act for act in APPEALS.values()}),
                            by_first(persuasion.recognise_by_cues)))
    if support_folder:
        learned = ear("dialogym.envs.emotional_support", "listener.en.npz")
        found.append(Corpus("ESConv", load_support(support_folder), by_gist(learned, support.recognise, STRATEGIES),
                            by_priority(support.recognise_by_cues)))
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persuasion", type=Path, help="with 300_dialog.csv")
    parser.add_argument("--support", type=Path, help="with train.txt and valid.txt")
    parser.add_argument("--seed", type=int, default=0, help="of the split")
    parser.add_argument("--no-regression", action="store_true", help="our cues and the majority alone")
    arguments = parser.parse_args()
    for corpus in corpora(arguments.persuasion, arguments.support):
        compare(corpus, arguments.seed, not arguments.no_regression)
    if not arguments.no_regression:
        people_read.tables(arguments.persuasion, arguments.support)


if __name__ == "__main__":
    main()
