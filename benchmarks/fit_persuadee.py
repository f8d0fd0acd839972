"""The figures that the calibrated persuadee and the "crowd" persuader carry, fitted on annotated PersuasionForGood.

The annotated part (`300_dialog.csv`) gives the acts of both seats; `full_info.csv` the people and what they paid (B6),
`300_info.csv` what they said they would give (B5). A talk counts up to the persuadee's first stance (a sentence labelled
agree, disagree or name an amount): our dialogues end with the decision. `--write` fits `corpus_figures.py` and
then tunes the persuadee's intercept and purse against the crowd. Only counts, rates and coefficients leave the corpus.

    python benchmarks/fit_persuadee.py --corpus DIR [--check] [--write]
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from textwrap import wrap
from typing import Any

import numpy as np
from persuadee_calibration import (
    EDGES,
    STRATEGIES,
    TRAITS,
    TURNS,
    Line,
    Played,
    binned,
    compare,
    effects,
    logistic,
    persona_effects,
    reactions,
    shares,
    simulate,
    strategy_effects,
)

from dialogym.envs.errors import DialogymError, InvalidCorpus
from dialogym.envs.persuasion import paying
from dialogym.envs.persuasion.corpus import load_personas
from dialogym.envs.persuasion.simulators import calibrated, persuader
from dialogym.envs.persuasion.simulators import corpus_figures as figures
from dialogym.envs.persuasion.simulators.replies import ANSWERED, act_to_answer

SAID = {
    "greeting": "greeting", "source-related-inquiry": "source-inquiry", "task-related-inquiry": "personal-inquiry",
    "personal-related-inquiry": "personal-inquiry", "logical-appeal": "logical-appeal", "emotion-appeal": "emotion-appeal",
    "credibility-appeal": "credibility-appeal", "personal-story": "personal-story", "self-modeling": "self-modeling",
    "foot-in-the-door": "foot-in-the-door", "donation-information": "donation-information",
    "proposition-of-donation": "propose-donation", "ask-donation-amount": "propose-donation",
    "ask-donate-more": "propose-donation", "ask-not-donate-reason": "propose-donation", "acknowledgement": "appreciation",
    "thank": "appreciation", "praise-user": "appreciation", "comment-partner": "appreciation",
    "you-are-welcome": "appreciation", "positive-to-inquiry": "appreciation", "neutral-to-inquiry": "appreciation",
    "negative-to-inquiry": "appreciation", "confirm-donation": "appreciation", "closing": "closing",
}
"""The persuader's labels as our acts; "other" and "off-task" are none."""
REPLIED = {
    "greeting": "greeting", "thank": "thank", "you-are-welcome": "thank", "closing": "closing",
    "ask-org-info": "ask-organisation", "ask-donation-procedure": "ask-procedure",
    "ask-persuader-donation-intention": "ask-intention", "personal-related-inquiry": "ask-back",
    "task-related-inquiry": "ask-back", "positive-to-inquiry": "answer-yes", "neutral-to-inquiry": "answer-neutral",
    "negative-to-inquiry": "answer-no", "acknowledgement": "acknowledge", "off-task": "other", "other": "other",
    "positive-reaction-to-donation": "positive-reaction", "neutral-reaction-to-donation": "neutral-reaction",
    "negative-reaction-to-donation": "negative-reaction", "agree-donation": "decision", "disagree-donation": "decision",
    "disagree-donation-more": "decision", "provide-donation-amount": "decision", "confirm-donation": "decision",
}
"""The persuadee's labels as classes of reply."""
SEEDS = 600
"""Simulated dialogues of the table, fresh seeds; `--write` tunes on others."""
POSITIONS = 9
"""The crowd's acts are counted by turn 0, 1, ... 7, and 8 or later."""
PURSE = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Sums, in dollars, to which payments are rounded."""
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Talk:
    """One annotated talk up to its first stance: (persuader's acts, persuadee's classes) a turn; whether one came."""

    id: str
    turns: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    decided: bool


def talks(folder: Path) -> list[Talk]:
    """The annotated talks, in file order. Raises InvalidCorpus when the file is missing or has other columns."""
    said: dict[str, dict[int, tuple[list[str], list[str]]]] = {}
    for row in _rows(folder / "300_dialog.csv", ("B2", "B4", "Turn", "er_label_1", "ee_label_1")):
        turn = said.setdefault(row["B2"], {}).setdefault(int(row["Turn"]), ([], []))
        label, names = (row["ee_label_1"], REPLIED) if row["B4"] == "1" else (row["er_label_1"], SAID)
        if label in names:
            turn[row["B4"] == "1"].append(names[label])
    found = []
    for id_, turns in said.items():
        kept: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        for _, (er, ee) in sorted(turns.items()):
            kept.append((tuple(dict.fromkeys(er)), tuple(dict.fromkeys(ee))))
            if "decision" in ee:
                break
        found.append(Talk(id_, tuple(kept), "decision" in kept[-1][1]))
    return found


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InvalidCorpus(f"{path.name} cannot be read ({error}); the annotated part of the corpus is wanted.") from error
    if not rows or not set(columns) <= set(rows[0]):
        raise InvalidCorpus(f"{path.name} must have rows with the columns {', '.join(columns)}.")
    return rows


def linear(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of ordinary least squares; the intercept comes first."""
    x = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    rest = y - x @ b
    return b, np.sqrt(np.diag(inverse) * (rest @ rest) / (len(y) - x.shape[1]))


def purse(amounts: Iterable[float]) -> dict[float, float]:
    """The share of each sum of PURSE among the positive amounts, clipped at $2, each taken for the nearest sum."""
    given = Counter(min(PURSE, key=lambda one: abs(one - amount)) for amount in amounts if amount > 0)
    return {one: round(given[one] / given.total(), 4) for one in PURSE if given[one]}


def replies_after(found: Sequence[Talk]) -> Table:
    """The share of each undecided class given what it answers, with five observations' worth of the overall shares."""
    pairs = [(act_to_answer(er), c) for talk in found for er, ee in talk.turns if "decision" not in ee for c in ee]
    overall = Counter(c for _, c in pairs)
    table: Table = {}
    for name in ANSWERED:
        here = Counter(c for h, c in pairs if h == name)
        table[name] = shares({c: here[c] + 5 * overall[c] / sum(overall.values()) for c in overall})
    return table


def replies_tilt(found: Sequence[Talk], after: Table) -> tuple[dict[str, float], ...]:
    """What multiplies a class's weight at turn 0, 1, ... 8 on: how often it came there beside what the acts explain."""
    factors = []
    for at in range(POSITIONS):
        here = [(act_to_answer(er), ee) for talk in found for turn, (er, ee) in enumerate(talk.turns)
                if min(turn, POSITIONS - 1) == at and ee and "decision" not in ee]
        seen = Counter(c for _, ee in here for c in ee)
        due: Counter[str] = Counter()
        for act, ee in here:
            for name, share in after[act].items():
                due[name] += share * len(ee)  # type: ignore[assignment]
        factors.append({name: round((seen[name] + 3) / (due[name] + 3), 3) for name in sorted(due)})
    return tuple(factors)


def replies_next(found: Sequence[Talk], after: Table, tilt: Sequence[Mapping[str, float]]) -> tuple[dict[str, float], ...]:
    """What multiplies a class's weight after a reply that asked nothing, and after one that did."""
    seen: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    due: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for talk in found:
        asked = False
        for turn, (er, ee) in enumerate(talk.turns):
            if ee and "decision" not in ee:
                weights = {name: share * tilt[min(turn, POSITIONS - 1)].get(name, 1.0)
                           for name, share in after[act_to_answer(er)].items()}
                seen[asked].update(ee)
                for name, weight in weights.items():
                    due[asked][name] += weight / sum(weights.values()) * len(ee)  # type: ignore[assignment]
            asked = any(name.startswith("ask-") for name in ee)
    return tuple({name: round((seen[at][name] + 3) / (due[at][name] + 3), 3) for name in sorted(due[at])} for at in (0, 1))


ANSWERS = {"ask-organisation": ("logical-appeal", "credibility-appeal", "emotion-appeal"),
           "ask-procedure": ("donation-information",), "ask-intention": ("self-modeling",)}
"""The acts that answer what a persuadee asks."""


def listening(found: Sequence[Talk]) -> float:
    """How often the persuader's next turn answers what the persuadee asked."""
    answered = [bool(set(ANSWERS[c]) & set(talk.turns[turn + 1][0])) for talk in found
                for turn, (_, ee) in enumerate(talk.turns[:-1]) for c in ee if c in ANSWERS]
    return round(fmean(answered), 3)


