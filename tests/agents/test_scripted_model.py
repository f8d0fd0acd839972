"""The public fake: it says what it is told to, keeps what it was asked, and misbehaves when it is told to."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from dialogym.agents.backend import Completion, Request
from dialogym.agents.remote import BackendFailed
from dialogym.agents.scripted_model import CUT, EMPTY, ScriptedModel
from dialogym.envs.chat import SILENCE
from dialogym.envs.errors import InvalidConfig
from tests.agents.faulty_server import conversations


def request(text: str, seed: int = 0) -> Request:
    return Request((), seed, chat=(("system", "Be kind."), ("user", text)))


def said(model: ScriptedModel, *asked: Request) -> list[str | None]:
    return [completion.text for completion in model.complete(asked)]


def test_a_function_answers_by_chat_and_seed() -> None:
    model = ScriptedModel(lambda chat, seed: f"{chat[-1][1]} {seed}")
    assert said(model, request("one", 7), request("two", 8)) == ["one 7", "two 8"]
    assert model.complete([]) == []
    assert model.calls == [request("one", 7), request("two", 8)]


def test_patterns_are_looked_for_in_the_last_message() -> None:
    model = ScriptedModel({"^Hello": "Hi!", r"\$\d": "Yes.", "": "Go on."})
    assert said(model, request("Hello, $2?"), request("Give $2."), request("Be kind? Hello")) == ["Hi!", "Yes.", "Go on."]


def test_a_list_answers_in_order_over_all_batches() -> None:
    model = ScriptedModel(["a", "b", "c"])
    assert said(model, request("x"), request("x")) == ["a", "b"]
    assert said(model, request("x")) == ["c"]
    assert not model.promises.batch_invariant


def test_one_answer_serves_all() -> None:
    model = ScriptedModel("Hello.")
    assert said(model, request("x"), request("y")) == ["Hello.", "Hello."]
    assert model.promises.batch_invariant


def test_it_misbehaves_where_it_is_told_to() -> None:
    model = ScriptedModel("Hello there.", {1: EMPTY, 2: CUT, 4: BackendFailed("The server is gone.")})
    assert model.complete([request("x")] * 3) == [
        Completion((), True, "Hello there."), Completion((), True, ""), Completion((), False, "Hello "),
    ]
    with pytest.raises(BackendFailed, match="gone"):
        model.complete([request("x")] * 2)
    assert said(model, request("x")) == ["Hello there."]
    assert len(model.calls) == 6


def test_it_takes_a_seat() -> None:
    lead = ScriptedModel("Would you donate to the children?", {0: EMPTY})
    talks = conversations(lead, 3)
    assert [talk[0] for talk in talks] == [SILENCE] + ["Would you donate to the children?"] * 2
    assert len(lead.calls) == sum(len(talk[::2]) for talk in talks)


@pytest.mark.parametrize(
    ("answers", "faults", "asked", "says"),
    [
        ({"^a": "b"}, {}, request("what?"), "No answer is written for 'what\\?'"),
        ([], {}, request("x"), "Request 0 came, but only 0"),
        ("Hello.", {0: "late"}, request("x"), "A fault is 'empty', 'cut' or an exception, got 'late'"),
        ("Hello.", {}, Request((1,), 0), "takes chats"),
        ("Hello.", {}, Request((), 0, adapter="warm", chat=(("user", "x"),)), "no adapter 'warm'"),
    ],
)
def test_what_it_cannot_answer_is_refused(answers: Any, faults: Any, asked: Request, says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        ScriptedModel(answers, faults).complete([asked])


def test_it_and_what_stands_beside_it_need_no_heavy_package() -> None:
    code = ("import sys, dialogym.agents.scripted_model, dialogym.agents.openai_backend, dialogym.agents.recording; "
            "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'openai', 'httpx', 'httpx2')))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
