"""What a core install can do, it does; what it cannot, it says in one sentence with the right extra, before it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core import core, core_python

ROOT = Path(__file__).resolve().parents[2]
SMALL = "{search: {width: 2, keep: 3}, options: {horizon: 4}, policy: novice}"


@pytest.mark.parametrize(("arguments", "says"), [
    (["run", "--out", "new"], "'dialogym[train]'"),
    (["run", "--env", "EmotionalSupport-v0", "--out", "new"], "'dialogym[train]'"),
    (["pretrain", "--out", "new"], "'dialogym[train]'"),
    (["bench", "--env", "PersuasionForGood-v0", "--out", "new"], "'dialogym[train]'"),
    (["search", "--policy", "embedded", "--out", "new", "--quiet"], "'dialogym[train]'"),
    (["search", "--env", "EmotionalSupport-v0", "--out", "new", "--quiet"], "'dialogym[encode]'"),
    (["search", "--user", "openai:small", "--out", "new", "--quiet"], "'dialogym[server]'"),
    (["train-online", "--out", "new"], "'dialogym[train]'"),
    (["serve", "PersuasionForGood-v0"], "'dialogym[openenv]'"),
])
def test_what_is_missing_is_one_sentence_with_its_extra(tmp_path: Path, arguments: list[str], says: str) -> None:
    found = core(*arguments, cwd=tmp_path)
    assert (found.returncode, found.stdout, len(found.stderr.strip().splitlines())) == (2, "", 1), found
    assert f"pip install {says}" in found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["trl", *(pytest.param(name, marks=pytest.mark.slow) for name in ("llamafactory", "kto"))])
def test_search_pairs_and_tree_need_no_extra(tmp_path: Path, format: str) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    pairs = ["pairs", "trees", "--out", "pairs", "--min-gap", "0.01", "--min-completions", "1", "--format", format]
    for arguments in (["search", "--out", "trees", "--config", "small.yaml", "--quiet", "--conversations", "8"],
                      ["tree", "trees"], pairs):
        found = core(*arguments, cwd=tmp_path)
        assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["train"] > 0


def test_another_encoder_searches_emotional_support(tmp_path: Path) -> None:
    found = core("search", "--env", "EmotionalSupport-v0", "--option", "encoder=character-ngrams", "--option", "horizon=2",
                 "--conversations", "1", "--out", "trees", "--quiet", cwd=tmp_path)
    assert (found.returncode, json.loads(found.stdout)) == (0, {"conversations": 1, "failed": 0}), found.stderr


@pytest.mark.parametrize(("example", "extra"), [("06_language_model.py", "train"), ("08_maskable_ppo.py", "rl")])
def test_an_example_says_what_it_needs(tmp_path: Path, example: str, extra: str) -> None:
    found = core_python(f"import runpy\nsys.argv[1:] = []\nrunpy.run_path({str(ROOT / 'examples' / example)!r}, "
                        "run_name='__main__')", cwd=tmp_path)
    said = (found.stdout + found.stderr).strip()
    assert len(said.splitlines()) == 1, said
    assert f"pip install 'dialogym[{extra}]'" in said


@pytest.mark.parametrize("arguments", [("envs",), ("envs", "EmotionalSupport-v0"), ("config", "--env", "EmotionalSupport-v0"),
                                       ("show", "--policy", "expert"), ("play",)])
def test_looking_around_needs_no_extra(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    found = core(*arguments, cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout
