"""The rows of an online training: whom to talk to, and what a talk was worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...agents.prompting import Layout, messages
from ...envs.errors import InvalidConfig
from ...envs.keys import MASK, PUBLIC, mix, text_key
from ...envs.position import Position
from ...envs.registry import scenario_for
from ...envs.scenario import Scenario, required

SEED = "episode"
"""The key, in every message of a prompt and as a column, of the episode's seed as 16 hexadecimal digits: dataset columns do not
reach a rollout, what stands in a message does."""
PURPOSE = "online"
"""Of the conversations trained on: none of them is another purpose's (`search.openings`)."""

Row = dict[str, Any]


def prompts(environment: str | Scenario, count: int, seed: int = 0, *, layout: Layout = "chat", **options: Any) -> list[Row]:
    """Rows for `datasets.Dataset.from_list`: the chat with which an episode begins, and its seed.

    The chat is what the interactive seat sees before anybody spoke. Where the user opens, the rollout lets them.

    Args:
        environment: id of a registered environment, or a scenario.
        count: how many episodes.
        seed: decides which; those of an evaluation are others whatever their seeds.
        layout: of the prompts, as of the rollout.
        options: with an id: the scenario's.

    Returns:
        {"prompt": messages, "episode": seed}; each message has the seed as well, under "episode".

    Raises:
        InvalidConfig: no language model can speak in the environment, or count is below 1.
    """
    scenario = scenario_for(environment, **options)
    required(scenario, "speech", scenario.speech)
    if count < 1:
        raise InvalidConfig(f"A training talks to one person or more, got count={count}.")
    key = text_key(PURPOSE)
    seeds = [f"{mix(key, seed, number):016x}" for number in range(count)]
    opening = messages(Position.start(scenario, 0).view(scenario.interactive), layout)
    return [{"prompt": [{**message, SEED: number} for message in opening], SEED: number} for number in seeds]


def start_of(prompt: Any, scenario: Scenario, secret: str = PUBLIC) -> Position:
    """The opening position that a prompt is of. Raises InvalidConfig for a prompt that names no episode."""
    last = prompt[-1] if isinstance(prompt, Sequence) and not isinstance(prompt, str) and prompt else None
    return Position.start(scenario, seed_of(last.get(SEED) if isinstance(last, Mapping) else None), secret=secret)


def seed_of(given: object) -> int:
    """A seed from a row's column: 16 hexadecimal digits or a number. Raises InvalidConfig."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given & MASK
    try:
        return int(str(given), 16) & MASK
    except ValueError:
        raise InvalidConfig(f"A prompt or row names its episode under {SEED!r}, as those of `prompts` do, got {given!r}; "
                            "without it the replies of a group would be to different people.") from None


def engagement(prompts: Sequence[Any], completions: Sequence[Any], *, engagement: Sequence[float],
               **kwargs: Any) -> list[float | None]:
    """The reward function beside a `Rollout`: the user's engagement at the end of each talk, in [0, 1], as the rollout says."""
    return [float(level) for level in engagement]
