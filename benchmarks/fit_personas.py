"""The joint statistics of the persuadees of PersuasionForGood, from which personas are drawn.

Fits the means and deviations that `SCALES` in `envs/persuasion/conditions.py` carries, and everything in
`envs/persuasion/persona_figures.py`: how often each answer was given and how the answers go together. Every dialogue counts
its persuadee once (the `BAD_` ones too), so people who took part often weigh more, as they do in the corpus.

Answers given by fewer than 5 people are merged with their neighbours; words that rare are not among the `QUESTIONS` and count
as missing. So the figures single nobody out. docs/personas.md explains the model.

    python benchmarks/fit_personas.py --corpus DIR [--check] [--write FILE] [--scales] [--compare]
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, nan, pi, sqrt
from pathlib import Path
from statistics import NormalDist, fmean, stdev

import numpy as np

from dialogym.envs.errors import DialogymError
from dialogym.envs.persuasion import persona_figures as committed
from dialogym.envs.persuasion.conditions import ALWAYS, DEMOGRAPHICS, DRAWN, SCALES, SURVEY, Persona, personas
from dialogym.envs.persuasion.corpus import load_personas

TOLERANCE = 0.01
"""How far a mean or deviation in `SCALES` may be from the corpus's, in points of the attribute's scale."""
SHARE_TOLERANCE = 0.1
"""How far a committed share may be from the fitted one, in thousandths: they are written to one decimal."""
CORRELATION_TOLERANCE = 1
"""How far a committed correlation may be from the fitted one, in hundredths: they are written without decimals."""
FEWEST = 5
"""The smallest group of people whose answer is counted apart."""
MANY = 100
"""The fewest personas to fit to."""

QUESTIONS: dict[str, tuple[str | None, ...]] = {
    "sex": ("Female", "Male"),
    "race": ("White", "Other"),
    "edu": ("Less than four-year college", "Four-year college", "Postgraduate"),
    "marital": ("Unmarried", "Married"),
    "employment": ("Other", "Employed for wages"),
    "ideology": ("Liberal", "Moderate", "Conservative"),
    "religion:atheist": (None, "Atheist"),
    "religion:other": (None, "Other religion"),
    "religion:Christian": ("Protestant", "Catholic"),
}
"""The words of the survey as ordered answers. Religion, which has no order, is three questions, each put to those whom the
one before leaves open (None): atheist or not; if not, of another religion or Christian; if so, Protestant or Catholic."""
_POINT = {1.0: 1, 0.5: 2, 0.25: 4, 0.2: 5, 0.33: 3}
"""Answers to a point of a scale, by the distance between two answers: a score is the mean of that many items."""
FIRST_AGE, AGE_BAND = 18, 5
_LATENTS = (*(name for name in SURVEY if name not in QUESTIONS and name != "religion"), *QUESTIONS)
_BRIEF = [name for name in (*DRAWN, *ALWAYS) if name in _LATENTS]
ORDER = (*_BRIEF, *(name for name in _LATENTS if name not in _BRIEF))
"""The latents: those of a brief persona first, so that drawing one takes no others."""

Shares = tuple[float, ...]
Figures = tuple[dict[str, tuple[float, int, Shares]], dict[str, tuple[tuple[str | None, ...], Shares]], list[list[int]]]
"""STEPS, LEVELS and CORRELATIONS of the committed module."""


def fit(people: Sequence[Persona]) -> dict[str, tuple[int, float, float]]:
    """(answers, mean, sample sd) of each attribute of `SCALES` that at least two personas have."""
    values: dict[str, list[float]] = {name: [] for name in SCALES}
    for persona in people:
        for name, value in persona.attributes:
            if name in values and not isinstance(value, str):
                values[name].append(value)
    return {name: (len(all_), fmean(all_), stdev(all_)) for name, all_ in values.items() if len(all_) > 1}


# -- marginals -------------------------------------------------------------------------------------


def answer(persona: Mapping[str, object], latent: str) -> float:
    """A persona's answer to the question of a latent as a number; nan when it is missing, unknown or not put to it."""
    name = latent.partition(":")[0]
    value = persona.get(name)
    if latent not in QUESTIONS:
        return value if isinstance(value, float) else nan
    words = QUESTIONS[latent]
    if value in words:
        return float(words.index(value))
    asked = [question for question in QUESTIONS if question.startswith(f"{name}:")]
    later = [word for question in asked[asked.index(latent) + 1:] for word in QUESTIONS[question]] if latent in asked else []
    return 0.0 if value in later and value is not None else nan


