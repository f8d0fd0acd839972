"""Reinforcement learning while it talks: dialogues for TRL's online trainers, and GRPO on a language model.

`Rollout` plays whole conversations of plain chat for `GRPOTrainer(rollout_func=...)`; `environment` makes the class that
`GRPOTrainer(environment_factory=...)` takes, for models that call tools. `train_online` is what `dialogym train-online` does.
Everything is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...envs.lazy import lazily

if TYPE_CHECKING:
    from .environments import environment
    from .episodes import engagement, prompts
    from .rollout import Rollout
    from .settings import OnlineSettings
    from .train import train_online

_WHERE = {
    "environments": ("environment",),
    "episodes": ("engagement", "prompts"),
    "rollout": ("Rollout",),
    "settings": ("OnlineSettings",),
    "train": ("train_online",),
}
__getattr__ = lazily(__name__, {name: module for module, names in _WHERE.items() for name in names})

__all__ = ["OnlineSettings", "Rollout", "engagement", "environment", "prompts", "train_online"]
