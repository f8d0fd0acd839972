"""Installed packages without an installer: what pip leaves of one, written into a folder that stands on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def install(site: Path, name: str, scenarios: Mapping[str, str], modules: Mapping[str, str] | None = None) -> None:
    """A package of version 1.0 with its announcements and its modules, "module" to source."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "\n".join(f"{id} = {value}" for id, value in scenarios.items())
    (info / "entry_points.txt").write_text(f"[dialogym.scenarios]\n{lines}\n")
    for module, source in (modules or {}).items():
        (site / f"{module}.py").write_text(source)


def python(*arguments: str, site: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in which the folder's packages are installed; a warning is an error."""
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-W", "error", *arguments], cwd=cwd, env=environment, text=True, capture_output=True,
                          check=False, timeout=110)
