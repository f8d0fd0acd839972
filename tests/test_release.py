"""What a release says of itself is one thing, wherever it says it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

import dialogym

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_there_is_one_version() -> None:
    assert PROJECT["version"] == CITATION["version"] == dialogym.__version__


def test_there_is_one_licence() -> None:
    assert PROJECT["license"] == CITATION["license"]
    assert all((ROOT / name).is_file() for name in PROJECT["license-files"])


def test_the_changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.search(rf"^## \[{re.escape(PROJECT['version'])}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE)
    assert dated is not None or f"To become {PROJECT['version']}." in text


def test_pythons_are_those_that_it_needs() -> None:
    named = [int(each.rpartition(".")[2]) for each in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", each)]
    assert PROJECT["requires-python"] == f">=3.{min(named)}"
    assert named == list(range(min(named), max(named) + 1))


def test_no_extra_repeats_a_core_dependency() -> None:
    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in requirements}

    core = names(PROJECT["dependencies"])
    assert [extra for extra, needs in PROJECT["optional-dependencies"].items() if names(needs) & core] == []