def steps_of(latent: str, people: Sequence[Persona]) -> tuple[float, int, Shares]:
    """(lowest answer, answers to a point, thousandths of the people at each answer from there on).

    A cell is an answer, for the age five years. While fewer than `FEWEST` people share a cell, the smallest is merged with the
    smaller of its neighbours. Within a cell the shares rise, fall or stay level (`_Cell.line`). Identical personas are one
    person: the corpus's ids say that people answered the survey once, whatever the number of dialogues they took part in.
    """
    found = [(value, persona) for persona in people if (value := answer(dict(persona.attributes), latent)) == value]
    if latent == "age":
        first, width, steps = float(FIRST_AGE), AGE_BAND, 1
    else:
        first, width = min(value for value, _ in found), 1
        distinct = sorted({value for value, _ in found})
        steps = _POINT[min(round(high - low, 2) for low, high in pairwise(distinct)
                          if round(high - low, 2) in _POINT)]
    cells: dict[int, _Cell] = {}
    for value, persona in found:
        step = round((value - first) * steps)
        low = step // width * width
        cell = cells.setdefault(low, _Cell(low, low + width - 1, [], set()))
        cell.answers.append(step)
        cell.people.add(persona)
    merged = [cells[low] for low in sorted(cells)]
    while len(merged) > 1 and min(len(cell.people) for cell in merged) < FEWEST:
        small = min(range(len(merged)), key=lambda i: len(merged[i].people))
        at = min((i for i in (small - 1, small) if 0 <= i < len(merged) - 1),
                 key=lambda i: len(merged[i].people) + len(merged[i + 1].people))
        one, other = merged[at:at + 2]
        merged[at:at + 2] = [_Cell(one.low, other.high, one.answers + other.answers, one.people | other.people)]
    shares = [0.0] * (merged[-1].high - merged[0].low + 1)
    for cell in merged:
        for step, part in zip(range(cell.low, cell.high + 1), cell.line(), strict=True):
            shares[step - merged[0].low] = round(1000 * part * len(cell.answers) / len(found), 1)
    return round(first + merged[0].low / steps, 2), steps, tuple(shares)


@dataclass(frozen=True)
class _Cell:
    """Answers counted together: first and last step, the step of every answer, and who gave them."""

    low: int
    high: int
    answers: list[int]
    people: set[Persona]

    def line(self) -> list[float]:
        """The part of the cell at each of its steps: level, or a line between 0.5 and 1.5 times that.

        Of the three, the one whose mean is nearest to the answers' mean. A line with that very mean would give the answers
        of a cell of two steps away.
        """
        size, middle = self.high - self.low + 1, (self.low + self.high) / 2
        if size == 1:
            return [1.0]
        steepest = 1 / size / (size - 1)
        exact = (fmean(self.answers) - middle) / (size * (size + 1) * (size - 1) / 12)
        slope = min((-steepest, 0.0, steepest), key=lambda slope: abs(slope - exact))
        return [1 / size + slope * (step - middle) for step in range(self.low, self.high + 1)]


def levels_of(latent: str, people: Sequence[Persona]) -> tuple[tuple[str | None, ...], Shares]:
    """The words of a question and the thousandths of those it was put to that gave them."""
    answers = [value for p in people if (value := answer(dict(p.attributes), latent)) == value]
    words = QUESTIONS[latent]
    return words, tuple(round(1000 * answers.count(index) / len(answers), 1) for index in range(len(words)))


# -- correlations ----------------------------------------------------------------------------------


