"""A run as one self-contained page: the conclusions, Table 2 of the paper, figures, pairs, conversations and stamp.

The page loads nothing from anywhere and runs no script. Its bytes depend on `results.json`, `transcripts.json`,
`families.json`, the pairs and the trees alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...envs.errors import InvalidConfig, RunExists
from ...envs.storage import parsed, write_whole
from ..run_folder import FAMILIES, INDEX, REPORT
from . import figures as plots
from . import folder, glossary
from .conclusions import Quantity, baseline, conclude, direction, quantities, target
from .reading import pairs_to_read
from .tables import audit_table, families_matrix, rounds_tables

TEMPLATE, FOLDER_TEMPLATE = "page.html.jinja", "folder.html.jinja"
MADE_BY = b"dialogym report</title>"
"""Stands at the top of every page."""
MISSING = "–"
_SHARES = ("rate", "accuracy", "accuracies", "share", "fraction")
_SPELLED = {"sft": "SFT", "dpo": "DPO", "kto": "KTO", "kl": "KL", "bon": "BoN", "lr": "learning rate",
            "heldout": "held-out", "eval": "held-out", "lora": "LoRA"}
_STAMPED = ("environment", "simulator", "conditions", "condition_seen", "seed", "secret", "command")

Facts = list[tuple[str, str]]
"""Names and values, both as shown."""


def write_report(run: Path) -> Path:
    """Writes `report.html` into a run's folder and returns its path; before it the pages of trees and `index.html`.

    Args:
        run: folder with `results.json` and, if there are conversations to show, `transcripts.json`; `families.json` where every
            family of users was met; pairs, and the trees that they come from. Sections whose data is absent are left out.

    Raises:
        RunExists: there is a `report.html`, an `index.html` or a tree's page that is none of ours.
        InvalidConfig: `results.json` is missing, one of the files is not JSON or has no systems, or a folder of pairs has none.
    """
    out = run / REPORT
    for path, mark in ((out, MADE_BY), (run / INDEX, folder.MADE_BY)):
        if path.exists() and not (path.is_file() and mark in path.read_bytes()[:2048]):
            raise RunExists(f"{path} was not written by `dialogym report`; move it elsewhere. Nothing was changed.")
    results = _load(run / "results.json")
    if not isinstance(results, dict) or not isinstance(results.get("systems"), dict):
        raise InvalidConfig(f"{run / 'results.json'} holds no \"systems\"; "
                            "name the folder of a run that has been evaluated.")
    transcripts, families = ((_load(path) if path.exists() else None) for path in (run / "transcripts.json", run / FAMILIES))
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"explained": glossary.explained, "anchor": glossary.anchor}
    shown = {**view(results, transcripts or [], families), "read": pairs_to_read(run, results)}
    page = environment.get_template(TEMPLATE).render(shown)
    index = environment.get_template(FOLDER_TEMPLATE).render(folder.view(run, results, len(page.encode())))
    write_whole(run / INDEX, index)
    write_whole(out, page)  # last: a run with a report is finished
    return out


def view(results: Mapping[str, Any], transcripts: Sequence[Mapping[str, Any]],
         families: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything the template shows, as text, SVG or nested lists of both; nothing there computes."""
    headline, *paragraphs = conclude(results)
    systems = results["systems"]
    base, about = baseline(results), target(results)
    difference = next(iter(results.get("differences", {}).get(about, {}).values()), None)
    return {
        "title": _words(str(results.get("scenario", "run"))).capitalize(),
        "environment": results.get("environment", ""),
        "names": list(systems),
        "notes": results.get("notes", {}),
        "baseline": base,
        "headline": headline,
        "mood": {1: "up", -1: "down", 0: "level"}[direction(difference) if difference else 0],
        "paragraphs": paragraphs,
        "colours": {name: plots.system_colour(index) for index, name in enumerate(systems)},
        "table": _table(results),
        "differences": _differences(results),
        "figures": [*_comparisons(results), *_outcomes(results)],
        "acts": _acts(results),
        "audit": audit_table(results),
        "families": families_matrix(families, results),
        "rounds": rounds_tables(results),
        "words": list(glossary.WORDS.items()),
        "pairs": _pairs(results),
        "training": [_training(name, figures) for name, figures in results.get("training", {}).items() if figures],
        "hidden": results.get("condition_seen") == "hidden",
        "transcripts": [_transcript(item, results) for item in transcripts],
        "stamp": _stamp(results),
        "config": _pretty(results.get("config")),
    }


