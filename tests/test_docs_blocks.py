"""Every block of README and docs does what the page says: Python runs on a core install unless it says more is needed, and
prints what stands below it; commands have the options they are given, files of options are read.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.alignment import RunConfig
from dialogym.alignment.overrides import load
from dialogym.envs.errors import DialogymError
from dialogym.search import SearchConfig
from tests.core import HIDE

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md",
         *sorted(page for page in ROOT.glob("docs/**/*.md") if page.parent.name != "history")]
EXTRAS = {"docs/backends-1": "server", "docs/online-rl-0": "train", "docs/online-rl-2": "rl"}
"""Blocks that need an extra, which their page names; all others run without."""
SILENT = ("README-1", "docs/quickstart-2")
"""Blocks that print nothing: a loop that asks, and a file to save (`tests/website/test_stranger.py` does)."""
LINES = "Have you heard of Save the Children?\n" * 40
"""What a person types where a block asks."""


def blocks(page: Path, language: str) -> list[str]:
    """The page's blocks of a language."""
    return re.findall(rf"^```{language}\b[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def called(page: Path) -> str:
    return page.relative_to(ROOT).with_suffix("").as_posix()


def numbered(language: str) -> list[object]:
    return [pytest.param(block, f"{called(page)}-{number}", id=f"{called(page)}-{number}")
            for page in PAGES for number, block in enumerate(blocks(page, language))]


@pytest.mark.parametrize(("block", "name"), numbered("python"))
def test_a_python_block_runs(block: str, name: str, tmp_path: Path) -> None:
    hide = "" if name in EXTRAS else HIDE
    done = subprocess.run([sys.executable, "-W", "error", "-c", hide + block], cwd=tmp_path, input=LINES,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or list(tmp_path.iterdir()) or name.startswith(SILENT)  # it prints, or it writes
    said = printed().get(block)
    assert said is None or done.stdout == said


def printed() -> dict[str, str]:
    """What stands in a block of text right below a block of Python: what that prints."""
    pattern = r"^```python[^\n]*\n(.*?)^```\n\n```text\n(.*?)^```"
    return {block: said for page in PAGES
            for block, said in re.findall(pattern, page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)}


def test_what_a_page_shows_as_printed_is_looked_at() -> None:
    assert any("env.restore(mark)" in block for block in printed())


def test_a_block_that_needs_more_says_so() -> None:
    for name, extra in EXTRAS.items():
        page = next(page for page in PAGES if called(page) == name.rpartition("-")[0])
        assert f"dialogym[{extra}]" in page.read_text(encoding="utf-8")


COMMANDS = [pytest.param(line, id=f"{called(page)}: {line[:60]}")
            for page in PAGES for block in blocks(page, "bash") for line in block.replace("\\\n", "").splitlines()
            if line.startswith(("dialogym ", "python -m dialogym "))]
COMMANDS += [pytest.param(line, id=f"{called(page)}: {line[:60]}") for page in PAGES
             for line in re.findall(r"\| `(dialogym [^`\[{…]+)`", page.read_text(encoding="utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_takes_the_options_it_is_given(line: str) -> None:
    words = shlex.split(line, comments=True)
    words = words[3:] if words[0] == "python" else words[1:]
    found = CliRunner().invoke(app, [*words, "--help"])
    assert (found.exit_code, "Usage:" in found.output) == (0, True), found.output


def test_an_option_that_there_is_not_is_caught() -> None:
    assert CliRunner().invoke(app, ["run", "--out", "x", "--simulator", "y", "--help"]).exit_code != 0
    assert len(COMMANDS) > 15


@pytest.mark.parametrize(("block", "name"), numbered("yaml"))
def test_a_file_of_options_is_read(block: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_text(block, encoding="utf-8")
    assert any(changes(tmp_path / "options.yaml", config) for config in (SearchConfig(), RunConfig()))


def changes(path: Path, config: SearchConfig | RunConfig) -> bool:
    try:
        return load(path, config) != config
    except DialogymError:
        return False  # options of another command


@pytest.mark.parametrize(("block", "name"), numbered("toml"))
def test_a_piece_of_a_pyproject_announces_something(block: str, name: str) -> None:
    groups = tomllib.loads(block)["project"]["entry-points"]
    assert set(groups) <= {"dialogym.planners", "dialogym.scenarios"}
