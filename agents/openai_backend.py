"""Any OpenAI-compatible server as a backend: vLLM, SGLang, llama.cpp, `transformers serve`, hosted models.

A batch goes out as single chat completions, some at a time. They run on an event loop of the backend's own, in a thread of its
own, so that `complete` is an ordinary call that may be made from anywhere, a notebook's running loop too. What a server does
wrong and may do right next time is asked for again; the rest stops the batch with an error, and what had arrived is kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
import time
import weakref
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self

from ..envs.errors import ContextTooLong, DialogymError, InvalidConfig
from .backend import Completion, Promises, Request
from .remote import BackendFailed, BudgetSpent, Limits, Traffic, back_off, numbered, retry_after

SEEDS = 2**31 - 1
"""Seeds are taken modulo this prime: every server takes 31 bits, some no more, and -1 or 2**32 - 1 mean "random" to some."""
PATIENCE = 300.0
"""Seconds: a server that asks to be left alone for longer is not waited for."""
BLANKS = 3
"""A reply that came without text so often is an empty one."""
KEPT = 1 << 16
"""Completions of batches that failed, kept for the next call; beyond it the oldest are dropped."""
SHOWN = 300
"""Characters of what a server says that a message repeats."""
LARGEST = 8 << 20
"""Bytes of a body that are read; a server that sends more is cut off there. A chat completion has a few thousand."""
SHORT, LONG = 4, 16
"""Characters of a key from which it is cut out where it stands alone, and wherever it stands."""
NO_KEY = "no-key"
"""What is sent to a server that wants none."""
MOST_TOKENS = 1 << 32
"""A call that is reported to have taken so many is reported wrongly."""
_PASSING = {408, 409, 425, 429}
_CONTEXT = re.compile(r"context.?(length|size|window)|maximum model length|longer than the model|too many tokens", re.I)
_EXHAUSTED = re.compile(r"insufficient_quota|billing", re.I)


def keep(kept: dict[tuple[Request, int], Completion], keys: Sequence[tuple[Request, int]],
         found: Sequence[Completion | None], error: BaseException) -> None:
    """Keeps what had arrived of a batch that failed for the next call, the oldest dropped beyond `KEPT`; the error tells it."""
    received = tuple((place, c) for place, c in enumerate(found) if c is not None)
    kept.update((keys[place], c) for place, c in received)
    for key in list(kept)[:max(0, len(kept) - KEPT)]:
        del kept[key]
    if isinstance(error, BackendFailed):
        error.received = received


class _Unreadable(Exception):
    """A body that is not read to its end, and why."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A call that failed: its kind, why, the seconds the server asks to wait, and the error if no other try is worth it."""

    kind: str
    reason: str
    wait: float = 0.0
    error: DialogymError | None = None