# -- words and numbers -----------------------------------------------------------------------------


def _words(key: str) -> str:
    """A key as a person would write it: "heldout_accuracy" is "held-out accuracy"."""
    found = " ".join(_SPELLED.get(word, word) for word in re.sub(r"\.", " · ", re.sub("[_/]", " ", key)).split())
    return found[:1].upper() + found[1:]


def _shown(value: Any, name: str = "") -> str:
    """A value of a free-form section: four significant digits, shares as percent."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if "seed" in name else f"{value:,}"
    if isinstance(value, float):
        if name.endswith(_SHARES) and not name.endswith("learning_rate") and 0 <= value <= 1:
            return f"{100 * value:.1f}%"
        if value.is_integer() and abs(value) >= 1_000:
            return f"{value:,.0f}"
        return f"{value:.4g}".replace("-", "−", 1)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item, name) for item in value)
    return str(value)


def _pretty(config: Any) -> str:
    return json.dumps(config, indent=2, ensure_ascii=False) if config else ""


def _flat(figures: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _facts(figures: Mapping[str, Any]) -> Facts:
    return [(_words(name), _shown(value, name)) for name, value in _flat(figures)]


# -- tables ----------------------------------------------------------------------------------------


def _interval(quantity: Quantity, ends: Sequence[float] | None) -> str:
    return f"[{quantity.bare(ends[0])}, {quantity.bare(ends[1])}]".replace("-", "−") if ends else ""


def _table(results: Mapping[str, Any]) -> dict[str, Any]:
    """Table 2 of the paper with intervals: a row per system of (number, interval) cells."""
    compared = quantities(results)
    plain = [("turns_mean", "Turns", "{:.1f}"), ("turns_engaged_mean", "Turns if engaged", "{:.1f}"),
             ("episodes", "Episodes", "{:,}"), ("garble_rate", "Unreadable replies", "{:.1%}")]
    plain = [column for column in plain if any(column[0] in entry for entry in results["systems"].values())]
    rows = []
    for name, entry in results["systems"].items():
        cells = [(_bare(q, entry.get(q.mean)), _interval(q, entry.get(q.interval))) for q in compared]
        cells += [(MISSING if entry.get(key) is None else shape.format(entry[key]), "") for key, _, shape in plain]
        rows.append((name, cells))
    return {"head": [*(quantity.label for quantity in compared), *(label for _, label, _ in plain)], "rows": rows}


def _bare(quantity: Quantity, value: float | None) -> str:
    return MISSING if value is None else quantity.bare(value).replace("-", "−")


def _differences(results: Mapping[str, Any]) -> dict[str, Any]:
    """A row per system of (difference, interval, direction) cells; no rows when nothing was compared."""
    found = results.get("differences", {})
    compared = [q for q in quantities(results) if any(q.name in entry for entry in found.values())]
    rows = []
    for name, entry in found.items():
        cells = []
        for quantity in compared:
            if quantity.name not in entry:
                cells.append((MISSING, "", 0))
                continue
            mean, low, high = entry[quantity.name]
            cells.append((quantity.change(mean), f"[{quantity.span(low, high).removesuffix(' points')}]",
                          direction(entry[quantity.name])))
        rows.append((name, cells))
    return {"head": [quantity.words.capitalize() for quantity in compared], "rows": rows if compared else []}


def _training(name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """One trained model: its loss curve if it was kept, its figures, and its settings apart."""
    losses, evaluations = figures.get("losses") or [], figures.get("evaluations") or []
    held_out = [(row["step"], row["eval_loss"]) for row in evaluations if {"step", "eval_loss"} <= row.keys()]
    apart = {"kind", "losses", "evaluations", "metrics", "settings", "checkpoints", "rounds", "start", "kept", "gains"}
    facts = _facts({key: value for key, value in figures.items() if key not in apart})
    return {"title": _words(name), "curve": plots.curve(losses, held_out) if len(losses) > 1 else "",
            "facts": facts + _facts(figures.get("metrics") or {}), "settings": _facts(figures.get("settings") or {})}


def _stamp(results: Mapping[str, Any]) -> Facts:
    facts = [(_words(name), str(results[name])) for name in _STAMPED if results.get(name) is not None]
    return facts + [(_words(name), str(value)) for name, value in _flat(results.get("versions", {}))]


# -- figures ---------------------------------------------------------------------------------------

Card = dict[str, Any]
"""A figure: title, svg, note, and a legend of (name, CSS colour variable)."""


def _card(title: str, svg: str, note: str = "", legend: Sequence[tuple[str, str]] = ()) -> Card:
    return {"title": title, "svg": svg, "note": note, "legend": list(legend)}


def _systems_legend(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, plots.system_colour(index)) for index, name in enumerate(results["systems"])]


def _comparisons(results: Mapping[str, Any]) -> list[Card]:
    """Means with intervals, and paired differences with the line of no difference."""
    systems: Mapping[str, Any] = results["systems"]
    cards = []
    panels = [plots.Panel(q.label, [_mean(q, entry) for entry in systems.values()], _axis(q))
              for q in quantities(results) if any(_mean(q, entry) for entry in systems.values())]
    if panels:
        cards.append(_card("How each system does",
                           plots.intervals(list(systems), panels, range(len(systems))),
                           "Mean per system with its 95% bootstrap interval over episodes."))
    found = results.get("differences", {})
    panels = [plots.Panel(q.words.capitalize() + (" (points)" if q.unit == "%" else ""),
                          [_ends(q, entry.get(q.name)) for entry in found.values()], _axis(q, signed=True))
              for q in quantities(results) if any(q.name in entry for entry in found.values())]
    if panels:
        order = list(systems)
        colours = [order.index(name) if name in order else len(order) for name in found]
        names = [f"{name} − {baseline(results)}" for name in found]
        cards.append(_card(f"Difference from {baseline(results)}",
                           plots.intervals(names, panels, colours, zero=True, rows=len(systems)),
                           "Paired by user and seed. Where the interval keeps clear of the zero line, chance "
                           "alone would rarely make such a difference."))
    return cards


def _mean(quantity: Quantity, entry: Mapping[str, Any]) -> tuple[float, float, float] | None:
    mean = entry.get(quantity.mean)
    return None if mean is None else _ends(quantity, [mean, *(entry.get(quantity.interval) or [mean, mean])])


def _ends(quantity: Quantity, values: Sequence[float] | None) -> tuple[float, float, float] | None:
    if values is None:
        return None
    mean, low, high = (quantity.scaled(value) for value in values)
    return mean, low, high


def _axis(quantity: Quantity, signed: bool = False) -> Any:
    """Writes values that `scaled` has put into the unit shown."""
    def show(value: float) -> str:
        percent = f"{abs(value):.0f}" + ("" if signed else "%")
        shown = percent if quantity.unit == "%" else quantity.show(abs(value))
        return ("−" if value < 0 else "+" if signed and value > 0 else "") + shown
    return show


def _outcomes(results: Mapping[str, Any]) -> list[Card]:
    """How episodes ended, and what they came to."""
    systems: Mapping[str, Any] = results["systems"]
    cards = []
    counts = {name: entry["statuses"] for name, entry in systems.items() if entry.get("statuses")}
    if counts:
        listed = results.get("statuses") or []
        statuses = list(dict.fromkeys([*listed, *(status for count in counts.values() for status in count)]))
        if not listed:  # best first: the status that comes as often as an engaged episode does is the good one
            engaged = {name: sum(level > 0 for level in systems[name].get("values", [])) for name in counts}
            statuses.sort(key=lambda status: sum(abs(counts[n].get(status, 0) - engaged[n]) for n in counts) > 0)
        cards.append(_card("How episodes end", plots.outcomes(list(counts), statuses, list(counts.values())),
                           "Share of episodes by the outcome read from the user's words.",
                           [(_words(status), plots.outcome_colour(i)) for i, status in enumerate(statuses)]))
    values = {name: entry["values"] for name, entry in systems.items() if entry.get("values")}
    if values:
        engagement: dict[str, Any] = {"label": "Engagement level", "scale": 1.0}
        measure = next(iter(results.get("measures", [])), engagement)
        scale = float(measure["scale"])
        amounts = [[scale * level for level in found] for found in values.values()]
        cards.append(_card("What episodes come to",
                           plots.amounts(list(values), amounts, scale, measure["label"]),
                           "Percent of episodes by what they came to; the pale bars are those with nothing."))
    return cards


def _acts(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """Each act's share per system as a figure and as a table, the act that alignment raised most on top."""
    systems = {name: entry["acts"] for name, entry in results["systems"].items() if entry.get("acts")}
    if len(systems) != len(results["systems"]):
        return None
    listed = (act for acts in systems.values() for act in acts)
    names = list(dict.fromkeys([*results.get("acts", []), *listed]))
    first, last = systems[baseline(results)], systems[target(results)]
    names.sort(key=lambda act: first.get(act, 0.0) - last.get(act, 0.0))
    rows = [[100 * acts.get(act, 0.0) for acts in systems.values()] for act in names]
    kept = [(act, row) for act, row in zip(names, rows, strict=True) if any(row)]
    if not kept:
        return None
    note = (f"Share of replies with each dialogue act, from what {target(results)} does more of than {baseline(results)} "
            "(top) to what it does less of (bottom).")
    drawing = plots.dots([act for act, _ in kept], [row for _, row in kept])
    figure = _card("What each system says", drawing, note, _systems_legend(results))
    return {"figure": figure, "rows": [(act, [f"{share:.1f}%" for share in row]) for act, row in kept]}


