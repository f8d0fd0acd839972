"""Collecting trees: what is finished is on the disk, a killed search ends with the same bytes, a poisoned one harms nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dialogym import Agent, Ask, Position, Utterance
from dialogym.envs.errors import InvalidConfig, RunStopped, UnknownEnvironment
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Plan, Tree, run
from dialogym.search.collect import collect, failures, scenario_of, stored, trees
from tests.toy import cast

ID = "PersuasionForGood-v0"
SCENARIO = Persuasion(horizon=4).under(ID)
STARTS = [Position.start(SCENARIO, seed) for seed in range(9)]
PLANNER = IxMCTS(width=2, keep=3)


def collected(path: Path, agents: dict[str, Agent] | None = None, **options: Any) -> bytes:
    collect(options.pop("planner", PLANNER), options.pop("starts", STARTS), agents or cast(SCENARIO), path, {"seed": 0},
            **options)
    return path.read_bytes()


class Poisoned:
    """Raises when it is asked about the conversations with these conditions."""

    def __init__(self, agent: Agent, conditions: Sequence[Any], error: Exception) -> None:
        self.agent, self.conditions, self.error = agent, conditions, error

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        if any(ask.view.condition in self.conditions for ask in asks):
            raise self.error
        return self.agent.respond(asks)


def poisoned(*numbers: int, error: Exception) -> dict[str, Agent]:
    agents = cast(SCENARIO)
    agents["persuadee"] = Poisoned(agents["persuadee"], [STARTS[n].condition for n in numbers], error)
    return agents


def test_the_file_holds_the_trees_in_order(tmp_path: Path) -> None:
    collected(tmp_path / "trees.jsonl", window=4)
    found = dict(trees(tmp_path / "trees.jsonl"))
    assert list(found) == list(range(9))
    assert [tree.to_json() for tree in found.values()] == [t.to_json() for t in run(PLANNER, STARTS, cast(SCENARIO))]
    assert scenario_of(tmp_path / "trees.jsonl") == SCENARIO


def test_conversations_may_be_dealt_out_to_several_and_the_file_is_the_same_in_any_order(tmp_path: Path) -> None:
    other = {**cast(SCENARIO), "persuadee": cast(SCENARIO, persuadee="sceptical")["persuadee"]}
    for name, order in (("one", (0, 1)), ("two", (1, 0))):
        for place in order:
            collected(tmp_path / name, (cast(SCENARIO), other)[place], numbers=range(place, 9, 2))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    found = dict(trees(tmp_path / "one"))
    wanted = [run(PLANNER, STARTS, agents) for agents in (cast(SCENARIO), other)]
    assert [tree.to_json() for tree in found.values()] == [wanted[number % 2][number].to_json() for number in range(9)]
    assert found[1].to_json() != wanted[0][1].to_json()


@pytest.mark.parametrize("window", [1, 2, None])
def test_the_window_changes_nothing_but_the_order_of_work(tmp_path: Path, window: int | None) -> None:
    assert collected(tmp_path / "a.jsonl", window=window) == collected(tmp_path / "b.jsonl", window=4)


def test_no_more_trees_are_alive_than_the_window_holds(tmp_path: Path) -> None:
    alive: set[int] = set()
    most = 0

    def counted(position: Position) -> Plan[Tree]:
        nonlocal most
        alive.add(position.key)
        most = max(most, len(alive))
        tree = yield from PLANNER(position)
        alive.discard(position.key)
        return tree

    collected(tmp_path / "a.jsonl", planner=counted, window=3)
    assert most == 3


def test_a_poisoned_conversation_is_recorded_and_harms_no_other(tmp_path: Path) -> None:
    whole = {found.number: found for found in stored_of(tmp_path / "whole.jsonl", cast(SCENARIO))}
    agents = poisoned(2, 5, error=ValueError("no reply in '<|end|>'"))
    found = {found.number: found for found in stored_of(tmp_path / "poisoned.jsonl", agents)}
    place = f"tests/search/test_collect.py, line {Poisoned.respond.__code__.co_firstlineno + 2}"
    reason = f"ValueError: no reply in '<|end|>' ({place})"
    assert {n: s.failed for n, s in found.items() if s.failed} == dict.fromkeys((2, 5), reason)
    assert {n: s for n, s in found.items() if not s.failed} == {n: s for n, s in whole.items() if n not in (2, 5)}
    assert [n for n, _ in trees(tmp_path / "poisoned.jsonl")] == [0, 1, 3, 4, 6, 7, 8]


def stored_of(path: Path, agents: dict[str, Agent]) -> list[Any]:
    collected(path, agents, window=4)
    return list(stored(path))


def test_a_plan_that_raises_is_recorded_too(tmp_path: Path) -> None:
    def odd(position: Position) -> Plan[Tree]:
        if position.key == STARTS[3].key:
            raise ArithmeticError("odd")
        return (yield from PLANNER(position))

    counts = collect(odd, STARTS, cast(SCENARIO), tmp_path / "a.jsonl", {})
    assert counts == {"conversations": 9, "failed": 1}
    place = f"tests/search/test_collect.py, line {odd.__code__.co_firstlineno + 2}"
    assert failures(tmp_path / "a.jsonl") == [(3, f"ArithmeticError: odd ({place})")]
    assert [s.failed for s in stored(tmp_path / "a.jsonl")][3] == f"ArithmeticError: odd ({place})"


def test_what_stops_a_run_is_raised_and_what_is_done_is_kept(tmp_path: Path) -> None:
    whole = collected(tmp_path / "whole.jsonl", window=2)
    with pytest.raises(RunStopped, match="the budget is spent"):
        collected(tmp_path / "a.jsonl", poisoned(6, error=RunStopped("the budget is spent")), window=2)
    kept = (tmp_path / "a.jsonl").read_bytes()
    assert 3 < len(kept.splitlines()) < len(whole.splitlines())
    assert collected(tmp_path / "a.jsonl", window=2) == whole


def test_the_same_file_is_gone_on_with_only_for_the_same_search(tmp_path: Path) -> None:
    whole = collected(tmp_path / "a.jsonl")
    with pytest.raises(InvalidConfig, match="another options"):
        collected(tmp_path / "a.jsonl", starts=[Position.start(Persuasion(horizon=3).under(ID), 0)] * 9)
    with pytest.raises(InvalidConfig, match="another seed"):
        collect(PLANNER, STARTS, cast(SCENARIO), tmp_path / "a.jsonl", {"seed": 1})
    with pytest.raises(InvalidConfig, match="none was given for \\['persuadee'\\]"):
        collect(PLANNER, STARTS, {"persuader": cast(SCENARIO)["persuader"]}, tmp_path / "b.jsonl", {})
    with pytest.raises(InvalidConfig, match="at least 1"):
        collected(tmp_path / "b.jsonl", starts=[])
    assert (tmp_path / "a.jsonl").read_bytes() == whole
    assert not (tmp_path / "b.jsonl").exists()


def test_more_conversations_can_be_added(tmp_path: Path) -> None:
    few = collected(tmp_path / "a.jsonl", starts=STARTS[:4])
    assert collected(tmp_path / "a.jsonl") == collected(tmp_path / "b.jsonl")
    assert (tmp_path / "b.jsonl").read_bytes().startswith(few)


@pytest.mark.parametrize(("line", "says"), [
    (b"{\n", "line 3: not a search tree"), (b'{"tree": 1}\n', "line 3: not a search tree"),
    (b"1\n", "line 3: not a search tree")])
def test_a_damaged_file_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    lines = collected(tmp_path / "a.jsonl", starts=STARTS[:2]).splitlines(keepends=True)
    (tmp_path / "a.jsonl").write_bytes(lines[0] + lines[1] + line)
    with pytest.raises(InvalidConfig, match=says):
        list(stored(tmp_path / "a.jsonl"))
    with pytest.raises(InvalidConfig, match=says):
        collected(tmp_path / "a.jsonl", starts=STARTS[:2])
    (tmp_path / "b.jsonl").write_text(json.dumps({"another": 1}) + "\n")
    with pytest.raises(InvalidConfig, match="holds no search trees"):
        scenario_of(tmp_path / "b.jsonl")


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    whole = collected(tmp_path / "a.jsonl").splitlines(keepends=True)
    every = list(stored(tmp_path / "a.jsonl"))
    (tmp_path / "a.jsonl").write_bytes(b"".join([*whole[:2], whole[2][:40] + b"\n", *whole[3:]]))  # line 3 is damaged
    assert list(stored(tmp_path / "a.jsonl", {every[0].number, every[2].number})) == [every[0], every[2]]
    assert list(stored(tmp_path / "a.jsonl", set())) == []
    with pytest.raises(InvalidConfig, match="line 3"):
        list(stored(tmp_path / "a.jsonl", {every[1].number}))


KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from dialogym import Position, ScriptedAgent, make
from dialogym.search import IxMCTS
from dialogym.search.collect import collect

scenario = make("PersuasionForGood-v0", horizon=5).scenario
starts = [Position.start(scenario, seed) for seed in range(10)]
agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}

def search(path):
    collect(IxMCTS(width=3, keep=4), starts, agents, path, {}, window=5)

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
began = time.perf_counter()
search(folder / "whole.jsonl")
whole, took = (folder / "whole.jsonl").read_bytes(), time.perf_counter() - began
luck, killed = random.Random(7), 0
while killed < kills:
    path = folder / f"killed-{killed}.jsonl"
    child = os.fork()
    if not child:
        search(path)
        os._exit(0)
    time.sleep(luck.uniform(0.02, 0.9) * took)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if luck.random() < 0.3:
        continue  # the next one is killed while it goes on with this one's file
    killed += os.WIFSIGNALED(status)
    search(path)
    assert path.read_bytes() == whole, f"kill point {killed}"
    path.unlink()
print(killed)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_points_it_ends_with_the_same_bytes(kills: int, tmp_path: Path) -> None:
    """A search that loses or doubles a tree does so at most points it is killed at: three show it; twenty, a rare one."""
    arguments = [sys.executable, "-c", KILLER, str(tmp_path), str(kills)]
    found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert not found.stderr
    assert found.stdout == f"{kills}\n"


def test_trees_that_nobody_could_read_again_are_not_searched(tmp_path: Path) -> None:
    by_hand = Persuasion(horizon=4)
    with pytest.raises(UnknownEnvironment, match="'persuasion'"):
        collect(PLANNER, [Position.start(by_hand, 0)], cast(by_hand), tmp_path / "a.jsonl", {})
    assert not (tmp_path / "a.jsonl").exists()
