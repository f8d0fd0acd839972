"""Inspect: every environment as the task "dialogym/dialogue", found where both are installed.

    inspect eval dialogym/dialogue --model openai/gpt-4o-mini -T env=EmotionalSupport-v0 -T user=guarded -T episodes=50
    inspect eval dialogym/dialogue --model none/none -T policy=expert      # one of this package's own, in the same viewer
    inspect view

The score is the user's engagement. Install it with `pip install 'dialogym[inspect]'`.
"""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, mean, metric, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from ..agents.by_name import agent_for
from ..envs.chat import Message, written
from ..envs.errors import InvalidConfig
from ..envs.keys import PUBLIC
from .seat import DEFAULT, OpenSeat

STORED = "dialogym"
"""Where a sample's store keeps the talk's result."""
_KINDS = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


@task
def dialogue(env: str = DEFAULT, user: str = "", policy: str = "", episodes: int = 100, seed: int = 0, secret: str = PUBLIC,
             **options: Any) -> Task:
    """A talk per sample: the model sits in the interactive seat, a simulator in the user's.

    Args:
        env: id of the environment.
        user: who is the user, as `agent_for` takes it ("": the scripted default).
        policy: one of this package's policies that speaks in the model's place ("": the model does).
        episodes: talks.
        seed: of the first; the others follow.
        secret: under which users and luck are drawn.
        options: the scenario's, such as `-T language=zh`.
    """
    if episodes < 1:
        raise InvalidConfig(f"episodes must be at least 1, got {episodes}.")
    talk = OpenSeat(env, partner=user, secret=secret, **options)
    samples = [Sample(id=number, input=[_message(m) for m in talk.begin(number)], metadata={"seed": number})
               for number in range(seed, seed + episodes)]
    return Task(dataset=samples, solver=converse(env, user, policy, secret, **options), scorer=engagement(),
                version=talk.env.scenario.version, metadata={"env": env, "user": user, "policy": policy, **options})


@solver
def converse(env: str = DEFAULT, user: str = "", policy: str = "", secret: str = PUBLIC, **options: Any) -> Solver:
    """Lets the model talk to the user until the talk is over; as `dialogue`."""
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        talk = OpenSeat(env, partner=user, secret=secret, **options)
        speaker = agent_for(talk.env.scenario, talk.env.seat, policy) if policy else None
        talk.begin(state.metadata["seed"])
        state.store.set(STORED, talk.result)
        while not talk.over:
            if speaker is None:
                state = await generate(state)
                text, finished = state.output.completion, state.output.stop_reason != "max_tokens"
            else:
                (said,) = await anyio.to_thread.run_sync(speaker.respond, [talk.env.ask()])
                text, finished = written(talk.env.scenario, said)["content"], True
                state.messages.append(ChatMessageAssistant(content=text, source="generate", model=policy))
            heard = await anyio.to_thread.run_sync(talk.answer, text, finished)
            state.messages.extend(map(_message, heard))
            state.store.set(STORED, talk.result)
        return state

    return solve


@metric
def engaged() -> Metric:
    """The share of talks with any engagement."""
    def share(scores: list[SampleScore]) -> float:
        return sum(float(score.score.as_float() > 0) for score in scores) / max(1, len(scores))

    return share


@scorer(metrics=[mean(), stderr(), engaged()])
def engagement() -> Scorer:
    """The user's engagement in [0, 1]: 0 for a talk that a limit of Inspect's cut off."""
    async def score(state: TaskState, target: Target) -> Score:
        found = state.store.get(STORED)
        if found is None:
            return Score.unscored(reason="scoring_failed", explanation="The sample holds no talk of dialogym's.")
        cut = "" if found["over"] else "cut off before its end; "
        return Score(value=found["engagement"], answer=found["evidence"], metadata=found,
                     explanation=f"{cut}{found['status']} after {found['turns']} turns. The user: {found['condition']}")

    return score


def _message(message: Message) -> ChatMessage:
    return _KINDS[message["role"]](content=message["content"])
