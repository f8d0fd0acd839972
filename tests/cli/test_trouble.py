"""Full disks, odd files, nested ones, other people's code: each ends the command in one sentence, and harms nothing."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dialogym.cli.shared import in_sentences
from dialogym.envs.keys import mix
from dialogym.envs.storage import write_whole
from tests.cli.test_cli import ROOT, WIDE, command
from tests.cli.test_ownership import held

SEARCH = ("search", "--config", "small.yaml", "--quiet", "--conversations", "6", "--out", "trees")
DEEP = "[" * 200_000


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text("{search: {width: 2, keep: 3}, options: {horizon: 4}, policy: novice}")
    return tmp_path


def limited(size: int, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process that may write no file beyond so many bytes."""
    return subprocess.run([sys.executable, "-m", "dialogym", *arguments], cwd=cwd, env={**os.environ, **WIDE}, text=True,
                          capture_output=True, check=False, timeout=300,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))


def one_sentence(found: subprocess.CompletedProcess[str], *words: str) -> None:
    told = [line for line in found.stderr.splitlines() if line.strip() and not line.endswith("0:00:00")]  # a bar's
    assert (found.returncode, len(told), told[0].startswith("dialogym: ")) == (2, 1, True), found
    for word in words:
        assert word in found.stderr


def test_a_full_disk_ends_a_search_in_a_sentence_and_it_goes_on_to_the_same_bytes(small: Path, tmp_path: Path) -> None:
    whole = command(*SEARCH[:-1], "whole", cwd=small)
    assert whole.returncode == 0
    size = (small / "whole" / "trees.jsonl").stat().st_size
    one_sentence(limited(size * 2 // 3, *SEARCH, cwd=small), "trees.jsonl", "nothing that was whole before was changed")
    kept = (small / "trees" / "trees.jsonl").read_bytes()
    assert (small / "whole" / "trees.jsonl").read_bytes().startswith(kept.split(b"\n")[0])
    assert kept.count(b"\n") >= 2
    assert command(*SEARCH, cwd=small).returncode == 0
    assert (small / "trees" / "trees.jsonl").read_bytes() == (small / "whole" / "trees.jsonl").read_bytes()


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    code = ("import resource, pathlib\nfrom dialogym.envs.storage import write_whole\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
            "write_whole(pathlib.Path('a.txt'), 'x' * 1000)\n")
    write_whole(tmp_path / "a.txt", "whole")
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100)
    assert "OSError" in found.stderr
    assert held(tmp_path) == {"a.txt": b"whole"}


@pytest.mark.parametrize(("error", "says"), [
    (OSError(errno.ENOSPC, "No space left on device", "a/b.txt"), "a/b.txt: No space left on device"),
    (PermissionError(errno.EACCES, "Permission denied", "a/[b].txt"), "a/[b].txt: Permission denied"),
    (OSError("odd"), "odd"),
    (RecursionError("maximum recursion depth exceeded"), "nested too deep"),
])
def test_every_such_error_is_one_sentence(error: Exception, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        in_sentences(fail)
    told = capsys.readouterr().err
    assert (ended.value.code, told.startswith("dialogym: "), says in " ".join(told.split())) == (2, True, True), told


def test_an_error_of_our_own_is_not_dressed_up() -> None:
    with pytest.raises(TypeError):
        in_sentences(partial(mix, "no number", 1))


def deep(folder: Path, name: str, text: str = DEEP) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text + "\n")


NESTED: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "a run's configuration": (lambda f: deep(f, "c.yaml"), ("run", "--config", "c.yaml", "--out", "new")),
    "a search's": (lambda f: deep(f, "c.yaml", "a: " + "{a: " * 5000), ("search", "--config", "c.yaml", "--out", "new")),
    "an option": (lambda f: None, ("show", "PersuasionForGood-v0", "--option", "gamma=" + "[" * 5000)),
    "a corpus": (lambda f: deep(f, "c.jsonl"), ("annotate", "--env", "persuasion", "--corpus", "c.jsonl", "--out", "o.jsonl")),
    "seekers": (lambda f: deep(f, "c.jsonl"), ("annotate", "--env", "emotional-support", "--corpus", "c.jsonl", "--out",
                                               "o.jsonl")),
    "personas": (lambda f: deep(f, "p.jsonl"), ("search", "--conditions", "p.jsonl", "--out", "new")),
    "a list of personas": (lambda f: deep(f, "p.json", "[" + DEEP), ("search", "--conditions", "p.json", "--out", "new")),
    "trees": (lambda f: deep(f, "t/trees.jsonl"), ("pairs", "t", "--out", "new")),
    "a tree": (lambda f: deep(f, "t/trees.jsonl"), ("tree", "t")),
    "results": (lambda f: deep(f, "r/results.json"), ("report", "r")),
    "a mark": (lambda f: (deep(f, "new/.dialogym.json"), deep(f, "new/x"))[0], ("search", "--out", "new", "--quiet")),
    "a journal": (lambda f: deep(f, "o.jsonl"), ("annotate", "--env", "emotional-support", "--corpus", "talks.jsonl", "--out",
                                                 "o.jsonl")),
}


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_without_end_is_refused(tmp_path: Path, name: str) -> None:
    from tests.cli.test_messages import episodes

    episodes(tmp_path, "EmotionalSupport-v0")
    make, arguments = NESTED[name]
    make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    one_sentence(command(*arguments, cwd=tmp_path))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_place_that_cannot_be_written_is_one_sentence(small: Path) -> None:
    (small / "file").write_text("x")
    for out in ("file/trees", "a" * 300, "n\x01/" + "b" * 300):
        one_sentence(command(*SEARCH[:-1], out, cwd=small))


