"""Learning: supervised fine-tuning, preferences, reward model, DPO, evaluation, and the run that joins them.

Everything is imported when it is first asked for: most of it needs torch, transformers, trl and peft (`dialogym[train]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..envs.lazy import lazily

if TYPE_CHECKING:
    from .config import RunConfig, preset, published
    from .evaluation.intervals import mean_ci, paired_difference
    from .evaluation.leaderboard import BenchSettings, bench
    from .pipeline import align
    from .preferences.exports import export, read_export
    from .preferences.mining import balanced, tree_pairs
    from .preferences.pair import Candidate, PreferencePair, load_pairs, save_pairs
    from .report.page import write_report
    from .training.dpo import train_dpo
    from .training.pretrain import PretrainConfig, pretrain
    from .training.reward import RewardModel, train_reward
    from .training.settings import ChoiceSettings, DpoSettings, LoraSettings, RewardSettings, SftSettings
    from .training.sft import train_sft

_WHERE = {
    "config": ("RunConfig", "preset", "published"),
    "evaluation.intervals": ("mean_ci", "paired_difference"),
    "evaluation.leaderboard": ("BenchSettings", "bench"),
    "pipeline": ("align",),
    "preferences.exports": ("export", "read_export"),
    "preferences.mining": ("balanced", "tree_pairs"),
    "preferences.pair": ("Candidate", "PreferencePair", "load_pairs", "save_pairs"),
    "report.page": ("write_report",),
    "training.dpo": ("train_dpo",),
    "training.pretrain": ("PretrainConfig", "pretrain"),
    "training.reward": ("RewardModel", "train_reward"),
    "training.settings": ("ChoiceSettings", "DpoSettings", "LoraSettings", "RewardSettings", "SftSettings"),
    "training.sft": ("train_sft",),
}
__getattr__ = lazily(__name__, {name: module for module, names in _WHERE.items() for name in names})

__all__ = [
    "BenchSettings", "Candidate", "ChoiceSettings", "DpoSettings", "LoraSettings", "PreferencePair", "PretrainConfig",
    "RewardModel", "RewardSettings", "RunConfig", "SftSettings", "align", "balanced", "bench", "export", "load_pairs",
    "mean_ci", "paired_difference", "preset", "pretrain", "published", "read_export", "save_pairs", "train_dpo",
    "train_reward", "train_sft", "tree_pairs", "write_report",
]
