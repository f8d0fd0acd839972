"""The command as a user meets it: in a terminal, with exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

import dialogym
from dialogym.__main__ import main
from dialogym.cli.shared import console, out_console
from tests.third import ID as THIRD

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ("--plugin", "plugged")


@pytest.fixture
def plugged(tmp_path: Path) -> Path:
    """A folder with a module that registers the toy with states, as a user would keep one beside a run."""
    shutil.copy(ROOT / "tests" / "toy.py", tmp_path / "plugged.py")
    with (tmp_path / "plugged.py").open("a") as file:
        file.write('\nimport dialogym\ndialogym.register("Thinking-v0", Thinking)\n')
    return tmp_path


WIDE = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "dialogym", *arguments], cwd=cwd, env={**os.environ, **WIDE}, text=True,
                          capture_output=True, check=False, timeout=600)


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, which costs a hundredth: nothing that it imports or registers is left behind."""
    code, registered, imported = 0, dict(dialogym.registry), {*sys.modules}
    with contextlib.ExitStack() as undo:
        undo.enter_context(contextlib.chdir(cwd))
        out, error = (undo.enter_context(to(io.StringIO())) for to in (contextlib.redirect_stdout, contextlib.redirect_stderr))
        undo.enter_context(mock.patch.dict(os.environ, WIDE))
        undo.enter_context(mock.patch.multiple(sys, argv=["dialogym", *arguments], path=[*sys.path]))
        for one in (console, out_console):
            undo.callback(setattr, one, "_width", one._width)  # not `width`, which is that of the patched environment here
            one.width = int(WIDE["COLUMNS"])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    for name in {*sys.modules} - imported:
        if Path(getattr(sys.modules[name], "__file__", None) or os.devnull).parent == cwd:
            del sys.modules[name]
    dialogym.registry.clear()
    dialogym.registry.update(registered)
    return subprocess.CompletedProcess(["dialogym", *arguments], code, out.getvalue(), error.getvalue())


def test_help_names_the_commands(tmp_path: Path) -> None:
    shown = process("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for name in ("run", "search", "pairs", "tree", "bench", "leaderboard", "exploit", "envs", "show", "play", "annotate",
                 "pretrain", "report", "config", "new-scenario"):
        assert name in shown.stdout


def test_envs_lists_every_environment(tmp_path: Path) -> None:
    shown = command("envs", cwd=tmp_path)
    assert shown.returncode == 0
    assert all(id in shown.stdout for id in dialogym.registry if id != THIRD)


def test_a_plugin_brings_its_environments(plugged: Path) -> None:
    assert "Thinking-v0" in process("envs", *PLUGIN, cwd=plugged).stdout
    assert "Thinking-v0" in command("envs", *PLUGIN, cwd=plugged).stdout
    assert "Thinking-v0" not in command("envs", cwd=plugged).stdout


def test_show_is_seeded(tmp_path: Path) -> None:
    first, again, other = (command("show", "--seed", seed, cwd=tmp_path).stdout for seed in ("3", "3", "4"))
    assert first == again != other
    assert "engagement" in first
    assert "persuadee" in first


def test_show_finds_a_scenario_by_name_and_takes_its_options(plugged: Path) -> None:
    by_name = command("show", *PLUGIN, "--env", "THINKING", "--option", "horizon=2", "--seed", "2", cwd=plugged)
    by_id = command("show", "Thinking-v0", *PLUGIN, "--option", "horizon=2", "--seed", "2", cwd=plugged)
    both = command("show", "Thinking-v0", *PLUGIN, "--env", "Thinking-v0", "--option=horizon=2", "--seed=2", cwd=plugged)
    assert by_name.stdout == by_id.stdout == both.stdout
    assert by_name.stdout.count("Is it ") <= 2
    assert command("show", cwd=plugged).stdout == command("show", next(iter(dialogym.registry)), cwd=plugged).stdout


def test_show_prints_private_states_unless_told_not_to(plugged: Path) -> None:
    shown = command("show", *PLUGIN, "--env", "thinking", cwd=plugged).stdout
    hidden = command("show", *PLUGIN, "--env", "thinking", "--no-states", cwd=plugged).stdout
    assert [line for line in shown.splitlines() if "Mood: " not in line and "Plan: " not in line] == hidden.splitlines()
    assert "Mood: " in shown


