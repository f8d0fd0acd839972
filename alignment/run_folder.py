"""Whether a folder may take a run; light, so that a used one is refused at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..envs.claims import check_claim, secret_for
from ..envs.errors import RunExists
from .config import RunConfig

CONFIG, RESULTS, REPORT = "config.yaml", "results.json", "report.html"
"""Of a run's files, the one it begins with, the one that holds what it found, and the one it ends with."""
INDEX = "index.html"
"""What there is in a run's folder, and what it is."""
PAIRS, TREE_PAGES = "pairs", "trees"
"""The folder of preference pairs (of a later round: "pairs-2" and so on), and that of the pages of their trees."""
FAMILIES = "families.json"
"""What a finished run's models came to with every family of users, where they met them."""
COMMAND, PRETRAIN = "dialogym run", "dialogym pretrain"
PRETRAINED = "pretraining.json"
"""Beside a base model, written when all else is."""


def check_open(out: Path, config: RunConfig) -> None:
    """Raises RunExists unless the folder is new, or holds an unfinished run of the configuration: one without its report."""
    if (out / CONFIG).is_file() and (out / RESULTS).exists() and (out / REPORT).exists():
        raise RunExists(f"{out} holds a finished run; choose another --out; nothing was changed.")
    check_claim(out, COMMAND, asdict(settle(config, out)))


def settle(config: RunConfig, out: Path) -> RunConfig:
    """The configuration with its secret: the given one, that of the run in the folder, or a fresh one."""
    return replace(config, secret=secret_for(out, COMMAND, config.secret))


def check_base(out: Path, settings: Mapping[str, Any]) -> None:
    """Raises RunExists unless a base model of these settings may be made in the folder."""
    if (out / PRETRAINED).exists():
        raise RunExists(f"{out} holds a finished base model; choose another --out; nothing was changed.")
    check_claim(out, PRETRAIN, settings)
