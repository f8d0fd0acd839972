"""`dialogym config`: what a run would do, explained and read back; where a file is wrong is said by line."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import dialogym
from dialogym.__main__ import app
from dialogym.alignment.config import RunConfig, resolve
from dialogym.alignment.overrides import load
from dialogym.cli.commented import documented, options_of
from dialogym.envs.errors import InvalidConfig, UnknownEnvironment
from dialogym.search.collect import SearchConfig
from tests.third import ID as THIRD


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["config", *arguments], env={"COLUMNS": "80"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


ASKED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    ((), {}),
    (("--preset", "paper-persuasion"), {"preset": "paper-persuasion"}),
    (("--preset", "paper-support", "--option", "horizon=3", "--seed", "4"),
     {"preset": "paper-support", "options": {"horizon": 3}, "given": {"seed": 4}}),
    (("--env", "EmotionalSupport-v0", "--user", "model"),
     {"environment": "EmotionalSupport-v0", "given": {"simulator": "model"}}),
    (("--rounds", "3"), {"given": {"rounds": 3}}),
    (("--baselines", "filtered, kto"), {"given": {"baselines": ("filtered", "kto")}}),
    (("--env", THIRD, "--corpus", "talks.jsonl"), {"environment": THIRD, "given": {"corpus": "talks.jsonl"}}),
]


@pytest.mark.parametrize(("arguments", "same"), ASKED)
def test_what_is_printed_is_what_a_run_would_do_and_reads_back_equal(arguments: tuple[str, ...], same: dict[str, Any],
                                                                    tmp_path: Path) -> None:
    text, file = printed(*arguments), tmp_path / "mine.yaml"
    file.write_text(text)
    chosen = resolve(**same)
    assert resolve(file=file) == chosen == load(file, RunConfig())
    assert printed("--config", str(file)).split("\n", 1)[1] == text.split("\n", 1)[1]
    assert max(map(len, (line for line in text.splitlines() if line.lstrip().startswith("#")))) <= 80


def every(config: Any) -> list[tuple[type, str]]:
    found = []
    for field in fields(config):
        found.append((type(config), field.name))
        value = getattr(config, field.name)
        if is_dataclass(value):
            found += every(value)
    return found


def test_every_option_is_explained() -> None:
    assert [(owner.__name__, name) for owner, name in every(RunConfig()) if not documented(owner).get(name)] == []
    text = printed()
    lines = text.splitlines()
    seen = set()
    for above, line in pairwise(lines):
        name = line.strip().partition(":")[0]
        if line.strip() and not line.lstrip().startswith("#") and name not in seen:
            assert above.lstrip().startswith("#"), line
            seen.add(name)
    assert {name for _, name in every(RunConfig())} == seen


@pytest.mark.parametrize("id", sorted(dialogym.registry))
def test_the_scenarios_options_are_named_with_their_defaults(id: str) -> None:
    text = " ".join(printed("--env", id).replace("#", " ").split())
    for name, (default, told) in options_of(id).items():
        if id != THIRD:
            assert told
        assert f"{name} (default {str(default).lower() if isinstance(default, bool) else default})" in text


@pytest.mark.parametrize(("text", "says"), [
    ("seed: 1\nsearch:\n  widht: 3\n", "mine.yaml, line 3: there is no option 'widht'; did you mean 'width'?"),
    ("seed: 1\nnonsense: 2\n", "mine.yaml, line 2: there is no option 'nonsense'; the options here are"),
    ("seed: 1\n\nsearch: {keep: 3, width: 0}\n", "mine.yaml, line 3: width must be at least 1, got 0"),
    ("window: 3\nepisodes: no\n", "mine.yaml, line 2: 'episodes' must be int, got False"),
    ("window: 3\nsft: 3\n", "mine.yaml, line 2: 'sft' must be a mapping"),
    ("seed: 3\nsimulator: nobody\n", "mine.yaml, line 2: simulator"),
    ("seed: 3\noptions:\n  depth: 3\n", "mine.yaml, line 2: PersuasionForGood-v0 does not take these options"),
    ("seed: 3\nenvironment: Nothing-v0\n", "mine.yaml, line 2: No environment is called 'Nothing-v0'"),
    ("seed: 1\nsft: [1\n", "mine.yaml, line 3, column 1: this is not YAML"),
    ("seed: 1\n  sft: 3\n", "mine.yaml, line 2, column 6: this is not YAML"),
    ("seed: 1\nwindow: 2\nseed: 2\n", "mine.yaml, line 3, column 1: this is not YAML ('seed' stands twice, on line 1 too)"),
    ("{x: !odd 3}", "mine.yaml, line 1, column 5: this is not YAML"),
    ("- 1\n", "mine.yaml must be a mapping of options, got list"),
])
def test_a_wrong_file_is_said_by_line(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises((InvalidConfig, UnknownEnvironment)) as error:
        resolve(file=file)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    if "search" in text:
        with pytest.raises(InvalidConfig) as error:
            load(file, SearchConfig())
        assert says in str(error.value)


def test_what_comes_later_goes_over_what_comes_before(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 5\nwindow: 3\noptions: {horizon: 4}\ndpo: {learning_rate: 1e-4}\n")
    found = resolve(file=file, options={"gamma": 0.5}, given={"seed": 6, "model": None})
    assert (found.seed, found.window, found.model, found.options) == (6, 3, "embedded", {"horizon": 4, "gamma": 0.5})
    assert found.dpo.learning_rate == 1e-4
    assert found.dpo.epochs == resolve().dpo.epochs
    assert type(yaml.safe_load(found.to_yaml())["options"]) is dict