def _pairs(results: Mapping[str, Any]) -> dict[str, Any] | None:
    pairs = results.get("pairs")
    if not pairs:
        return None
    figures = []
    depths = sorted(((int(depth), count) for depth, count in pairs.get("depths", {}).items()))
    if depths:
        figures.append(_card("Where the pairs branch",
                             plots.columns([str(depth) for depth, _ in depths],
                                           [count for _, count in depths], "depth in the tree"),
                             "Number of pairs by the depth of the node whose replies they compare."))
    chosen, rejected = pairs.get("chosen_acts", {}), pairs.get("rejected_acts", {})
    if chosen or rejected:
        names = [act for act in dict.fromkeys([*results.get("acts", []), *chosen, *rejected])
                 if chosen.get(act) or rejected.get(act)]
        right, left = ({act: 100 * side.get(act, 0) / (sum(side.values()) or 1) for act in names}
                       for side in (chosen, rejected))
        names.sort(key=lambda act: left[act] - right[act])
        figures.append(_card("What is chosen, what is rejected",
                             plots.butterfly(names, [left[act] for act in names],
                                             [right[act] for act in names], ("rejected", "chosen")),
                             "Each side's acts in % of the acts on that side, sorted by the difference."))
    kinds = (("search", "pairs from search (D_p)"), ("replay", "pairs for replay (D_t)"))
    tiles = [(label, f"{pairs[key]:,}") for key, label in kinds if key in pairs]
    return {"tiles": tiles, "figures": figures, "search": _facts(results.get("search", {})),
            "linear": _linear(results.get("linear"))}


