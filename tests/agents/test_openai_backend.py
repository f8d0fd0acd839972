"""A server as a backend: what is sent, and what becomes of a run when the server does wrong. The server is real HTTP."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from dialogym import Position
from dialogym.agents import openai_backend
from dialogym.agents.backend import Completion, Request, Sampling
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.openai_backend import BLANKS, SEEDS, OpenAIBackend
from dialogym.agents.recording import Recorder
from dialogym.agents.remote import BackendFailed, BudgetSpent, Limits, back_off
from dialogym.envs.errors import ContextTooLong, DialogymError, InvalidConfig
from dialogym.envs.persuasion import Persuasion
from tests.agents.faulty_server import FAULTS, Body, FaultyServer, conversations, speak

KEY = "sk-private-1234567890"
KINDS = {"hang": "timeout", "half": "connection", "drop": "connection", "no choices": "invalid"}


class Hasty(OpenAIBackend):
    """Notes its pauses instead of making them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pauses: list[float] = []

    async def _pause(self, seconds: float, halt: asyncio.Event) -> None:
        self.pauses.append(seconds)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connect() -> Iterator[Callable[..., Hasty]]:
    """Backends of a server or an address, closed before the server that the test holds would miss them."""
    made: list[Hasty] = []

    def connect(server: FaultyServer | str, *, key_variable: str = "OPENAI_API_KEY",
                adapters: dict[str, str] | None = None, **limits: Any) -> Hasty:
        address = server if isinstance(server, str) else server.base_url
        made.append(Hasty("tiny", address, limits=Limits(**limits), key_variable=key_variable, adapters=adapters))
        return made[-1]

    yield connect
    for backend in made:
        backend.close()


def requests(count: int, **options: Any) -> list[Request]:
    return [Request((), seed, chat=(("user", f"How are you, {seed}?"),), **options) for seed in range(count)]


def answers(server: FaultyServer) -> list[Completion]:
    """What a server without faults would have answered, in the order of the seeds."""
    asked = {body["seed"]: body for body in server.bodies}
    return [Completion((), True, speak(asked[seed])) for seed in sorted(asked)]


def test_a_call_says_all_that_a_request_says(connect: Any) -> None:
    chat = (("system", "You are kind."), ("user", "Grüße 👋 你好"))
    sampling = Sampling(temperature=0.5, top_p=0.9, max_new_tokens=9, stop=("\n", "User:"))
    with FaultyServer() as server:
        backend = connect(server, adapters={"warm": "tiny-warm"})
        backend.complete([Request((), 2**63 + 11, sampling, "warm", chat), Request((), 5, chat=chat)])
        assert backend.promises.adapters == ("warm",)
        assert sorted(server.bodies, key=lambda body: body["model"]) == [
            {"model": "tiny", "messages": [dict(zip(("role", "content"), m, strict=True)) for m in chat], "seed": 5,
             "temperature": 1.0, "top_p": 0.95, "max_tokens": 64},
            {"model": "tiny-warm", "messages": [dict(zip(("role", "content"), m, strict=True)) for m in chat],
             "seed": (2**63 + 11) % SEEDS, "temperature": 0.5, "top_p": 0.9, "max_tokens": 9, "stop": ["\n", "User:"]},
        ]


def test_completions_come_in_order_with_what_the_server_says_of_them(connect: Any) -> None:
    with FaultyServer(reply=lambda body: f"one two {body['seed']}" + " three" * (body["seed"] % 2)) as server:
        backend = connect(server, concurrency=4)
        found = backend.complete(requests(9, sampling=Sampling(max_new_tokens=3)))
        assert found == [Completion((), seed % 2 == 0, f"one two {seed}" + " three" * (seed % 2)) for seed in range(9)]
        assert json.loads(json.dumps(asdict(backend.counts))) == {
            "requests": 9, "retries": 0, "empty": 0, "prompt_tokens": 90, "completion_tokens": 45, "faults": {}}
        assert backend.complete([]) == []


def test_a_reply_ends_before_its_stop_string_whatever_the_server_leaves_in(connect: Any) -> None:
    with FaultyServer(reply=lambda body: "Hi \ud800!User: I donate.\nBye") as server:
        (found,) = connect(server).complete(requests(1, sampling=Sampling(stop=("\n", "User:"), max_new_tokens=2)))
        assert found == Completion((), True, "Hi ?!")  # half a letter is none


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_survived_and_counted(connect: Any, fault: str) -> None:
    with FaultyServer(0.4, [fault], seed=1) as server:
        backend = connect(server, timeout=0.4 if fault == "hang" else 30.0, tries=8)
        found = backend.complete(requests(8))
        faults = len(server.bodies) - 8
        assert faults >= 2
        assert list(backend.counts.faults) == [KINDS.get(fault, fault)]
        late = backend.counts.retries - faults
        assert late == 0 or fault == "hang"  # a call may run out of time before it is sent
        assert backend.counts.retries == sum(backend.counts.faults.values()) == backend.counts.requests - 8
        assert found == answers(server)


