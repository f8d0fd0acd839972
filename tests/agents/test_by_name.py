"""Models by name: behind a server and recorded, in a seat, as a chat model, in a search and in a whole run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym import Position, ScriptedAgent
from dialogym.agents.backend import Request, Sampling
from dialogym.agents.by_name import agent_for, chat_model, model_agent, together
from dialogym.agents.engine import precision
from dialogym.agents.openai_backend import OpenAIBackend
from dialogym.alignment.config import RunConfig
from dialogym.alignment.pipeline import align
from dialogym.alignment.training.settings import SftSettings
from dialogym.alignment.training.sft import train_sft
from dialogym.envs.errors import InvalidConfig, InvalidModel
from dialogym.envs.keys import mix, pick, text_key
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, play, run
from dialogym.search.collect import SearchConfig, search, stored
from tests import tiny
from tests.agents.faulty_server import Body, FaultyServer
from tests.alignment.test_pipeline import TINY
from tests.toy import texts

KEY = "sk-private-0987654321"
ANSWERS = ("Yes, I would like to donate $1.", "No, I will not donate.", "What is it for?", "Tell me more.",
           "I will give 50 cents.", "Sorry, I cannot donate today.")


def answer(body: Body) -> str:
    """A persuadee of few words, by the messages and the seed."""
    return pick(mix(text_key(json.dumps(body["messages"])), body["seed"]), ANSWERS)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """The server that the environment names."""
    with FaultyServer(0.2, ("500", "half", "no choices"), reply=answer) as found:
        monkeypatch.setenv("OPENAI_BASE_URL", found.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield found


def served(folder: Path, server: FaultyServer) -> None:
    """No file of the folder says where the server was, or with which key it was asked."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert KEY.encode() not in content
            assert server.base_url.encode() not in content


def test_a_model_behind_a_server_sits_by_its_name_and_is_repeated_from_its_recording(server: FaultyServer,
                                                                                    tmp_path: Path) -> None:
    scenario = Persuasion()
    starts = [Position.start(scenario, seed) for seed in range(3)]

    def talks(name: str) -> list[list[str]]:
        persuadee = agent_for(scenario, "persuadee", name, record=tmp_path / "talk.jsonl")
        ends = run(play, starts, {"persuader": ScriptedAgent.of(scenario, "persuader"), "persuadee": persuadee})
        return [texts(end) for end in ends]

    found = talks("openai:small")
    assert {body["model"] for body in server.bodies} == {"small"}
    assert set(server.keys) == {f"Bearer {KEY}"}
    asked = len(server.bodies)
    assert talks(f"replay:{tmp_path / 'talk.jsonl'}") == found
    assert talks("openai:small") == found
    assert len(server.bodies) == asked
    served(tmp_path, server)


def test_stop_strings_end_what_a_model_of_this_process_says() -> None:
    scenario = Persuasion()
    sampling = Sampling(temperature=0.0, max_new_tokens=24)
    (whole,) = model_agent("embedded", sampling).respond([Position.start(scenario, 1).ask()])
    stop = whole.text.split()[2]
    (cut,) = model_agent("embedded", replace(sampling, stop=(stop,))).respond([Position.start(scenario, 1).ask()])
    assert cut.text == whole.text[:whole.text.index(stop)].strip()


def test_a_model_speaks_in_bfloat16_where_that_is_fast_and_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = [Position.start(Persuasion(), seed).ask() for seed in range(4)]
    sampling = Sampling(max_new_tokens=24)
    exact = model_agent("embedded", sampling)
    assert exact.backend.promises.batch_invariant
    for helps in (False, True):
        monkeypatch.setattr(precision, "bf16_helps", lambda helps=helps: helps)
        assert model_agent("embedded", sampling).backend.promises.batch_invariant  # not unless it is asked for
        fast = model_agent("embedded", sampling, precision="fast")
        assert fast.backend.promises.batch_invariant is not helps
        said = fast.respond(asks)
        assert helps or said == exact.respond(asks)
        assert said == model_agent("embedded", sampling, precision="fast").respond(asks)  # the same calls, the same words
    with pytest.raises(InvalidConfig, match="precision must be one of"):
        RunConfig(precision="best")


