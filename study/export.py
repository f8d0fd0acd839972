"""Taking a study elsewhere: agreed pairs as preference data, and what is annotated as a project of Potato's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..alignment.preferences.pair import PreferencePair, save_pairs
from ..envs.claims import claimed
from ..envs.errors import InvalidConfig
from ..envs.storage import line, write_whole
from .analysis.findings import agreed, labels_of
from .analysis.records import read_records
from .project import Study
from .words import Site

DATASET, LINES = "dataset", "pairs.jsonl"


def export_pairs(study: Study, out: Path) -> int:
    """Writes the pairs whose annotators all chose what the search chose.

    They stand in `pairs.jsonl`, and as a dataset of preference pairs where they came from one.

    Args:
        study: a study with pairs.
        out: the folder.

    Returns:
        How many there are.

    Raises:
        InvalidConfig: there is none.
        RunExists: the folder holds something else.
    """
    records = read_records(study)
    kept = [item for item, labels in labels_of(records).items() if agreed(labels) == "chosen"]
    rows = [records.items[item][1] for item in sorted(kept, key=lambda item: int(item.rpartition("-")[2]))]
    if not rows:
        raise InvalidConfig("No pair has two or more annotators who all chose what the search chose; nothing was written.")
    with claimed(out, "dialogym study export", {"study": study.config.name, "format": "pairs"}):
        write_whole(out / LINES, b"".join(line({name: row[name] for name in ("prompt", "chosen", "rejected")}) for row in rows))
        if all("chosen_value" in row for row in rows) and not (out / DATASET).exists():
            save_pairs([PreferencePair.from_row(row) for row in rows], out / DATASET)
    return len(rows)


def export_potato(study: Study, out: Path, part: str) -> int:
    """Writes what a part annotates as a project of Potato's: `config.yaml`, the items, and the truth apart in `truth.jsonl`.

    `potato start config.yaml` in that folder serves it. Which reply stands first is drawn once per pair.

    Args:
        study: the study.
        out: the folder.
        part: "pairs" or "authorship".

    Returns:
        How many items there are.

    Raises InvalidConfig when the study has no such part, RunExists when the folder holds something else.
    """
    if part not in ("pairs", "authorship") or part not in study.config.parts:
        raise InvalidConfig(f"Potato takes the parts pairs and authorship, got {part!r}; this study has {study.config.parts}.")
    found = {item: both for item, both in read_records(study).items.items() if item.startswith(f"{part}-")}
    shown, truths = [], []
    for id, (content, truth) in found.items():
        sides = ("chosen", "rejected") if study.key("potato", id) >> 63 else ("rejected", "chosen")
        shown.append({"id": id, "text": _text(content, sides)})
        truths.append({"id": id, "first": sides[0]} if part == "pairs" else {"id": id, "truth": truth["truth"]})
    with claimed(out, "dialogym study export", {"study": study.config.name, "format": f"potato {part}"}):
        (out / "data").mkdir(exist_ok=True)
        write_whole(out / "data" / "items.json", json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
        write_whole(out / "truth.jsonl", b"".join(map(line, truths)))
        write_whole(out / "config.yaml", yaml.safe_dump(_project(study, part), allow_unicode=True, sort_keys=False))
    return len(shown)


def _text(content: Mapping[str, Any], sides: tuple[str, str]) -> str:
    if "dialogue" in content:
        return "\n\n".join(f"{seat}: {text}" for seat, text in content["dialogue"])
    lines = [f"{role}: {text}" for role, text in content["context"]]
    return "\n\n".join([*lines, "―――", f"[1] {content[sides[0]]}", f"[2] {content[sides[1]]}"])


def _project(study: Study, part: str) -> dict[str, Any]:
    words = Site(study.config, study.config.languages[0])
    labels = ["first", "second", "tie"] if part == "pairs" else ["human", "simulator", "unknown"]
    return {
        "annotation_task_name": study.config.name, "task_dir": ".", "port": 8000,
        "output_annotation_dir": "annotation_output", "output_annotation_format": "jsonl",
        "data_files": ["data/items.json"], "item_properties": {"id_key": "id", "text_key": "text"},
        "user_config": {"allow_all_users": True, "users": []},
        "annotation_schemes": [{
            "annotation_type": "radio", "name": "preferred" if part == "pairs" else "author",
            "description": words("pairs.title" if part == "pairs" else "author.title"), "labels": labels,
            "sequential_key_binding": True, "label_requirement": {"required": True}}],
    }
