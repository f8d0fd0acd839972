"""Language models and scripted speakers by name: who sits in a seat, and who is asked about a dialogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from ..envs.errors import InvalidModel
from ..envs.scenario import Scenario
from .agent import Agent, ScriptedAgent
from .backend import Request, Sampling
from .language_model import LanguageModelAgent
from .prompting import Layout, Message, control_tokens, render

AskModel = Callable[[Sequence[list[Message]]], list[str]]
"""A chat model: what it answers to each chat, in order; "" where it cannot read the chat."""


def seated(scenario: Scenario, seat: str, name: str | None, sampling: Sampling | None = None,
           layout: Layout = "chat") -> Agent:
    """The agent of that name.

    Args:
        scenario: whose seat.
        seat: the seat.
        name: a scripted speaker of the seat (None: the scenario's first), else "embedded", a folder, or a hub id of a model.
        sampling: of a language model's replies.
        layout: of its prompts.

    Raises InvalidModel when nobody of that name is known.
    """
    if name is None or name in scenario.scripted[seat]:
        return ScriptedAgent.of(scenario, seat, name)
    near = get_close_matches(name, scenario.scripted[seat], 1)
    if near and not Path(name).exists():  # before a hub is asked for it, for half a minute where there is none
        raise InvalidModel(f"There is no {seat} {name!r}; did you mean {near[0]!r}?")
    try:
        return speaking(name, sampling, layout)
    except InvalidModel as error:
        raise InvalidModel(f"{name!r} is no scripted {seat} of {scenario.name!r} (there are {sorted(scenario.scripted[seat])}) "
                           f"and no language model: {error}") from error


def speaking(name: str, sampling: Sampling | None = None, layout: Layout = "chat") -> LanguageModelAgent:
    """A language model of this process as an agent for any seat. Raises InvalidModel."""
    from .loading import load_model, load_tokenizer  # noqa: PLC0415 - torch only when a model speaks
    from .transformers_backend import TransformersBackend  # noqa: PLC0415

    tokenizer = load_tokenizer(name)
    return LanguageModelAgent(TransformersBackend(load_model(name)), tokenizer, sampling, layout)


def together(base: str, adapters: Mapping[str, str], sampling: Sampling | None = None,
             layout: Layout = "chat") -> dict[str, LanguageModelAgent]:
    """Agents that are LoRA adapters of one base model, which is in memory once; by the names of their adapters.

    Args:
        base: name of the base model.
        adapters: the folder of each agent's adapter, with its tokenizer.
        sampling: of their replies.
        layout: of their prompts.

    Raises InvalidModel when one cannot be loaded, or was trained on another base.
    """
    from .loading import load_tokenizer  # noqa: PLC0415 - torch only when a model speaks
    from .transformers_backend import TransformersBackend  # noqa: PLC0415

    backend = TransformersBackend.with_adapters(base, adapters)
    return {name: LanguageModelAgent(backend, load_tokenizer(folder), sampling, layout, adapter=name)
            for name, folder in adapters.items()}


def chat_model(name: str, max_new_tokens: int) -> AskModel:
    """A language model of this process that answers chats with its most likely words. Raises InvalidModel."""
    from .loading import load_model, load_tokenizer  # noqa: PLC0415 - torch only when a model is asked
    from .transformers_backend import TransformersBackend  # noqa: PLC0415

    tokenizer, model = load_tokenizer(name), load_model(name)
    backend, control = TransformersBackend(model), control_tokens(tokenizer)
    sampling = Sampling(temperature=0.0, max_new_tokens=max_new_tokens)
    window = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 20

    def ask(chats: Sequence[list[Message]]) -> list[str]:
        prompts = [tokenizer(render(tokenizer, chat, control), add_special_tokens=False)["input_ids"] for chat in chats]
        fitting = [i for i, ids in enumerate(prompts) if len(ids) + max_new_tokens <= window]
        found = backend.complete([Request(tuple(prompts[i]), 0, sampling) for i in fitting])
        answers = {i: tokenizer.decode(each.tokens, skip_special_tokens=True) for i, each in zip(fitting, found, strict=True)}
        return [answers.get(i, "") for i in range(len(prompts))]

    return ask
