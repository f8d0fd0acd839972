"""A real HTTP server that speaks /v1/chat/completions on this machine, and does wrong what servers do wrong.

It answers from (messages, seed) alone. Which calls fail, and how, is decided by (seed of the server, request, number of the
try), so that a run meets the same faults every time.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from dialogym import Position
from dialogym.agents.backend import Backend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.envs.keys import mix, pick, text_key, uniform
from dialogym.envs.persuasion import Persuasion
from dialogym.search import play, run
from tests.toy import cast, texts

FAULTS = ("429", "500", "503", "hang", "half", "drop", "empty", "invalid", "no choices")
"""And "stall", a hang in the middle of a body, which is for tests that have the time."""
SPEECH = ("Would you donate to the children?", "A vaccine costs fifty cents.", "What do you think of that?", "Thank you.")

Body = dict[str, Any]


def conversations(backend: Backend, count: int) -> list[list[str]]:
    """What is said where the backend's model persuades the scripted persuadee."""
    scenario = Persuasion()
    starts = [Position.start(scenario, seed) for seed in range(count)]
    return [texts(end) for end in run(play, starts, cast(scenario) | {"persuader": LanguageModelAgent(backend)})]


def speak(body: Body) -> str:
    """One of few sentences, by the messages and the seed."""
    key = mix(text_key(json.dumps(body["messages"])), body["seed"])
    return f"{pick(key, SPEECH)} I say so {key % 1000} times."

HANG = 1000
"""Seconds of a hanging answer, unless the server ends: far beyond what a test allows on the busiest machine."""


class FaultyServer:
    """Answers until the `with` block ends.

    Args:
        rate: share of the calls that fail.
        faults: in which ways.
        seed: decides which.
        reply: the text of a good answer.
        refuse: (status, error) for a body that is refused, or None.
        slow: seconds a good answer takes.
        retry_after: what a 429 says.
        port: where; 0: a free one.

    Attributes:
        bodies: what was asked, in order; keys likewise.
        most: the most calls that were open at a time.
    """

    def __init__(self, rate: float = 0.0, faults: Sequence[str] = FAULTS, *, seed: int = 0,
                 reply: Callable[[Body], str] = speak,
                 refuse: Callable[[Body], tuple[int, Any] | None] = lambda body: None, slow: float = 0.0,
                 retry_after: str = "1", port: int = 0) -> None:
        self.rate, self.faults, self.seed, self.reply, self.refuse, self.slow = rate, faults, seed, reply, refuse, slow
        self.retry_after = retry_after
        self.bodies: list[Body] = []
        self.keys: list[str] = []
        self.most = self._open = 0
        self.over = threading.Event()
        self._tries: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", port), type("Bound", (_Handler,), {"faulty": self}))
        self.base_url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def fault(self, body: Body) -> str | None:
        """How this try of the request fails, if it does."""
        name = json.dumps(body, sort_keys=True)
        with self._lock:
            self.bodies.append(body)
            attempt = self._tries[name]
            self._tries[name] += 1
        key = mix(self.seed, text_key(name), attempt)
        return pick(key, self.faults, 1) if uniform(key) < self.rate else None

    def count(self, change: int) -> None:
        with self._lock:
            self._open += change
            self.most = max(self.most, self._open)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # connections beyond it try again a second later


class _Handler(BaseHTTPRequestHandler):
    faulty: FaultyServer
    protocol_version = "HTTP/1.1"
    timeout = HANG  # a connection nobody closes
    disable_nagle_algorithm = True  # head and body are two packets

    def log_message(self, *args: object) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.faulty.keys.append(self.headers["Authorization"])
        self.faulty.count(1)
        try:
            self.answer(body)
        finally:
            self.faulty.count(-1)

    def answer(self, body: Body) -> None:
        if self.path != "/v1/chat/completions":
            return self.send(404, {"error": {"message": f"no such path {self.path}"}})
        fault, refused = self.faulty.fault(body), self.faulty.refuse(body)
        if refused is not None:
            return self.send(*refused)
        if fault in ("429", "500", "503"):
            return self.send(int(fault), {"error": {"message": "too busy"}}, fault == "429")
        if fault == "hang":
            return self.hang()
        time.sleep(self.faulty.slow)
        text = "" if fault == "empty" else self.faulty.reply(body)
        good = json.dumps({
            "object": "chat.completion", "model": body["model"],
            "choices": [] if fault == "no choices" else [
                {"index": 0, "message": {"role": "assistant", "content": text},
                 "finish_reason": "length" if len(text.split()) > body["max_tokens"] else "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }).encode()
        return self.write(200, good[:len(good) // 2] if fault == "invalid" else good, fault)

    def send(self, status: int, value: Any, wait: bool = False) -> None:
        self.write(status, json.dumps(value).encode(), headers={"Retry-After": self.faulty.retry_after} if wait else {})

    def write(self, status: int, content: bytes, fault: str | None = None, headers: dict[str, str] | None = None) -> None:
        if fault == "drop":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if fault == "half":
            content, self.close_connection = content[:len(content) // 2], True
        self.wfile.write(content[:len(content) // 2] if fault == "stall" else content)
        if fault == "stall":
            self.hang()

    def hang(self) -> None:
        self.faulty.over.wait(HANG)
        self.close_connection = True
