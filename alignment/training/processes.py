"""Training in several processes, as `accelerate launch` begins them: who this one is, and what all of them together have.

Nothing here launches or splits anything; accelerate and transformers' `Trainer` do. In one process all of it is nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import distributed

from ...envs.errors import InvalidConfig


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def own() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def is_first() -> bool:
    """Whether this is the one that writes files and talks."""
    return own() == 0


def settle() -> None:
    """Gives this process its own GPU, where there are any; to be called before a model is loaded."""
    if count() > 1 and torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))


def summed(value: torch.Tensor) -> torch.Tensor:
    """The sum over all processes, the same in each. The tensor itself is changed."""
    if count() > 1 and distributed.is_initialized():
        distributed.all_reduce(value)
    return value


def together() -> None:
    """Waits for all processes."""
    if count() > 1 and distributed.is_initialized():
        distributed.barrier()


def is_sharded(trainer: Any) -> bool:
    """Whether no process has the whole model: FSDP or DeepSpeed's ZeRO-3."""
    accelerator = trainer.accelerator
    plugin = getattr(accelerator.state, "deepspeed_plugin", None)
    return bool(getattr(trainer, "is_fsdp_enabled", False)) or (plugin is not None and plugin.zero_stage == 3)


def whole_state(trainer: Any) -> dict[str, torch.Tensor] | None:
    """The model's weights by name where it is sharded, on the first process (empty on others); else None. All must call it."""
    return dict(trainer.accelerator.get_state_dict(trainer.model_wrapped)) if is_sharded(trainer) else None


@contextmanager
def gathered(parameters: list[Any], *, change: bool = False) -> Iterator[None]:
    """Parameters that ZeRO-3 has taken apart, put together inside; a change made by the first process goes to all."""
    if not any(hasattr(parameter, "ds_id") for parameter in parameters):
        yield
        return
    try:
        import deepspeed  # noqa: PLC0415 - accelerate brings it in where it is asked for
    except ImportError as error:  # pragma: no cover - then nothing has taken them apart
        raise InvalidConfig(f"ZeRO-3 needs deepspeed ({error}).") from error
    with deepspeed.zero.GatheredParameters(parameters, modifier_rank=0 if change else None):
        yield
