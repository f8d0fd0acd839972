"""DPO and the reward model on thoughts alone: what is learned of a reply is the thought at its head, whatever its words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym import Position, ScriptedAgent
from dialogym.agents.engine.loading import load_tokenizer
from dialogym.agents.prompting import thought_of
from dialogym.alignment.preferences.mining import tree_pairs
from dialogym.alignment.preferences.pair import PreferencePair
from dialogym.alignment.training.dpo import train_dpo
from dialogym.alignment.training.reward import RewardModel, train_reward
from dialogym.alignment.training.rows import tokenised
from dialogym.alignment.training.settings import DpoSettings, RewardSettings
from dialogym.envs.chat import Message
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


def test_a_reward_model_of_thoughts_reads_no_words_at_training_and_after(tmp_path: Path) -> None:
    pairs = mined(Persuasion(), "strategy")[:12]
    other = [replace(pair, chosen=replace(pair.chosen, text=f"{thought_of(pair.chosen.text)} Anything at all, {n}."))
             for n, pair in enumerate(pairs)]
    settings = RewardSettings(trainer="tree", thoughts=True, full=True, held_out=0.0, max_steps=2)
    one, two = (train_reward("embedded", given, tmp_path / name, settings) for name, given in (("one", pairs), ("two", other)))
    assert one.losses == two.losses
    assert one.rows == sum(thought_of(p.chosen.text) != thought_of(p.rejected.text) for p in pairs)
    judge, words = (RewardModel.load(tmp_path / "one") for _ in range(2))
    words._thoughts = False
    chats = [[pair.chat("chosen"), p.chat("chosen")] for pair, p in zip(pairs, other, strict=True)]
    for same in chats:
        assert len(set(judge.score(same))) == 1, "other words under the same thought"
        assert len(set(words.score(same))) == 2
    with pytest.raises(InvalidConfig, match=r"set reward\.thoughts to false"):
        train_reward("embedded", mined(Persuasion(), "chat"), tmp_path / "chat", settings)


def test_replies_without_a_thought_are_scored_whole(tmp_path: Path) -> None:
    """A reward model takes the seat of a judge for any policy, one that never thinks too."""
    train_reward("embedded", mined(Persuasion(), "strategy")[:12], tmp_path / "it",
                 RewardSettings(trainer="tree", thoughts=True, full=True, held_out=0.0, max_steps=1))
    judge = RewardModel.load(tmp_path / "it")
    before: list[Message] = [{"role": "user", "content": "Hello."}]
    said: list[Message] = [{"role": "assistant", "content": text} for text in ("[cool > inquiry] Hm?", "[cool > inquiry] Why?",
                                                                              "Hm?", "Why?")]
    scores = judge.score([[*before, reply] for reply in said])
    assert scores[0] == scores[1]
    assert len({*scores}) == 3
