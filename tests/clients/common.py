"""Every id as the clients meet it, and a text id as numbers for those that know nothing else."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.wrappers import TransformAction, TransformObservation

import dialogym
from dialogym.envs.registry import acts_id

IDS = sorted(id for id, known in dialogym.registry.items() if isinstance(known.scenario, str) and not known.package)
"""This package's own: other test modules of the same process register more."""
ACTS = [f"dialogym/{acts_id(id)}" for id in IDS]
SEATS = [f"dialogym/{id}" for id in IDS]
EVERY = pytest.mark.parametrize("id", IDS)
EVERY_ACTS = pytest.mark.parametrize("id", ACTS)
EVERY_SEAT = pytest.mark.parametrize("id", SEATS)
TEXTS = ("Hello, how are you?", "That sounds hard. Tell me more.", "Would you give fifty cents to Save the Children?",
         "Goodbye.")
SEEN = 64


def seen(observation: dict[str, str]) -> np.ndarray:
    """The end of the transcript, letter by letter."""
    points = np.frombuffer(observation["transcript"][-SEEN:].encode("utf-32-le"), np.uint32) % 256
    return np.pad(points / 255, (0, SEEN - len(points))).astype(np.float32)


def as_numbers(env: Any) -> Any:
    """A text seat whose action is the number of a sentence and whose observation is `SEEN` numbers in [0, 1]."""
    env = TransformAction(env, lambda number: TEXTS[int(number)], Discrete(len(TEXTS)))
    return TransformObservation(env, seen, Box(0.0, 1.0, (SEEN,), np.float32))


def make_numbers(id: str, **options: Any) -> Any:
    """`as_numbers` of a text id; an act-level id as it is."""
    env = gymnasium.make(id, **options)
    return as_numbers(env) if id in SEATS else env
