"""What a backend was asked and what it answered, in a file: to go on after a kill, and to repeat a run without the backend.

The file is a `Journal`: a first line that says what was recorded, then a line per completion, in the order of the calls,
without times, so that equal runs give equal bytes.
"""

from __future__ import annotations

import glob
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..envs.errors import DialogymError, InvalidConfig
from ..envs.storage import SETTINGS, Journal, drafted, parsed
from .backend import Backend, Completion, Promises, Request, Sampling
from .remote import BackendFailed, numbered

KIND = ("dialogym_recording", 1)
"""What the first line of a recording says, with the format's number."""


class NotRecorded(DialogymError, LookupError):
    """A recording does not hold what was asked."""


class Recorder:
    """Any backend, with all it answers written down; what the file holds already is answered from there.

    A request that comes again is asked again and counted: the n-th time it gets the n-th answer of the file, if that is there.
    So a run that was killed goes on with a new Recorder of the same file, and asks for nothing twice. Where a batch fails, what
    had arrived of it is written, too; the lines of such a file may stand in another order, which no answer depends on.

    What other workers of the same run have recorded (`of_worker`) is answered from their files, too.

    Args:
        backend: who is asked.
        path: the file, new or begun with the same backend and model; a batch is on the disk when `complete` returns.
        model: the model's name, for whoever reads the file.
    """

    def __init__(self, backend: Backend, path: Path, model: str = "") -> None:
        """Raises InvalidConfig when the file was begun otherwise, or is damaged."""
        self._backend = backend
        named = getattr(backend, "recorded_as", type(backend).__name__)
        settings = {"backend": named, "model": model, "promises": _without(asdict(backend.promises), "logprobs")}
        self._journal = Journal(path, KIND, settings, "Recorder")
        self._known = _answers(self._journal)
        for other in _parts(path):
            for known, found in _answers(Journal(other, KIND, settings, "Recorder")).items():
                have = self._known.setdefault(known, [])
                have += found[len(have):]
        self._asked: Counter[str] = Counter()

    @property
    def promises(self) -> Promises:
        """The backend's own, but for log-probabilities, which are not recorded."""
        return replace(self._backend.promises, logprobs=False)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`; what the backend raises is raised, and the same batch may be tried again."""
        _refuse_logprobs(requests)
        keys = [key(request) for request in requests]
        places = [(known, self._asked[known] + number) for known, number in numbered(keys)]
        missing = [i for i, (known, number) in enumerate(places) if number >= len(self._known.get(known, ()))]
        try:
            found = self._backend.complete([requests[i] for i in missing]) if missing else []
        except BackendFailed as error:
            self._write([(requests[missing[place]], completion) for place, completion in error.received])
            raise
        self._write([(requests[i], completion) for i, completion in zip(missing, found, strict=True)])
        self._asked.update(keys)
        return [self._known[known][number] for known, number in places]

    def _write(self, found: Sequence[tuple[Request, Completion]]) -> None:
        if found:
            self._journal.append(*({"key": key(request), "request": _plain(request), "completion": _kept(completion)}
                                   for request, completion in found))
            self._journal.close()  # a batch may be long in coming; a twin's lines are noticed at the next one
        for request, completion in found:
            self._known.setdefault(key(request), []).append(completion)


class Replayer:
    """A backend that answers from a recording alone: no server, no model, no key.

    The n-th time a request comes it gets the n-th answer recorded for it, and after the last the first again, so that a run can
    be replayed as often as one likes.

    Args:
        path: what a `Recorder` wrote.
    """

    def __init__(self, path: Path) -> None:
        """Raises InvalidConfig when that is not a recording, or a damaged one."""
        try:
            with path.open("rb") as file:
                settings = parsed(file.readline())[SETTINGS]
            promises = {**settings["promises"], "adapters": tuple(settings["promises"]["adapters"])}
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise InvalidConfig(f"{path} is not a recording ({error}); name a file that `Recorder` wrote.") from error
        self._journal = Journal(path, KIND, settings, "Recorder")
        self._known = _answers(self._journal)
        self._asked: Counter[str] = Counter()
        one = all(len(set(found)) == 1 for found in self._known.values())
        self.promises = Promises(**{**promises, "seeded": True, "batch_invariant": one})

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`. Raises NotRecorded, which says what is closest to a request that is missing."""
        _refuse_logprobs(requests)
        keys = [key(request) for request in requests]
        for request, wanted in zip(requests, keys, strict=True):
            if wanted not in self._known:
                what = f"{len(request.chat)} messages" if request.chat else f"{len(request.prompt)} tokens"
                raise NotRecorded(f"{self._journal.path} holds no such request of {what} with seed {request.seed}. "
                                  f"{self._nearest(request)} Ask what was asked when it was recorded, or record again.")
        answers = [(self._known[known], self._asked[known] + number) for known, number in numbered(keys)]
        self._asked.update(keys)
        return [found[number % len(found)] for found, number in answers]

    def _nearest(self, wanted: Request) -> str:
        """How the recorded request that shares the most with this one differs from it."""
        recorded = (_request(value["request"]) for value in self._journal.values())
        nearest = max(recorded, key=lambda request: _likeness(request, wanted), default=None)
        if nearest is None:
            return "It holds none at all."
        return f"The nearest one differs: {'; '.join(_differences(nearest, wanted))}."


def _without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: kept for name, kept in value.items() if name not in names}


def _refuse_logprobs(requests: Sequence[Request]) -> None:
    if any(request.logprobs for request in requests):
        raise InvalidConfig("A recording holds no log-probabilities; leave Request.logprobs out, or ask the model itself.")


WORKER = "DIALOGYM_WORKER"
"""The environment variable in which a worker of a run finds its number (see `search.engines`)."""


def of_worker(path: Path) -> Path:
    """Where this process keeps a recording: a worker of a run its own part of it, since a file has one writer."""
    number = os.environ.get(WORKER)
    return path if number is None else path.with_name(f"{path.name}.worker-{number}")


def gather(path: Path) -> None:
    """Puts the workers' parts of a recording into the one file, and takes them away; killed anywhere, it may be done again."""
    parts = [part for part in _parts(path) if part != path]
    if not parts:
        return
    lines: Counter[bytes] = Counter()
    first = b""
    for part in ([path] if path.exists() else []) + parts:
        head, *found = part.read_bytes().split(b"\n")[:-1]
        first = first or head
        if head != first:
            raise InvalidConfig(f"{part} records something else than {path.name} in the same folder; move one of the two.")
        lines |= Counter(found)  # what was asked again, since its worker died, stands in two of them
    with drafted(path) as draft, draft.open("wb") as file:
        file.writelines(line + b"\n" for line in (first, *lines.elements()))
    for part in parts:
        part.unlink()


