"""The tables of a report that are made of more than a run's systems: the audit, the families of users, the rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .conclusions import Quantity, baseline, direction, quantities, target

MISSING = "–"
CHANGES, FEWEST = 12, 20
"""How many changes of acts are shown, of situations in which both systems spoke at least so often."""
_FIGURES = (("words_per_reply", "Words per reply", "{:.1f}"), ("distinct_1", "Distinct words", "{:.3f}"),
            ("distinct_2", "Distinct pairs of words", "{:.3f}"),
            ("repeated_in_talk", "Replies said before in the talk", "{:.1%}"),
            ("repeated", "Replies said before in any talk", "{:.1%}"), ("unwelcome_acts", "Unwelcome acts", "{:.1%}"),
            ("amounts_named", "Replies that name an amount", "{:.1%}"), ("unreadable", "Unreadable replies", "{:.1%}"),
            ("closed_early", "Talks closed without engagement", "{:.1%}"))
_TRAINED = ("SFT", "Aligned")
_HELD_OUT = (("accuracy", "Held-out accuracy", "{:.1%}"), ("kl_per_reply", "KL a reply, nats", "{:.2f}"))
_AGREEMENT = (("score", "Reward model's mean score", "{:.2f}"), ("auc", "Its AUC for engaged talks", "{:.2f}"),
              ("spearman", "Its rank correlation with engagement", "{:.2f}"))

Row = tuple[str, str, bool, list[tuple[str, str, int]]]
"""Name, note, whether it is the one kept, and cells of (number, interval, direction)."""
Table = dict[str, Any]
"""A "head" of labels, and "rows"."""


def audit_table(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row per figure, a column per system; and the acts whose share changed most between SFT and Aligned in a situation."""
    found = results.get("audit")
    if not found:
        return None
    names = list(found["systems"])
    rows = [(label, [_cell(found["systems"][name].get(key), shape) for name in names]) for key, label, shape in _FIGURES]
    agreed = found["agreement"]
    if any(agreed.values()):
        rows += [(label, [_cell((agreed.get(name) or {}).get(key), shape) for name in names])
                 for key, label, shape in _AGREEMENT]
    compared = [baseline(results), target(results)]
    before, after = (found["acts"].get(name, {}) for name in compared)
    changes = [(share - before[situation]["acts"].get(act, 0.0), situation, act)
               for situation, entry in after.items()
               if situation in before and min(before[situation]["replies"], entry["replies"]) >= FEWEST
               for act, share in {**dict.fromkeys(before[situation]["acts"], 0.0), **entry["acts"]}.items()]
    changes.sort(key=lambda change: (-abs(change[0]), change[1:]))
    shown = [(f"{act}, {situation}" if situation else act,
              [f"{100 * side[situation]['acts'].get(act, 0.0):.1f}%" for side in (before, after)])
             for change, situation, act in changes[:CHANGES] if change]
    return {"names": names, "rows": rows, "compared": compared, "changes": shown}


def families_matrix(found: Mapping[str, Any] | None, results: Mapping[str, Any]) -> dict[str, Any] | None:
    """A column per family of users that was met, by whom training met: SFT, Aligned, the paired gain, unreadable replies.

    Rows come in groups, one per quantity. A cell is (number, interval, direction, shade): the shade is in percent, of the most
    in its group.
    """
    if not found:
        return None
    families = found["families"]
    every = quantities(results)
    groups = []
    for quantity in [every[0], *every[1:][-1:]]:  # the first measure and the engaged rate
        means = {system: [entry["systems"][system][quantity.mean] for entry in families.values()] for system in _TRAINED}
        most = max(max(row) for row in means.values())
        rows = [(f"{quantity.label}, {system}", [(quantity.bare(mean), "", 0, _shade(mean, most)) for mean in row])
                for system, row in means.items()]
        gains = [(*_gain(quantity, entry["differences"]["Aligned"][quantity.name]), 0) for entry in families.values()]
        groups.append([*rows, (f"{quantity.label}, gain", gains)])
    groups.append([(f"Unreadable, {system}", [(f"{100 * entry['systems'][system]['garble_rate']:.1f}%", "", 0, 0)
                                              for entry in families.values()]) for system in _TRAINED])
    met = [(name, bool(entry["searched"])) for name, entry in families.items()]
    return {"episodes": found["episodes"], "met": met, "trained": next((name for name, searched in met if searched), None),
            "groups": groups}


