"""Files that are whole or not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_atomic(path: Path, text: str) -> None:
    """Writes a draft beside the file and puts it in its place: a reader, or a kill, finds the old file or the new one."""
    draft = path.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)


def write_json(path: Path, value: Any) -> None:
    """`write_atomic` of a JSON value, for people to read too."""
    write_atomic(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
