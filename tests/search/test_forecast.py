"""What a search will take: the queue by cases that can be reckoned by hand, and a forecast that a real search bears out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.position import Position
from dialogym.search import IxMCTS, SearchConfig, search
from dialogym.search.forecast import (
    GPUS,
    SHAPES,
    Line,
    Served,
    Words,
    Work,
    fitted,
    planned,
    saturated,
    simulated,
)
from dialogym.search.probe import probe

PAPER = saturated(IxMCTS(), 15, 64)
SERVED = Served(SHAPES["llama-3.2-3b"], GPUS["h200"], Words(), PAPER)
LENGTHS = st.lists(st.floats(1, 50), min_size=1, max_size=30)


def test_the_paper_s_tree_has_931_expansions() -> None:
    assert PAPER.expansions == 931
    assert saturated(IxMCTS(iterations=100), 15, 1).expansions == 100
    assert saturated(IxMCTS(width=2, keep=None), 4, 1).expansions == 15
    assert saturated(IxMCTS(depth=3), 15, 1).expansions == 1 + 3 + 9


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 8))
def test_where_every_conversation_costs_its_own_a_window_changes_nothing(lengths: list[float], window: int) -> None:
    course = simulated(lengths, 1, window, lambda n: 2.0 * n)
    assert course.seconds == pytest.approx(2 * sum(lengths))
    assert course.idle == pytest.approx(0, abs=1e-9)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 5), st.integers(1, 5))
def test_no_search_is_shorter_than_its_longest_talk_or_its_work(lengths: list[float], workers: int, window: int) -> None:
    course = simulated(lengths, workers, window, lambda n: 3.0)
    assert course.seconds >= max(3 * max(lengths), 3 * sum(lengths) / (workers * window)) - 1e-6
    assert course.seconds <= 3 * sum(lengths) / (workers * window) + 3 * max(lengths) + 1e-6
    assert course.in_hand == pytest.approx(3 * sum(lengths) / (workers * course.seconds))
    assert course.chain == 3 * max(lengths)


def test_equal_conversations_go_in_waves() -> None:
    assert simulated([10.0] * 8, 2, 2, lambda n: 1.0).seconds == pytest.approx(20)
    assert simulated([10.0] * 9, 2, 2, lambda n: 1.0).seconds == pytest.approx(30)
    assert simulated([10.0] * 2, 8, 4, lambda n: 1.0).idle == pytest.approx(6 / 8)


def test_lengths_have_the_mean_and_the_spread() -> None:
    lengths = Work(2000, 50.0, 0.6, 3, 0.0).lengths()
    mean = sum(lengths) / 2000
    assert mean == pytest.approx(50, rel=0.01)
    assert (sum((x - mean)**2 for x in lengths) / 2000)**0.5 / mean == pytest.approx(0.6, rel=0.05)
    assert Work(3, 50.0, 0.0, 3, 0.0).lengths() == pytest.approx([50.0] * 3)


def test_a_line_is_found_again() -> None:
    line = Line(0.4, 0.05)
    few, many = ((w, 100.0, 100 / w * line(w)) for w in (1, 8))
    assert fitted(few, many).fixed == pytest.approx(0.4)
    assert fitted(few, many).each == pytest.approx(0.05)
    with pytest.raises(InvalidConfig, match="smaller first"):
        fitted(many, few)


def test_parts_add_up_and_grow() -> None:
    for n in (1, 16, 64):
        assert sum(SERVED.parts(n).values()) == pytest.approx(SERVED(n))
        assert SERVED(2 * n) > SERVED(n)
        assert SERVED(2 * n) < 2 * SERVED(n)  # what is together in hand shares the weights
    assert SERVED.memory(64) > 2 * SHAPES["llama-3.2-3b"].weights


def test_more_gpus_are_faster_until_conversations_run_out() -> None:
    rows = [planned(replace(SERVED, work=replace(PAPER, conversations=700)), gpus, 64) for gpus in (1, 8, 64, 512)]
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds, reverse=True)
    assert rows[-1]["bottleneck"] == "too few conversations"
    assert rows[-1]["seconds"] >= 0.99 * rows[-1]["chain_seconds"]
    assert rows[0]["generations"] == 700 * 931 * 3 * 2
    assert [row["gpu_hours"] for row in rows] == sorted(row["gpu_hours"] for row in rows)


def test_memory_bounds_what_is_in_hand() -> None:
    small = replace(GPUS["a100"], memory=24e9)
    row = planned(replace(SERVED, shape=SHAPES["qwen2.5-7b"], gpu=small), 1, 500)
    assert row["window"] < 500
    assert row["bottleneck"].startswith("memory")
    with pytest.raises(InvalidConfig, match="larger GPU"):
        planned(replace(SERVED, shape=SHAPES["qwen2.5-7b"], gpu=replace(small, memory=12e9)), 1, 500)


@pytest.mark.parametrize("changes", [{"conversations": 0}, {"expansions": 0.0}, {"spread": -1.0}])
def test_work_that_is_none_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(InvalidConfig):
        replace(PAPER, **changes)


def test_a_forecast_from_a_few_conversations_is_borne_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock counts what is said, which no company on the machine changes. docs/scaling.md has seconds, at larger sizes."""
    said, say = [0.0], Position.say

    def counted(*args: Any, **kwargs: Any) -> Position:
        said[0] += 1
        return say(*args, **kwargs)

    monkeypatch.setattr(Position, "say", counted)
    config = SearchConfig(options={"horizon": 5}, conversations=24, search=IxMCTS(width=2, keep=3))
    search(config, tmp_path)
    taken, said[0] = said[0], 0.0
    found = probe(config, 12, lambda: said[0])
    assert found.searched == 12
    assert taken > 24 * found.expansions
    assert found.course(24, 1, 16).seconds == pytest.approx(taken, rel=0.15)
    sizes = (tmp_path / "trees.jsonl").stat().st_size
    assert 24 * found.file_bytes == pytest.approx(sizes, rel=0.5)


