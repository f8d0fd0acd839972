"""What a study's records say, part by part, as plain values that the report and the files of figures share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import fisher_exact

from ..config import StudyConfig
from ..questions import SCALES, SURVEY, TRUTHS
from .agreement import fleiss, ordinal_alpha
from .comparison import difference, holm, plain_interval, preference, shaken
from .power import raters_needed
from .records import Done, Records

Found = dict[str, Any]
LABELS = ("first", "second", "tie")
LEVEL = 0.05


def comparison_found(config: StudyConfig, records: Records, seed: int = 0) -> Found | None:
    """Blind comparison: means, wins, differences with tests, agreement, sensitivity, power; None where nothing was done."""
    done = [each for each in records.done if each.part == "comparison"]
    if config.comparison is None or not done:
        return None
    first, second = config.comparison.systems
    outcomes = [outcome(each, first, second) for each in done]
    raters, problems = [each.rater for each in done], [each.item for each in done]
    questions = [q for q in (*SCALES, "amount", "belief") if any(value_of(each, q, first) is not None for each in done)]
    rows = []
    for question in questions:
        kept = [each for each in done if value_of(each, question, first) is not None
                and value_of(each, question, second) is not None]
        rows.append(_question(question, kept, first, second, seed))
    better = preference(outcomes)
    won = difference([float(one) for one in outcomes], raters, problems, seed)
    ps = holm([won.p, *(row["difference"].p for row in rows)])
    for row, p in zip(rows, ps[1:], strict=True):
        row["holm"] = p
    return {
        "first": first, "second": second, "pairs": len(done), "raters": len(set(raters)), "problems": len(set(problems)),
        "questions": rows, "preference": better, "won": won, "won_holm": ps[0],
        "share_interval": None if won.interval is None else tuple((1 + end) / 2 for end in won.interval),
        "needed": raters_needed(_by_rater(outcomes, raters)),
        "verdict": verdict(won.mean, won.interval, ps[0], second, first),
        "left": _place(done), "identified": [each for each in done if each.identified],
        "agreement": _agreement(done, outcomes), "turns": float(np.mean([each.turns for each in done])),
        "minutes": float(np.median([each.seconds for each in done])) / 60,
    }


def outcome(each: Done, first: str, second: str) -> int:
    """1 where the second system was found better, -1 where the first was, 0 for a tie."""
    chosen = each.texts.get("better", "tie")
    return 0 if chosen == "tie" else 1 if each.systems.get(chosen) == second else -1


def value_of(each: Done, question: str, system: str) -> float | None:
    """What a system was given; for "belief" how much it moved, from the first report to the last."""
    if question != "belief":
        return each.scale(question, system)
    told = each.beliefs.get(each.side_of(system), ())
    return told[-1] - told[0] if len(told) > 1 else None


def verdict(mean: float, interval: tuple[float, float] | None, p: float, second: str, first: str) -> str:
    """What may be said of a difference: found only where the corrected test and the interval agree."""
    if interval is None:
        return "not estimable"
    if p < LEVEL and interval[0] * interval[1] > 0:
        return f"{second if mean > 0 else first} is better"
    return "no difference found"


def _question(question: str, kept: Sequence[Done], first: str, second: str, seed: int) -> Found:
    given = {name: [value_of(each, question, name) or 0.0 for each in kept] for name in (first, second)}
    gaps = [b - a for a, b in zip(given[first], given[second], strict=True)]
    raters = [each.rater for each in kept]
    found: Found = {"name": question, "difference": difference(gaps, raters, [each.item for each in kept], seed),
                    "needed": raters_needed(_by_rater(gaps, raters))}
    for label, name in (("first", first), ("second", second)):
        values = given[name]
        found[label] = {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                        "interval": plain_interval(values),
                        "shaken": shaken(values, 1, 10, seed) if question in SCALES else None}
    found["alpha"] = {name: ordinal_alpha(_by_item(kept, values)) for name, values in given.items() if question in SCALES}
    return found


def _by_rater(values: Sequence[float], raters: Sequence[int]) -> list[float]:
    return [float(np.mean([v for v, r in zip(values, raters, strict=True) if r == rater])) for rater in dict.fromkeys(raters)]


def _by_item(done: Sequence[Done], values: Sequence[float]) -> list[list[float]]:
    found: dict[str, list[float]] = {}
    for each, value in zip(done, values, strict=True):
        found.setdefault(each.item, []).append(value)
    return list(found.values())


def _place(done: Sequence[Done]) -> Found:
    """How often the left one was found better, whichever system it was: a matter of places."""
    chosen = Counter(each.texts.get("better", "tie") for each in done)
    return {"a": chosen["a"], "b": chosen["b"], "tie": chosen["tie"],
            "p": preference([1] * chosen["a"] + [-1] * chosen["b"] + [0] * chosen["tie"]).p}


def _agreement(done: Sequence[Done], outcomes: Sequence[int]) -> Any:
    by_item: dict[str, list[str]] = {}
    for each, one in zip(done, outcomes, strict=True):
        by_item.setdefault(each.item, []).append({1: "second", 0: "tie", -1: "first"}[one])
    return fleiss(list(by_item.values()), LABELS)


def talks_found(config: StudyConfig, records: Records) -> Found | None:
    """User study: means and strengths by system, the survey, drop-outs by system."""
    if config.talks is None:
        return None
    done = [each for each in records.done if each.part == "talks"]
    arms: dict[str, Found] = {}
    for arm in config.talks.quotas:
        mine = [each for each in done if each.systems.get("a") == arm]
        people = sorted({each.rater for each in mine})
        arms[arm] = {
            "control": config.systems[arm].control, "people": len(people), "talks": len(mine),
            "joined": sum(p.part == "talks" and p.arm == arm and p.consented is not None for p in records.people),
            "left": sum(p.part == "talks" and p.arm == arm and p.left is not None for p in records.people)
            + sum(d.part == "talks" and d.arm == arm and d.erased for d in records.gone),
            "scales": {q: _spread([v for each in mine if (v := each.scale(q, arm)) is not None]) for q in (*SCALES, "amount")},
            "survey": {q: _spread([v for each in mine if (v := each.scales.get((q, ""))) is not None]) for q in SURVEY},
            "strengths": [each.texts["strengths"] for each in mine if each.texts.get("strengths")],
            "weaknesses": [each.texts["weaknesses"] for each in mine if each.texts.get("weaknesses")],
            "identified": sum(each.identified for each in mine), "held": sum(each.held for each in mine),
        }
    return {"arms": arms, "gone": _drop_outs(arms)} if done or any(arm["joined"] for arm in arms.values()) else None


def _spread(values: Sequence[float]) -> tuple[float, float, int] | None:
    """(mean, deviation, how many)."""
    if not values:
        return None
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, len(values)


def _drop_outs(arms: Mapping[str, Found]) -> float | None:
    """Fisher's exact p that people left one system as often as another; None without two systems or without anybody gone."""
    pairs = [(arm["left"], max(0, arm["joined"] - arm["left"])) for arm in arms.values() if arm["joined"]]
    if len(pairs) != 2 or not sum(left for left, _ in pairs):
        return None
    return float(fisher_exact(pairs).pvalue)


def pairs_found(config: StudyConfig, records: Records) -> Found | None:
    """Pair annotation: people among themselves, people with the search, per label, and the pairs that are agreed."""
    given = labels_of(records)
    if config.pairs is None or not given:
        return None
    people = list(given.values())
    search = [[*labels, "chosen"] for labels in people]
    flat = [label for labels in people for label in labels]
    singles = [fleiss([[label, "chosen"] for label in labels], ("chosen", "rejected", "tie")).observed for labels in people]
    return {"pairs": len(people), "labels": len(flat), "counts": Counter(flat),
            "people": fleiss(people, ("chosen", "rejected", "tie")),
            "with_search": fleiss(search, ("chosen", "rejected", "tie")),
            "right": sum(label == "chosen" for label in flat) / len(flat),
            "right_decided": _ratio(sum(label == "chosen" for label in flat), sum(label != "tie" for label in flat)),
            "apart_by_ties": _ratio(sum(label == "tie" for label in flat), sum(label != "chosen" for label in flat)),
            "human_search": float(np.mean([one for one in singles if one is not None])) if singles else None,
            "agreed": sum(agreed(labels) == "chosen" for labels in people)}


def labels_of(records: Records) -> dict[str, list[str]]:
    """What each pair was called, in terms of the search's own choice."""
    given: dict[str, list[str]] = {}
    for each in records.done:
        if each.part == "pairs":
            chosen = each.texts.get("preferred", "tie")
            given.setdefault(each.item, []).append("tie" if chosen == "tie" else each.systems[chosen])
    return given


def agreed(labels: Sequence[str]) -> str | None:
    """What all of two or more people said; None where they did not say the same."""
    return labels[0] if len(labels) >= 2 and len(set(labels)) == 1 else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def authorship_found(config: StudyConfig, records: Records) -> Found | None:
    """Who wrote this: labels by truth, which A.3 does not split, and the share of right ones."""
    done = [each for each in records.done if each.part == "authorship"]
    if config.authorship is None or not done:
        return None
    table = {truth: Counter() for truth in ("human", "simulator")}  # type: dict[str, Counter[str]]
    by_item: dict[str, list[str]] = {}
    for each in done:
        label = each.texts.get("author", "unknown")
        table[records.items[each.item][1]["truth"]][label] += 1
        by_item.setdefault(each.item, []).append(label)
    said = {truth: sum(counts.values()) for truth, counts in table.items()}
    right = table["human"]["human"] + table["simulator"]["simulator"]
    decided = sum(counts[label] for counts in table.values() for label in ("human", "simulator"))
    raters = [each.rater for each in done]
    hits = [float(each.texts.get("author") == records.items[each.item][1]["truth"])
            - float(each.texts.get("author") not in (records.items[each.item][1]["truth"], "unknown")) for each in done]
    return {"table": table, "said": said, "labels": TRUTHS, "right": right / len(done), "right_decided": _ratio(right, decided),
            "fooled": _ratio(table["simulator"]["human"], said["simulator"]),
            "taken": _ratio(table["human"]["human"], said["human"]), "kappa": fleiss(list(by_item.values()), TRUTHS),
            "told_apart": difference(hits, raters, [each.item for each in done])}
