"""Whole conversations for TRL's `rollout_func`: a plain chat, one sequence a talk, the model's own tokens marked.

A talk is the prompt, then in turn what the model wrote and what its chat template puts between two of its turns: the user's
reply, headers, the end of a turn. The model goes on from exactly the tokens that are trained on afterwards, so that they are on
the policy; what it thought (layout "strategy") stays as it was written.

In a group, one talk per candidate: candidate g answers with the key of `position.ask(g)` and goes on with `say(reply, g)`. One
key for all would make them the same talk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...agents.backend import Completion, Request, Sampling
from ...agents.by_name import agent_for
from ...agents.engine.transformers_backend import TransformersBackend
from ...agents.prompting import Layout, control_tokens, messages, read, render
from ...envs.agent import Agent
from ...envs.errors import InvalidConfig
from ...envs.keys import PUBLIC
from ...envs.position import Position
from ...envs.registry import scenario_for
from ...envs.scenario import Scenario, required
from .episodes import start_of

ADAPTER = "default"
"""What PEFT calls the adapter that a trainer trains."""


@dataclass(slots=True, eq=False)
class Talk:
    """A conversation on its way, and its tokens.

    Attributes:
        position: where it stands.
        candidate: which of its group's replies the first one is.
        ids: all tokens so far, the next reply comes after them.
        own: of each token, whether the model wrote it.
        logprobs: of each token, under the policy that wrote it; 0 of those it did not write.
        prompt: how many tokens the prompt has.
        cut: whether it outgrew the model's window; then it is worth nothing.
        replies: that the model gave.
    """

    position: Position
    candidate: int
    ids: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    prompt: int = 0
    cut: bool = False
    replies: int = 0

    def told(self, ids: Sequence[int]) -> None:
        """Adds tokens that the model did not write."""
        self.ids += ids
        self.own += [0] * len(ids)
        self.logprobs += [0.0] * len(ids)

    def wrote(self, found: Completion) -> None:
        """Adds a reply's tokens."""
        ids = [*found.tokens, *([] if found.end is None else [found.end])]
        self.ids += ids
        self.own += [1] * len(ids)
        self.logprobs += found.logprobs
        self.replies += 1

    @property
    def worth(self) -> float:
        """The engagement at the end."""
        return 0.0 if self.cut else self.position.outcome[2]


