"""`dialogym study report`: a study as a page, its figures as JSON, its answers as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...envs.claims import claimed
from ...envs.storage import write_json, write_whole
from ..project import Study
from ..questions import SCALES, SURVEY
from ..words import catalogue
from .findings import authorship_found, comparison_found, outcome, pairs_found, talks_found
from .paper import findings as paper_findings
from .records import Done, Records, read_records

PAGE, FIGURES = "report.html", "figures.json"


def write_report(study: Study, out: Path, seed: int = 0) -> dict[str, Any]:
    """Writes a study's report into a folder: `report.html`, `figures.json`, and a CSV file for each part.

    Args:
        study: the study.
        out: the folder, new, empty, or of an earlier report of a study.
        seed: of what is resampled.

    Returns:
        The figures.

    Raises RunExists when the folder holds something else.
    """
    with claimed(out, "dialogym study report", {"study": study.config.name}):
        records = read_records(study)
        figures = figures_of(study, records, seed)
        for name, rows in tables(study, records).items():
            if rows:
                write_whole(out / f"{name}.csv", written(rows))
        write_json(out / FIGURES, plain(figures))
        write_whole(out / PAGE, rendered(study, figures))
    return figures


def figures_of(study: Study, records: Records, seed: int = 0) -> dict[str, Any]:
    """All figures of a report."""
    config = study.config
    return {
        "study": config.name, "version": version("dialogym"), "env": config.env, "seed": seed,
        "people": {"joined": len(records.people), "agreed": sum(p.consented is not None for p in records.people),
                   "left": sum(p.left is not None for p in records.people), "begun": dict(records.begun),
                   "departures": dict(Counter(f"{d.part}: {d.kind}, {d.stage}" for d in records.gone))},
        "replies": {system: {"made": made, "late": late, "failed": records.failed.get(system, 0)}
                    for system, (made, late) in records.slow.items()},
        "comparison": comparison_found(config, records, seed), "talks": talks_found(config, records),
        "pairs": pairs_found(config, records), "authorship": authorship_found(config, records),
        "paper": paper_findings(),
    }


def rendered(study: Study, figures: Mapping[str, Any]) -> str:
    """The page."""
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
                        trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {"number": number, "p": p_value}
    texts = {name: catalogue("en").get(f"q.{name}", name) for name in (*SCALES, *SURVEY, "amount")}
    texts["belief"] = "How far were they won over (last report minus first)?"
    return pages.get_template("report.html.jinja").render(
        f=figures, config=study.config, texts=texts, scales=SCALES, survey=SURVEY)


def number(value: float | None, digits: int = 2, signed: bool = False) -> str:
    """A number as it is printed; a dash where there is none."""
    return "–" if value is None else f"{value + 0.0:{'+' if signed else ''}.{digits}f}"


def p_value(value: float | None) -> str:
    """A p value as it is printed."""
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def plain(value: Any) -> Any:
    """A value as JSON: dataclasses as objects, conversations that were flagged by rater and item."""
    if isinstance(value, Done):
        return {"rater": value.rater, "item": value.item}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.item() if hasattr(value, "item") else value


def tables(study: Study, records: Records) -> dict[str, list[dict[str, Any]]]:
    """The answers as rows, by part; people by their numbers alone."""
    found: dict[str, list[dict[str, Any]]] = {part: [] for part in ("comparison", "talks", "pairs", "authorship")}
    for each in records.done:
        row: dict[str, Any] = {"rater": each.rater, "item": each.item, "place": each.place, "turns": each.turns,
                               "seconds": round(each.seconds, 1), "notice": int(each.held), "identified": int(each.identified)}
        if each.part == "comparison" and study.config.comparison is not None:
            first, second = study.config.comparison.systems
            row |= {"left": each.systems["a"], "right": each.systems["b"], "outcome": outcome(each, first, second)}
            row |= {f"{q} of {name}": each.scale(q, name) for q in (*SCALES, "amount") for name in (first, second)}
            row |= {f"beliefs of {name}": " ".join(f"{b:g}" for b in each.beliefs.get(each.side_of(name), ()))
                    for name in (first, second)}
        elif each.part == "talks":
            row |= {"system": each.systems["a"], **{q: each.scales.get((q, "a")) for q in (*SCALES, "amount")},
                    **{q: each.scales.get((q, "")) for q in SURVEY}}
        elif each.part == "authorship":
            row |= {"truth": records.items[each.item][1]["truth"]}
        elif each.part == "pairs":
            row |= {"shown_first": each.systems["a"]}
        found[each.part].append({**row, **each.texts})
    return found


def written(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, with all columns that any of them has. A text that a spreadsheet would take for a formula gets a quote."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
                         for name, value in row.items()})
    return out.getvalue()
