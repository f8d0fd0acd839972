"""Several OpenAI-compatible servers behind one name: a chat goes where its beginning is known, elsewhere while that is down."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import isfinite, log
from types import TracebackType
from typing import Any, Self

from ..envs.errors import InvalidConfig
from ..envs.keys import uniform
from .backend import Completion, Promises, Request
from .openai_backend import OpenAIBackend, keep
from .remote import BackendFailed, BudgetSpent, Limits, Traffic, numbered

SHARE = "#share="
"""What stands between a server's address and its share."""
REST = 10.0
"""Seconds for which a server that failed is not asked, nor looked at."""
LOOK = 5.0
"""Seconds in which a server that is up answers anything at all."""


def addresses(text: str) -> list[tuple[str, float]]:
    """(address, share) of servers with commas, as "http://a/v1,http://b/v1#share=2". Raises InvalidConfig."""
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        address, _, share = part.partition(SHARE)
        try:
            number = float(share or 1)
        except ValueError:
            number = 0.0
        if not (number > 0 and isfinite(number)):
            raise InvalidConfig(f"A server's share is a number above 0, got {part!r}; write ADDRESS{SHARE}2, or leave it out.")
        if address.rstrip("/") in found:
            raise InvalidConfig(f"The server {address!r} is named twice; give it a larger share instead: {address}{SHARE}2.")
        found[address.rstrip("/")] = number
    return list(found.items())


class ServerPool:
    """Completes chats with one model behind several servers.

    A chat is sent to the server that its conversation's first words choose (rendezvous hashing by the shares), so that turns,
    and the branches of a search that begin alike, find their prefix in one server's cache. A server that fails is left
    alone for `REST` seconds, its chats go to the others meanwhile, and it is taken back when it answers again. Which server
    answers decides nothing else: seeds go with the requests, and a recording is the same as of one server.

    Args:
        model: the model's name, the same at all servers.
        servers: their addresses and shares.
        limits: of each server; the tries are shared out among those that are up. A budget is each server's.
        options: further arguments of every `OpenAIBackend`.

    Attributes:
        recorded_as: what `recording.Recorder` calls it, so that a run recorded with one server goes on with several.
    """

    recorded_as = OpenAIBackend.__name__

    def __init__(self, model: str, servers: Sequence[tuple[str, float]], *, limits: Limits | None = None,
                 **options: Any) -> None:
        """Raises InvalidConfig without a server, or as `OpenAIBackend`."""
        if not servers:
            raise InvalidConfig("No server is named; give at least one address.")
        self.model = model
        self.limits = limits or Limits()
        self._servers = [OpenAIBackend(model, address, **options) for address, _ in servers]
        self._shares = [share for _, share in servers]
        self._down: dict[int, float] = {}
        self._looked = False
        self._kept: dict[tuple[Request, int], Completion] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, {[server.base_url for server in self._servers]!r})"

    @property
    def promises(self) -> Promises:
        """Those of each server."""
        return self._servers[0].promises

    @property
    def counts(self) -> Traffic:
        """What went over the wire, to all servers together."""
        found = Traffic()
        for each in self.by_server.values():
            for name in ("requests", "retries", "empty", "prompt_tokens", "completion_tokens"):
                setattr(found, name, getattr(found, name) + getattr(each, name))
            for kind, count in each.faults.items():
                found.faults[kind] = found.faults.get(kind, 0) + count
        return found

    @property
    def by_server(self) -> dict[str, Traffic]:
        """What went to each address."""
        return {str(server.base_url): server.counts for server in self._servers}

    @property
    def down(self) -> list[str]:
        """Addresses of the servers that are left alone now."""
        return [str(self._servers[at].base_url) for at in sorted(self._down)]

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`.

        Raises:
            BackendFailed: no server could answer; what had arrived is kept, as by `OpenAIBackend`.
            BudgetSpent, ContextTooLong: likewise.
        """
        self.promises.check(requests)
        keys = numbered(requests)
        found = [self._kept.pop(key, None) for key in keys]
        try:
            self._look()
            while gaps := [place for place, completion in enumerate(found) if completion is None]:
                self._round(requests, gaps, found)
        except BaseException as error:
            keep(self._kept, keys, found, error)
            raise
        return [c for c in found if c is not None]

    def close(self) -> None:
        """Closes the connections to all servers."""
        for server in self._servers:
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _round(self, requests: Sequence[Request], gaps: Iterable[int], found: list[Completion | None]) -> None:
        """Asks every server for its part of what is missing. Raises when nobody is left to ask, and what nobody else mends."""
        up = [at for at in range(len(self._servers)) if at not in self._down]
        parts: dict[int, list[int]] = {}
        for place in gaps:
            parts.setdefault(self._chosen(requests[place], up), []).append(place)
        for at in parts:
            self._servers[at].limits = replace(self.limits, tries=-(-self.limits.tries // len(up)))
        with ThreadPoolExecutor(len(parts)) as threads:
            answers = {at: threads.submit(self._servers[at].complete, [requests[place] for place in places])
                       for at, places in parts.items()}
        errors: list[BaseException] = []
        for at, answer in answers.items():
            error = answer.exception()
            arrived = list(enumerate(answer.result())) if error is None else getattr(error, "received", ())
            for place, completion in arrived:
                found[parts[at][place]] = completion
            if isinstance(error, BackendFailed) and not isinstance(error, BudgetSpent):
                self._down[at] = time.monotonic() + REST
                if len(self._down) < len(self._servers):
                    continue
            if error is not None:
                errors.append(error)
        if errors:
            raise errors[0]

    def _chosen(self, request: Request, up: Sequence[int]) -> int:
        """The server of a chat among those that are up."""
        key = request.opening or request.seed  # of what has hardly begun, only the role prompt is shared, with everybody
        return max(up, key=lambda at: -self._shares[at] / log(max(uniform(key, at), 1e-300)))

    def _look(self) -> None:
        """Sees who is up: all servers the first time, then those whose rest is over; all again when none is left."""
        now = time.monotonic()
        doubtful = [at for at in range(len(self._servers)) if not self._looked or self._down.get(at, now + 1) <= now]
        self._looked = True
        with ThreadPoolExecutor(len(self._servers)) as threads:
            for at, answers in zip(doubtful, threads.map(lambda at: _answers(str(self._servers[at].base_url)), doubtful),
                                   strict=True):
                if answers:
                    self._down.pop(at, None)
                else:
                    self._down[at] = now + REST
        if len(self._down) == len(self._servers):
            self._down.clear()  # whoever is asked will say what is wrong


def _answers(address: str) -> bool:
    """Whether somebody is there: any answer will do, even a refusal. No key is sent."""
    try:
        with urllib.request.urlopen(f"{address}/models", timeout=LOOK):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
