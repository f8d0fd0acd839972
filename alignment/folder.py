"""Whether a folder may take a run; light, so that a used one is refused at once."""

from __future__ import annotations

from pathlib import Path

from ..envs.errors import RunExists
from .config import RunConfig

CONFIG, RESULTS = "config.yaml", "results.json"
"""Of a run's files, the one it begins with and the one it ends with."""


def check_open(out: Path, config: RunConfig) -> None:
    """Raises RunExists unless the folder is new, or holds an unfinished run of the configuration."""
    if not (out / CONFIG).is_file():
        return check_new(out)
    if (out / RESULTS).exists():
        raise RunExists(f"{out} holds a finished run; choose another --out, nothing was changed.")
    if (out / CONFIG).read_text(encoding="utf-8") != config.to_yaml():
        raise RunExists(f"{out} holds an unfinished run of another configuration; go on with the options it was begun with "
                        f"(its {CONFIG}), or choose another --out. Nothing was changed.")
    return None


def check_new(out: Path) -> None:
    """Raises RunExists unless `out` is absent or an empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunExists(f"{out} already exists and is not empty; choose another --out, nothing was changed.")