def test_a_measurement_needs_some() -> None:
    with pytest.raises(InvalidConfig, match="4 conversations or more"):
        probe(SearchConfig(), 3)


def planned_by(*words: str) -> str:
    found = CliRunner().invoke(app, ["plan-run", *words], catch_exceptions=False)
    assert found.exit_code == 0
    return found.output


def test_the_command_tells_and_writes(tmp_path: Path) -> None:
    said = planned_by("--shape", "qwen2.5-7b", "--env", "EmotionalSupport-v0", "--conversations", "4000", "--sizes", "8,512",
                      "--out", str(tmp_path / "plan.json"))
    assert "assumed" in said
    rows = json.loads((tmp_path / "plan.json").read_text())["rows"]
    assert [row["gpus"] for row in rows] == [8, 512]
    said = planned_by("--measure", "4", "--option", "horizon=3", "--sizes", "1,2", "--clock", "cpu", "--conversations", "20")
    assert "standard error" in said


@pytest.mark.parametrize(("words", "said"), [
    ((), "one of the two"), (("--shape", "gpt-9"), "name one of"),
    (("--shape", "llama-3.2-3b", "--gpu", "abacus"), "name one of"),
    (("--shape", "llama-3.2-3b", "--sizes", "0"), "whole numbers"), (("--shape", "llama-3.2-3b", "--share", "2"), "share"),
    (("--shape", "llama-3.2-3b", "--tokens", "1,2"), "three numbers"), (("--measure", "4", "--clock", "sun"), "clock"),
    (("--shape", "llama-3.2-3b", "--measure", "4"), "one of the two")])
def test_the_command_refuses_what_makes_no_sense(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidConfig, match=said):
        CliRunner().invoke(app, ["plan-run", *words], catch_exceptions=False)