def _shade(value: float, most: float) -> int:
    return round(36 * value / most) if most > 0 and value > 0 else 0


def rounds_tables(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where weights were chosen by talking: a row per round, where there were several, and a row per weights that talked.

    A table has a head and rows of (name, note, whether it is kept, cells).
    """
    found = results.get("training", {}).get("dpo") or {}
    talked = [row for row in found.get("checkpoints") or () if "engagement" in row]
    if not talked:
        return None
    kept, rounds = found.get("kept", {}), found.get("rounds") or []
    tables = [_weights(talked, found.get("start"), kept)]
    if len(rounds) > 1:
        tables.insert(0, _rounds(rounds, talked, kept, results.get("search") or {}))
    note = ("All these weights talked with the same people, whom search and evaluation never meet; of those within the bounds "
            "of fluency, the ones that engage most are kept.")
    if len(rounds) > 1:
        note += " From the second round on, the policy kept so far proposed the replies; its pairs were added to all before."
    return {"title": "Rounds" if len(rounds) > 1 else "Weights that talked", "note": note, "tables": tables}


def _rounds(rounds: Sequence[Mapping[str, Any]], talked: Sequence[Mapping[str, Any]], kept: Mapping[str, Any],
            first: Mapping[str, Any]) -> Table:
    """A row per round: what it searched, all pairs that it learned from, and the weights of it that engaged most."""
    rows: list[Row] = []
    for row in rounds:
        number, searched = row["round"], first if row["round"] == 1 else row
        best = max((each for each in talked if each["round"] == number), key=lambda each: each["engagement"], default=None)
        counts = [(_number(searched.get(key)), "", 0) for key in ("conversations", "nodes")]
        cells = [*counts, (_number(row.get("pairs")), "", 0), *(_talks(best) if best else [(MISSING, "", 0)] * 2)]
        rows.append((f"Round {number}", "kept" if number == kept.get("round") else "", number == kept.get("round"), cells))
    return {"head": ["Round", "Conversations searched", "Nodes", "Pairs so far", "Most engagement", "Gain over SFT"],
            "rows": rows}


def _weights(talked: Sequence[Mapping[str, Any]], start: Mapping[str, Any] | None, kept: Mapping[str, Any]) -> Table:
    """A row per weights that talked, those that all came from on top."""
    known = [(key, label, shape) for key, label, shape in _HELD_OUT if any(key in row for row in talked)]
    rows: list[Row] = []
    if start:
        lacking = [(MISSING, "", 0)] * len(known)
        rows.append(("SFT", "", False, [*_talks(start), (_cell(start["garbled"], "{:.1%}"), "", 0), *lacking]))
    for row in talked:
        best = (row["round"], row["step"]) == (kept.get("round"), kept.get("step"))
        name = f"Step {row['step']}" if row["round"] == 1 else f"Round {row['round']}, step {row['step']}"
        cells = [*_talks(row), (_cell(row["garbled"], "{:.1%}"), "", 0)]
        cells += [(_cell(row.get(key), shape), "", 0) for key, _, shape in known]
        rows.append((name, "kept" if best else "" if row.get("fluent", True) else "out of bounds", best, cells))
    return {"head": ["Weights", "Engagement", "Gain over SFT", "Unreadable", *(label for _, label, _ in known)], "rows": rows}


def _talks(row: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Engagement in talks, and the paired gain over the start, each with its interval."""
    low, high = row["engagement_ci95"]
    reached = (f"{row['engagement']:.3f}", f"[{low:.3f}, {high:.3f}]".replace("-", "−"), 0)
    if "gain" not in row:
        return [reached, (MISSING, "", 0)]
    mean, *ends = row["gain"]
    span = f"[{ends[0]:+.3f}, {ends[1]:+.3f}]".replace("-", "−")
    return [reached, (f"{mean:+.3f}".replace("-", "−"), span, direction(row["gain"]))]


def _number(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"


def _gain(quantity: Quantity, difference: list[float]) -> tuple[str, str, int]:
    mean, low, high = difference
    return quantity.change(mean), f"[{quantity.span(low, high).removesuffix(' points')}]", direction(difference)


def _cell(value: float | None, shape: str) -> str:
    return MISSING if value is None else shape.format(value).replace("-", "−")
