"""Pretraining: every scenario and each of its variants gets its share."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.agents.prompting import control_tokens, messages
from dialogym.alignment.data.demonstrations import conversations, variants
from dialogym.alignment.training import pretrain_rows
from dialogym.alignment.training.pretrain import (
    PretrainConfig,
    _chats,
    _shares,
    dialogues_of,
    pretrain,
    spread,
)
from dialogym.alignment.training.pretrain_rows import COMMONEST, RAREST, SAID, STATE, Row, encode, tensors
from dialogym.alignment.training.pretrain_updates import SlicedCrossEntropy
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.errors import InvalidConfig, InvalidModel, RunExists
from dialogym.envs.persuasion import Persuasion
from tests.toy import Guessing, Thinking

TINY = PretrainConfig(dialogues=36, vocab=400, hidden=32, layers=1, heads=2, kv_heads=1, intermediate=32)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 40, 100])
def test_a_spread_is_even_and_sees_both_seats(count: int) -> None:
    found = spread(range(count), 10)
    assert found[0] == 0
    assert len(found) <= 10
    assert len({b - a for a, b in pairwise(found)}) <= 1
    assert count < 4 or {i % 2 for i in found} == {0, 1}
    assert count - found[-1] <= count // 10 + 2


def test_all_scenarios_and_their_variants_are_learned(tmp_path: Path) -> None:
    figures = pretrain([Thinking(3), Guessing(4)], tmp_path, TINY)
    assert figures["scenarios"] == {"thinking": 1, "guessing": 3}
    assert json.loads((tmp_path / "pretraining.json").read_text()) == figures
    tokenizer = load_tokenizer(str(tmp_path))
    assert load_model(str(tmp_path)).config.vocab_size >= len(tokenizer)
    for word in ("Mood", "Response", "guesser", "Warm"):
        assert len(tokenizer(f" {word}")["input_ids"]) <= 3, word


def test_who_has_no_teachers_is_learned_from_its_default_speaker() -> None:
    assert Guessing().speech.teachers == ()
    assert all(position.over for position in conversations(Guessing(), 3, 0))


def test_a_base_goes_on_with_its_tokenizer_and_learns_its_seats_own_words(tmp_path: Path) -> None:
    first = pretrain([Thinking(3)], tmp_path / "first", TINY)
    further = replace(TINY, start=str(tmp_path / "first"), seed=1, epochs=3)
    figures = pretrain([Thinking(3)], tmp_path / "further", further)
    assert load_tokenizer(str(tmp_path / "further")).get_vocab() == load_tokenizer(str(tmp_path / "first")).get_vocab()
    assert figures["vocabulary"] == first["vocabulary"]
    assert (figures["config"]["start"], figures["before"]) == ("first", first)
    apart = pretrain([Thinking(3)], tmp_path / "apart", replace(further, epochs=1))
    assert figures["held_out_loss"] < apart["held_out_loss"]
    with pytest.raises(RunExists):
        pretrain([Thinking(3)], tmp_path / "further", replace(further, start=None))


def test_what_is_blended_is_the_mean_of_a_base_and_a_leg_of_it(tmp_path: Path) -> None:
    first, leg, both = (str(tmp_path / name) for name in ("first", "leg", "both"))
    made = pretrain([Thinking(3)], Path(first), TINY)
    further = pretrain([Thinking(3)], Path(leg), replace(TINY, start=first, seed=1))
    found = pretrain([Thinking(3)], Path(both), replace(TINY, start=first, blend=leg, rate=1e-9))  # it hardly moves
    assert (found["config"]["blend"], found["blended"], found["before"]) == ("leg", further, made)
    one, other, mean = (load_model(name, dtype=torch.float32).state_dict() for name in (first, leg, both))
    for name, weights in mean.items():
        torch.testing.assert_close(weights, (one[name] + other[name]) / 2, atol=2e-3, rtol=2e-3)  # float16 on the disk
        assert not torch.equal(one[name], other[name]) or one[name].ndim == 1


def test_a_blend_wants_a_base_of_its_shape(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="name that as start"):
        replace(TINY, blend="leg")
    pretrain([Thinking(3)], tmp_path / "first", TINY)
    pretrain([Thinking(3)], tmp_path / "wide", replace(TINY, hidden=2 * TINY.hidden))
    with pytest.raises(InvalidConfig, match="another shape"):
        pretrain([Thinking(3)], tmp_path / "out", replace(TINY, start=str(tmp_path / "first"), blend=str(tmp_path / "wide")))


def test_a_small_rate_moves_little(tmp_path: Path) -> None:
    pretrain([Thinking(3)], tmp_path / "first", TINY)
    start = load_model(str(tmp_path / "first"), dtype=torch.float32).state_dict()
    moved = []
    for rate in (1.0, 0.1):
        pretrain([Thinking(3)], tmp_path / str(rate), replace(TINY, start=str(tmp_path / "first"), rate=rate))
        now = load_model(str(tmp_path / str(rate)), dtype=torch.float32).state_dict()
        moved.append(sum(float(((now[name] - start[name]) ** 2).sum()) for name in now) ** 0.5)
    assert 0 < moved[1] < moved[0] / 3


def test_a_base_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidModel):
        pretrain([Thinking(3)], tmp_path / "out", replace(TINY, start=str(tmp_path / "none")))
    assert not (tmp_path / "out").exists()


def test_own_words_are_those_between_a_beginning_and_its_end() -> None:
    user, own, end, pad = 2, 1, 3, 0
    chat = [4, 9, end, user, 8, end, own, 7, 6, end, user, 8, 8, end, own, 5, end]
    weigh = [float(number) for number in range(len(chat))]
    tokens, labels, weights = tensors([Row(chat, 3, weigh), Row(chat[:10], 3, weigh[:10])], pad, (own, end))
    assert tokens[1, 10:].tolist() == [pad] * 7
    nothing = -100
    assert labels[0].tolist() == [nothing] * 7 + [7, 6, end] + [nothing] * 5 + [5, end]
    assert labels[1].tolist() == [nothing] * 7 + [7, 6, end] + [nothing] * 7
    assert weights[0].tolist() == weigh
    _, labels, weights = tensors([Row(chat, 3, weigh)], pad)
    assert labels[0].tolist() == [nothing] * 3 + chat[3:]
    assert set(weights[0].tolist()) == {1}, "a base from nothing learns all words alike"


@pytest.mark.parametrize("scenario", [Persuasion(), EmotionalSupport(), EmotionalSupport(language="zh")], ids=repr)
def test_the_tokens_of_thoughts_are_found_and_nothing_else(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrain_rows, "THOUGHT", 9.0)  # no words weigh so much
    tokenizer = load_tokenizer("embedded")
    control = control_tokens(tokenizer)
    for number, position in enumerate(conversations(scenario, 3, 0)):
        for chat in _chats(position, number + 1):
            (row,) = encode(tokenizer, [chat], control)
            own = [m["content"] for m in chat if m["role"] == "assistant"]
            thoughts = [found[0] for text in own if (found := re.search(r"\[[a-z, #0-9>-]+\]", text))]
            if chat[0]["content"] != messages(position.view(scenario.user))[0]["content"]:
                assert len(thoughts) == len(own) == position.turns
            runs = [(weight, tokenizer.decode([token for token, _ in run]).strip())
                    for weight, run in groupby(zip(row.ids, row.weights, strict=True), key=lambda pair: pair[1])]
            assert [text for weight, text in runs if weight == 9.0] == thoughts
            if not thoughts:
                assert [weight for weight, _ in runs] == [STATE]


@pytest.mark.parametrize("scenario", [Persuasion(), EmotionalSupport(), EmotionalSupport(language="zh")], ids=repr)
def test_words_weigh_by_how_rare_their_acts_are_and_states_little(scenario: Any) -> None:
    tokenizer = load_tokenizer("embedded")
    chats = [next(iter(_chats(position, 1))) for position in conversations(scenario, 40, 0)]
    own = [m["content"] for chat in chats for m in chat if m["role"] == "assistant"]
    named = [re.findall(r"[a-z-]+", re.sub("^[^>]*>", "", content[1:content.index("]")])) for content in own]
    counts = Counter(act for names in named for act in names)
    mean = counts.total() / len(counts)
    found = []
    for row in encode(tokenizer, chats, control_tokens(tokenizer)):
        runs = [(weight, tokenizer.decode([token for token, _ in run]))
                for weight, run in groupby(zip(row.ids, row.weights, strict=True), key=lambda pair: pair[1])]
        found += [(weight, text) for weight, text in runs if "<|end|>" in text and weight != STATE]
    assert len(found) == len(own)
    for (weight, text), names, content in zip(found, named, own, strict=True):
        assert weight == pytest.approx(SAID * max(min(RAREST, max(COMMONEST, mean / counts[act])) for act in names))
        assert content.endswith(text.removesuffix("<|end|>").strip())
        assert "Observations" not in text, "a state is no part of the words"


@pytest.mark.parametrize("said", ["[#1] hi", "[a > #2] yes", "  [laughs] hi  ", "[laughs]", "[<|end|>] hi", "[] hi", "[[x] y"])
def test_what_only_looks_like_a_thought_does_not_stop_it(said: str) -> None:
    """A corpus has such lines, and learns from scratch by the same rows."""
    tokenizer = load_tokenizer("embedded")
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": said}]
    (row,) = encode(tokenizer, [chat], control_tokens(tokenizer))
    assert len(row.weights) == len(row.ids)


def test_a_variant_can_have_a_smaller_share() -> None:
    assert list(variants(EmotionalSupport())) == ["emotional-support language=en", "emotional-support language=zh"]
    group = list(variants(EmotionalSupport()).values())
    assert [variant.language for variant in group] == ["en", "zh"]
    assert _shares(group, 100, PretrainConfig()) == [50, 50]
    assert _shares(group, 100, PretrainConfig(weights={"emotional-support language=zh": 0.25})) == [80, 20]


def test_long_talks_are_fewer_by_the_root_of_their_length() -> None:
    groups = [[Persuasion()], [EmotionalSupport(), EmotionalSupport(language="zh")]]
    short, long = dialogues_of(groups, PretrainConfig(dialogues=10_000))
    assert 9_998 <= short + long <= 10_000
    assert 1.1 < short / long < 2
    assert dialogues_of([groups[0], groups[0]], PretrainConfig(dialogues=100)) == [50, 50]
    weighed = dialogues_of(groups, PretrainConfig(dialogues=10_000, weights={"emotional-support": 2.0}))
    assert weighed[1] / weighed[0] == pytest.approx(2 * long / short, rel=0.01)


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 700), seed=st.integers(0, 99))
def test_the_output_layer_in_slices_is_the_cross_entropy(rows: int, seed: int) -> None:
    chance = torch.Generator().manual_seed(seed)
    hidden = torch.randn(rows, 8, generator=chance, dtype=torch.float64, requires_grad=True)
    table = torch.randn(13, 8, generator=chance, dtype=torch.float64, requires_grad=True)
    wanted = torch.randint(13, (rows,), generator=chance)
    weights = torch.rand(rows, generator=chance, dtype=torch.float64) + 0.1
    shares = weights / weights.sum()
    whole = 3 * (torch.nn.functional.cross_entropy(hidden @ table.T, wanted, reduction="none") * shares).sum()
    whole.backward()
    expected = [hidden.grad, table.grad]
    hidden.grad = table.grad = None
    sliced = 3 * SlicedCrossEntropy.apply(hidden, table, wanted, shares)
    sliced.backward()
    torch.testing.assert_close(sliced, whole, rtol=1e-5, atol=1e-6)
    for found, right in zip([hidden.grad, table.grad], expected, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-6)
