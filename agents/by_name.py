"""Language models and scripted speakers by name: who sits in a seat, and who is asked about a dialogue.

A language model is named by "embedded", "smollm2", a folder or a hub id, all of which run in this process (`loading`).
"openai:MODEL" is a model behind the OpenAI-compatible server that OPENAI_BASE_URL names, or several (`server_pool`), with
the key in OPENAI_API_KEY, and "replay:FILE" a recording of one (`recording`). "worded:MODEL" is a scripted user who says what
they mean in such a model's words (`worded`). So neither an address nor a key gets into a configuration.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..envs.agent import Agent, ScriptedAgent
from ..envs.chat import Message
from ..envs.errors import ContextTooLong, InvalidConfig, InvalidModel, Unavailable
from ..envs.scenario import Scenario
from .backend import Backend, Precision, Request, Sampling
from .language_model import LanguageModelAgent
from .prompting import MARKERS, Layout, control_tokens, defuse, render, trained_layout, usual_tries
from .worded import WORDED, WordedUser

if TYPE_CHECKING:
    from .openai_backend import OpenAIBackend
    from .server_pool import ServerPool

ADDRESS, KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"
"""The environment variables that say where the server is, and with which key."""
SERVED, REPLAYED = "openai:", "replay:"
"""What the names of models behind a server and of recordings begin with."""
AskModel = Callable[[Sequence[list[Message]]], list[str]]
"""A chat model: what it answers to each chat, in order; "" where it cannot read the chat."""


def is_remote(name: str) -> bool:
    """Whether the name is of a model that is not in this process: behind a server, or recorded."""
    return name.startswith((SERVED, REPLAYED))


def agent_for(scenario: Scenario, seat: str, name: str | None, sampling: Sampling | None = None,
           layout: Layout | None = None, record: Path | None = None) -> Agent:
    """The agent of that name.

    Args:
        scenario: whose seat.
        seat: the seat.
        name: a scripted speaker of the seat (None: the scenario's first), else a language model.
        sampling: of a language model's replies.
        layout: of its prompts; None: the one that it was trained with in a run, else "chat".
        record: the file into which what a server says is written, and from which it is answered again.

    Raises:
        InvalidModel: nobody of that name is known.
        InvalidConfig: the recording is damaged or of another model, or the extra for servers is missing.
    """
    if name is None or name in scenario.scripted[seat]:
        return ScriptedAgent.of(scenario, seat, name)
    if name.startswith(WORDED):
        return _worded(scenario, seat, name, sampling, layout, record)
    near = get_close_matches(name, scenario.scripted[seat], 1)
    if near and not Path(name).exists():  # before a hub is asked for it, for half a minute where there is none
        raise InvalidModel(f"There is no {seat} {name!r}; did you mean {near[0]!r}?")
    try:
        return model_agent(name, sampling, layout, record)
    except InvalidModel as error:
        raise InvalidModel(f"{name!r} is neither a scripted {seat} of {scenario.name!r} "
                           f"({sorted(scenario.scripted[seat])}) nor a language model: {error}") from error


def _worded(scenario: Scenario, seat: str, name: str, sampling: Sampling | None, layout: Layout | None,
            record: Path | None) -> WordedUser:
    """A scripted user in a language model's words. Raises as `agent_for`."""
    if seat != scenario.user:
        raise InvalidConfig(f"{name!r} words a simulated {scenario.user}, it cannot sit in the seat {seat!r}.")
    family, _, model = name.removeprefix(WORDED).partition(":")
    if family not in scenario.planned:
        family, model = "", name.removeprefix(WORDED)
    if not model:
        raise InvalidModel(f"{name!r} names no model; write {WORDED}MODEL or {WORDED}FAMILY:MODEL.")
    return WordedUser(scenario, model_agent(model, sampling, layout, record), family or None)


def model_agent(name: str, sampling: Sampling | None = None, layout: Layout | None = None,
                record: Path | None = None, *, tries: int | None = None, precision: Precision = "exact") -> LanguageModelAgent:
    """A language model as an agent for any seat.

    Args:
        name: of the model; layout and tries that are not given are those which a run's model was trained and met with.
        sampling: of its replies.
        layout: of its prompts.
        record: a file in which what a server says is recorded.
        tries: of its words, see `LanguageModelAgent`.
        precision: of its numbers, where it runs in this process.

    Raises as `agent_for`.
    """
    if is_remote(name):
        return LanguageModelAgent(_elsewhere(name, record), None, sampling, layout or "chat",
                                  tries=1 if tries is None else tries)
    from .engine.loading import load_model, load_tokenizer  # noqa: PLC0415 - torch only when a model speaks
    from .engine.precision import spoken_in  # noqa: PLC0415
    from .engine.transformers_backend import TransformersBackend  # noqa: PLC0415

    tokenizer, chosen = load_tokenizer(name), layout or trained_layout(name)
    if tries is None:
        tries = usual_tries(name) if chosen == "strategy" else 1
    model = load_model(name).to(dtype=spoken_in(precision))  # an adapter is added in before its sum is rounded
    return LanguageModelAgent(TransformersBackend(model, tokenizer), tokenizer, sampling, chosen, tries=tries)


def _elsewhere(name: str, record: Path | None = None) -> Backend:
    """A backend that does not run in this process. Raises as `agent_for`."""
    from .recording import Recorder, Replayer, of_worker  # noqa: PLC0415 - what few need

    if name.startswith(REPLAYED):
        return Replayer(Path(name.removeprefix(REPLAYED)))
    backend = _served(name)
    return backend if record is None else Recorder(backend, of_worker(record), backend.model)


def _served(name: str) -> OpenAIBackend | ServerPool:
    """A model behind the server, or the servers, that the environment names. Raises as `agent_for`."""
    from .openai_backend import OpenAIBackend  # noqa: PLC0415 - what few need
    from .server_pool import ServerPool, addresses  # noqa: PLC0415

    model, address = name.removeprefix(SERVED), os.environ.get(ADDRESS, "").strip()
    if find_spec("openai") is None:
        raise Unavailable(f"{name!r} needs the package openai, which is not installed: pip install 'dialogym[server]'.")
    if not model:
        raise InvalidModel(f"{name!r} names no model; write {SERVED}MODEL as the server knows it.")
    if not address and not os.environ.get(KEY, "").strip():
        raise InvalidConfig(f"{name!r} is a model behind a server, but no server is named: set {ADDRESS} to its address, "
                            f"which usually ends in /v1, or {KEY} to a key of OpenAI's.")
    servers = addresses(address)
    return ServerPool(model, servers) if len(servers) > 1 else OpenAIBackend(model, address or None)


def check_answers(name: str) -> None:
    """Has a model that is not in this process answer with a token, before anything rests on it.

    Raises:
        BackendFailed: the server does not answer, refuses the key, or has no such model.
        Otherwise as `agent_for`.
    """
    if name.startswith(SERVED):
        with _served(name) as backend:
            backend.complete([Request((), 0, Sampling(max_new_tokens=1), chat=(("user", "Hello."),))])
    else:
        _elsewhere(name)


def together(base: str, adapters: Mapping[str, str], sampling: Sampling | None = None,
             layout: Layout = "chat", tries: int = 1, precision: Precision = "exact") -> dict[str, LanguageModelAgent]:
    """Agents that are LoRA adapters of one base model, which is in memory once; by the names of their adapters.

    Args:
        base: name of the base model.
        adapters: the folder of each agent's adapter, with its tokenizer.
        sampling: of their replies.
        layout: of their prompts.
        tries: of their words, see `LanguageModelAgent`.
        precision: of their numbers.

    Raises InvalidModel when one cannot be loaded, or was trained on another base.
    """
    from .engine.loading import load_tokenizer  # noqa: PLC0415 - torch only when a model speaks
    from .engine.precision import spoken_in  # noqa: PLC0415
    from .engine.transformers_backend import TransformersBackend  # noqa: PLC0415

    backend = TransformersBackend.with_adapters(base, adapters, load_tokenizer(base), dtype=spoken_in(precision))
    return {name: LanguageModelAgent(backend, load_tokenizer(folder), sampling, layout, adapter=name, tries=tries)
            for name, folder in adapters.items()}


def chat_model(name: str, max_new_tokens: int) -> AskModel:
    """A language model that answers chats with its most likely words. Raises as `agent_for`."""
    sampling = Sampling(temperature=0.0, max_new_tokens=max_new_tokens)
    if is_remote(name):
        return _asking(_elsewhere(name), sampling)
    from .engine.loading import load_model, load_tokenizer  # noqa: PLC0415 - torch only when a model is asked
    from .engine.transformers_backend import TransformersBackend  # noqa: PLC0415

    tokenizer, model = load_tokenizer(name), load_model(name)
    backend, control = TransformersBackend(model), control_tokens(tokenizer)
    window = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 20

    def ask(chats: Sequence[list[Message]]) -> list[str]:
        prompts = [tokenizer(render(tokenizer, chat, control), add_special_tokens=False)["input_ids"] for chat in chats]
        fitting = [i for i, ids in enumerate(prompts) if len(ids) + max_new_tokens <= window]
        found = backend.complete([Request(tuple(prompts[i]), 0, sampling) for i in fitting])
        answers = {i: tokenizer.decode(each.tokens, skip_special_tokens=True) for i, each in zip(fitting, found, strict=True)}
        return [answers.get(i, "") for i in range(len(prompts))]

    return ask


def _asking(backend: Backend, sampling: Sampling) -> AskModel:
    """A backend of chats as a chat model."""
    def one(request: Request) -> str:
        try:
            return backend.complete([request])[0].text or ""
        except ContextTooLong:
            return ""

    def ask(chats: Sequence[list[Message]]) -> list[str]:
        requests = [Request((), 0, sampling, chat=tuple((m["role"], defuse(m["content"], MARKERS)) for m in chat))
                    for chat in chats]
        try:
            return [found.text or "" for found in backend.complete(requests)]
        except ContextTooLong:  # of one of them; the answers that had arrived are not asked for again
            return [one(request) for request in requests]

    return ask