def stance_rates(found: Sequence[Talk]) -> dict[str, tuple[float, ...]]:
    """How likely a turn brings the first stance, after an ask, after talk of giving, or else; at turns 0-2, 3-5, 6 on."""
    seen: Counter[tuple[str, int, bool]] = Counter()
    for talk in found:
        for turn, (er, ee) in enumerate(talk.turns):
            seen[calibrated.occasion(act_to_answer(er)), min(turn // 3, 2), "decision" in ee] += 1
    return {kind: tuple(round((seen[kind, part, True] + 0.5) / (seen[kind, part, True] + seen[kind, part, False] + 1), 4)
                        for part in range(3)) for kind in ("ask", "giving", "else")}


def used_before(talk: Talk) -> list[float]:
    """Which STRATEGIES the persuader used before the stance."""
    return [float(any(name in er for er, _ in talk.turns)) for name in STRATEGIES]


def corpus_figures(folder: Path) -> dict[str, Any]:
    """Every figure of the corpus that `envs/persuasion/simulators/corpus_figures.py` holds, by its name there."""
    found = talks(folder)
    people = [row for row in _rows(folder / "full_info.csv", ("B2", "B4", "B6")) if row["B4"] == "1"]
    personas = {row["B2"]: who for row, who in zip(people, load_personas(folder), strict=True) if row["B6"].strip()}
    paid = {row["B2"]: float(row["B6"]) for row in people if row["B6"].strip()}
    pledged = {r["B2"]: float(r["B5"]) for r in _rows(folder / "300_info.csv", ("B2", "B4", "B5"))
               if r["B4"] == "1" and r["B5"].strip()}
    z = {id_: [who.z(name) for name in TRAITS] for id_, who in personas.items()}
    said = {talk.id: used_before(talk) for talk in found if talk.id in paid}
    both = [id_ for id_ in said if id_ in pledged]
    payers = np.array([float(paid[id_] > 0) for id_ in z])
    intended = np.array([min(pledged[id_], 2.0) for id_ in both])
    ends = [len(talk.turns) for talk in found if talk.decided and len(talk.turns) <= TURNS]
    crowd = [Counter(act for talk in found for turn, (er, _) in enumerate(talk.turns) if min(turn, POSITIONS - 1) == at
                     for act in er) for at in range(POSITIONS)]
    steps = [(er, ee) for talk in found for er, ee in talk.turns]
    undecided = [ee for _, ee in steps if ee and "decision" not in ee]
    after = replies_after(found)
    tilt = replies_tilt(found, after)
    return {
        "COUNTS": {"annotated talks": len(found), "annotated replies": len(steps), "people": len(paid),
                   "payers": int(payers.sum()), "pledges annotated": len(pledged)},
        "PAID": round(float(payers.mean()), 4),
        "PLEDGED": round(fmean(a > 0 for a in pledged.values()), 4),
        "KEPT": round(fmean(paid[id_] > 0 for id_, sum_ in pledged.items() if sum_ > 0 and id_ in paid), 4),
        "PAID_BINS": tuple(binned(paid.values())),
        "PLEDGED_BINS": tuple(binned(pledged.values())),
        "PAID_SUMS": purse(paid.values()),
        "REPLIES": shares(Counter(c for _, ee in steps for c in ee)),
        "REPLIES_AFTER": after,
        "REPLIES_TILT": tilt,
        "REPLIES_NEXT": replies_next(found, after, tilt),
        "LISTENING": listening(found),
        "REPLIES_COUNTED": dict(Counter(act_to_answer(er) for er, ee in steps if ee and "decision" not in ee).most_common()),
        "REACTIONS": reactions((ee, paid[talk.id] > 0) for talk in found if talk.id in paid for _, ee in talk.turns),
        "REPLY_SIZES": tuple(shares(Counter(str(min(len(ee), 3)) for ee in undecided)).values()),
        "STANCE": stance_rates(found),
        "STANCE_TURN": round(fmean(ends), 3),
        "STANCE_SHARE": round(len(ends) / len(found), 4),
        "CROWD": tuple(shares(counts) for counts in crowd),
        "CROWD_ACTS": shares(Counter(act for er, _ in steps for act in er)),
        "CROWD_SIZES": tuple(shares(Counter(str(min(len(er), 3)) for er, _ in steps if er)).values()),
        "TRAITS_ON_PAID": effects(TRAITS, logistic(np.array(list(z.values())), payers)),
        "STRATEGIES_ON_PAID": effects(STRATEGIES, logistic(np.array(list(said.values())),
                                                           np.array([float(paid[id_] > 0) for id_ in said]))),
        "TRAITS_ON_PLEDGE": effects(TRAITS, linear(np.array([z[id_] for id_ in both]), intended)),
        "STRATEGIES_ON_PLEDGE": effects(STRATEGIES, linear(np.array([said[id_] for id_ in both]), intended)),
    }


NOTES = {
    "COUNTS": "How many talks, replies and people the figures rest on.",
    "PAID": "The share of all public persuadees who paid something after the task (B6): 53.6% with the dialogues not public.",
    "PLEDGED": "The share of the annotated ones who said they would (B5): about half of them paid nothing.",
    "KEPT": "Of those annotated who said they would give, the share who paid something.",
    "PAID_BINS": "Of the payments above zero, clipped at $2: up to 10c, 25c, 50c, $1, $2.",
    "PLEDGED_BINS": "The same of the intended donations.",
    "PAID_SUMS": "Payments above zero, clipped at $2, by nearest round sum in dollars.",
    "REPLIES": "The share of each class among the classes of the persuadee's replies, to the first stance.",
    "REPLIES_AFTER": "The same of replies without a stance, given the act they answer, smoothed by five of the overall shares.",
    "REPLIES_TILT": "What multiplies the weight of a class at turn 0, 1, ... 7, 8 on.",
    "REPLIES_NEXT": "What multiplies it after an own reply that asked nothing, and after one that did.",
    "LISTENING": "How often a persuader's next turn answers what they were asked.",
    "REPLIES_COUNTED": "How many replies without a stance answer each act.",
    "REACTIONS": "How many replies react well, and how many coolly (neutral or negative): those who paid, those who did not.",
    "REPLY_SIZES": "The share of replies without a stance that hold one, two, three or more classes.",
    "STANCE": "The chance that a reply takes the first stance, by occasion; at turns 0-2, 3-5, 6 on.",
    "STANCE_TURN": "The mean turn, from 1, of the first stance of those taken within ten turns.",
    "STANCE_SHARE": "The share of talks with a stance within ten turns.",
    "CROWD": "The persuader's acts by turn: 0, 1, ... 7, 8 on.",
    "CROWD_ACTS": "The same of all turns.",
    "CROWD_SIZES": "The share of the persuader's turns with one, two, three or more acts.",
    "TRAITS_ON_PAID": "Logits of paying per standard deviation of an attribute, and the standard error; jointly, all people.",
    "STRATEGIES_ON_PAID": "Logits of paying when the strategy was used before the stance, likewise, annotated talks.",
    "TRAITS_ON_PLEDGE": "Dollars of intended donation, clipped at $2, per standard deviation, and the standard error.",
    "STRATEGIES_ON_PLEDGE": "Dollars of intended donation when the strategy was used before the stance, likewise.",
    "CROWD_TILT": "Tuned: what multiplies the weight of an act of the crowd, so that with its answers CROWD_ACTS come out.",
    "INTERCEPT": "Tuned on the crowd: the inclination, in logits, at which the simulated donation rate is PAID.",
    "PURSE": "Tuned on the crowd: how often a person has each sum, in dollars, in mind, so that gifts fall into PAID_BINS.",
}
"""What each committed figure is: the docstrings of `envs/persuasion/simulators/corpus_figures.py`."""


def module(values: Mapping[str, Any]) -> str:
    """The text of `envs/persuasion/simulators/corpus_figures.py`."""
    lines = ['"""Figures of PersuasionForGood (Wang et al. 2019), written by `benchmarks/fit_persuadee.py`."""', ""]
    for name, note in NOTES.items():
        lines += [f"{name} = {_literal(values[name])}", f'"""{note}"""']
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """A figure as source, a nested one a line or more for each of its parts."""
    if isinstance(value, dict) and isinstance(next(iter(value.values())), dict):
        return "\n".join(["{", *(_wrapped(f'    "{key}": {inner!r},', 8) for key, inner in value.items()), "}"])
    if isinstance(value, tuple) and isinstance(value[0], dict):
        return "\n".join(["(", *(_wrapped(f"    {inner!r},", 8) for inner in value), ")"])
    return _wrapped(repr(value), 4)


def _wrapped(text: str, indent: int) -> str:
    return "\n".join(wrap(text.replace("'", '"'), 105, subsequent_indent=" " * indent, break_on_hyphens=False))


def tune(values: dict[str, Any]) -> None:
    """Finds INTERCEPT and PURSE against the crowd, on seeds that no check uses; changes `values` and the loaded figures."""
    weights = dict(figures.PAID_SUMS)
    figures.PURSE, low, high = weights, -3.0, 3.0
    for _ in range(8):
        figures.INTERCEPT = round((low + high) / 2, 3)
        calibrated.person.cache_clear()
        given = [gift for gift in simulate(2_000, 10_000).gifts if gift > 0]
        low, high = (figures.INTERCEPT, high) if len(given) / 2_000 < figures.PAID else (low, figures.INTERCEPT)
        found = binned(given)
        factor = {one: figures.PAID_BINS[at] / max(found[at], 0.005) for one in weights
                  for at in [next(i for i, edge in enumerate(EDGES) if one <= edge)]}
        if high - low < 1:
            weights = {one: weight * factor[one] for one, weight in weights.items()}
            weights = {one: round(weight / sum(weights.values()), 4) for one, weight in weights.items()}
            figures.PURSE = weights
    values |= {"INTERCEPT": figures.INTERCEPT, "PURSE": figures.PURSE}


def tune_crowd(values: dict[str, Any]) -> None:
    """Finds CROWD_TILT: what makes up for the answers that the crowd gives beside the acts it would make anyhow."""
    tilt = dict.fromkeys(figures.CROWD_ACTS, 1.0)
    for _ in range(4):
        figures.CROWD_TILT = tilt
        persuader.crowd_weights.cache_clear()
        made = shares(Counter(act for acts, _ in simulate(800, 20_000).steps for act in acts))
        tilt = {name: round(min(4.0, max(0.25, tilt[name] * share / max(made.get(name, 0.0), 0.002))), 3)
                for name, share in figures.CROWD_ACTS.items()}
    values["CROWD_TILT"] = figures.CROWD_TILT = tilt
    persuader.crowd_weights.cache_clear()


def show(lines: Sequence[Line], played: Played) -> None:
    """Prints the table, and the effects beside the corpus's."""
    print(f"{'figure':<36}{'corpus':>9}{'simulated':>11}{'difference':>12}{'tolerance':>11}")
    for line in lines:
        print(f"{line.name:<36}{line.corpus:>9.3f}{line.simulated:>11.3f}{line.simulated - line.corpus:>+12.3f}"
              f"{line.tolerance:>11.3f}{'  off' if line.off else ''}")
    for title, theirs, pledge, used, ours in (
            ("trait, per sd", figures.TRAITS_ON_PAID, figures.TRAITS_ON_PLEDGE, paying.TRAITS, persona_effects(played)),
            ("strategy used", figures.STRATEGIES_ON_PAID, figures.STRATEGIES_ON_PLEDGE, calibrated.STRATEGIES,
             strategy_effects(played))):
        print(f"\n{title:<22}{'on paying (logits)':>20}{'built in':>10}{'simulated':>18}{'on the pledge ($)':>20}")
        for name, (b, se) in theirs.items():
            print(f"{name:<22}{b:>+12.2f} ± {se:<5.2f}{used[name]:>+10.2f}{ours[name][0]:>+10.2f} ± {ours[name][1]:<5.2f}"
                  f"{pledge[name][0]:>+12.2f} ± {pledge[name][1]:<5.2f}")
    promises = fmean(gift > 0 for gift in played.gifts)
    print(f"\nNot matched: {figures.PLEDGED:.1%} of annotated persuadees pledge and {figures.PAID:.1%} of all pay; "
          f"simulated promises stand for payments ({promises:.1%}).")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns the exit status, 1 when `--check` finds a difference, 2 for a bad corpus."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="the folder with 300_dialog.csv")
    parser.add_argument("--check", action="store_true", help="exit 1 when a committed or simulated figure is off")
    parser.add_argument("--write", action="store_true", help="write the corpus's figures to corpus_figures.py")
    parser.add_argument("--tune", action="store_true", help="tune INTERCEPT and PURSE and write them there (after --write)")
    parser.add_argument("--episodes", type=int, default=SEEDS, help=f"simulated dialogues of the table (default {SEEDS})")
    options = parser.parse_args(arguments)
    try:
        fitted = corpus_figures(options.corpus)
    except DialogymError as error:
        print(error, file=sys.stderr)
        return 2
    stale = [name for name, value in fitted.items() if value != getattr(figures, name, None)]
    if options.write or options.tune:
        values = fitted | {"INTERCEPT": figures.INTERCEPT, "PURSE": figures.PURSE,
                           "CROWD_TILT": figures.CROWD_TILT}
        if options.tune:
            tune_crowd(values)
            tune(values)
        Path(str(figures.__file__)).write_text(module(values), encoding="utf-8")
        if not options.tune:
            print("The corpus's figures are written; run --tune next.")
            return 0
        stale = []
    played = simulate(options.episodes)
    lines = compare(played)
    show(lines, played)
    if stale:
        print(f"corpus_figures.py differs from the corpus in {', '.join(stale)}; run --write.", file=sys.stderr)
    off = [line.name for line in lines if line.off]
    if off:
        print(f"Outside the tolerance: {', '.join(off)}.", file=sys.stderr)
    return 1 if options.check and (stale or off) else 0


if __name__ == "__main__":
    sys.exit(main())