def pearson(people: Sequence[Persona]) -> np.ndarray:
    """Correlations of the answers, over those who gave both; 0 where nobody gave both or they do not vary."""
    table = np.array([[answer(attributes, latent) for latent in ORDER] for p in people for attributes in [dict(p.attributes)]])
    size = len(ORDER)
    found = np.eye(size)
    for i in range(size):
        for j in range(i):
            pair = table[:, [i, j]][~np.isnan(table[:, [i, j]]).any(axis=1)]
            if len(pair) > 1 and pair.std(axis=0).min() > 0:
                found[i, j] = found[j, i] = np.corrcoef(pair.T)[0, 1]
    return found


TERMS = 80


def hermite(values: Sequence[float], shares: Sequence[float]) -> np.ndarray:
    """Coefficients 1..TERMS of the standardised step function of a normal that takes these values with these shares.

    E[g(Z) h_k(Z)] = Σ d_j φ(t_j) h_{k-1}(t_j) / √k, for jumps d_j at t_j and orthonormal Hermite polynomials h_k.
    """
    total = sum(shares)
    weights = np.array(shares) / total
    mean = float(weights @ values)
    sd = sqrt(float(weights @ (np.array(values) - mean) ** 2))
    found = np.zeros(TERMS)
    below = 0.0
    for jump, share in zip(np.diff(values), weights[:-1], strict=True):
        below += share
        if not 0 < below < 1 - 1e-9:
            continue
        at = NormalDist().inv_cdf(below)
        before, now = 0.0, 1.0
        for k in range(1, TERMS + 1):
            found[k - 1] += jump * exp(-at * at / 2) / sqrt(2 * pi) * now / sqrt(k)
            before, now = now, (at * now - sqrt(k - 1) * before) / sqrt(k)
    return found / sd


def latent_correlation(target: float, one: np.ndarray, other: np.ndarray) -> float:
    """The r at which the step functions of two normals correlate as `target` says: Σ a_k b_k r^k = target, by bisection.

    At most ±0.98, where no r reaches the target.
    """
    series = one * other
    powers = np.arange(1, TERMS + 1)
    low, high = -0.98, 0.98
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if float(series @ middle ** powers) < target else (low, middle)
    return (low + high) / 2