@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_a_call_takes_no_longer_than_it_may(connect: Any, fault: str) -> None:
    with FaultyServer(1.0, [fault]) as server:
        started = time.monotonic()
        with pytest.raises(BackendFailed, match=r"no whole answer in 0\.5 s"):
            connect(server, timeout=0.5, tries=2).complete(requests(1))
        assert 1.0 <= time.monotonic() - started < 300  # the server would take a thousand


def test_who_waits_for_a_second_try_is_waked_when_the_batch_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_backend, "PATIENCE", 2000.0)
    with (FaultyServer(1.0, ["429"], refuse=lambda body: (400, "no") if body["seed"] == 1 else None,
                       retry_after="1000") as server,
          OpenAIBackend("tiny", server.base_url) as backend):
        started = time.monotonic()
        with pytest.raises(BackendFailed, match=r"refuses a request .400"):
            backend.complete(requests(2))
        assert time.monotonic() - started < 300


def test_a_second_try_is_waited_for() -> None:
    with FaultyServer(1.0, ["500"]) as server, OpenAIBackend("tiny", server.base_url, limits=Limits(tries=2)) as backend:
        started = time.monotonic()
        with pytest.raises(BackendFailed):
            backend.complete(requests(1))
        assert time.monotonic() - started >= back_off(0, 0)


def test_a_run_through_faults_equals_the_run_without(connect: Any) -> None:
    with FaultyServer() as server:
        calm = connect(server)
        wanted = conversations(calm, 12)
        assert len(wanted) == 12
        assert calm.counts.retries == 0
    with FaultyServer(0.3, seed=4) as server:
        backend = connect(server, timeout=0.6, tries=10, concurrency=16)
        assert conversations(backend, 12) == wanted
        assert len(backend.counts.faults) >= 5
        assert backend.counts.retries == sum(backend.counts.faults.values()) >= 10
        assert backend.counts.requests - backend.counts.retries == calm.counts.requests
        assert backend.counts.empty == 0


def test_a_batch_given_up_keeps_what_had_arrived(connect: Any) -> None:
    broken = {3, 6}
    with FaultyServer(refuse=lambda body: (500, "down") if body["seed"] in broken else None) as server:
        backend = connect(server, tries=3, concurrency=1)
        with pytest.raises(BackendFailed, match=r"failed 3 times .*'tiny'.* 500: .*ask again") as caught:
            backend.complete(requests(9))
        assert [place for place, _ in caught.value.received] == [0, 1, 2]
        assert backend.counts.faults == {"500": 3}
        broken.clear()
        found = backend.complete(requests(9))
        assert [body["seed"] for body in server.bodies] == [0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8]
        assert found == answers(server)


def test_a_run_given_up_goes_on_where_it_was_recorded(connect: Any, tmp_path: Path) -> None:
    with FaultyServer() as server:
        wanted = conversations(connect(server), 6)
        calls = len(server.bodies)
        server.bodies.clear()
        server.refuse = lambda body: (503, "down") if len(server.bodies) > calls // 2 else None
        with pytest.raises(BackendFailed, match="503"):
            conversations(Recorder(connect(server, tries=2), tmp_path / "run.jsonl"), 6)
        refused = len(server.bodies) - calls // 2
        server.refuse = lambda body: None
        assert conversations(Recorder(connect(server), tmp_path / "run.jsonl"), 6) == wanted
        assert len(server.bodies) == calls + refused


