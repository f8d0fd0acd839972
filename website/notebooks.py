"""Runs the notebooks of examples/notebooks and keeps what they print and draw: `python website/notebooks.py [NAME ...]`.

Outputs are committed, so that a notebook can be read without running it; a slow test runs them all again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "notebooks"
KEPT = ("kernelspec", "language_info")
ENVIRONMENT = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
"""Of the kernel: it draws into the notebook, whatever draws elsewhere in the process that asks."""


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """A notebook with the outputs of a fresh kernel that works in a folder. Raises CellExecutionError."""
    found = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(found, timeout=900, kernel_name="python3", coalesce_streams=True, resources=where).execute(env=ENVIRONMENT)
    for cell in found.cells:
        cell.metadata.pop("execution", None)  # when it ran
    found.metadata = nbformat.NotebookNode({name: found.metadata[name] for name in KEPT if name in found.metadata})
    return found


def main(names: list[str]) -> None:
    """Runs the named notebooks, or all, and writes them with their outputs."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or path.stem in names:
            nbformat.write(run(path, path.parent), path)
            print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