def repaired(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """The matrix with eigenvalues below 0.02 raised to it and the diagonal scaled back to 1; and its smallest eigenvalue."""
    values, vectors = np.linalg.eigh(matrix)
    better = (vectors * np.maximum(values, 0.02)) @ vectors.T
    scale = np.sqrt(np.diag(better))
    return better / np.outer(scale, scale), float(values[0])


def joint(people: Sequence[Persona], say: Callable[[str], object]) -> Figures:
    """The figures of the committed module, fitted; `say` hears how the matrix was repaired."""
    steps = {latent: steps_of(latent, people) for latent in ORDER if latent not in QUESTIONS}
    levels = {latent: levels_of(latent, people) for latent in QUESTIONS}
    series = []
    for latent in ORDER:
        if latent in steps:
            first, per_point, shares = steps[latent]
            series.append(hermite([first + i / per_point for i in range(len(shares))], shares))
        else:
            series.append(hermite(range(len(levels[latent][0])), levels[latent][1]))
    seen = pearson(people)
    latent = np.eye(len(ORDER))
    for i in range(len(ORDER)):
        for j in range(i):
            latent[i, j] = latent[j, i] = latent_correlation(seen[i, j], series[i], series[j])
    fixed, smallest = repaired(latent)
    say(f"Latent correlations: smallest eigenvalue {smallest:.3f}; the repair moves entries by at most "
        f"{abs(fixed - latent).max():.3f}.")
    rows = [[round(100 * fixed[i, j]) for j in range(i)] for i in range(len(ORDER))]
    whole = np.array([[100 if i == j else rows[max(i, j)][min(i, j)] for j in range(len(ORDER))] for i in range(len(ORDER))])
    say(f"As committed, in hundredths: smallest eigenvalue {np.linalg.eigvalsh(whole / 100)[0]:.3f}.")
    return steps, levels, rows


# -- the committed module --------------------------------------------------------------------------

HEAD = '''"""How the persuadees of PersuasionForGood answered the pre-task survey: shares and correlations, no person's answers.

Written by `python benchmarks/fit_personas.py --corpus DIR --write FILE` over {count} dialogues; do not edit. An answer that
fewer than {fewest} people gave is merged with its neighbours, ages are in bands of five years, and all figures are rounded.
docs/personas.md says how they are used.
"""

from __future__ import annotations

'''


def written(figures: Figures, count: int) -> str:
    """The source of `persona_figures.py`."""
    steps, levels, rows = figures
    lines = ["ORDER = (", *_wrapped(ORDER), ")",
             '"""The questions; each has a latent standard normal. Those of a brief persona come first."""', "",
             "STEPS: dict[str, tuple[float, int, tuple[float, ...]]] = {"]
    for latent, (first, per_point, shares) in steps.items():
        lines += [f'    "{latent}": ({first}, {per_point}, (', *_wrapped(shares, 8), "    )),"]
    lines += ["}",
              '"""(lowest answer, answers to a point, thousandths of the people who gave that answer and each one above)."""',
              "",
              "LEVELS: dict[str, tuple[tuple[str | None, ...], tuple[float, ...]]] = {"]
    for latent, (words, shares) in levels.items():
        shown = ", ".join("None" if word is None else f'"{word}"' for word in words)
        lines.append(f'    "{latent}": (({shown}), {shares}),')
    lines += ["}",
              '"""(answers in order, thousandths). None: left to the next question of that name, put to these people only."""',
              "",
              "CORRELATIONS: tuple[tuple[int, ...], ...] = (", "    (),  # " + ORDER[0]]
    for latent, row in zip(ORDER[1:], rows[1:], strict=True):
        line = f"    ({', '.join(map(str, row))}{',' if len(row) == 1 else ''}),  # {latent}"
        lines += [line] if len(line) <= 128 else [f"    (  # {latent}", *_wrapped(row, 8), "    ),"]
    lines += [")", '"""Correlations of the latents, in hundredths: row i with those before it in `ORDER`."""']
    return HEAD.format(count=count, fewest=FEWEST) + "\n".join(lines) + "\n"


def _wrapped(items: Sequence[object], indent: int = 4) -> list[str]:
    text = ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in items) + ","
    return [" " * indent + line for line in textwrap.wrap(text, 116, break_long_words=False, break_on_hyphens=False)]


def differences(figures: Figures) -> list[str]:
    """What the committed module says otherwise, a line each."""
    steps, levels, rows = figures
    found = [] if committed.ORDER == ORDER else ["ORDER is another"]
    for kind, mine, theirs in (("STEPS", steps, committed.STEPS), ("LEVELS", levels, committed.LEVELS)):
        for latent, (*shape, shares) in mine.items():
            other = theirs.get(latent)
            if other is None or list(other[:-1]) != shape or len(other[-1]) != len(shares) or max(
                    abs(a - b) for a, b in zip(shares, other[-1], strict=True)) > SHARE_TOLERANCE + 1e-9:
                found.append(f"{kind}: {latent!r} differs")
    for latent, row, other in zip(ORDER, rows, committed.CORRELATIONS, strict=False):
        if len(row) != len(other) or any(abs(a - b) > CORRELATION_TOLERANCE for a, b in zip(row, other, strict=True)):
            found.append(f"CORRELATIONS: {latent!r} differs")
    return found


def scales() -> None:
    """Prints the committed scales, as Markdown."""
    print("\n| attribute | range | step | mean | sd | high reads | low reads |\n|---|---|---|---|---|---|---|")
    for name, scale in SCALES.items():
        step = f"1/{committed.STEPS[name][1]}".replace("1/1", "1") if name in committed.STEPS else "0.1"
        print(f"| `{name}` | {scale.low:g}–{scale.high:g} | {step} | {scale.mean:.2f} | {scale.sd:.2f} | {scale.high_words} "
              f"| {scale.low_words} |")


