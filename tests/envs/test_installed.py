"""Environments of installed packages: known by their announcement, imported when asked for, and harmless when broken."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pettingzoo
import pytest

import dialogym
from dialogym.alignment.config import published
from dialogym.envs.errors import InvalidConfig, PluginFailed, UnknownEnvironment
from dialogym.envs.installed import register_installed
from dialogym.envs.registry import id_of, refused, scenarios, spec
from tests.packages import ROOT, install, python

OURS = "PersuasionForGood-v0"
TOY = (ROOT / "tests" / "toy.py").read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; the registries are put back, and so are the modules."""
    kept = [dialogym.registry, refused, gymnasium.registry, pettingzoo.aec_registry]
    before = [dict(table) for table in kept]
    modules = set(sys.modules)
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for table, content in zip(kept, before, strict=True):
        table.clear()
        table.update(content)
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


def test_importing_and_listing_imports_no_package(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "b-games", {"Later-v0": "later:Thinking"}, {"later": "raise RuntimeError('imported')"})
    install(site, "a-games", {"Guess-v1": "guess:Guessing", "Again-v0": "guess : Guessing [extra]"}, {"guess": TOY})
    code = ("import json, sys, dialogym, gymnasium, pettingzoo\n"
            "ids = ['Again-v0', 'Guess-v1', 'Later-v0']\n"
            "known = [all(i in pettingzoo.aec_registry and f'dialogym/{i}' in gymnasium.registry for i in ids),\n"
            "         'dialogym/GuessActs-v1' in gymnasium.registry]\n"
            "early = sorted({'guess', 'later'} & set(sys.modules))\n"
            "env = pettingzoo.make('aec', 'Guess-v1', horizon=2)\n"
            "seat = gymnasium.make('dialogym/Again-v0').unwrapped\n"
            "print(json.dumps([list(dialogym.registry), known, early, env.scenario.horizon, seat.scenario.name,\n"
            "                  sorted({'guess', 'later'} & set(sys.modules))]))")
    found = python("-c", code, site=site, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    listed, known, early, horizon, name, late = json.loads(found.stdout)
    assert listed == [OURS, "EmotionalSupport-v0", "Again-v0", "Guess-v1", "Later-v0"]  # ours first, then by id
    assert (known, early, horizon, name, late) == ([True, True], [], 2, "guessing", ["guess"])


def test_envs_lists_without_importing_and_tells_what_cannot_be_had(tmp_path: Path) -> None:
    site = tmp_path / "site"
    announced = {"Broken-v0": "broken:Nothing", OURS: "broken:Nothing"}
    install(site, "broken-games", announced, {"broken": "raise RuntimeError('no')"})
    found = python("-m", "dialogym", "envs", site=site, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert [" ".join(line.split()) for line in found.stdout.splitlines() if "Broken" in line] == [
        "Broken-v0 of the package broken-games 1.0; more with `dialogym envs Broken-v0`"]
    assert found.stderr == (f"dialogym: The environment id '{OURS}' is taken, so that of the package broken-games 1.0 cannot "
                            "be had; it must choose another name or version.\n")


def test_an_environment_plays_under_its_announced_id(site: Path) -> None:
    install(site, "a-games", {"Guess-v1": "guess:Guessing"}, {"guess": TOY})
    register_installed()
    dialogym.check_env(dialogym.make("Guess-v1"), episodes=1)
    assert id_of("guessing") == "Guess-v1"
    assert "guessing" in scenarios()
    assert "guessing" not in scenarios(installed=False)
    with pytest.raises(InvalidConfig, match="No scenario is called 'guessing'"):
        id_of("guessing", installed=False)


def test_registering_twice_changes_nothing(site: Path) -> None:
    install(site, "a-games", {"Guess-v1": "guess:Guessing"}, {"guess": TOY})
    register_installed()
    before = dict(dialogym.registry)
    register_installed()
    assert (dialogym.registry, refused) == (before, {})
    with pytest.raises(InvalidConfig, match=r"'Guess-v1' is taken by the package a-games 1\.0; raise the version"):
        dialogym.register("Guess-v1", "tests.toy:Guessing")


BROKEN = {
    "Raises-v0": ("raises:Nothing", "\n\nraise RuntimeError('not today')\n",
                  r"^The scenario 'raises:Nothing' of Raises-v0 \(package p 1\.0\) cannot be imported: RuntimeError: not today "
                  r"\(raises\.py, line 3\)\.$"),
    "Absent-v0": ("absent_module:Nothing", None, r"Absent-v0 \(package p 1\.0\) cannot be imported: ModuleNotFoundError"),
    "Lacks-v0": ("lacks:Nothing", "", r"Lacks-v0 \(package p 1\.0\) cannot be imported: AttributeError"),
    "Number-v0": ("number:NUMBER", "NUMBER = 3", r"of Number-v0 \(package p 1\.0\) is of type int, not a class of scenarios"),
    "Builtin-v0": ("built:dict", "from builtins import dict", r"Builtin-v0 \(package p 1\.0\) is <class 'dict'>, not a "),
    "Elsewhere-v0": ("other:make", "def make():\n    return 3", r"of Elsewhere-v0 \(package p 1\.0\) is of type int; it must"),
}


@pytest.mark.parametrize("id", BROKEN)
def test_a_broken_package_is_named_when_it_is_asked_for_and_troubles_nobody_else(site: Path, id: str) -> None:
    value, source, says = BROKEN[id]
    install(site, "p", {id: value}, {} if source is None else {value.partition(":")[0]: source})
    register_installed()
    for asked in (lambda: dialogym.make(id), lambda: pettingzoo.make("aec", id), lambda: gymnasium.make(f"dialogym/{id}")):
        with pytest.raises(PluginFailed, match=says):
            asked()
    dialogym.make(OURS)
    assert id_of("persuasion") == OURS
    assert published("paper-persuasion").environment == OURS
    with pytest.raises(InvalidConfig, match=r"No scenario is called 'chess'; choose one of .*'persuasion'.*\(package p 1\.0\)"):
        id_of("chess")
    with pytest.raises(InvalidConfig, match=r"no preset 'mine'; choose one of \[.*'paper-persuasion'.*\(package p 1\.0\)"):
        published("mine")


def test_of_two_packages_with_one_id_neither_has_it(site: Path) -> None:
    for name in ("z-games", "a-games"):
        install(site, name, {"Twice-v0": "twice:Guessing"}, {"twice": TOY})
    register_installed()
    says = (r"^The environment id 'Twice-v0' is announced by several packages \(a-games 1\.0, z-games 1\.0\); uninstall all "
            r"but one\.$")
    for ask in (lambda: dialogym.make("Twice-v0"), lambda: pettingzoo.make("aec", "Twice-v0"),
                lambda: gymnasium.make("dialogym/Twice-v0")):
        with pytest.raises(InvalidConfig, match=says):
            ask()
    assert "Twice-v0" not in dialogym.registry


def test_what_is_ours_stays_ours(site: Path) -> None:
    thief = TOY.replace('name = "guessing"', 'name = "persuasion"')
    install(site, "thief", {OURS: "thief:Guessing", "PersuasionForGood-v7": "thief:Guessing"}, {"thief": thief})
    register_installed()
    assert dialogym.make(OURS).scenario.name == "persuasion"
    assert (spec(OURS).package, spec("PersuasionForGood-v7").package) == ("", "thief 1.0")
    assert refused[OURS] == (f"The environment id {OURS!r} is taken, so that of the package thief 1.0 cannot be had; it must "
                             "choose another name or version.")
    assert id_of("persuasion") == OURS  # a package changes nobody's results


def test_an_announcement_of_the_wrong_form_is_told(site: Path) -> None:
    install(site, "odd", {"Nameless": "odd:Guessing", "Whole-v0": "odd", "Foreign-v0": "odd:Guessing"})
    gymnasium.register("dialogym/Foreign-v0", entry_point="elsewhere:Env")
    register_installed()
    for id, says in (("Nameless", r"^The package odd 1\.0 announces an environment 'Nameless', and an id looks like 'Name-v0'"),
                     ("Whole-v0", r"^The package odd 1\.0 announces Whole-v0 as 'odd', which is not of the form 'module:C"),
                     ("Foreign-v0", r"^The package odd 1\.0 cannot have its environment: .* is taken by another package")):
        with pytest.raises(InvalidConfig, match=says):
            dialogym.make(id)
    with pytest.raises(UnknownEnvironment, match="choose one of"):
        dialogym.make("Chess-v1")


def test_a_package_whose_metadata_is_gone_still_plays(site: Path) -> None:
    install(site, "a-games", {"Guess-v1": "guess:Guessing"}, {"guess": TOY})
    (site / "a_games-1.0.dist-info" / "METADATA").unlink()
    register_installed()
    assert dialogym.make("Guess-v1").scenario.name == "guessing"
