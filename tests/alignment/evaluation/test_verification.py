"""An entry of the leaderboard is played again: an honest one holds, and whatever is changed in it is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.alignment.evaluation.entries import ENTRY, SEAL, mark_of, read_entry, seal
from dialogym.alignment.evaluation.leaderboard import BenchSettings, bench
from dialogym.alignment.evaluation.verification import verify
from dialogym.envs.errors import InvalidConfig
from tests.agents.faulty_server import FaultyServer

SETTINGS = BenchSettings(env="PersuasionForGood-v0", options={"horizon": 4}, planners=("sample", "greedy"), budgets=(3,),
                         users=("scripted", "sceptical"), policy="average", conversations=3, worlds=1, secret="public")
THEIRS = "tests.alignment.evaluation.test_leaderboard:broken"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An entry that follows from its settings."""
    out = tmp_path_factory.mktemp("ours")
    bench(SETTINGS, out / "out")
    return out / "out" / ENTRY


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An entry of a served model, with its words."""
    out = tmp_path_factory.mktemp("models")
    with FaultyServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.base_url)
        patch.setenv("OPENAI_API_KEY", "none-at-all")
        bench(replace(SETTINGS, planners=("sample",), policy="openai:m", secret="mine"), out / "out")
    return out / "out" / ENTRY


def changed(entry: Path, folder: Path, change: Callable[[dict[str, Any]], None], sealed: bool = True) -> Path:
    """The entry after a change, under a seal that fits again: whoever changes a file can seal it, too."""
    value = read_entry(entry)
    change(value)
    if sealed:
        value[SEAL] = seal(value)
    path = folder / "changed.json"
    path.write_text(json.dumps(value))
    return path


def test_an_honest_entry_holds(ours: Path, models: Path) -> None:
    found = verify(ours)
    assert (found.talks, found.again, found.replayed, found.differences) == (12, 12, 0, ())
    found = verify(models)
    assert (found.talks, found.again, found.replayed, found.differences) == (6, 0, 6, ())
    assert verify(models, most=1).replayed == 2


def test_equal_comparisons_give_equal_talks(ours: Path, tmp_path: Path) -> None:
    bench(SETTINGS, tmp_path / "out")
    again = read_entry(tmp_path / "out" / ENTRY)
    assert again["talks"] == read_entry(ours)["talks"]
    assert "dialogue" not in json.dumps(again["talks"])  # what follows from the settings is not kept


def first(value: dict[str, Any]) -> dict[str, Any]:
    talk: dict[str, Any] = value["talks"][0]
    return talk


def raise_level(value: dict[str, Any]) -> None:
    first(value)["level"] = 0.9


def other_words(value: dict[str, Any]) -> None:
    first(value)["mark"] = "0" * 16


def better_table(value: dict[str, Any]) -> None:
    value["rows"][0]["level"] = [0.9, [0.8, 1.0]]


def leave_out(value: dict[str, Any]) -> None:
    value["talks"].pop()


def doubled(value: dict[str, Any]) -> None:
    value["talks"][1] = value["talks"][0]


def other_people(value: dict[str, Any]) -> None:
    value["settings"]["secret"] = "another"


@pytest.mark.parametrize(("change", "says"), [
    (raise_level, "scripted, sample, budget 3, talk 0: its level is 0.9; played again it is"),
    (other_words, "other words were said"), (better_table, "the table's level is [0.9"),
    (leave_out, "some are missing, doubled"), (doubled, "some are missing, doubled"), (other_people, "played again")])
def test_what_was_changed_is_named(change: Callable[[dict[str, Any]], None], says: str, ours: Path, tmp_path: Path) -> None:
    found = verify(changed(ours, tmp_path, change))
    assert any(says in difference for difference in found.differences), found.differences
    assert not any("seal" in difference for difference in found.differences)


def nicer_user(value: dict[str, Any]) -> None:
    place = next(n for n, said in enumerate(first(value)["dialogue"]) if said[0] == "persuadee")
    first(value)["dialogue"][place][1] = "I will give $2!"
    first(value)["mark"] = mark_of(first(value)["dialogue"])


def another_policy(value: dict[str, Any]) -> None:
    first(value)["dialogue"][0][1] = "flarn brgl of of wug the."
    first(value)["mark"] = mark_of(first(value)["dialogue"])


def stop_early(value: dict[str, Any]) -> None:
    del first(value)["dialogue"][-2:]
    first(value)["mark"] = mark_of(first(value)["dialogue"])


def go_on(value: dict[str, Any]) -> None:
    first(value)["dialogue"] += [["persuader", "And more?"], ["persuadee", "I will give $2."]]
    first(value)["mark"] = mark_of(first(value)["dialogue"])


def break_down(value: dict[str, Any]) -> None:
    value["talks"][0] = {**{name: first(value)[name] for name in ("user", "planner", "budget", "number")}, "failed": "the user"}


def nonsense(value: dict[str, Any]) -> None:
    first(value)["dialogue"][0] = ["persuader", 7]


@pytest.mark.parametrize(("change", "says"), [
    (raise_level, "its level is 0.9"), (nicer_user, "utterance 2 is 'I will give $2!'; played again it is"),
    (another_policy, "played again it is"), (stop_early, "stops before its end"), (go_on, "goes on after its end"),
    (break_down, "a scripted user does not fail"), (nonsense, "cannot be said"), (other_words, "do not fit their mark")])
def test_what_was_changed_in_a_models_words_is_named(change: Callable[[dict[str, Any]], None], says: str, models: Path,
                                                     tmp_path: Path) -> None:
    found = verify(changed(models, tmp_path, change))
    assert any(says in difference for difference in found.differences), found.differences


def test_a_seal_that_does_not_fit_is_named(models: Path, tmp_path: Path) -> None:
    def relabel(value: dict[str, Any]) -> None:
        value["settings"]["label"] = "A better name"

    (difference,) = verify(changed(models, tmp_path, relabel, sealed=False)).differences
    assert "The seal does not fit" in difference


def test_other_rules_are_refused(ours: Path, tmp_path: Path) -> None:
    def older(value: dict[str, Any]) -> None:
        value["version"] = 1

    with pytest.raises(InvalidConfig, match="was played by rules 1"):
        verify(changed(ours, tmp_path, older))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\x1f\x8bnot", b'{"dialogym_entry": 1}', b"[" * 100_000,
                                     gzip.compress(b"nothing", mtime=0)])
def test_what_is_no_entry_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "entry.json.gz").write_bytes(content)
    with pytest.raises(InvalidConfig, match="entry of the leaderboard"):
        verify(tmp_path / "entry.json.gz")
    with pytest.raises(InvalidConfig, match="cannot be read"):
        verify(tmp_path / "none.json")


def test_an_entry_names_no_place_on_the_machine(tmp_path: Path) -> None:
    from tests import tiny

    model = tmp_path / "secret-place" / "my-model"
    tiny.save_model(model)
    bench(replace(SETTINGS, planners=("sample",), users=("scripted",), conversations=2, policy=str(model), max_new_tokens=4),
          tmp_path / "out")
    entry = read_entry(tmp_path / "out" / ENTRY)
    assert "secret-place" not in json.dumps(entry)
    assert (entry["settings"]["policy"], entry["models"], len(entry["weights"])) == ("my-model", ["my-model"], 16)
    assert verify(tmp_path / "out" / ENTRY).differences == ()


def test_the_command_says_what_differs_and_leaves_with_1(ours: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["bench", "--verify", str(changed(ours, tmp_path, raise_level)), "--quiet"])
    assert found.exit_code == 1
    assert "its level is 0.9" in found.output
    assert "is refused" in found.output
    for arguments in (["--verify", str(ours), "--out", "x"], []):
        assert isinstance(CliRunner().invoke(app, ["bench", *arguments]).exception, InvalidConfig)
