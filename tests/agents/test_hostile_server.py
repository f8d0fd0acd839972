"""A server that means harm: bodies without end, packed ones, redirects, odd JSON, and the caller's own key told back."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogym.agents.backend import Completion, Request
from dialogym.agents.openai_backend import LARGEST, OpenAIBackend
from dialogym.agents.recording import Recorder
from dialogym.agents.remote import BackendFailed, Limits, Traffic, retry_after
from tests.agents.faulty_server import FaultyServer

KEY = "sk-private-1234567890"
ASKED = [Request((), 0, chat=(("user", "Hello."),))]
ONCE = Limits(tries=1, timeout=60)


@contextmanager
def hostile(head: dict[str, str], piece: bytes, pieces: int, status: int = 200) -> Iterator[tuple[str, list[int], list[str]]]:
    """A server that answers everything so: (base_url, bytes it got rid of, paths it was asked for)."""
    sent, paths = [0], []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Nothing on stderr."""

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in head.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                for _ in range(pieces):
                    self.wfile.write(piece)
                    sent[0] += len(piece)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", sent, paths
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_body_without_end_is_cut_off(status: int) -> None:
    with hostile({"Content-Type": "application/json"}, b" " * (1 << 20), 200, status) as (url, sent, _):
        with OpenAIBackend("m", url, limits=ONCE) as backend, pytest.raises(BackendFailed, match="more than 8 MiB"):
            backend.complete(ASKED)
        assert sent[0] <= LARGEST + (16 << 20)  # what the sockets hold besides


@cache
def bomb() -> bytes:
    """64 MiB in little."""
    return gzip.compress(b" " * (64 << 20), 9)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_packed_body_is_not_unpacked(coding: str, status: int) -> None:
    head = {"Content-Encoding": coding, "Content-Length": str(len(bomb()))}
    with (hostile(head, bomb(), 1, status) as (url, _, _), OpenAIBackend("m", url, limits=ONCE) as backend,
          pytest.raises(BackendFailed, match=f"packed its answer \\({coding}\\)")):
        backend.complete(ASKED)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with hostile({}, b"{}", 1) as (elsewhere, _, reached):
        head = {"Location": f"{elsewhere}/chat/completions", "Content-Length": "0"}
        with (hostile(head, b"", 0, status) as (url, _, _), OpenAIBackend("m", url, limits=ONCE) as backend,
              pytest.raises(BackendFailed, match="sends its callers elsewhere")):
            backend.complete(ASKED)
        assert reached == []


def body(text: Any, **more: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], **more}).encode()


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["choices", "message", "content", "usage", "prompt_tokens", "completion_tokens", "finish_reason", "x"]),
    inner, max_size=4), max_leaves=12)
USAGE = VALUES | st.fixed_dictionaries({"prompt_tokens": SCALARS, "completion_tokens": SCALARS})
SHAPED = st.builds(lambda text, finish, usage, first: {
    "choices": [{"message": {"content": text}, "finish_reason": finish}, first], "usage": usage}, VALUES, VALUES, USAGE, VALUES)
DEEP = [b"[" * 100_000, b'{"choices":' * 50_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000]
ODD = [body("x", usage={"prompt_tokens": float("inf")}), body("x", usage={"prompt_tokens": -5}), body("x", usage=[1]), body(3),
       body({}), body("\ud800"), body("x\x00"), b'{"choices": [{"message": {"content": 1e999}}]}']
RAW = st.binary(max_size=60) | st.sampled_from(range(len(DEEP))).map(DEEP.__getitem__) | st.sampled_from(ODD)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RAW | (SHAPED | VALUES).map(lambda value: json.dumps(value, default=str).encode("utf-8", "surrogatepass")))
def test_no_body_makes_the_reader_raise(content: bytes) -> None:
    backend = READER
    backend.counts = Traffic()
    found = backend._read(content, ("stop",))
    if isinstance(found, Completion):
        assert isinstance(found.text, str)
        found.text.encode()
    counts = backend.counts
    assert 0 <= counts.prompt_tokens <= counts.prompt_tokens + counts.completion_tokens < 2**40


def reader() -> OpenAIBackend:
    """A backend that was never asked to connect, with a client that could."""
    backend = OpenAIBackend("m", "http://127.0.0.1:9/v1")
    backend._client = backend._connect()
    return backend


READER = reader()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.sampled_from([
    "Mon, 01 Jan 99999 00:00:00 GMT", "Mon, 99 Jan 2020 00:00:00 GMT", "1e999", "nan", "-1", "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359", "1_0", "\x00"]))
def test_no_header_does(value: str) -> None:
    assert 0 <= retry_after(value, 1e9) < float("inf")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("content", [*DEEP, b"\xff\xfe", b"", b"null", b'{"error": {"message": [1]}}'])
def test_no_answer_ends_in_anything_but_a_sentence(content: bytes, status: int) -> None:
    head = {"Content-Type": "application/json; charset=nonsense", "Content-Length": str(len(content)),
            "Retry-After": "Mon, 0 Jan"}
    with (hostile(head, content, 1, status) as (url, _, _), OpenAIBackend("m", url, limits=ONCE) as backend,
          pytest.raises(BackendFailed)):
        backend.complete(ASKED)


def test_a_key_told_back_is_in_no_reply_and_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    seen: list[str] = []
    with FaultyServer(reply=lambda asked: f"You sent {server.keys[-1]}, and {'-'.join(server.keys[-1])}.") as server:
        for recording in (tmp_path / "one.jsonl", tmp_path / "two.jsonl"):
            with OpenAIBackend("m", server.base_url) as backend:
                [found] = Recorder(backend, recording, "m").complete(ASKED)
                seen.append(str(found.text))
    assert server.keys == [f"Bearer {KEY}"] * 2
    assert all(text.startswith("You sent Bearer [key], and") for text in seen)
    assert not any(KEY in path.read_text() for path in tmp_path.iterdir())


def test_a_key_spelled_with_escapes_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in KEY).encode()
    content = b'{"error": {"message": "no such key ' + spelled + b'"}}'
    with (hostile({"Content-Length": str(len(content))}, content, 1, 422) as (url, _, _),
          OpenAIBackend("m", url, limits=ONCE) as backend, pytest.raises(BackendFailed) as caught):
        backend.complete(ASKED)
    assert "\\u0073" not in str(caught.value)
    assert "[key]" in str(caught.value)