def test_adapters_beside_one_base_speak_in_bfloat16_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "bf16_helps", lambda: True)
    base = tiny.save_model(tmp_path / "base")
    train_sft(str(base), tiny.chats(4), tmp_path / "sft", SftSettings(max_steps=1, batch_size=4, held_out=0.0))
    folders = {"sft": str(tmp_path / "sft")}
    for wanted, invariant in (("exact", True), ("fast", False)):
        found = together(str(base), folders, precision=wanted)
        assert found["sft"].backend.promises.batch_invariant is invariant


@pytest.mark.parametrize(("name", "error", "says"), [
    ("openai:", InvalidModel, "names no model"), ("replay:nowhere.jsonl", InvalidConfig, "is not a recording")])
def test_a_name_of_nothing_is_refused(name: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        model_agent(name)
    with pytest.raises((InvalidConfig, InvalidModel), match=says):
        agent_for(Persuasion(), "persuadee", name)


def test_a_chat_model_behind_a_server_says_nothing_to_what_does_not_fit(server: FaultyServer) -> None:
    server.refuse = lambda body: ((400, {"error": {"message": "This model's maximum context length is 8"}})
                                  if len(body["messages"]) > 2 else None)
    ask = chat_model("openai:large", 16)
    chats = [[{"role": "user", "content": f"<|im_start|>Number {number}"}] for number in range(5)]
    found = ask([*chats, chats[0] * 3])
    assert found[-1] == ""
    assert all(said in ANSWERS for said in found[:-1])
    assert found[:-1] == ask(chats)
    assert {body["temperature"] for body in server.bodies} == {0.0}
    assert not any("<|im_start|>" in json.dumps(body) for body in server.bodies)


def test_fields_of_the_body_may_be_added_and_left_out(server: FaultyServer) -> None:
    server.rate = 0.0
    extra = {"top_p": None, "top_k": 5, "chat_template_kwargs": {"enable_thinking": False}}
    with OpenAIBackend("small", extra=extra) as backend:
        backend.complete([Request((), 1, Sampling(max_new_tokens=3), chat=(("user", "Hello."),))])
    (body,) = server.bodies
    assert {**extra, **body}["top_k"] == body["top_k"] == 5
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "top_p" not in body
    assert body["max_tokens"] == 3


@pytest.mark.slow
def test_a_search_with_a_user_behind_a_server_is_repeated_from_its_recording(server: FaultyServer, tmp_path: Path) -> None:
    asked = SearchConfig(environment="PersuasionForGood-v0", user="openai:small", conversations=3,
                         search=IxMCTS(keep=3, iterations=8))
    counts = search(asked, tmp_path / "one")
    assert counts["failed"] == 0
    served(tmp_path, server)
    recording = tmp_path / "one" / "recording-persuadee.jsonl"
    server.refuse = lambda body: (401, {"error": {"message": "nobody is asked"}})
    assert search(replace(asked, user=f"replay:{recording}"), tmp_path / "two") == counts
    trees = [[line.tree for line in stored(tmp_path / name / "trees.jsonl")] for name in ("one", "two")]
    assert trees[0] == trees[1]
    assert any(tree and any(tree["completions"]) for tree in trees[0])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_against_a_user_behind_a_server_is_repeated_from_its_recording(server: FaultyServer, tmp_path: Path) -> None:
    config = replace(TINY, simulator="openai:small")
    results = align(config, tmp_path / "one")
    served(tmp_path, server)
    recording = tmp_path / "one" / "recording.jsonl"
    server.refuse = lambda body: (401, {"error": {"message": "nobody is asked"}})
    again = align(replace(config, simulator=f"replay:{recording}"), tmp_path / "two")
    stamps: dict[str, Any] = dict.fromkeys(("simulator", "config", "command"))
    assert {**again, **stamps} == {**results, **stamps}
    assert results["simulator"] == "openai:small"


def test_a_run_checks_its_simulator_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="is not a recording"):
        align(replace(TINY, simulator="replay:nowhere.jsonl"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(InvalidConfig, match="'openai:MODEL'"):
        RunConfig(simulator="nobody")