def test_what_is_kept_is_bounded(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_backend, "KEPT", 2)
    with FaultyServer() as server:
        backend = connect(server, concurrency=1, requests=4)
        with pytest.raises(BudgetSpent):
            backend.complete(requests(9))
        backend.limits = Limits(concurrency=1)
        backend.complete(requests(9))
        assert [body["seed"] for body in server.bodies] == [0, 1, 2, 3, 0, 1, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_budget_of_calls_is_spent_exactly_and_then_nothing_is_sent(connect: Any, concurrency: int) -> None:
    with FaultyServer(0.3, ["500", "empty"], slow=0.01) as server:
        backend = connect(server, requests=20, concurrency=concurrency)
        with pytest.raises(BudgetSpent, match="All 20 calls"):
            conversations(backend, 12)
        assert (backend.counts.requests, len(server.bodies)) == (20, 20)
        with pytest.raises(BudgetSpent):
            backend.complete([Request((), 99, chat=(("user", "And now?"),))])
        assert len(server.bodies) == 20


def test_calls_in_flight_are_awaited_and_kept_when_the_budget_is_spent(connect: Any) -> None:
    with FaultyServer(slow=0.05) as server:
        backend = connect(server, requests=6, concurrency=4)
        with pytest.raises(BudgetSpent) as caught:
            backend.complete(requests(9))
        assert [place for place, _ in caught.value.received] == list(range(6))
        assert backend.counts.prompt_tokens == 60
        backend.limits = Limits(requests=9)
        assert len(backend.complete(requests(9))) == len(server.bodies) == 9


def test_a_budget_of_tokens(connect: Any) -> None:
    with FaultyServer() as server:
        backend = connect(server, tokens=31, concurrency=1)
        with pytest.raises(BudgetSpent, match="45 tokens of a budget of 31"):
            backend.complete(requests(9))
        assert len(server.bodies) == 3


def test_a_model_that_has_nothing_to_say_is_silent(connect: Any) -> None:
    with FaultyServer(reply=lambda body: " \n") as server:
        backend = connect(server)
        ask = Position.start(Persuasion(), 1).ask()
        assert LanguageModelAgent(backend).respond([ask])[0].text == "..."
        assert len({body["seed"] for body in server.bodies}) == 1
        assert len(server.bodies) == backend.counts.faults["empty"] == BLANKS
        assert backend.counts.empty == 1


REFUSALS: dict[str, tuple[int, Any, type[DialogymError], str]] = {
    "key": (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, BackendFailed,
            "wants a key .401.*OPENAI_API_KEY holds one that it does not accept"),
    "may not": (403, {"error": {"message": f"{KEY} may not"}}, BackendFailed, "OPENAI_API_KEY"),
    "model": (404, {"error": {"message": f"no model ({KEY})", "code": "model_not_found"}}, BackendFailed,
              r"127\.0\.0\.1:\d+/v1/ has no model 'tiny'"),
    "request": (400, {"error": {"message": f"top_p is wrong for {KEY}"}}, BackendFailed, "refuses a request .*top_p is wrong"),
    "quota": (429, {"error": {"message": KEY, "code": "insufficient_quota"}}, BackendFailed, "insufficient_quota"),
    "openai": (400, {"error": {"message": f"Too long, {KEY}", "code": "context_length_exceeded"}}, ContextTooLong, "1 mess"),
    "vllm": (400, {"message": "This model's maximum context length is 64 tokens. You requested 90"}, ContextTooLong, "64"),
    "llama.cpp": (400, {"error": {"message": "the request exceeds the available context size"}}, ContextTooLong, "'tiny'"),
    "sglang": (400, {"message": "The input (90 tokens) is longer than the model's context length (64)"}, ContextTooLong, "64"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_no_second_try_can_mend_is_not_tried_again(connect: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    status, value, error, says = REFUSALS[name]
    with FaultyServer(refuse=lambda body: (status, value)) as server:
        backend = connect(server)
        with pytest.raises(error, match=says):
            backend.complete(requests(1))
        assert len(server.bodies) == 1
        assert backend.counts.faults == {str(status): 1}


def test_the_key_is_sent_and_shown_nowhere(connect: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                           caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("MY_KEY", f"{KEY}\n")
    caplog.set_level(logging.DEBUG)
    shown = []

    def fails(server: FaultyServer | str) -> None:
        backend = connect(server, key_variable="MY_KEY", tries=2, timeout=0.3)
        recorder = Recorder(backend, tmp_path / f"{len(shown)}.jsonl", "tiny")
        with pytest.raises(DialogymError) as caught:
            recorder.complete(requests(1))
        shown.extend([repr(backend), repr(caught.value), *traceback.format_exception(caught.value), str(backend.counts),
                      str(vars(caught.value)), repr(caught.value.__context__), json.dumps(repr(vars(backend)))])

    with FaultyServer() as server:
        for status, value, *_ in [*REFUSALS.values(), (500, KEY, None, ""), (200, {"error": KEY}, None, "")]:
            server.refuse = lambda body, refusal=(status, value): refusal
            fails(server)
        server.refuse = lambda body: None
        for server.rate, server.faults in [(1.0, ["hang"]), (1.0, ["half"]), (1.0, ["drop"])]:
            fails(server)
        server.rate, server.reply = 0.0, lambda body: "Hello."
        good = connect(server, key_variable="MY_KEY")
        Recorder(good, tmp_path / "good.jsonl").complete(requests(1))
        assert set(server.keys) == {f"Bearer {KEY}"}
    fails("http://127.0.0.1:9/v1")
    written = [path.read_text() for path in tmp_path.iterdir()]
    assert len(written) == 1, "only what was answered is recorded"
    assert caplog.text
    for text in [*shown, *written, caplog.text]:
        assert KEY not in text


def test_a_server_that_wants_no_key_needs_none_and_one_that_does_says_which(connect: Any) -> None:
    with FaultyServer() as server:
        assert len(connect(server).complete(requests(1))) == 1
        server.refuse = lambda body: (401, "who are you?")
        with pytest.raises(BackendFailed, match="the environment variable THEIRS is not set; set it"):
            connect(server, key_variable="THEIRS").complete(requests(1))


@pytest.mark.parametrize("key", ["sk-1234\nX: 1", "schlüssel-1234"])
def test_a_key_that_no_header_holds_is_not_shown_either(connect: Any, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(InvalidConfig, match="OPENAI_API_KEY") as caught:
        connect("http://127.0.0.1:9/v1").complete(requests(1))
    assert "1234" not in str(caught.value)


def test_no_more_calls_at_a_time_than_allowed(connect: Any) -> None:
    with FaultyServer(slow=0.1) as server:
        connect(server, concurrency=3).complete(requests(12))
        assert 2 <= server.most <= 3


@pytest.mark.parametrize(("header", "low", "high"), [("7", 7, 7), (formatdate(4e9, usegmt=True), None, 0), ("soon", 0, 1)])
def test_a_server_is_left_alone_for_as_long_as_it_asks(connect: Any, header: str, low: float | None, high: float) -> None:
    with FaultyServer(1.0, ["429"], retry_after=header) as server:
        backend = connect(server, tries=2)
        with pytest.raises(BackendFailed, match="429" if low is not None else "asks to be left alone for"):
            backend.complete(requests(1))
        assert len(backend.pauses) == (low is not None)
        assert all(low <= pause <= high for pause in backend.pauses)


def test_it_works_where_a_loop_is_running_already(connect: Any) -> None:
    async def notebook(backend: OpenAIBackend) -> list[Completion]:
        return backend.complete(requests(2))

    with FaultyServer() as server:
        assert asyncio.run(notebook(connect(server))) == answers(server)


def test_a_closed_backend_begins_anew_and_a_forgotten_one_is_closed() -> None:
    def threads() -> int:
        return sum(thread.name.startswith("OpenAIBackend") for thread in threading.enumerate())

    with FaultyServer() as server:
        with OpenAIBackend("tiny", server.base_url) as backend:
            backend.close()
            found = backend.complete(requests(2))
            assert threads() == 1
        assert threads() == 0
        assert backend.complete(requests(2)) == found
        assert threads() == 1
        del backend
        gc.collect()
        assert threads() == 0


def test_an_interrupted_batch_keeps_what_had_arrived(connect: Any, interruptible: None) -> None:
    def interrupt(body: Body) -> str:
        if body["seed"] == 2:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            server.over.wait(1)
        return "Hello."

    with FaultyServer(reply=interrupt) as server:
        backend = connect(server, concurrency=1)
        with pytest.raises(KeyboardInterrupt):
            backend.complete(requests(4))
        server.reply = lambda body: "Hello."
        assert [c.text for c in backend.complete(requests(4))] == ["Hello."] * 4
        assert [body["seed"] for body in server.bodies] == [0, 1, 2, 2, 3]


def test_without_the_client_it_says_what_to_install(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(InvalidConfig, match=r"dialogym\[server\]"):
        connect("http://127.0.0.1:9/v1").complete(requests(1))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: OpenAIBackend("tiny", f"http://me:{KEY}@127.0.0.1/v1"), "put the key into OPENAI_API_KEY"),
        (lambda: OpenAIBackend("tiny", "localhost:8000/v1"), "begins with http:// or https://, got 'localhost:8000/v1'"),
        (lambda: OpenAIBackend("tiny").complete([Request((1, 2), 0)]), "takes chats, got 2 token ids"),
        (lambda: OpenAIBackend("tiny", adapters={"a": "b"}).complete(requests(1, adapter="c")), r"no adapter 'c'.*\['a'\]"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(InvalidConfig, match=says) as caught:
        make()
    assert KEY not in str(caught.value)