def compare(people: Sequence[Persona], drawn: Sequence[Persona]) -> None:
    """Prints the corpus beside drawn personas, as Markdown."""
    print("\n| attribute | corpus mean | drawn mean | corpus sd | drawn sd |\n|---|---|---|---|---|")
    tables = [{latent: [v for p in group if (v := answer(dict(p.attributes), latent)) == v] for latent in ORDER}
              for group in (people, drawn)]
    for latent in (name for name in SURVEY if name in ORDER and name not in QUESTIONS):
        one, other = (table[latent] for table in tables)
        print(f"| {latent} | {fmean(one):.2f} | {fmean(other):.2f} | {stdev(one):.2f} | {stdev(other):.2f} |")
    print("\n| attribute | answer | corpus | drawn |\n|---|---|---|---|")
    for name in DEMOGRAPHICS:
        words = [word for question in QUESTIONS if question.partition(":")[0] == name for word in QUESTIONS[question] if word]
        for word in words:
            shares = []
            for group in (people, drawn):
                said = [value for p in group if isinstance(value := dict(p.attributes).get(name), str)]
                shares.append(100 * said.count(word) / len(said))
            print(f"| {name} | {word} | {shares[0]:.1f}% | {shares[1]:.1f}% |")
    one, other = pearson(people), pearson(drawn)
    pairs = sorted(((abs(one[i, j] - other[i, j]), i, j) for i in range(len(ORDER)) for j in range(i)), reverse=True)
    gaps = [gap for gap, _, _ in pairs]
    print(f"\nCorrelations: {len(gaps)} pairs; they differ by {sqrt(fmean(gap * gap for gap in gaps)):.3f} (root mean square; "
          f"sampling {len(drawn)} people alone gives about {1 / sqrt(len(drawn)):.3f}) and by at most {gaps[0]:.3f}. "
          "The largest differences:\n")
    print("| pair | corpus | drawn |\n|---|---|---|")
    for _, i, j in pairs[:8]:
        print(f"| {ORDER[j]}, {ORDER[i]} | {one[i, j]:.2f} | {other[i, j]:.2f} |")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; returns the exit status, 1 when `--check` finds a difference, 2 for a bad corpus."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder with full_info.csv")
    parser.add_argument("--check", action="store_true", help="exit 1 when SCALES or persona_figures.py is off")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the figures as the source of persona_figures.py")
    parser.add_argument("--scales", action="store_true", help="print what every numeric attribute means")
    parser.add_argument("--compare", type=int, nargs="?", const=700, metavar="COUNT", help="the corpus beside personas(COUNT)")
    options = parser.parse_args(arguments)
    try:
        people = load_personas(options.corpus)
    except DialogymError as error:
        print(error, file=sys.stderr)
        return 2
    if len(people) < MANY:
        print(f"{len(people)} personas; expected at least {MANY} to fit their correlations to.", file=sys.stderr)
        return 2
    wrong = moments(people)
    if wrong:
        print(f"{wrong} attributes of SCALES differ by more than {TOLERANCE}.", file=sys.stderr)
    figures = joint(people, print)
    differing = differences(figures)
    print(*differing, sep="\n", file=sys.stderr, end="\n" if differing else "")
    if options.write:
        options.write.write_text(written(figures, len(people)), encoding="utf-8")
    if options.scales:
        scales()
    if options.compare is not None:
        compare(people, personas(options.compare))
    return 1 if options.check and (wrong or differing) else 0


def moments(people: Sequence[Persona]) -> int:
    """Prints mean and deviation of each attribute; returns how many `SCALES` says otherwise."""
    fitted = fit(people)
    wrong = 0
    print(f"{'attribute':<16}{'answers':>8}{'mean':>8}{'sd':>8}   in SCALES")
    for name, scale in SCALES.items():
        if name == "mood":  # ours: the survey did not ask
            continue
        count, mean, sd = fitted.get(name, (0, nan, nan))
        differs = not max(abs(scale.mean - mean), abs(scale.sd - sd)) <= TOLERANCE  # nan, where nobody answered, differs
        wrong += differs
        print(f"{name:<16}{count:>8}{mean:>8.2f}{sd:>8.2f}   {scale.mean:.2f} {scale.sd:.2f}"
              f"{'  differs' if differs else ''}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
