"""The same whole way for every scenario, a user's own included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialogym.agents.backend import Sampling
from dialogym.alignment.pipeline import align
from dialogym.alignment.preferences.pair import load_pairs
from dialogym.alignment.training.pretrain import PretrainConfig, pretrain
from dialogym.search import IxMCTS
from dialogym.search.pair_selection import PairSettings
from tests.alignment.test_pipeline import TINY
from tests.third import ID as THIRD
from tests.third import Haggling

SMALL = PretrainConfig(dialogues=200, vocab=512, hidden=64, layers=1, heads=2, kv_heads=1, intermediate=128,
                       tokens_per_batch=800, epochs=6)
"""Enough to name a price; with batches twice as large, hence half the updates, it garbles most replies."""


@pytest.mark.slow
def test_a_users_scenario_goes_the_whole_way_with_a_model_of_its_own(tmp_path: Path) -> None:
    pretrain([Haggling()], tmp_path / "base", SMALL)
    config = replace(
        TINY, environment=THIRD, dialogues=12, model=str(tmp_path / "base"), sampling=Sampling(max_new_tokens=16),
        search=IxMCTS(width=3, keep=2), pairs=PairSettings(min_gap=0.01, min_completions=1, limit=16))
    results = align(config, tmp_path / "run")
    assert results["scenario"] == "haggling"
    assert results["systems"]["SFT"]["garble_rate"] < 0.3, "it learned to name a price"
    assert {"price_mean", "price_ci95", "engaged_rate"} <= set(results["systems"]["Aligned"])
    pairs = load_pairs(tmp_path / "run" / "pairs")
    assert {p.situation for p in pairs} <= {"near", "far"}
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