@pytest.mark.parametrize(("where", "arguments"), [
    ("engagement", ("show", "Broken-v0")), ("describe_condition", ("show", "Broken-v0")),
    ("draw_condition", ("show", "Broken-v0")),
    ("pruning_score", ("bench", "--env", "Broken-v0", "--planners", "sample,greedy", "--budget", "4", "--conversations", "2",
                       "--out", "b", "--quiet")),
    ("condition_to_json", ("search", "--env", "Broken-v0", "--conversations", "1", "--out", "t", "--quiet")),
])
def test_other_peoples_code_that_raises_is_told_by_file_and_line(tmp_path: Path, where: str,
                                                                 arguments: tuple[str, ...]) -> None:
    text = (ROOT / "tests" / "toy.py").read_text()
    text += (f"\nimport dialogym\n\n\nclass Broken(Thinking):\n    name = 'broken'\n\n    def {where}(self, *given):\n"
             "        raise ZeroDivisionError('no [luck] today')\n\n\ndialogym.register('Broken-v0', Broken)\n")
    (tmp_path / "broken.py").write_text(text)
    found = command(arguments[0], "--plugin", "broken", *arguments[1:], cwd=tmp_path)
    assert found.returncode in (1, 2), found
    assert "Traceback" not in found.stderr
    if found.returncode == 2:
        one_sentence(found, "ZeroDivisionError: no [luck] today (broken.py, line ")
    else:
        assert "ZeroDivisionError: no [luck] today (broken.py, line " in found.stderr + json.dumps(
            [path.read_text() for path in tmp_path.rglob("*.md")])


MARKUP = "[red]a[/green] [/] [link=x]b"


@pytest.mark.parametrize("arguments", [
    ("show", MARKUP), ("show", "--env", MARKUP), ("show", "--policy", MARKUP), ("show", "--user", MARKUP),
    ("show", "--plugin", MARKUP), ("show", "--option", MARKUP), ("show", "--option", f"personas={MARKUP}"), ("report", MARKUP),
    ("tree", MARKUP),
    ("pairs", MARKUP, "--out", "new"), ("search", "--out", "new", "--conditions", MARKUP),
    ("search", "--config", MARKUP, "--out", "n"),
    ("run", "--out", "new", "--model", MARKUP), ("run", "--out", "new", "--preset", MARKUP), ("new-scenario", MARKUP),
    ("bench", "--out", "new", "--planners", MARKUP), ("bench", "--out", "new", "--user", MARKUP),
])
def test_no_bracket_in_a_message_is_markup(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    one_sentence(command(*arguments, cwd=tmp_path), "[/green]")


def test_no_bracket_in_a_table_or_a_bar_is_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    from dialogym.cli import align, bench
    from dialogym.cli.shared import bars

    measure = {"name": "m", "label": MARKUP}
    found = {"m_mean": 0.5, "m_ci95": [0, 1], "engaged_rate": 0.5, "engaged_ci95": [0, 1], "turns_mean": 1.0,
             "garble_rate": 0.0}
    align._print_results({"measures": [measure], "environment": MARKUP, "systems": {MARKUP: found}, "notes": {MARKUP: MARKUP}})
    row = {"user": MARKUP, "planner": MARKUP, "budget": 1, "level": (0.5, (0, 1)), "difference": (0.5, (0, 1)), "failed": 0,
           "fouls": 0, "refereed": False}
    figures = {"settings": {"planners": [MARKUP], "budgets": [1], "oracle": False, "env": MARKUP, "conversations": 1,
                            "policy": MARKUP}, "rows": [row], "models": [MARKUP]}
    console = Console(width=400)
    console.print(bench._table(figures))
    with bars(False) as reporter:
        reporter.stage(MARKUP, 1)(1)
    shown = capsys.readouterr()
    assert "[/green]" in " ".join(shown.out.split())
    assert shown.out.count("[link=x]b") >= 3
