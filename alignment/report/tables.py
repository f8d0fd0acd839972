"""The tables of a report that are made of more than a run's systems: the audit, and the families of users."""

from __future__ import annotations

from collections.abc import Mapping
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
_AGREEMENT = (("score", "Reward model's mean score", "{:.2f}"), ("auc", "Its AUC for engaged talks", "{:.2f}"),
              ("spearman", "Its rank correlation with engagement", "{:.2f}"))


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


def families_table(found: Mapping[str, Any] | None, results: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row per family of users: what SFT and Aligned reach, the paired gain, and unreadable replies."""
    if not found:
        return None
    every = quantities(results)
    compared = [every[0], *every[1:][-1:]]  # the first measure and the engaged rate
    head = [f"{q.label}, {name}" for q in compared for name in ("SFT", "Aligned", "gain")]
    rows = []
    for family, entry in found["families"].items():
        cells: list[tuple[str, str, int]] = []
        for quantity in compared:
            cells += [(quantity.bare(system[quantity.mean]), "", 0) for system in entry["systems"].values()]
            cells.append(_gain(quantity, entry["differences"]["Aligned"][quantity.name]))
        cells += [(f"{100 * system['garble_rate']:.1f}%", "", 0) for system in entry["systems"].values()]
        rows.append((family, entry["searched"], cells))
    return {"episodes": found["episodes"], "head": [*head, "Unreadable, SFT", "Unreadable, Aligned"], "rows": rows}


def _gain(quantity: Quantity, difference: list[float]) -> tuple[str, str, int]:
    mean, low, high = difference
    return quantity.change(mean), f"[{quantity.span(low, high).removesuffix(' points')}]", direction(difference)


def _cell(value: float | None, shape: str) -> str:
    return MISSING if value is None else shape.format(value).replace("-", "−")
