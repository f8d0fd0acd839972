"""Who sits in a seat, by name: a scripted speaker, or a language model."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from ..envs.errors import InvalidModel
from ..envs.scenario import Scenario
from .agent import Agent, ScriptedAgent
from .backend import Sampling
from .language_model import LanguageModelAgent
from .prompting import Layout


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
