"""What the paper prints of its people (arXiv 2506.21497, §5.2, §5.4, A.3, A.5), recomputed where it prints enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .power import needed

RATERS, PROBLEMS, PRINTED_PAIRS = 3, 4, 36
TABLE_5 = {
    ("SFT", "supportiveness"): ((7.88, 8.42), (8.14, 0.95)), ("SFT", "willingness"): ((8.28, 8.81), (8.53, 0.97)),
    ("Aligned", "supportiveness"): ((6.69, 7.17), (6.94, 0.89)), ("Aligned", "willingness"): ((6.90, 7.39), (7.14, 0.86)),
}
"""95% interval, and (mean, deviation) of moved ratings, as the table's rows are labelled."""
USER_STUDY = {"SFT": (9, 7.0, 7.0), "Aligned": (10, 7.4, 7.6)}
"""Conversations, supportiveness, willingness (§5.4)."""
AUTHORSHIP = {"human": 0.48, "simulator": 0.32, "unknown": 0.20}
"""Labels of A.3, over 50 pairs of conversations and three annotators."""
KAPPA = {"emotional support": 0.67, "persuasion": 0.59}
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the paper prints, what follows from its own numbers, and where the two part."""

    where: str
    printed: str
    follows: str


def findings() -> list[Finding]:
    """The paper's numbers about people beside what follows from them."""
    return [_cells(), _rows(), _sizes(), _noise(), _user_study(), _authorship(), _kappa()]


def _cells() -> Finding:
    return Finding(
        "§5.4, human rating", f"{RATERS} raters, {PROBLEMS} problems each, both systems: {PRINTED_PAIRS} comparison pairs",
        f"{RATERS} × {PROBLEMS} is {RATERS * PROBLEMS} comparisons, not {PRINTED_PAIRS}; and with {RATERS} raters the spread "
        "between raters is not estimable.")


def _rows() -> Finding:
    sft, aligned = TABLE_5["SFT", "supportiveness"][0], TABLE_5["Aligned", "supportiveness"][0]
    return Finding(
        "A.5, Table 5", f"supportiveness {sft} in the row of SFT, {aligned} in the row of Aligned; the text: Aligned is better",
        "By its rows SFT is better, by its text Aligned: one of the two is swapped, in both columns.")


def rating_deviation(shaken: float) -> float:
    """The deviation of ratings whose deviation is `shaken` when each is moved by -1, 0 or 1 (variance 2/3); 0 if less."""
    return math.sqrt(max(0.0, shaken**2 - 2 / 3))


def implied_size(interval: tuple[float, float], deviation: float) -> float:
    """How many independent ratings of a deviation give a 95% interval of that width."""
    return (2 * Z * deviation / (interval[1] - interval[0])) ** 2


def _sizes() -> Finding:
    plain = [implied_size(interval, deviation) for interval, (_, deviation) in TABLE_5.values()]
    moved = [implied_size(interval, rating_deviation(deviation)) for interval, (_, deviation) in TABLE_5.values()]
    return Finding(
        "A.5, Table 5", "intervals that do not overlap, deviations of moved ratings from 0.86 to 0.97",
        f"Such widths belong to {min(moved):.0f} to {max(moved):.0f} independent ratings if the printed deviations hold "
        f"the moves, and to {min(plain):.0f} to {max(plain):.0f} if they do not. {RATERS * PROBLEMS} comparisons by {RATERS} "
        "raters are not independent ratings, so that the intervals are too narrow either way.")


def _noise() -> Finding:
    lowest = min(deviation for _, (_, deviation) in TABLE_5.values())
    return Finding(
        "A.5, sensitivity", "ratings shifted by ±1: deviations around 0.97",
        f"A shift of exactly ±1 each has a deviation of 1 by itself, more than the {lowest} printed: shifts of 0 must be among "
        "them (-1, 0, 1 alike has 0.82), or ratings at the ends were not moved.")


def _user_study() -> Finding:
    (n_sft, *_), (n_aligned, *_) = USER_STUDY.values()
    gaps = [USER_STUDY["Aligned"][k] - USER_STUDY["SFT"][k] for k in (1, 2)]
    # Two groups: the difference of means has the spread of one rating times the square root of two.
    wanted = [needed(gap / (rating_deviation(0.95) * math.sqrt(2))) for gap in gaps]
    wide = [needed(gap / (1.5 * math.sqrt(2))) for gap in gaps]
    return Finding(
        "§5.4, user study",
        f"{n_sft} and {n_aligned} conversations of five people: supportiveness 7 and 7.4, willingness 7 and 7.6",
        f"No spread is printed. With that of Table 5, {wanted[0]} and {wanted[1]} people for each system would show such "
        f"differences four times in five, with a deviation of 1.5 {wide[0]} and {wide[1]}; five people in two groups show "
        "neither.")


def accuracy_bounds(human: float, simulator: float, truly_human: float = 0.5) -> tuple[float, float]:
    """The lowest and the highest share of right labels that such shares of labels allow, without the split by truth."""
    low = max(0.0, human - (1 - truly_human)) + max(0.0, simulator - truly_human)
    return low, min(human, truly_human) + min(simulator, 1 - truly_human)


def _authorship() -> Finding:
    low, high = accuracy_bounds(AUTHORSHIP["human"], AUTHORSHIP["simulator"])
    return Finding(
        "A.3", "human 48%, simulator 32%, cannot identify 20%",
        f"Without the truth behind the labels, anything from {low:.0%} to {high:.0%} of them may be right. The share that "
        "matters, of simulators taken for people, is not printed.")


def _kappa() -> Finding:
    return Finding(
        "§5.2",
        f"Fleiss' kappa {KAPPA['emotional support']} and {KAPPA['persuasion']} among two people and the search's own label",
        "No counts are printed, so neither can be computed again. Agreement of people with each other and with the search is "
        "one number here; a study of this package gives them beside each other.")