class OpenAIBackend:
    """Completes chats with a model behind an OpenAI-compatible server.

    Promise: none, unless the caller vouches for the server with `seeded`. Servers that batch what comes together (vLLM, SGLang)
    may answer the same seed differently, so record what must be repeated (`recording.Recorder`).

    The key is read from the environment when the first batch is sent, is held by the client alone, and is cut out of whatever
    a server says, replies included. Of a body `LARGEST` bytes are read, none that is packed, and no redirect is followed: the
    key goes to the server that was named and to no other. Close the backend, or use it in a `with` block; one that is forgotten
    is closed when it is collected.

    Args:
        model: the model's name at the server.
        base_url: where the server is, with its "/v1"; None: what the client takes from OPENAI_BASE_URL, or OpenAI.
        limits: concurrency, timeout, tries, budget.
        key_variable: the environment variable with the key; a server that wants none needs none set.
        adapters: the model name that stands for each adapter, such as those of vLLM's `--lora-modules`.
        seeded: the server gives the same reply to the same seed.
        extra: more fields of every request's body, as the server names them; None leaves one of ours out, such as
            {"max_tokens": None, "max_completion_tokens": 512}.

    Attributes:
        counts: what went over the wire.
        limits: may be replaced between batches, by a larger budget for one.
    """

    def __init__(self, model: str, base_url: str | None = None, *, limits: Limits | None = None,
                 key_variable: str = "OPENAI_API_KEY", adapters: Mapping[str, str] | None = None, seeded: bool = False,
                 extra: Mapping[str, Any] | None = None) -> None:
        """Raises InvalidConfig on a base_url that is none, or holds a password."""
        if base_url is not None and "@" in base_url:
            raise InvalidConfig(f"base_url holds a user name or a password; put the key into {key_variable} instead.")
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            raise InvalidConfig(f"base_url begins with http:// or https://, got {base_url!r}.")
        self.model = model
        self.base_url = base_url
        self.limits = limits or Limits()
        self.counts = Traffic()
        self.promises = Promises(seeded=seeded, batch_invariant=False, chats=True, adapters=tuple(adapters or ()))
        self._models: dict[str | None, str] = {None: model}
        self._models.update(adapters or {})
        self._extra = dict(extra or {})
        self._variable = key_variable
        self._kept: dict[tuple[Request, int], Completion] = {}
        self._closing: weakref.finalize[..., OpenAIBackend] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, {self.base_url!r})"

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`.

        Raises:
            BackendFailed: every try failed, or the server refuses the key, the model or the request. What had arrived is kept:
                another call with the same requests asks for the rest.
            BudgetSpent: no call is left; what was in flight has been awaited and kept likewise.
            ContextTooLong: as the server says.
        """
        self.promises.check(requests)
        keys = numbered(requests)
        found = [self._kept.pop(key, None) for key in keys]
        try:
            self._start()
            work = asyncio.run_coroutine_threadsafe(self._batch(requests, found), self._loop)
            try:
                work.result()
            finally:
                work.cancel()  # where somebody pressed Ctrl-C
        except BaseException as error:
            keep(self._kept, keys, found, error)
            raise
        return [c for c in found if c is not None]

    def close(self) -> None:
        """Ends the connections and the thread; another `complete` begins anew."""
        if self._closing is not None:
            self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start(self) -> None:
        """Connects, and starts the loop in its thread, unless that is done."""
        if self._closing is None or not self._closing.alive:
            self._client = self._connect()
            runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
            self._loop = runner.get_loop()
            thread = threading.Thread(target=_serve, args=(runner, self._client), name=repr(self), daemon=True)
            thread.start()
            self._closing = weakref.finalize(self, _stop, self._loop, thread)

    def _connect(self) -> Any:
        """A client with the key. Raises InvalidConfig without the package, or for a key that no header can hold."""
        try:
            import openai  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise InvalidConfig(f"Backends of servers need the package openai ({error}): pip install "
                                "'dialogym[server]'.") from error
        key = os.environ.get(self._variable, "").strip() or NO_KEY
        if not (key.isascii() and key.isprintable()):
            raise InvalidConfig(f"The key in {self._variable} holds a line break or a letter that is not ASCII; set it again.")
        http = openai.DefaultAsyncHttpxClient(follow_redirects=False, timeout=None, event_hooks={"response": [_capped]})
        return openai.AsyncOpenAI(api_key=key, base_url=self.base_url, max_retries=0, timeout=None, http_client=http,
                                  default_headers={"Accept-Encoding": "identity"})

    async def _batch(self, requests: Sequence[Request], found: list[Completion | None]) -> None:
        """Fills the gaps. Raises what went wrong first in the batch's order, when all that was in flight has come back."""
        halt, slots = asyncio.Event(), asyncio.Semaphore(self.limits.concurrency)

        async def fill(place: int) -> None:
            try:
                async with slots:
                    found[place] = await self._insist(requests[place], halt)
            except BaseException:
                halt.set()
                raise

        gaps = [place for place, completion in enumerate(found) if completion is None]
        for outcome in await asyncio.gather(*map(fill, gaps), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _insist(self, request: Request, halt: asyncio.Event) -> Completion | None:
        """Asks until there is an answer; None when the batch is given up meanwhile."""
        blanks = 0
        for attempt in count():
            if halt.is_set():
                break
            self._book(attempt)
            wait, last = back_off(request.seed, attempt), attempt + 1 == self.limits.tries
            found = await self._call(request)
            if isinstance(found, Completion):
                if (found.text or "").strip():
                    return found
                self._note("empty")
                blanks += 1
                if last or blanks == BLANKS:
                    self.counts.empty += 1
                    return found
            else:
                self._note(found.kind)
                if found.error or last:
                    raise found.error or BackendFailed(
                        f"{self._server} failed {self.limits.tries} times to answer a request of {self.model!r}, the last "
                        f"time with {found.reason}; see to the server and ask again: what had arrived is kept.")
                wait = max(wait, found.wait)
            await self._pause(wait, halt)
        return None

    def _note(self, kind: str) -> None:
        self.counts.faults[kind] = self.counts.faults.get(kind, 0) + 1

    def _book(self, attempt: int) -> None:
        """Counts a call that is about to be sent. Raises BudgetSpent when none is left."""
        limits, counts = self.limits, self.counts
        tokens = counts.prompt_tokens + counts.completion_tokens
        if limits.requests is not None and counts.requests >= limits.requests:
            raise BudgetSpent(f"All {limits.requests} calls of the budget are spent; raise Limits.requests to go on.")
        if limits.tokens is not None and tokens >= limits.tokens:
            raise BudgetSpent(f"{tokens} tokens of a budget of {limits.tokens} are spent; raise Limits.tokens to go on.")
        counts.requests += 1
        counts.retries += attempt > 0

    async def _pause(self, seconds: float, halt: asyncio.Event) -> None:
        """Waits so long, or until the batch is given up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(halt.wait(), seconds)

    async def _call(self, request: Request) -> Completion | _Fault:
        """One call and what came of it."""
        import openai  # noqa: PLC0415 - an extra

        sampling = request.sampling
        body = {
            "model": self._models[request.adapter], "messages": [{"role": r, "content": c} for r, c in request.chat],
            "seed": request.seed % SEEDS, "temperature": sampling.temperature, "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens, **({"stop": list(sampling.stop)} if sampling.stop else {}),
        }
        body = {name: value for name, value in body.items() if name not in self._extra}
        extra = {name: value for name, value in self._extra.items() if value is not None}
        try:
            async with asyncio.timeout(self.limits.timeout):
                answer = await self._client.chat.completions.with_raw_response.create(**body, extra_body=extra)
        except TimeoutError:
            return _Fault("timeout", f"no whole answer in {self.limits.timeout:g} s")
        except openai.APIStatusError as error:
            asked = retry_after(error.response.headers.get("retry-after", ""), time.time())
            return self._refused(request, error.status_code, self._clean(_decoded(error.response.content)), asked)
        except _Unreadable as error:
            return _Fault("unreadable", str(error), error=BackendFailed(f"{self._server} {error}."))
        except openai.APIConnectionError as error:
            return _Fault("connection", self._clean(f"a broken connection ({error.__cause__ or error})"))
        except Exception as error:  # noqa: BLE001 - whatever an answer makes the client stumble over is the server's
            return _Fault("invalid", self._clean(f"an answer that is none ({type(error).__name__}: {error})"))
        return self._read(answer.content, sampling.stop)

    def _refused(self, request: Request, status: int, said: str, asked: float) -> _Fault:
        """What an HTTP status that is no success means."""
        error: DialogymError | None = None
        reason = f"{status}: {said[:SHOWN]}"
        if status in (401, 403):
            state = "is not set" if self._client.api_key == NO_KEY else "holds one that it does not accept"
            error = BackendFailed(f"{self._server} wants a key ({status}), and the environment variable {self._variable} "
                                  f"{state}; set it to a key that may use this model.")
        elif status == 404:
            error = BackendFailed(f"{self._server} has no model {self._models[request.adapter]!r} ({reason}); name one that it "
                                  "serves, and a base_url that ends as the server wants it, most often in /v1.")
        elif 300 <= status < 400:
            error = BackendFailed(f"{self._server} sends its callers elsewhere ({status}), where nothing is sent, the key "
                                  "least of all; give the base_url of the server itself.")
        elif status in (400, 413, 422) and _CONTEXT.search(said):
            error = ContextTooLong(f"A prompt of {len(request.chat)} messages does not fit the window of "
                                   f"{self._models[request.adapter]!r} ({reason}); shorten the dialogue or serve a larger one.")
        elif asked > PATIENCE:
            error = BackendFailed(f"{self._server} asks to be left alone for {asked:.0f} s ({reason}); ask again after that: "
                                  "what had arrived is kept.")
        elif not (status in _PASSING or status >= 500) or _EXHAUSTED.search(said):
            error = BackendFailed(f"{self._server} refuses a request ({reason}); change what it objects to.")
        return _Fault(str(status), reason, asked, error)

    def _read(self, content: bytes, stop: tuple[str, ...]) -> Completion | _Fault:
        """The answer in a body, and its tokens counted."""
        try:
            payload = json.loads(content)
            choice, usage = payload["choices"][0], payload.get("usage") or {}
            text = (choice["message"]["content"] or "").encode("utf-8", "replace").decode()  # lone surrogates can be no reply
            text = redacted(text, self._client.api_key)
            finished = choice.get("finish_reason") != "length"
            prompt, completion = (_tokens(usage.get(name)) for name in ("prompt_tokens", "completion_tokens"))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            shown = self._clean(_decoded(content))[:SHOWN]
            return _Fault("invalid", f"a body that holds no chat completion ({shown})")
        self.counts.prompt_tokens += prompt
        self.counts.completion_tokens += completion
        for end in stop:  # some servers leave it in
            text, cut, _ = text.partition(end)
            finished = finished or bool(cut)
        return Completion((), finished, text, usage=(prompt, completion) if usage else None)

    @property
    def _server(self) -> str:
        return f"The server at {self._client.base_url}"

    def _clean(self, text: str) -> str:
        """What a server says, on one line and without the key."""
        return " ".join(redacted(text, self._client.api_key).split())


def redacted(text: str, key: str) -> str:
    """The text without the key.

    A key of `LONG` characters is no part of any word and goes wherever it stands. A shorter one goes where it stands alone, not
    where its letters are a piece of a word; one below `SHORT` is not to be told from what a sentence is made of, and stays.
    """
    if key == NO_KEY or len(key) < SHORT:
        return text
    edges = ("", "") if len(key) >= LONG else (r"(?<![\w-])", r"(?![\w-])")
    return re.sub(re.escape(key).join(edges), "[key]", text)


async def _capped(response: Any) -> None:
    """Of a response whose head has come: lets its body be read up to `LARGEST` bytes, as it is. Raises _Unreadable."""
    coding = response.headers.get("content-encoding", "").strip()
    if coding not in ("", "identity"):
        await response.aclose()
        raise _Unreadable(f"packed its answer ({coding[:40]}), though it was asked not to, and a packed one may unpack to any "
                          "size; let it answer in plain JSON")
    response.stream = _cap(response.stream)


def _cap(stream: Any) -> Any:
    """A stream of bytes that raises when more than `LARGEST` have come; of the stream's own class, which clients ask for."""

    class Capped(type(stream)):  # type: ignore[misc]
        def __init__(self) -> None:
            """Nothing of its own."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for piece in stream:
                read += len(piece)
                if read > LARGEST:
                    raise _Unreadable(f"sent more than {LARGEST >> 20} MiB as an answer, and was cut off there; see to it that "
                                      "it answers with a chat completion")
                yield piece

        async def aclose(self) -> None:
            await stream.aclose()

    return Capped()


def _tokens(value: Any) -> int:
    """A count of tokens as a server reports it; 0 for what is none, so that no report lowers the sum or ends the budget."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS else 0


def _decoded(content: bytes) -> str:
    """A body as text, JSON without escapes, in which a key could hide."""
    text = content.decode("utf-8", "replace")
    if "\\u" in text:
        with suppress(ValueError, RecursionError):
            return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace").decode()
    return text


def _serve(runner: asyncio.Runner, client: Any) -> None:
    """The thread: runs the loop until it is stopped, then ends what it held."""
    with runner:
        runner.get_loop().run_forever()
        runner.get_loop().run_until_complete(client.close())


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if threading.current_thread() is not thread:  # where the garbage collector may run, too
        thread.join()