def _linear(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The linear model of the pairs: how well it ranks people it was not fitted on, and its strongest weights."""
    if not found:
        return None
    weights = [(name, f"{weight:+.2f}".replace("-", "−")) for name, weight in found["strongest"]]
    return {"facts": _facts({key: value for key, value in found.items() if key != "strongest"}), "weights": weights}


# -- transcripts -----------------------------------------------------------------------------------


def _transcript(item: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """One user's conversation with every system, in the order of the table."""
    episodes = item["episodes"]
    order = [name for name in results["systems"] if name in episodes]
    order += [name for name in episodes if name not in order]
    spoken = [seat for name in order for seat, _ in episodes[name]["turns"]]
    speaker = results.get("interactive") or next(iter(spoken), "")
    columns = []
    for name in order:
        episode = episodes[name]
        turns = [{"seat": seat, "text": text, "mine": seat == speaker} for seat, text in episode["turns"]]
        columns.append({"name": name, "turns": turns, "status": episode.get("status", ""),
                        "value": episode.get("value", ""), "level": episode.get("level"),
                        "evidence": episode.get("evidence", "")})
    return {"seed": item.get("seed"), "condition": item.get("condition", ""), "columns": columns}


def _load(path: Path) -> Any:
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidConfig(f"No {path.name} in {path.parent}; name the folder of a finished run.") from error
    except ValueError as error:
        raise InvalidConfig(f"{path} is not JSON ({error}); evaluate the run again.") from error
