"""A real HTTP server on this machine that speaks /v1/chat/completions, streamed where that is asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LINES = ("Hello! How are you today?", "Have you heard of Save the Children?", "What matters to you in a charity?",
         "It is audited every year, and 93 cents of each dollar reach the children.", "Imagine a girl who goes to bed hungry.",
         "Would you be willing to donate some of your payment to Save the Children?")


def recite(messages: list[dict[str, Any]]) -> str:
    """The line whose turn it is, by how often the assistant has spoken."""
    return LINES[sum(m["role"] == "assistant" for m in messages) % len(LINES)]


@contextmanager
def chat_server(reply: Callable[[list[dict[str, Any]]], str] = recite) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its address, which ends in /v1, and the bodies that it is asked, in order."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Nothing on stderr."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bodies.append(body)
            text, streams = reply(body["messages"]), body.get("stream", False)
            data = b"".join(events(body["model"], text)) if streams else json.dumps(whole(body["model"], text)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1", bodies
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def whole(model: str, text: str) -> dict[str, Any]:
    return {"id": "one", "object": "chat.completion", "created": 1, "model": model, "usage": USAGE, "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}


def events(model: str, text: str) -> Iterator[bytes]:
    head = {"id": "one", "object": "chat.completion.chunk", "created": 1, "model": model}
    for choice in ({"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None},
                   {"index": 0, "delta": {}, "finish_reason": "stop"}):
        yield b"data: " + json.dumps({**head, "choices": [choice]}).encode() + b"\n\n"
    yield b"data: " + json.dumps({**head, "choices": [], "usage": USAGE}).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"
