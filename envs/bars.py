"""The progress bars of the libraries that load and train, which are silenced here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal


@contextmanager
def no_bars(library: Literal["transformers", "datasets"]) -> Iterator[None]:
    """No progress bars of the library inside; afterwards they are as before (a download from the hub still shows its own)."""
    if library == "transformers":
        from transformers.utils import logging  # noqa: PLC0415 - an extra, loaded by whoever calls this

        notes: Any = logging  # it has no annotations
        shown, hide, show = notes.is_progress_bar_enabled(), notes.disable_progress_bar, notes.enable_progress_bar
    else:
        import datasets  # noqa: PLC0415 - as above

        shown = not datasets.are_progress_bars_disabled()
        hide, show = datasets.disable_progress_bars, datasets.enable_progress_bars
    if not shown:
        yield
        return
    hide()
    try:
        yield
    finally:
        show()
