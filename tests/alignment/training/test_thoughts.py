"""DPO on thoughts alone: what is learned of a reply is the thought at its head, whatever its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialogym import Position, ScriptedAgent
from dialogym.agents.engine.loading import load_tokenizer
from dialogym.agents.prompting import thought_of
from dialogym.alignment.preferences.mining import tree_pairs
from dialogym.alignment.preferences.pair import PreferencePair
from dialogym.alignment.training.dpo import train_dpo
from dialogym.alignment.training.rows import tokenised
from dialogym.alignment.training.settings import DpoSettings
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, run
from dialogym.search.pair_selection import PairSettings


def mined(scenario: Any, layout: Any) -> list[PreferencePair]:
    seats = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    trees = run(IxMCTS(keep=9), [Position.start(scenario, seed) for seed in range(4)], seats)
    settings = PairSettings(all_pairs=True)
    pairs = [pair for n, tree in enumerate(trees) for pair in tree_pairs(tree, f"search-{n}", settings, layout)]
    assert pairs
    return pairs[:40]


@pytest.mark.parametrize("scenario", [Persuasion(), EmotionalSupport(), EmotionalSupport(language="zh")], ids=repr)
def test_what_is_judged_of_a_reply_is_its_thought(scenario: Any) -> None:
    tokenizer, pairs = load_tokenizer("embedded"), mined(scenario, "strategy")
    whole, cut = (tokenised(tokenizer, pairs, thoughts=thoughts) for thoughts in (False, True))
    for pair, rows, short in zip(pairs, whole, cut, strict=True):
        for side, row, part in zip((pair.chosen, pair.rejected), rows, short, strict=True):
            assert (part.ids, part.start, row.judged) == (row.ids, row.start, 0)
            assert tokenizer.decode(part.ids[part.start:part.start + part.judged]) == thought_of(side.text) != ""


def test_what_has_no_thought_is_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidConfig, match="begins with no thought"):
        tokenised(load_tokenizer("embedded"), mined(Persuasion(), "chat"), thoughts=True)
    with pytest.raises(InvalidConfig, match="only trainer='tree'"):
        DpoSettings(thoughts=True)


def test_other_words_under_the_same_thoughts_are_preferred_alike(tmp_path: Any) -> None:
    pairs = mined(Persuasion(), "strategy")[:12]
    other = [replace(pair, chosen=replace(pair.chosen, text=f"{thought_of(pair.chosen.text)} Anything at all, {n}."))
             for n, pair in enumerate(pairs)]
    alike = replace(pairs[0], chosen=replace(pairs[0].chosen, text=f"{thought_of(pairs[0].rejected.text)} Hm."))
    settings = DpoSettings(trainer="tree", thoughts=True, full=True, held_out=0.0, max_steps=2, sft_weight=0.0)
    figures = [train_dpo("embedded", given, tmp_path / name, settings)
               for name, given in (("one", pairs), ("other", other), ("more", [*pairs, alike]))]
    kept = sum(thought_of(p.chosen.text) != thought_of(p.rejected.text) for p in pairs)
    assert [found.rows for found in figures] == [kept] * 3, "a pair of like thoughts is left out"
    assert figures[0].losses == pytest.approx(figures[1].losses, rel=1e-4)
    assert figures[0].losses == pytest.approx(figures[2].losses, rel=1e-4)
    words = train_dpo("embedded", other, tmp_path / "words", replace(settings, sft_weight=1.0))
    assert words.losses != figures[1].losses, "the likelihood is that of whole replies"
