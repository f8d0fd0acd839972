"""The demo, a person's own talk in the browser, and taking a study elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dialogym import ScriptedAgent
from dialogym.__main__ import app
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.shells.seat_env import SeatEnv
from dialogym.study.bots.browser import Browser
from dialogym.study.bots.local import served
from dialogym.study.demo import demo
from dialogym.study.export import export_pairs, export_potato
from dialogym.study.play_web import build_play
from tests.study.site import opened
from tests.study.test_flow import PAIRS


def test_the_demo_walks_a_whole_study(tmp_path: Path) -> None:
    figures = demo(tmp_path / "demo", 2, 1, 1, env="EmotionalSupport-v0",
                   systems={"one": {"agent": "novice"}, "two": {"agent": "expert"}})
    assert figures["comparison"]["pairs"] == 2
    assert sum(arm["talks"] for arm in figures["talks"]["arms"].values()) == 1
    assert (tmp_path / "demo" / "report" / "report.html").exists()


@pytest.mark.slow
def test_the_demo_on_the_embedded_model(tmp_path: Path) -> None:
    command = ["study", "demo", "--out", str(tmp_path / "demo"), "--raters", "2", "--problems", "1", "--quiet"]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    figures = json.loads((tmp_path / "demo" / "report" / "figures.json").read_text(encoding="utf-8"))
    assert figures["comparison"]["pairs"] == 2


def played(seat: str | None = None):
    return SeatEnv("EmotionalSupport-v0", seat=seat)


def test_a_talk_in_the_browser_reveals_the_person_in_the_end() -> None:
    env = played()
    env.partner = ScriptedAgent.of(env.scenario, env.scenario.user)
    with served(build_play(env, 3)) as address:
        one = Browser(address)
        page = one.get("/")
        hidden = env.scenario.describe_condition(env.position.condition)
        assert hidden not in page.text
        for text in ("That sounds hard. What happened?", "<b>How</b> did that feel?"):
            page = one.submit(page.form("/say"), {"text": text})
            assert page.status == 200
        assert page.talks[0][-2] == ("you", "<b>How</b> did that feel?")
        assert one.get("/tree/0").path == "/"  # not before the end
        assert one.request("POST", "/say", "text=forged")[0] == 303
        assert len(one.get("/").talks[0]) == len(page.talks[0])
        page = one.submit(next(f for f in page.forms if f.action == "/do"), None, ("what", "end"))
        assert "The seeker you met" in page.text
        assert page.text.count("/tree/") == 2
        tree = one.get("/tree/1")
        assert "application/json" in tree.text
        assert tree.status == 200
        assert one.get("/tree/7").path == "/"
        page = one.get("/")
        page = one.submit(page.form("/do"), None, ("what", "again"))
        assert "The seeker you met" not in page.text
        assert one.request("GET", "/", None, {"Host": "evil.example"})[0] == 400


def test_the_users_seat_has_no_planner_beside_it() -> None:
    env = played("seeker")
    env.partner = ScriptedAgent.of(env.scenario, env.scenario.interactive)
    with served(build_play(env, 1)) as address:
        one = Browser(address)
        page = one.submit(one.get("/").form("/say"), {"text": "I failed my exam."})
        page = one.submit(next(f for f in page.forms if f.action == "/do"), None, ("what", "end"))
        assert "How it ended" in page.text
        assert "/tree/" not in page.text


def test_a_project_for_potato(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PAIRS), encoding="utf-8")
    study = opened(tmp_path, comparison=None, open="pairs", pairs={"file": "pairs.jsonl"})
    assert export_potato(study, tmp_path / "potato", "pairs") == len(PAIRS)
    project = yaml.safe_load((tmp_path / "potato" / "config.yaml").read_text(encoding="utf-8"))
    items = json.loads((tmp_path / "potato" / project["data_files"][0]).read_text(encoding="utf-8"))
    truth = [json.loads(line) for line in (tmp_path / "potato" / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    key, text = project["item_properties"]["id_key"], project["item_properties"]["text_key"]
    for item, true in zip(items, truth, strict=True):
        assert item[key] == true["id"]
        assert (item[text].index("That must hurt") < item[text].index("Cheer up")) == (true["first"] == "chosen")
    assert {true["first"] for true in truth} == {"chosen", "rejected"}
    with pytest.raises(InvalidConfig, match="No pair has two"):
        export_pairs(study, tmp_path / "agreed")
    with pytest.raises(InvalidConfig, match="takes the parts"):
        export_potato(study, tmp_path / "other", "comparison")
