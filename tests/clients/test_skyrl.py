"""SkyRL-Gym: its registry makes our environment, and its loop is paid what ours is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import dialogym
from dialogym.envs.errors import DialogymError
from dialogym.envs.position import MAX_TEXT
from tests.clients.chat_server import LINES
from tests.clients.common import EVERY, IDS

pytest.importorskip("skyrl_gym", reason="skyrl-gym is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def made(row: dict[str, Any], **settings: Any) -> Any:
    import skyrl_gym

    return skyrl_gym.make(row["env_class"], extras=row, **settings)


def rows(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
    from dialogym.integrations.skyrl_gym import rows

    return rows(*arguments, **options)


def talk(env: Any, row: dict[str, Any]) -> tuple[list[dict[str, str]], float, dict[str, Any]]:
    """The chat, the sum of the rewards and the last metadata of a talk in which our lines are recited."""
    chat, _ = env.init(row["prompt"])
    paid, turn, done, step = 0.0, 0, False, {}
    while not done:
        line = LINES[turn % len(LINES)]
        step = env.step(line)
        paid, turn, done = paid + step["reward"], turn + 1, step["done"]
        chat = [*chat, {"role": "assistant", "content": line}, *step["observations"]]
    return chat, paid, step["metadata"]


@EVERY
@pytest.mark.parametrize("who", ["interactive", "user"])
def test_its_talks_are_ours(id: str, who: str) -> None:
    seat = getattr(dialogym.make(id).scenario, who)
    for row in rows(id, 3, seed=5, seat=seat):
        env = made(row)
        chat, paid, metadata = talk(env, row)
        ours = dialogym.SeatEnv(id, seat=seat, messages=True)
        ours.reset(seed=row["dialogym"]["seed"])
        reward, over, turn = 0.0, False, 0
        while not over:
            _, reward, ended, cut, info = ours.step(ours.read(LINES[turn % len(LINES)]))
            over, turn = ended or cut, turn + 1
        assert (paid, metadata["status"], metadata["cut_off"]) == (reward, info["status"], False)
        assert chat[:2] == ours.observe()["messages"][:2]
        assert [m["content"] for m in chat if m["role"] == "user"] == [
            m["content"] for m in ours.observe()["messages"] if m["role"] == "user"][:turn]
        figures = env.get_metrics()
        assert (figures["engagement"], figures["finished"]) == (reward, 1.0)
        assert type(env).aggregate_metrics([figures, figures])["engagement"] == pytest.approx(reward)


def test_a_row_survives_a_table() -> None:
    """Parquet fills the cells that a row lacks with None, and a config comes as OmegaConf's."""
    from omegaconf import OmegaConf

    row = rows("EmotionalSupport-v0", 1, partner="guarded", horizon=3)[0]
    row["dialogym"]["options"] = {**row["dialogym"]["options"], "language": None}
    bare = {**row, "dialogym": {"seed": row["dialogym"]["seed"], "partner": None}}
    config = OmegaConf.create({"env": "EmotionalSupport-v0", "partner": "guarded", "options": {"horizon": 3}})
    assert talk(made(row), row) == talk(made(bare, env_config=config), bare)


def test_the_turns_that_it_allows_are_kept() -> None:
    row = {**rows(IDS[0], 1)[0], "max_turns": 1}
    env = made(row)
    env.init(row["prompt"])
    step = env.step(LINES[0])
    assert (step["done"], step["reward"], step["metadata"]["cut_off"], env.get_metrics()["finished"]) == (True, 0.0, True, 0.0)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "a\ud800b", "word " * MAX_TEXT])
def test_whatever_a_model_writes_is_taken(text: str) -> None:
    row = rows(IDS[0], 1)[0]
    env = made(row)
    env.init(row["prompt"])
    assert env.step(text)["observations"]


def test_the_page_shows_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "integrations.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```py\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    exec(block, {})
    assert capsys.readouterr().out.startswith("[{'role': 'user', 'content': ")


def test_what_is_wrong_is_said() -> None:
    row = rows(IDS[0], 1)[0]
    with pytest.raises(DialogymError, match="no 'users'"):
        made({**row, "dialogym": {"users": "guarded"}})
    with pytest.raises(DialogymError, match="call init"):
        made(row).step("Hello.")
