"""What people's words say of how they will decide, and of how they were helped: read by the listeners, and at best.

The third and fourth table of `recognisers.py`. Of PersuasionForGood: whether the persuadee gave in the end (their recorded
donation), from their words before they decided; of ESConv: how far the seeker's distress fell by their own survey, from their
words. The figure is the area under the ROC curve (.5: chance) with a 95% interval over resampled dialogues. *At best* is a
logistic regression on TF-IDF of the same words, which learned from the development half, as the learned mood did.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from dialogym.envs.dialogue import Dialogue, Utterance
from dialogym.envs.emotional_support import acts as support
from dialogym.envs.emotional_support.languages.language import MOODS as SEEKER_MOODS
from dialogym.envs.keys import mix, text_key
from dialogym.envs.persuasion.engagement import engagement
from dialogym.envs.persuasion.simulators.moods import MOODS, read_mood, read_mood_by_cues


@dataclass(frozen=True, slots=True)
class Talk:
    """One person in a dialogue: its name, what they said, and what came of it."""

    name: str
    said: tuple[str, ...]
    good: bool


def persuadees(folder: Path) -> list[Talk]:
    """The persuadees who said something before they decided, by the reader of decisions; `good` is that they gave."""
    with (folder / "full_info.csv").open(encoding="utf-8", newline="") as file:
        gave = {row["B2"]: float(row["B6"] or 0) > 0 for row in csv.DictReader(file) if row["B4"] == "1"}
    turns = defaultdict(list)
    with (folder / "full_dialog.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            turns[row["B2"]].append((row["B4"], row["Unit"]))
    found = []
    for name, said in turns.items():
        dialogue, kept = Dialogue.EMPTY, []
        for role, text in said:
            dialogue = dialogue.say(Utterance("persuadee" if role == "1" else "persuader", text))
            if role == "1":
                if engagement(dialogue).over:
                    break
                kept.append(text)
        if kept and name in gave:
            found.append(Talk(name, tuple(kept), gave[name]))
    return found


def seekers(folder: Path) -> list[Talk]:
    """The seekers of ESConv who rated their distress before and after; `good` is that it fell by two or more of five."""
    found = []
    for path in ("train.txt", "valid.txt"):
        for line in (folder / path).read_text(encoding="utf-8").splitlines():
            talk = json.loads(line)
            scores = talk["survey_score"]["seeker"]
            before, after = scores.get("initial_emotion_intensity"), scores.get("final_emotion_intensity")
            said = tuple(turn["text"] for turn in talk["dialog"] if turn["speaker"] == "usr")
            if before and after and said:
                found.append(Talk(line, said, int(before) - int(after) >= 2))
    return found


def halves(talks: Sequence[Talk], seed: int = 0) -> tuple[list[Talk], list[Talk]]:
    """The development and the held-out half, as `recognisers.halves` cuts them."""
    sides: tuple[list[Talk], list[Talk]] = ([], [])
    for talk in talks:
        sides[mix(text_key(talk.name), seed) >> 63].append(talk)
    return sides


def auc(scores: Sequence[float], good: Sequence[bool]) -> float:
    """The chance that a good one scores above another, ties counted by half."""
    order = np.argsort(np.concatenate([scores]), kind="stable")
    ranks = np.empty(len(scores))
    values = np.asarray(scores)[order]
    starts = np.searchsorted(values, values, "left")
    ends = np.searchsorted(values, values, "right")
    ranks[order] = (starts + ends + 1) / 2
    hits = np.asarray(good)
    count = int(hits.sum())
    return float((ranks[hits].sum() - count * (count + 1) / 2) / (count * (len(hits) - count)))


def interval(scores: Sequence[float], good: Sequence[bool]) -> str:
    """The area and its interval over 1,000 resamples."""
    luck, all_scores, hits = np.random.default_rng(0), np.asarray(scores), np.asarray(good)
    drawn = []
    for _ in range(1000):
        rows = luck.integers(0, len(hits), len(hits))
        if 0 < hits[rows].sum() < len(rows):
            drawn.append(auc(all_scores[rows], hits[rows]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{auc(scores, good):.3f} [{low:.3f}, {high:.3f}]"


def by_mood(read: Callable[[str], str], moods: Sequence[str]) -> Callable[[Talk], float]:
    """The mean place of a person's moods."""
    return lambda talk: fmean(moods.index(read(text)) for text in talk.said)


def told(talk: Talk) -> float:
    """How many items a seeker's words tell."""
    return float(len({item for text in talk.said for item in support.told_items(text)}))


def regression(dev: Sequence[Talk]) -> Callable[[Talk], float]:
    """TF-IDF and logistic regression, free to keep every word."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - not needed by those who import this module
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True), LogisticRegression(max_iter=400))
    model.fit([" ".join(talk.said) for talk in dev], [talk.good for talk in dev])
    return lambda talk: float(model.decision_function([" ".join(talk.said)])[0])


def table(name: str, talks: Sequence[Talk], readers: dict[str, Callable[[Talk], float]]) -> None:
    """Print the areas of some readers, and of a regression, on both halves."""
    dev, held = halves(talks)
    share = fmean(talk.good for talk in held)
    print(f"\n## {name}: {len(dev)} development and {len(held)} held-out people, {share:.0%} of these so\n")
    print("| read from their words | development | held out |\n|---|---|---|")
    for label, read in {**readers, "regression, at best": regression(dev)}.items():
        cells = [interval([read(talk) for talk in half], [talk.good for talk in half]) for half in (dev, held)]
        print(f"| {label} | {cells[0]} | {cells[1]} |")


def tables(persuasion: Path | None, support_folder: Path | None) -> None:
    """Both tables, of the folders that are given."""
    if persuasion:
        table("Who gives in the end", persuadees(persuasion), {
            "mood by cues": by_mood(read_mood_by_cues, MOODS), "mood as it is heard": by_mood(read_mood, MOODS)})
    if support_folder:
        table("Whose distress falls by two or more", seekers(support_folder), {
            "mood": by_mood(support.read_mood, SEEKER_MOODS), "items told": told,
            "the last mood": lambda talk: float(SEEKER_MOODS.index(support.read_mood(talk.said[-1]))),
            "words said": lambda talk: float(sum(len(text.split()) for text in talk.said))})
