"""The command line: one word per idea, help and lists that fit 80 columns."""

from __future__ import annotations

import sys

import gymnasium
import pettingzoo
import pytest
import typer
from typer.testing import CliRunner

import dialogym
from dialogym.__main__ import app, main
from dialogym.cli.shared import RENAMED
from tests.third import ID as THIRD

NARROW = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ORDER = ["envs", "show", "play", "serve", "search", "pairs", "tree", "annotate", "run", "config", "report", "evaluate",
         "reproduce", "experiment", "train-online", "bench", "leaderboard", "exploit", "pretrain", "train", "plan-run",
         "new-scenario", "study"]


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, env=NARROW, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["dialogym", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    return capsys.readouterr().err


def test_the_commands_stand_in_the_order_in_which_one_meets_them() -> None:
    assert list(COMMANDS) == ORDER
    lines = [line.split()[1] for line in shown("--help").splitlines() if line.startswith("│ ") and line[2] != " "]
    assert [word for word in lines if word in ORDER] == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_help_fits_80_columns_and_loses_nothing(name: str) -> None:
    text = shown(name, "--help")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for parameter in COMMANDS[name].params:
        assert parameter.name == "help" or parameter.help, parameter.name


def test_an_option_means_the_same_everywhere() -> None:
    meanings: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for parameter in command.params:
            for word in parameter.opts:
                meanings.setdefault(word, set()).add(parameter.help.partition(":")[0])
    for word in ("--env", "--policy", "--user", "--conditions", "--seed", "--corpus", "--config", "--option", "--plugin",
                 "--preset", "--quiet"):
        assert len(meanings[word]) == 1, (word, meanings[word])
    assert all(old not in meanings or old == "--conditions" for old in RENAMED)


def test_version_and_completion() -> None:
    assert shown("--version") == f"dialogym {dialogym.__version__}\n"
    assert "--install-completion" in shown("--help")
    completed = CliRunner().invoke(app, [], prog_name="dialogym", env={
        **NARROW, "_DIALOGYM_COMPLETE": "complete_bash", "COMP_WORDS": "dialogym show --env Persuasion", "COMP_CWORD": "3"})
    assert completed.output.split() == ["PersuasionForGood-v0"]


@pytest.mark.parametrize(("arguments", "new"), [
    (("show", "--scenario", "persuasion"), "--env"), (("show", "--speaker", "expert"), "--policy"),
    (("play", "--partner=expert"), "--user"), (("run", "--out", "new", "--simulator", "model"), "--user"),
    (("bench", "--out", "new", "--users", "scripted"), "--user"),
    (("annotate", "--corpus", "x", "--out", "y.jsonl", "--conditions"), "--ask-conditions"),
])
def test_an_old_word_is_refused_with_the_new_one(arguments: tuple[str, ...], new: str, capsys: pytest.CaptureFixture[str],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(capsys, monkeypatch, *arguments)
    assert f"it is called {new} now" in said
    assert len(said.splitlines()) == 1


def test_an_environment_is_named_by_its_id_or_its_scenario_with_the_word_or_without() -> None:
    one = shown("show", "--env", "PersuasionForGood-v0", "--seed", "2")
    assert one == shown("show", "PersuasionForGood-v0", "--seed", "2") == shown("show", "--env", "PERSUASION", "--seed", "2")
    assert one == shown("show", "persuasion", "--env", "persuasion", "--seed", "2")


def test_policy_and_user_choose_who_is_shown() -> None:
    plain = shown("show", "--seed", "2")
    assert shown("show", "--seed", "2", "--policy", "novice", "--user", "scripted") == plain
    assert shown("show", "--seed", "2", "--policy", "expert") != plain
    assert shown("show", "--seed", "2", "--user", "sceptical") != plain


def test_two_environments_are_one_too_many(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "name one of the two" in refusal(capsys, monkeypatch, "show", "persuasion", "--env", "emotional-support")


def test_the_list_of_environments_says_how_to_make_each_and_fits_80_columns() -> None:
    text = shown("envs")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    words = {word.strip("();,") for word in text.split()}
    for id in dialogym.registry:
        scenario = dialogym.make(id).scenario
        assert {id, f"dialogym/{id}", scenario.name, *scenario.seats} <= words
        assert {name for seat in scenario.seats for name in scenario.scripted[seat]} <= words
        assert {f"horizon={scenario.horizon}"} <= words
        assert all(f"{m.label} = {m.scale:g} × engagement" in text for m in scenario.measures)
        if scenario.acting is not None:
            assert f"dialogym/{dialogym.acts_id(id)}" in words
    for word in words:  # whatever looks like an id can be made
        if word.startswith("dialogym/"):
            assert gymnasium.spec(word).id == word
        elif word.endswith("-v0"):
            assert pettingzoo.aec_registry[word].id == word


@pytest.mark.parametrize("id", sorted({*dialogym.registry, THIRD}))
def test_one_environment_in_detail(id: str) -> None:
    text = shown("envs", id)
    scenario = dialogym.make(id).scenario
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    assert ", ".join(scenario.statuses) in flat
    for name, value in vars(scenario).items():
        assert f"{name}={str(value).lower() if isinstance(value, bool) else value}" in flat.replace("= ", "=")
    assert set(scenario.acts) <= {word.strip(",") for word in text.split()}
