"""Taking a study elsewhere: agreed pairs as preference data, and what is annotated as a project of Potato's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
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

    `potato start config.yaml` in that folder serves it. Which reply stands first is drawn once per pair. Potato shows items as
    HTML: what was said is escaped.

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
    words = Site(study.config, study.config.languages[0])
    shown, truths = [], []
    for id, (content, truth) in found.items():
        sides = ("chosen", "rejected") if study.key("potato", id) >> 63 else ("rejected", "chosen")
        shown.append({"id": id, "text": _text(content, sides, words)})
        truths.append({"id": id, "first": sides[0]} if part == "pairs" else {"id": id, "truth": truth["truth"]})
    with claimed(out, "dialogym study export", {"study": study.config.name, "format": f"potato {part}"}):
        (out / "data").mkdir(exist_ok=True)
        write_whole(out / "data" / "items.json", json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
        write_whole(out / "truth.jsonl", b"".join(map(line, truths)))
        write_whole(out / "config.yaml", yaml.safe_dump(_project(study, part, words), allow_unicode=True, sort_keys=False))
    return len(shown)


def _text(content: Mapping[str, Any], sides: tuple[str, str], words: Site) -> str:
    """An item as HTML. Who is helped stands in bold in a conversation, the replies' numbers in a pair."""
    if "dialogue" in content:
        return "".join(_paragraph(f"{seat}: ", text, bold=seat == content["user"]) for seat, text in content["dialogue"])
    names = {"assistant": words("talk.who.reply"), "user": words("talk.who.other")}
    context = [_paragraph(names.get(role, f"{role}: "), text) for role, text in content["context"]]
    replies = [f"<p><strong>{words('pairs.reply.' + side)}</strong><br>{_escaped(content[which])}</p>"
               for side, which in zip("ab", sides, strict=True)]
    return "".join([*context, "<hr>", *replies])


def _paragraph(who: str, text: str, *, bold: bool = False) -> str:
    return f"<p>{escape(who)}{'<strong>' * bold}{_escaped(text)}{'</strong>' * bold}</p>"


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _project(study: Study, part: str, words: Site) -> dict[str, Any]:
    config = study.config
    if part == "pairs":
        labels = [("first", "pairs.a", "1"), ("second", "pairs.b", "2"), ("tie", "pairs.tie", "0")]
    else:
        labels = [(name, f"q.author.{name}", key) for name, key in (("human", "1"), ("simulator", "2"), ("unknown", "0"))]
    asked = words("pairs.title") if part == "pairs" else f"{words('author.title')} {words('author.bold')}"
    asking = config.pairs if part == "pairs" else config.authorship
    return {
        "annotation_task_name": config.name, "task_dir": ".", "port": 8000,
        **({} if words.language == "en" else {"ui_language": words.language}),
        "output_annotation_dir": "annotation_output", "export_annotation_format": "jsonl",
        "data_files": ["data/items.json"], "item_properties": {"id_key": "id", "text_key": "text"},
        "user_config": {"allow_all_users": True, "users": []},
        "num_annotators_per_item": asking.annotators if asking is not None else 1,
        "annotation_schemes": [{
            "annotation_type": "radio", "name": "preferred" if part == "pairs" else "author", "description": asked,
            "labels": [{"name": name, "displayed_label": words(key), "key_value": bound} for name, key, bound in labels],
            "label_requirement": {"required": True}}],
    }