def test_search_pairs_and_tree_go_together(tmp_path: Path) -> None:
    small = "{search: {width: 2, keep: 3}, options: {horizon: 5}, policy: expert, user: calibrated}"
    (tmp_path / "small.yaml").write_text(small)
    asked = ("search", "--out", "trees", "--config", "small.yaml", "--quiet", "--conversations")
    few = command(*asked, "3", cwd=tmp_path)
    assert (few.returncode, json.loads(few.stdout)) == (0, {"conversations": 3, "failed": 0})
    file = tmp_path / "trees" / "trees.jsonl"
    before = file.read_bytes()
    file.write_bytes(before[:-40])  # killed
    assert json.loads(command(*asked, "5", cwd=tmp_path).stdout) == {"conversations": 5, "failed": 0}
    assert file.read_bytes().startswith(before)
    pairs = command("pairs", "trees", "--out", "kto", "--format", "kto", "--min-gap", "0.01", "--min-completions", "1",
                    "--held-out", "0.4", cwd=tmp_path)
    counts = json.loads(pairs.stdout)
    assert {name: len((tmp_path / "kto" / f"{name}.jsonl").read_text().splitlines()) / 2 for name in counts} == counts
    page = command("tree", "trees", "--conversation", "4", cwd=tmp_path)
    assert page.stdout.strip() == "trees/tree-4.html"
    assert "trees, conversation 4" in (tmp_path / "trees" / "tree-4.html").read_text()
    lost = command("tree", "trees", "--conversation", "5", cwd=tmp_path)
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "holds no conversation 5" in lost.stderr
    other = command(*asked, "5", "--seed", "1", cwd=tmp_path)
    assert other.returncode == 2
    assert "begun with another seed (0, now 1)" in other.stderr
    code = ("import sys; from dialogym.search.collect import SearchConfig, search; from pathlib import Path; "
            "search(SearchConfig(conversations=1, options={'horizon': 2}), Path('light')); print('torch' in sys.modules)")
    light = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert light.stdout.strip() == "False"


def test_annotate_goes_on_where_it_stopped(plugged: Path) -> None:
    code = ("import plugged as p; from dialogym.envs.episodes import save; from pathlib import Path; t = p.Thinking(); "
            "save(Path('talks.jsonl'), t, p.episodes(t, 12))")
    subprocess.run([sys.executable, "-c", code], cwd=plugged, check=True)
    arguments = ("annotate", *PLUGIN, "--env", "thinking", "--corpus", "talks.jsonl", "--out", "out.jsonl", "--quiet")
    first = command(*arguments, "--limit", "5", cwd=plugged)
    assert (first.returncode, json.loads(first.stdout)["episodes"]) == (0, 5), first.stderr
    part = (plugged / "out.jsonl").read_bytes()
    assert command(*arguments, cwd=plugged).returncode == 0
    whole = (plugged / "out.jsonl").read_bytes()
    assert whole.startswith(part)
    assert len(whole.splitlines()) == 13
    refused = command(*arguments, "--option", "horizon=9", cwd=plugged)
    assert (refused.returncode, "another options" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("arguments", "says"), [
    (["show", "--env", "chess"], "No scenario is called 'chess'"),
    (["show", "PersuasionForGood-v0", "--env", "thinking", *PLUGIN], "Two environments were given"),
    (["show", "--option", "horizon"], "KEY=VALUE"),
    (["show", "--option", "horizon=[1, 2]"], "KEY=VALUE"),
    (["show", "--option", "colour=red"], "'colour'"),
    (["show", "--plugin", "no.such.module"], "The plugin 'no.such.module' cannot be imported"),
    (["run", "--out", "new", "--option", "depth=3"], "'depth'"),
    (["run", "--out", "new", "--conditions", "nobody.txt"], "no file of conditions 'nobody.txt'"),
    (["annotate", "--env", "chess", "--corpus", ".", "--out", "a.jsonl"], "No scenario is called 'chess'"),
    (["annotate", "--env", "thinking", *PLUGIN, "--corpus", "no", "--out", "a.jsonl"], "reads no corpus"),
    (["annotate", "--env", "thinking", *PLUGIN, "--corpus", "no", "--out", "a.txt"], "a .jsonl file"),
    (["annotate", "--env", "thinking", *PLUGIN, "--corpus", "no", "--out", "a.jsonl", "--ask-conditions"], "--model"),
])
def test_odd_arguments_are_one_sentence(plugged: Path, arguments: list[str], says: str) -> None:
    found = command(*arguments, cwd=plugged)
    assert (found.returncode, len(found.stderr.strip().splitlines())) == (2, 1), found.stderr
    assert says in found.stderr
    assert {p.name for p in plugged.iterdir()} <= {"plugged.py", "__pycache__"}


@pytest.mark.parametrize(("arguments", "says"), [
    (["show", "PersuasionForGod-v0"], "did you mean 'PersuasionForGood-v0'"),
    (["run", "--out", "new", "--env", "Nothing-v0"], "No environment is called 'Nothing-v0'"),
    (["run", "--out", "new", "--corpus", "nowhere"], "nowhere"),
    (["run", "--out", "new", "--model", "nowhere"], "nowhere"),
    (["run", "--out", "taken"], "already exists"),
    (["run", "--out", "new", "--user", "nobody"], "'scripted' or 'model'"),
    (["run", "--out", "new", "--config", "none.yaml"], "none.yaml"),
])
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "results.json").write_text("{}")
    found = (process if arguments[0] == "show" else command)(*arguments, cwd=tmp_path)
    assert found.returncode == 2
    assert says in found.stderr
    assert "Traceback" not in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "taken" / "results.json").read_text() == "{}"
