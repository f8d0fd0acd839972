"""What the pages name is there: every file by its path, every module by its name, every folder of the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md",
         *sorted(page for page in ROOT.glob("docs/**/*.md") if page.parent.name != "history")]
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
MODULES = {path.name for pattern in ("*.py", *(f"{folder}/**/*.py" for folder in FOLDERS)) for path in ROOT.glob(pattern)}
LAYERS = ("envs", "agents", "search", "alignment", "integrations", "study", "cli")
INITS = [path for layer in LAYERS for path in ROOT.glob(f"{layer}/**/__init__.py")]
PACKAGES = sorted(path.parent.relative_to(ROOT).as_posix() for path in INITS)
TO_BE_MADE = {"build/clients/", "envs/dinner/", "leaderboard/my-listener", "tests/envs/dinner/", "runs/"}
"""What a page tells its reader to make."""
SAVED = re.compile(r'title="([\w-]+\.py)"')
"""The name of a file that a page has its reader save."""

_FILE = re.compile(r"(?<![\w./:-])((?:\.\./)?(?:[\w.-]+/)+[\w-]+\.[a-z]+)\b")
_MODULE = re.compile(r"`([\w-]+\.py)`")
_FOLDER = re.compile(r"`((?:[\w-]+/)+)`")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def missing(text: str, page: Path) -> list[str]:
    """The names in a page's text that are not there."""
    files = {name for name in _FILE.findall(text) if name.endswith(".py") or name.partition("/")[0] in FOLDERS}
    files = {name for name in files if not any(name.startswith(made) for made in TO_BE_MADE)}
    folders = {name for name in _FOLDER.findall(text) if name.partition("/")[0] in FOLDERS and name not in TO_BE_MADE}
    lost = [name for name in sorted(files | folders) if not ((ROOT / name).exists() or (page.parent / name).exists())]
    lost += [name for name in sorted(set(_MODULE.findall(text))) if name not in MODULES | set(SAVED.findall(text))]
    return lost + [name for name in _LINK.findall(text) if not (page.parent / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_is_there(page: Path) -> None:
    assert missing(page.read_text(encoding="utf-8"), page) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_the_architecture_page_has_every_folder(name: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.search(rf"^ *{Path(name).name}/ ", page, re.MULTILINE) is not None


@pytest.mark.parametrize(("text", "lost"), [
    ("see `envs/tongue.py`", ["envs/tongue.py"]),
    ("run `python benchmarks/speed.py --quick`, then benchmarks/sped.py", ["benchmarks/sped.py"]),
    ("`tongue.py` and `seeker.py`", ["tongue.py"]),
    ("`envs/shells/` and `envs/shell/`", ["envs/shell/"]),
    ("[here](architecture.md#layers), [there](archtecture.md), https://example.org/a/b.py", ["archtecture.md"]),
    ("`runs/mine/report.html`, `pairs/train.jsonl`, `envs/dinner/scenario.py`", []),
])
def test_what_is_lost_is_named(text: str, lost: list[str]) -> None:
    assert missing(text, ROOT / "docs" / "page.md") == lost