def _whole(name: str) -> str:
    """Of which file a worker's part is; "" of what is none."""
    whole, _, number = name.rpartition(".worker-")
    return whole if number.isdecimal() else ""


def _parts(path: Path) -> list[Path]:
    """The other files of the same recording: the one, and what workers keep of it."""
    whole = path.with_name(_whole(path.name) or path.name)
    parts = sorted(part for part in whole.parent.glob(f"{glob.escape(whole.name)}.worker-*") if _whole(part.name))
    return [part for part in (whole, *parts) if part != path and part.exists()]


def key(request: Request) -> str:
    """32 hexadecimal digits that are the same for equal requests only."""
    return blake2b(json.dumps(_plain(request)).encode(), digest_size=16).hexdigest()


def _plain(request: Request) -> dict[str, Any]:
    """The request as a JSON value; equal requests give equal ones, which 1 and 1.0 would not."""
    sampling = request.sampling
    return {"prompt": request.prompt, "seed": request.seed, "adapter": request.adapter, "chat": request.chat, "sampling": {
        "temperature": float(sampling.temperature), "top_p": float(sampling.top_p), "max_new_tokens": sampling.max_new_tokens,
        "stop": sampling.stop}}


def _kept(completion: Completion) -> dict[str, Any]:
    """The completion as a JSON value, without log-probabilities; what no server told is left out."""
    found = _without(asdict(completion), "logprobs", "end")
    return found if completion.usage is not None else _without(found, "usage")


def _request(value: Mapping[str, Any]) -> Request:
    """The inverse of `_plain`."""
    sampling = Sampling(**{**value["sampling"], "stop": tuple(value["sampling"]["stop"])})
    return Request(tuple(value["prompt"]), value["seed"], sampling, value["adapter"], tuple(map(tuple, value["chat"])))


def _answers(journal: Journal) -> dict[str, list[Completion]]:
    """The completions of every request, by its key. Raises InvalidConfig on a line that is none."""
    found: dict[str, list[Completion]] = {}
    for number, value in enumerate(journal.values(), 2):
        try:
            written = value["completion"]
            usage = written.get("usage") and tuple(written["usage"])
            completion = Completion(tuple(written["tokens"]), written["finished"], written["text"], usage=usage)
            found.setdefault(value["key"], []).append(completion)
        except (TypeError, LookupError) as error:
            raise InvalidConfig(f"{journal.path}, line {number}: not a completion ({error!r}); record again.") from error
    return found


def _likeness(one: Request, other: Request) -> tuple[int, int]:
    """How many fields are equal, and how much of the prompt from its beginning."""
    equal = sum(getattr(one, name) == getattr(other, name) for name in ("seed", "sampling", "adapter", "chat", "prompt"))
    return equal, _shared(one.chat or one.prompt, other.chat or other.prompt)


def _differences(recorded: Request, wanted: Request) -> Iterator[str]:
    """What is not equal, field by field; of a chat or prompt the first message or token that differs."""
    for name in ("seed", "sampling", "adapter"):
        if getattr(recorded, name) != getattr(wanted, name):
            yield f"its {name} is {getattr(recorded, name)!r}, wanted {getattr(wanted, name)!r}"
    for name, word in (("chat", "message"), ("prompt", "token")):
        one, other = getattr(recorded, name), getattr(wanted, name)
        if one != other:
            at = _shared(one, other)
            yield f"its {word} {at + 1} is {_item(one, at)}, wanted {_item(other, at)}"


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items are the same from the beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _item(items: Sequence[object], at: int) -> str:
    shown = repr(items[at]) if at < len(items) else "missing"
    return shown if len(shown) <= 160 else f"{shown[:160]}…"
