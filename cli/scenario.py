"""`dialogym new-scenario`: a small package with a scenario, to change into one's own."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.text import Text

from .. import __version__
from ..envs.errors import InvalidConfig, RunExists
from ..envs.registry import is_taken, scenarios
from ..envs.storage import write_whole
from .shared import out_console

TEMPLATES = Path(__file__).with_name("templates")
FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "src/$module/__init__.py": "__init__.py",
    "src/$module/scenario.py": "scenario.py",
    "tests/test_$module.py": "test.py",
}
"""What is written, and the template it is made of."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_LONGEST = 40


def new_scenario(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of its Python package, such as tea_house.")],
    out: Annotated[Path | None, typer.Option(help="Folder to write, new or empty (default: NAME here).")] = None,
) -> None:
    """Writes a small package with a scenario of your own: rules, speakers and a test that passes, to start from."""
    words = names(name)
    folder = out if out is not None else Path(words["module"])
    write(words, folder)
    steps = [f"pip install -e {folder}", f"dialogym show {words['id']}", f"pytest {folder}"]
    out_console.print(Text("\n  ".join([f"{words['id']} is in {folder}. Now:", *steps])), soft_wrap=True)


def names(name: str) -> dict[str, str]:
    """What the templates are filled in with, for a name such as "tea_house" or "TeaHouse".

    Raises InvalidConfig when it is no name for a package, or is taken.
    """
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or iskeyword(module):
        raise InvalidConfig(f"NAME is a Python name of at most {_LONGEST} letters, digits and single _, no keyword, such as "
                            f"tea_house; got {name!r}.")
    scenario = "".join(part.capitalize() for part in module.split("_"))
    found = {"module": module, "scenario": scenario, "id": f"{scenario}-v0", "distribution": module.replace("_", "-"),
             "version": __version__}
    if is_taken(found["id"]):
        raise InvalidConfig(f"The environment id {found['id']!r} is taken; choose another NAME.")
    if found["distribution"] in scenarios():
        raise InvalidConfig(f"The scenario name {found['distribution']!r} is taken; choose another NAME.")
    known = find_spec(module)
    if module in sys.stdlib_module_names or (known is not None and known.origin is not None):
        raise InvalidConfig(f"A Python module is called {module!r} already, and one would hide the other; choose another NAME.")
    return found


def write(words: dict[str, str], folder: Path) -> None:
    """Fills in the templates.

    Raises RunExists when the folder holds anything, InvalidConfig when it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunExists(f"{folder} is not an empty folder; choose another --out. Nothing was changed.")
        for path, template in FILES.items():
            file = folder / Template(path).substitute(words)
            file.parent.mkdir(parents=True, exist_ok=True)
            text = (TEMPLATES / f"{template}.template").read_text(encoding="utf-8")
            write_whole(file, Template(text).substitute(words))
    except RunExists:
        raise
    except OSError as error:
        raise InvalidConfig(f"{folder} cannot be written ({error.strerror}); choose another --out.") from error
