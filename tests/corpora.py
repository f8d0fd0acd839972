"""Where the real corpora are, on machines that have them."""

from __future__ import annotations

import os
from pathlib import Path


def corpus_folder(name: str) -> Path | None:
    """The folder of a corpus, such as "persuasionforgood"; None where it is absent.

    It is looked for in the folder that DIALOGYM_CORPORA names or, without that variable, in `shared/data`
    beside the checkout.
    """
    named = os.environ.get("DIALOGYM_CORPORA")
    root = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = root / name
    return folder if folder.is_dir() else None
