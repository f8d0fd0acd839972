"""Language models on the leaderboard: in either seat, with their tokens, their price and whose fault a failure was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dialogym import Ask, Utterance
from dialogym.__main__ import app
from dialogym.agents import LanguageModelAgent, Sampling, ScriptedModel
from dialogym.agents.backend import Completion
from dialogym.agents.metering import metered
from dialogym.alignment.evaluation import players
from dialogym.alignment.evaluation.leaderboard import FIGURES, LINES, TABLE, TRANSCRIPTS, BenchSettings, Prices, bench
from dialogym.alignment.evaluation.players import PolicyFault, SimulatorFault
from dialogym.alignment.evaluation.verification import verify
from dialogym.envs.errors import DialogymError, InvalidConfig
from tests.agents.faulty_server import FaultyServer

SETTINGS = BenchSettings(env="PersuasionForGood-v0", options={"horizon": 3}, planners=("sample",), budgets=(1,),
                         users=("scripted",), policy="openai:m", conversations=4, secret="public")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    with FaultyServer() as found:
        monkeypatch.setenv("OPENAI_BASE_URL", found.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "none-at-all")
        yield found


def test_one_line_evaluates_a_served_model(server: FaultyServer, tmp_path: Path) -> None:
    arguments = ["bench", "--env", SETTINGS.env, "--policy", "openai:m", "--user", "scripted,noisy", "--conversations", "3",
                 "--option", "horizon=3", "--price-in", "2", "--price-out", "10", "--out", str(tmp_path / "out"), "--quiet"]
    found = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
    assert found.exit_code == 0, found.output
    figures = json.loads((tmp_path / "out" / FIGURES).read_text())
    asked = len(server.bodies) - 1  # one to see whether it answers
    assert figures["settings"]["planners"] == ["sample"]
    assert [sum(row["tokens"][place] for row in figures["rows"]) for place in (0, 1)] == [10 * asked, 5 * asked]
    assert sum(row["dollars"] for row in figures["rows"]) == pytest.approx(asked * (10 * 2 + 5 * 10) / 1e6)
    assert f"the policy read {10 * asked:,} and wrote {5 * asked:,} ($" in " ".join(found.output.split())
    assert max(map(len, found.output.splitlines()[:-2])) <= 80
    page = (tmp_path / "out" / TRANSCRIPTS).read_text()
    assert page.count("persuadee, hidden: You are") == 6
    assert "I say so" in page
    assert "dollars |" in (tmp_path / "out" / TABLE).read_text()
    assert len(server.bodies) == asked + 1
    again = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
    assert (again.exit_code, len(server.bodies)) == (0, asked + 2)  # nothing is asked for twice
    checked = CliRunner().invoke(app, ["bench", "--verify", str(tmp_path / "out" / "entry.json.gz"), "--quiet"])
    assert "holds: 6 conversations, 0 of them played again from the settings and 6 from their words" in " ".join(
        checked.output.split())


def test_a_server_that_stops_loses_nothing(server: FaultyServer, tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench(SETTINGS, tmp_path / "out", progress=stop)
    figures = bench(SETTINGS, tmp_path / "out")
    whole = bench(SETTINGS, tmp_path / "whole")
    assert [row["level"] for row in figures["rows"]] == [row["level"] for row in whole["rows"]]
    words = [sorted((line["number"], line["dialogue"]) for line in map(json.loads, (tmp_path / name / LINES).read_text()
             .splitlines()[1:])) for name in ("out", "whole")]
    assert words[0] == words[1]


class Failing:
    """Speaks, but for what `when` says."""

    def __init__(self, agent: Any, when: Any) -> None:
        self.agent, self.when = agent, when

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        for ask in asks:
            if self.when(ask):
                raise DialogymError("lost the thread")
        return self.agent.respond(asks)


def seated(monkeypatch: pytest.MonkeyPatch, when: Any, says: str = "Would you give a dollar?") -> None:
    """Every model is one that says a sentence, but where it fails."""
    def agent_for(scenario: Any, seat: str, name: str, sampling: Sampling, record: Path) -> Any:
        del scenario, seat, name, record
        return Failing(LanguageModelAgent(ScriptedModel(says), None, sampling), when)

    monkeypatch.setattr(players, "agent_for", agent_for)


def test_whose_fault_it_was_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The policy's counts as a talk without engagement; the simulator's counts for nobody."""
    seated(monkeypatch, lambda ask: ask.key % 2 == 0)
    settings = replace(SETTINGS, policy="mine", conversations=12)
    (row,) = bench(settings, tmp_path / "policy")["rows"]
    assert row["fouls"] == row["failed"] > 0
    assert row["reasons"][0].startswith("PolicyFault: DialogymError: lost the thread")
    assert row["level"][0] <= 1 - row["fouls"] / 12
    (row,) = bench(replace(settings, policy="expert", users=("mine",)), tmp_path / "user")["rows"]
    assert (row["fouls"], row["failed"] > 0) == (0, True)
    assert row["reasons"][0].startswith("SimulatorFault: DialogymError: lost the thread")
    page = (tmp_path / "user" / TABLE).read_text()
    assert "policy's faults | simulator's faults" in page
    assert verify(tmp_path / "policy" / "entry.json.gz").differences == ()
    assert verify(tmp_path / "user" / "entry.json.gz").differences == ()


def test_a_seeker_who_writes_no_state_has_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is the simulator that cannot be read; no policy did anything wrong."""
    seated(monkeypatch, lambda ask: False, "Thank you, I feel better. Goodbye!")
    settings = replace(SETTINGS, env="EmotionalSupport-v0", policy="expert", users=("mine",), conversations=3)
    (row,) = bench(settings, tmp_path / "out")["rows"]
    assert (row["failed"], row["fouls"], "level" in row) == (3, 0, False)
    assert "could be read" in row["reasons"][0]
    assert verify(tmp_path / "out" / "entry.json.gz").differences == ()


def test_what_cannot_be_said_is_the_speakers_fault() -> None:
    class Blank:
        def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
            return [Utterance("persuader", " ") for _ in asks]

    with pytest.raises(PolicyFault, match="must say something"):
        players._Accountable(Blank(), "persuader", PolicyFault).respond([None])  # type: ignore[list-item]
    assert issubclass(SimulatorFault, DialogymError)


def test_a_meter_counts_what_is_told() -> None:
    class Telling:
        promises = ScriptedModel("").promises

        def complete(self, requests: Sequence[Any]) -> list[Completion]:
            return [Completion((), True, "Well.", usage=(7, 3) if request.seed % 2 else None) for request in requests]

    agent = LanguageModelAgent(Telling())
    meter = metered(agent)
    assert meter is not None
    from dialogym.agents.backend import Request

    agent.backend.complete([Request((), seed, chat=(("user", "Hello."),)) for seed in range(4)])
    assert (meter.read, meter.written, meter.told) == (14, 6, False)


@pytest.mark.parametrize("prices", [(-1.0, 0.0), (float("nan"), 0.0)])
def test_a_price_is_a_number_of_dollars(prices: tuple[float, float]) -> None:
    with pytest.raises(InvalidConfig):
        Prices(*prices)
