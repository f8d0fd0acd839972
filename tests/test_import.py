"""`import dialogym` is light, offers what `__all__` says, and is packaged whole."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import dialogym

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"datasets", "matplotlib", "pandas", "peft", "scipy", "sentence_transformers"}
HEAVY |= {"ray", "torch", "transformers", "trl", "alembic", "fastapi", "sqlalchemy", "uvicorn"}


def loaded_by(code: str, folder: Path) -> set[str]:
    """The top-level modules a fresh interpreter holds after running the code, away from the checkout."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return {module.split(".")[0] for module in json.loads(result.stdout.splitlines()[-1])}


def test_importing_is_light(tmp_path: Path) -> None:
    assert loaded_by("import dialogym", tmp_path) & HEAVY == set()


def test_a_first_observation_is_light(tmp_path: Path) -> None:
    code = "import dialogym; env = dialogym.make('PersuasionForGood-v0'); env.reset(seed=0); env.last()"
    assert loaded_by(code, tmp_path) & HEAVY == set()


def test_a_pettingzoo_without_a_registry_will_do(tmp_path: Path) -> None:
    """Before 1.27 it had none; sotopia and AgileRL keep an older one."""
    code = ("import pettingzoo\nfor name in [n for n in vars(pettingzoo) if 'regist' in n or n in ('make', 'spec')]:\n"
            "    delattr(pettingzoo, name)\n"
            "import dialogym, gymnasium; env = dialogym.make('PersuasionForGood-v0'); env.reset(seed=0); env.last()\n"
            "gymnasium.make('dialogym/PersuasionForGood-v0').reset(seed=0)\n"
            "dialogym.register('Again-v0', 'dialogym.envs.persuasion:Persuasion')")
    assert "dialogym" in loaded_by(code, tmp_path)


def test_all_is_sorted_and_every_name_resolves() -> None:
    assert list(dialogym.__all__) == sorted(set(dialogym.__all__))
    assert [name for name in dialogym.__all__ if not hasattr(dialogym, name)] == []
    assert set(dialogym.__all__) <= set(dir(dialogym))


def test_every_folder_of_the_package_is_packaged() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    layers = ("envs", "agents", "search", "alignment", "integrations", "study", "cli")
    folders = {path.parent.relative_to(ROOT) for layer in layers for path in ROOT.glob(f"{layer}/**/*.py")}
    wanted = {"dialogym", "dialogym_verifiers", *(".".join(("dialogym", *folder.parts)) for folder in folders)}
    assert sorted(settings["packages"]) == sorted(wanted)
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_a_configuration_is_read_and_refused_without_a_framework(tmp_path: Path) -> None:
    code = ("from dialogym.alignment.config import published\nfrom dialogym.alignment.run_folder import check_open\n"
            "from pathlib import Path\ncheck_open(Path('new'), published('paper-support'))")
    assert loaded_by(code, tmp_path) & HEAVY == set()


def test_the_engine_on_this_machine_needs_no_ray(tmp_path: Path) -> None:
    code = ("from pathlib import Path\nfrom dialogym.search import IxMCTS, SearchConfig, search\n"
            "search(SearchConfig(conversations=1, search=IxMCTS(width=1, keep=1, iterations=1)), Path('trees'))")
    assert "ray" not in loaded_by(code, tmp_path)
