"""`dialogym new-scenario`: the package it writes passes its own test and works wherever it is installed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from dialogym.alignment.evaluation.leaderboard import TABLE
from dialogym.cli.scenario import names, write
from dialogym.envs.errors import InvalidConfig, RunExists
from tests.packages import install, python

NAME, ID = "tea_house", "TeaHouse-v0"


def new(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`dialogym new-scenario ARGUMENTS` in a fresh process."""
    return python("-m", "dialogym", "new-scenario", *arguments, site=cwd / "site", cwd=cwd)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package that the command writes, and with that package installed in `site`, as its pyproject says."""
    folder = tmp_path_factory.mktemp("new")
    found = new(NAME, cwd=folder)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines() == [f"{ID} is in {NAME}. Now:", f"  pip install -e {NAME}", f"  dialogym show {ID}",
                                         f"  pytest {NAME}"]
    project = tomllib.loads((folder / NAME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    install(folder / "site", project["name"], project["entry-points"]["dialogym.scenarios"])
    copytree(folder / NAME / "src" / NAME, folder / "site" / NAME)
    return folder


def files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_writes_a_small_package(written: Path) -> None:
    assert sorted(files(written / NAME)) == [
        "README.md", "pyproject.toml", f"src/{NAME}/__init__.py", f"src/{NAME}/scenario.py", f"tests/test_{NAME}.py"]
    assert [path for path in files(written / NAME) if "$" in (written / NAME / path).read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")])
def test_ruff_finds_nothing_in_it(written: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments, "--no-cache", str(written / NAME)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_test_passes(written: Path) -> None:
    found = python("-m", "pytest", "-q", "-p", "no:cacheprovider", NAME, site=written / "site", cwd=written)
    assert found.returncode == 0, found.stdout
    assert "4 passed" in found.stdout


@pytest.mark.slow
def test_its_own_test_fails_where_nobody_listens(written: Path, tmp_path: Path) -> None:
    deaf = (written / NAME / "src" / NAME / "scenario.py").read_text(encoding="utf-8")
    deaf = deaf.replace('{"listener": listener, "talker": talker}', '{"listener": talker, "talker": talker}')
    copytree(written / "site", tmp_path / "site")
    (tmp_path / "site" / NAME / "scenario.py").write_text(deaf)
    found = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(written / NAME / "tests"), site=tmp_path / "site",
                   cwd=tmp_path)
    assert "1 failed, 3 passed" in found.stdout


def test_it_is_shown_searched_and_benched_without_a_plugin(written: Path, tmp_path: Path) -> None:
    def command(*arguments: str) -> str:
        found = python("-m", "dialogym", *arguments, site=written / "site", cwd=tmp_path)
        assert (found.returncode, found.stderr) == (0, ""), found.stderr
        return found.stdout

    assert f"{ID} " in command("envs")
    shown = command("show", ID, "--seed", "3")
    assert shown == command("show", "--env", "tea_house", "--seed", "3")
    assert "guest, hidden: You want a drink" in shown
    assert command("show", ID, "--seed", "3", "--option", "horizon=1").count(" host: ") == 1
    counts = command("search", "--env", ID, "--conversations", "3", "--out", "trees", "--quiet")
    assert json.loads(counts) == {"conversations": 3, "failed": 0}
    command("bench", "--env", ID, "--conversations", "10", "--planners", "sample,lookahead,ixmcts", "--out", "bench", "--quiet")
    table = (tmp_path / "bench" / TABLE).read_text(encoding="utf-8")
    assert [table.count(f"| `scripted` | `{name}` |") for name in ("sample", "lookahead", "ixmcts")] == [1, 1, 1]


def test_the_libraries_make_it_and_the_checks_pass(written: Path) -> None:
    code = (f"import dialogym, gymnasium, pettingzoo\n"
            f"seat, pair = gymnasium.make('dialogym/{ID}'), pettingzoo.make('aec', {ID!r}, horizon=4)\n"
            "for env in (seat.unwrapped, pair):\n    dialogym.check_env(env, episodes=1)\n"
            f"print(pair.scenario == dialogym.make({ID!r}, horizon=4).scenario)")
    found = python("-W", "ignore", "-c", code, site=written / "site", cwd=written)
    assert (found.returncode, found.stdout) == (0, "True\n"), found.stderr


def test_a_search_hears_a_guest_who_contradicts_themselves(written: Path) -> None:
    """An imagined guest may wish something else than the one who spoke before: nobody may stumble over that."""
    code = (f"import dialogym\nenv = dialogym.make({ID!r})\nenv.reset(seed=0)\n"
            "for text in ('Hot or cold?', 'Hot, please.', 'So hot?', 'Not hot, please.', 'Sweet or bitter?', 'Hot, please.'):\n"
            "    env.step(text)\n"
            "for index in range(50):\n"
            "    said = env.scenario.scripted_policy('host')(env.position.ask(index)).text\n"
            "    assert 'hot' not in said or 'cold' not in said, said\n"
            "    assert 'cold' not in said, said\n")
    found = python("-c", code, site=written / "site", cwd=written)
    assert found.returncode == 0, found.stderr


NAMES = {"TeaHouse": ("tea_house", "TeaHouse"), "quiz2": ("quiz2", "Quiz2"), "a": ("a", "A"),
         "scenario": ("scenario", "Scenario"), "x" * 40: ("x" * 40, "X" + "x" * 39)}


def test_names_become_module_class_and_id(tmp_path: Path) -> None:
    for name, (module, scenario) in NAMES.items():
        write(names(name), tmp_path / "there" / name)
        code = (tmp_path / "there" / name / "src" / module / "scenario.py").read_text(encoding="utf-8")
        assert [node.name for node in ast.parse(code).body if isinstance(node, ast.ClassDef)] == ["_Wish", scenario]
        project = tomllib.loads((tmp_path / "there" / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["entry-points"]["dialogym.scenarios"] == {f"{scenario}-v0": f"{module}.scenario:{scenario}"}
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "there"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["tea-house", "2tea", "class", "_tea", "tea_", "tea__house", "thé", "", "../tea", "tea\n", "x" * 41])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidConfig, match=r"^NAME is a Python name of at most 40 letters, .*, such as tea_house; got "):
        names(name)


@pytest.mark.parametrize(("name", "says"), [
    ("persuasion_for_good", "The environment id 'PersuasionForGood-v0' is taken"),
    ("PersuasionForGoodActs", "The environment id 'PersuasionForGoodActs-v0' is taken"),
    ("persuasion", "The scenario name 'persuasion' is taken"), ("json", "A Python module is called 'json' already"),
    ("numpy", "A Python module is called 'numpy' already"), ("dialogym", "A Python module is called 'dialogym' already"),
])
def test_a_name_that_is_taken_is_refused(name: str, says: str) -> None:
    with pytest.raises(InvalidConfig, match=f"^{says}.*choose another NAME"):
        names(name)


def test_a_refusal_is_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    found = new("tea-house", cwd=tmp_path)
    assert (found.returncode, found.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert found.stderr == ("dialogym: NAME is a Python name of at most 40 letters, digits and single _, no keyword, such as "
                            "tea_house; got 'tea-house'.\n")


def test_an_installed_packages_name_is_taken(written: Path, tmp_path: Path) -> None:
    found = python("-m", "dialogym", "new-scenario", NAME, site=written / "site", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (2, f"dialogym: The environment id '{ID}' is taken; choose another NAME.\n")


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder in ("full", "file"):
        with pytest.raises(RunExists, match=f"{folder} is not an empty folder; choose another --out. Nothing was changed"):
            write(names("other_house"), tmp_path / folder)
    with pytest.raises(InvalidConfig, match="new cannot be written"):
        write(names("other_house"), tmp_path / "file" / "new")
    assert sorted(files(tmp_path)) == ["file", "full/mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert new(NAME, "--out", ".", cwd=tmp_path).returncode == 0
    assert (tmp_path / "pyproject.toml").is_file()