class Rollout:
    """What `GRPOTrainer(rollout_func=...)` takes: plays the prompts of `prompts` to their ends against a simulated user.

    It takes the trainer's temperature and nucleus. Its result has, besides what TRL asks for ("prompt_ids", "completion_ids",
    "logprobs", "env_mask" with 1 on the model's own tokens), for every talk "engagement", which the reward function of that
    name gives back, "turns" and "cut" (1: it outgrew the window and is worth 0).

    Args:
        environment: id of a registered environment, or a scenario.
        user: who sits in the user's seat: the name of a scripted speaker or of a language model, or an agent.
        layout: how a dialogue becomes a prompt, as of `prompts`; not "figure", whose prompts do not grow at the end.
        max_new_tokens: longest reply.
        secret: under which people and their luck are drawn.
        options: with an id: the scenario's.

    Attributes:
        figures: of the last call: means of "engagement", "turns" and "cut", and "generations", the replies that the model gave.

    Raises InvalidConfig for a layout that does not serve, or where no language model can speak.
    """

    def __init__(self, environment: str | Scenario, *, user: str | Agent | None = None, layout: Layout = "chat",
                 max_new_tokens: int = 96, secret: str = PUBLIC, **options: Any) -> None:
        self.scenario = scenario_for(environment, **options)
        required(self.scenario, "speech", self.scenario.speech)
        if layout not in ("chat", "strategy"):
            raise InvalidConfig(f"A rollout's layout is 'chat' or 'strategy', whose prompts grow at the end, got {layout!r}.")
        self.user = agent_for(self.scenario, self.scenario.user, user) if user is None or isinstance(user, str) else user
        self.layout: Layout = layout
        self.max_new_tokens, self.secret = max_new_tokens, secret
        self.figures: dict[str, float] = {}
        self._backend: tuple[Any, TransformersBackend] | None = None

    def __call__(self, prompts: Sequence[Any], trainer: Any) -> dict[str, Any]:
        """Talks for a trainer's prompts, each repeated once per candidate, one after the other.

        Raises InvalidConfig when a prompt names no episode, or the tokenizer's template changes what was said before.
        """
        args = trainer.args
        group = trainer.num_generations if trainer.model.training else trainer.num_generations_eval
        first = trainer.accelerator.process_index * len(prompts)  # a group may go on in another process
        starts = [start_of(prompt, self.scenario, self.secret) for prompt in prompts]
        sampling = Sampling(temperature=args.temperature, top_p=args.top_p, max_new_tokens=self.max_new_tokens)
        model = trainer.accelerator.unwrap_model(trainer.model)
        talks = self.play(model, trainer.processing_class, starts, [(first + i) % group for i in range(len(prompts))], sampling)
        told: dict[str, Sequence[float]] = {
            "engagement": [talk.worth for talk in talks], "turns": [talk.position.turns for talk in talks],
            "cut": [int(talk.cut) for talk in talks]}
        self.figures = {name: sum(values) / len(values) for name, values in told.items()}
        self.figures["generations"] = sum(talk.replies for talk in talks)
        return {"prompt_ids": [talk.ids[:talk.prompt] for talk in talks],
                "completion_ids": [talk.ids[talk.prompt:] for talk in talks],
                "logprobs": [talk.logprobs[talk.prompt:] for talk in talks],
                "env_mask": [talk.own[talk.prompt:] for talk in talks], **told}

    def play(self, model: Any, tokenizer: Any, starts: Sequence[Position], candidates: Sequence[int],
             sampling: Sampling) -> list[Talk]:
        """Finished talks, one per start, with the model as it is now in the interactive seat.

        Args:
            model: a causal LM; of a PeftModel the adapter "default".
            tokenizer: its own.
            starts: where they begin; any positions.
            candidates: which candidate's replies each one has from there.
            sampling: of the replies.
        """
        talks = [Talk(start, candidate) for start, candidate in zip(starts, candidates, strict=True)]
        backend, control = self._speaker(model), control_tokens(tokenizer)
        going = talks
        with _gradients_kept(model):
            while going := [talk for talk in going if not talk.cut and not talk.position.over]:
                turn = [talk for talk in going if talk.position.seat == self.scenario.user]
                for talk, reply in zip(turn, self.user.respond([talk.position.ask() for talk in turn]), strict=True):
                    talk.position = talk.position.say(reply)
                turn = [talk for talk in going if not talk.position.over and talk not in turn]
                self._speak(turn, backend, tokenizer, control, sampling)
        return talks

    def _speaker(self, model: Any) -> TransformersBackend:
        if self._backend is None or self._backend[0] is not model:
            self._backend = (model, TransformersBackend(model))
        return self._backend[1]

    def _speak(self, talks: Sequence[Talk], backend: TransformersBackend, tokenizer: Any, control: Sequence[str],
               sampling: Sampling) -> None:
        """The model's turn in each of the talks."""
        adapter = ADAPTER if ADAPTER in backend.promises.adapters else None
        window, requests, asked = backend.promises.window, [], []
        for talk in talks:
            index = talk.candidate if not talk.replies else 0
            ask = talk.position.ask(index)
            talk.told(_between(talk, messages(ask.view, self.layout), tokenizer, control))
            if not talk.replies:
                talk.prompt = len(talk.ids)
            if window is not None and len(talk.ids) + sampling.max_new_tokens > window:
                talk.cut = True
                continue
            asked.append((talk, index))
            requests.append(Request(tuple(talk.ids), ask.key, sampling, adapter, logprobs=True))
        found = backend.complete(requests)
        texts = tokenizer.batch_decode([list(c.tokens) for c in found], skip_special_tokens=True) if found else []
        for (talk, index), completion, text in zip(asked, found, texts, strict=True):
            talk.wrote(completion)
            view = talk.position.ask(index).view
            talk.position = talk.position.say(read(view, text, completion.finished, self.layout), index)


def _between(talk: Talk, chat: list[dict[str, str]], tokenizer: Any, control: Sequence[str]) -> list[int]:
    """The tokens between the talk so far and the next reply: before the first one the whole prompt."""
    whole = render(tokenizer, chat, control)
    if not talk.replies:
        return _ids(tokenizer, whole)
    before = render(tokenizer, chat[:-1], control, reply=False)
    if chat[-2]["role"] != "assistant" or not whole.startswith(before):
        raise InvalidConfig("The tokenizer's chat template changes earlier turns when one is added, so that a conversation is "
                            "not one growing sequence; take a template that does not.")
    end = tokenizer.eos_token
    closed = talk.ids[-1] == tokenizer.eos_token_id
    _, found, tail = before.rpartition(end)
    return _ids(tokenizer, ("" if closed or not found else end) + (tail if found else "") + whole[len(before):])


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


@contextmanager
def _gradients_kept(model: Any) -> Iterator[None]:
    """Speaking through an adapter freezes it (PEFT's inference mode); afterwards it learns again."""
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    try:
        yield
    finally:
        for weight in learning:
            weight.requires_grad_(True)
