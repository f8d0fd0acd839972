"""Inspect: its own `eval` runs our task with models of its, and with policies of ours; its log holds the talk and the score."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dialogym
from dialogym.search import play, run
from tests.clients.chat_server import LINES, chat_server, recite
from tests.clients.common import EVERY

pytest.importorskip("inspect_ai", reason="inspect-ai is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def evaluated(folder: Path, model: Any = "none/none", limits: Any = None, **arguments: Any) -> Any:
    """The log of an evaluation, as Inspect reads it back from its file."""
    import inspect_ai
    from inspect_ai.log import read_eval_log

    from dialogym.integrations.inspect_ai import dialogue

    (log,) = inspect_ai.eval(dialogue(**arguments), model=model, log_dir=str(folder), display="none", **(limits or {}))
    assert log.status == "success", log.error
    return read_eval_log(log.location)


def reciter() -> Any:
    """A model of Inspect's that says our lines in order."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def said(messages: list[Any], *_: Any) -> ModelOutput:
        output = ModelOutput.from_content("mockllm", recite([{"role": m.role} for m in messages]))
        output.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)
        return output

    return get_model("mockllm/model", custom_outputs=said, memoize=False)


def played(id: str, seed: int) -> dialogym.SeatEnv:
    """The same talk without Inspect, at its end."""
    env = dialogym.SeatEnv(id, messages=True)
    env.reset(seed=seed)
    turn = 0
    while not env.position.over:
        env.step(LINES[turn % len(LINES)])
        turn += 1
    return env


def test_its_command_finds_the_task(tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log

    command = [str(Path(sys.executable).with_name("inspect")), "eval", "dialogym/dialogue", "--model", "none/none", "-T",
               "policy=expert", "-T", "episodes=2", "-T", "horizon=3", "--log-dir", "logs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = tmp_path.glob("logs/*.eval")
    log = read_eval_log(str(file))
    assert (log.status, log.eval.task, log.eval.task_args["horizon"]) == ("success", "dialogym/dialogue", 3)


@EVERY
def test_a_models_talk_is_in_its_log(id: str, tmp_path: Path) -> None:
    log = evaluated(tmp_path, reciter(), env=id, episodes=2, seed=3)
    assert [sample.id for sample in log.samples] == [3, 4]
    for sample in log.samples:
        env = played(id, sample.id)
        score = sample.scores["engagement"]
        assert score.value == env.position.outcome[2]
        assert score.metadata["status"] == env.position.engagement.status
        assert [(m.role, m.text.strip()) for m in sample.messages] == [
            (m["role"], m["content"].strip()) for m in env.observe()["messages"]]  # to the user's last word


@EVERY
@pytest.mark.parametrize("policy", ["expert", "random"])
def test_our_own_policies_stand_in_the_same_viewer(id: str, policy: str, tmp_path: Path) -> None:
    log = evaluated(tmp_path, env=id, policy=policy, episodes=3)
    scenario = dialogym.make(id).scenario
    agents = {scenario.interactive: dialogym.ScriptedAgent.of(scenario, scenario.interactive, policy),
              scenario.user: dialogym.ScriptedAgent.of(scenario, scenario.user)}
    ends = run(play, [dialogym.Position.start(scenario, seed) for seed in range(3)], agents)
    levels = [end.engagement.level for end in ends]
    assert [sample.scores["engagement"].value for sample in log.samples] == levels
    figures = {name: found.value for name, found in log.results.scores[0].metrics.items()}
    assert figures["mean"] == pytest.approx(sum(levels) / 3)
    assert figures["engaged"] == pytest.approx(sum(level > 0 for level in levels) / 3)


def test_a_model_behind_a_server_and_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inspect_ai.model import get_model

    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with chat_server() as (address, bodies):
        model = get_model("openai-api/ours/reciter", base_url=address, api_key="none", memoize=False)
        log = evaluated(tmp_path, model, env="EmotionalSupport-v0", episodes=1, user="guarded", language="zh", horizon=4)
    (sample,) = log.samples
    assert sample.scores["engagement"].metadata["turns"] <= 4
    assert any("\u4e00" <= letter <= "\u9fff" for letter in bodies[0]["messages"][0]["content"])
    assert log.eval.model.endswith("reciter")


def test_a_talk_that_a_limit_cuts_off_earns_nothing(tmp_path: Path) -> None:
    (sample,) = evaluated(tmp_path, reciter(), {"message_limit": 4}, episodes=1).samples
    assert (sample.scores["engagement"].value, sample.scores["engagement"].metadata["over"]) == (0.0, False)
    assert sample.scores["engagement"].explanation.startswith("cut off")
