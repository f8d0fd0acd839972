"""A stranger's path: what docs/quickstart.md has its reader type, up to the score of a policy of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.core import HIDE, core

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```bash\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
            for line in block.replace("\\\n", "").splitlines()]


def test_the_extra_it_installs_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"'\.\[([\w,]+)\]'", PAGE)
    assert named[0] == "leaderboard"
    assert {extra for names in named for extra in names.split(",")} <= set(extras)
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) <= set(extras)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith(("dialogym envs", "dialogym show"))])
def test_the_first_commands_work_on_a_core_install(line: str, tmp_path: Path) -> None:
    done = core(*shlex.split(line)[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "PersuasionForGood-v0" in done.stdout or "persuader:" in done.stdout


@pytest.mark.slow
def test_a_policy_of_ones_own_is_scored(tmp_path: Path) -> None:
    """As the page says it, with what the extra brings and nothing more; under a secret, so that it is the same every time."""
    [(name, code)] = re.findall(r'^```python title="([\w.]+)"\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / name).write_text(code, encoding="utf-8")
    [line] = [line for line in COMMANDS if line.startswith("dialogym bench")]
    words = [*shlex.split(line)[1:], "--secret", "a stranger's", "--quiet"]
    hide = HIDE.replace("'matplotlib', ", "").replace("'scipy', ", "")
    assert hide != HIDE
    done = subprocess.run([sys.executable, "-c", f"{hide}sys.argv[1:] = {words!r}\nfrom dialogym.__main__ import main\nmain()"],
                          cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "runs" / "first" / "leaderboard.json").read_text(encoding="utf-8"))["rows"]
    mine = next(row for row in rows if row["planner"] == f"{Path(name).stem}:Listener")
    assert (mine["refereed"], mine["failed"]) == (True, 0)
    assert mine["difference"][1][0] > 0  # better than no planning, beyond the interval
