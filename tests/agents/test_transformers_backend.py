"""The in-process backend against transformers' own `generate`, and what it promises about seeds, batches and caches.

Promised: the same schedule of calls gives the same tokens. Not promised in fp32: the very same token beside other
requests, since a logit may differ in its last bits. So what is about batches is tested in double precision, where such a
difference is far too small to move a draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from dialogym.agents.backend import Completion, Request, Sampling
from dialogym.agents.prefix_cache import BLOCK
from dialogym.agents.transformers_backend import TransformersBackend, sample
from dialogym.envs.errors import ContextTooLong, InvalidModel
from dialogym.envs.keys import mix, uniform

VOCAB, WINDOW, STOP = 61, 160, 3
GREEDY = Sampling(temperature=0, top_p=1.0, max_new_tokens=24)
FREE = Sampling(temperature=1.0, top_p=0.95, max_new_tokens=24)
KINDS = pytest.mark.parametrize("kind", ["qwen2", "llama"])


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads do not help a model this small, and where cores are busy they wait for each other for minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def model_of(kind: str, dtype: torch.dtype = torch.float32) -> Any:
    sizes = {"vocab_size": VOCAB, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
             "num_key_value_heads": 2, "max_position_embeddings": WINDOW, "tie_word_embeddings": True, "bos_token_id": None,
             "eos_token_id": STOP, "pad_token_id": 0, "initializer_range": 0.25}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = Qwen2ForCausalLM(Qwen2Config(**sizes)) if kind == "qwen2" else LlamaForCausalLM(LlamaConfig(**sizes))
    return model.to(dtype).eval()


def backend(kind: str, dtype: torch.dtype = torch.float32, **options: Any) -> TransformersBackend:
    return TransformersBackend(model_of(kind, dtype), **options)


def tokens(seed: int, length: int) -> tuple[int, ...]:
    return tuple(4 + mix(seed, i) % (VOCAB - 4) for i in range(length))


def requests(count: int, sampling: Sampling = FREE) -> list[Request]:
    """Prompts of many lengths that share a long beginning, some the same, each with a seed of its own."""
    shared = tokens(0, 2 * BLOCK + 3)
    return [Request(shared[:40 - (i % 5)] + tokens(i // 2, i % 7 * 5), mix(77, i), sampling) for i in range(count)]


@KINDS
def test_greedy_is_what_generate_gives(kind: str) -> None:
    wanted = []
    asked = requests(16, GREEDY)
    for request in asked:
        prompt = torch.tensor([request.prompt])
        found = model_of(kind).generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=24)
        reply = found[0, prompt.shape[1]:].tolist()
        cut = reply.index(STOP) if STOP in reply else len(reply)
        wanted.append(Completion(tuple(reply[:cut]), STOP in reply))
    assert {c.finished for c in wanted} == {True, False}
    assert backend(kind).complete(asked) == wanted


@KINDS
@pytest.mark.parametrize("sampling", [GREEDY, FREE])
def test_a_warm_cache_changes_no_token(kind: str, sampling: Sampling) -> None:
    asked = requests(20, sampling)
    warm, tiny = backend(kind, torch.float64), backend(kind, torch.float64, cache_bytes=1)
    first = warm.complete(asked)
    assert warm.complete(asked) == first
    assert tiny.complete(asked) == tiny.complete(asked) == first
    assert warm.counts.reused > 0


@KINDS
def test_a_conversation_can_go_on_over_many_calls(kind: str) -> None:
    """Prompts that hold earlier replies, as in dialogue, read them from the cache and get the tokens of a cold start."""
    warm = backend(kind, torch.float64)
    prompts = [tokens(i, 20 + i) for i in range(6)]
    for turn in range(4):
        asked = [Request(prompt, mix(turn, i), FREE) for i, prompt in enumerate(prompts)]
        replies = warm.complete(asked)
        assert replies == backend(kind, torch.float64).complete(asked)
        prompts = [p + r.tokens + tokens(turn, 2) for p, r in zip(prompts, replies, strict=True)]
    assert warm.counts.reused > warm.counts.prefilled / 2


@KINDS
def test_the_same_schedule_gives_the_same_tokens(kind: str) -> None:
    """The promise, in fp32."""
    asked = requests(20)
    one, other = backend(kind), backend(kind)
    assert [one.complete(asked), one.complete(asked[:5])] == [other.complete(asked), other.complete(asked[:5])]


@KINDS
@pytest.mark.parametrize("sampling", [GREEDY, FREE])
def test_alone_together_reversed_and_in_parts(kind: str, sampling: Sampling) -> None:
    """Beyond the promise, in double precision."""
    asked = requests(20, sampling)
    together = backend(kind, torch.float64).complete(asked)
    assert [backend(kind, torch.float64).complete([request])[0] for request in asked] == together
    assert backend(kind, torch.float64).complete(asked[::-1]) == together[::-1]
    assert backend(kind, torch.float64, max_rows=3).complete(asked) == together


@KINDS
def test_in_fp32_batches_agree_but_for_rare_tokens(kind: str) -> None:
    asked = requests(40)
    together = backend(kind).complete(asked)
    alone = [backend(kind).complete([request])[0] for request in asked]
    assert sum(a == b for a, b in zip(together, alone, strict=True)) >= 38


@KINDS
def test_seeds_decide(kind: str) -> None:
    prompt = tokens(1, 30)
    asked = [Request(prompt, seed, FREE) for seed in (1, 2, 3, 1, 2, 3)]
    found = backend(kind, torch.float64).complete(asked)
    assert found[:3] == found[3:]
    assert len({c.tokens for c in found}) == 3


@KINDS
def test_each_request_has_its_own_limits(kind: str) -> None:
    prompt = tokens(1, 30)
    long = backend(kind, torch.float64, stop=[VOCAB + 5]).complete([Request(prompt, 9, FREE)])[0]
    assert (len(long.tokens), long.finished) == (24, False)
    asked = [Request(prompt, 9, replace(FREE, max_new_tokens=n)) for n in (1, 24, 7, 16)]
    for found, request in zip(backend(kind, torch.float64, stop=[VOCAB + 5]).complete(asked), asked, strict=True):
        assert found.tokens == long.tokens[:request.sampling.max_new_tokens]
        assert not found.finished


@KINDS
def test_a_stop_token_ends_a_reply_and_is_left_out(kind: str) -> None:
    asked = requests(10)
    free = backend(kind, torch.float64, stop=[VOCAB + 5]).complete(asked)
    ends = {free[0].tokens[4], free[1].tokens[9]}
    found = backend(kind, torch.float64, stop=sorted(ends)).complete(asked)
    assert any(c.finished for c in found)
    for short, long in zip(found, free, strict=True):
        cut = next((i for i, token in enumerate(long.tokens) if token in ends), None)
        assert short == Completion(long.tokens[:cut], cut is not None)


def test_an_empty_batch_is_answered() -> None:
    assert backend("qwen2").complete([]) == []


def test_counts_tell_the_work() -> None:
    found = backend("qwen2", stop=[VOCAB + 5])
    request = Request(tokens(1, 3 * BLOCK + 5), 9, replace(FREE, max_new_tokens=4))
    found.complete([request, replace(request, seed=8)])
    # both share one prompt: it is run once
    assert (found.counts.reused, found.counts.prefilled) == (0, 3 * BLOCK + 5)
    found.complete([request])
    assert (found.counts.reused, found.counts.prefilled) == (3 * BLOCK, 3 * BLOCK + 10)
    sibling = replace(request, prompt=request.prompt[:2 * BLOCK] + tokens(2, 10))
    found.complete([sibling])
    assert (found.counts.reused, found.counts.prefilled) == (5 * BLOCK, 3 * BLOCK + 20)


def test_a_prompt_that_does_not_fit_is_refused_whole() -> None:
    found = backend("qwen2")
    fits = Request(tokens(1, WINDOW - 24), 1, FREE)
    assert len(found.complete([fits])) == 1
    with pytest.raises(ContextTooLong, match=rf"{WINDOW - 23} tokens and 24 for the reply.*window of {WINDOW}"):
        found.complete([fits, Request(tokens(1, WINDOW - 23), 1, FREE)])


def test_a_model_without_an_end_needs_one() -> None:
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                                         num_attention_heads=1, num_key_value_heads=1, eos_token_id=None))
    with pytest.raises(InvalidModel, match=r"stop=\[...\]"):
        TransformersBackend(model)
    assert TransformersBackend(model, stop=[2]).complete([Request((1,), 1, GREEDY)])


class TestSampling:
    def draw(self, logits: list[float], seeds: range, **options: float) -> list[int]:
        wanted = [Request((1,), seed, replace(FREE, **options)) for seed in seeds]
        return sample(torch.tensor([logits] * len(wanted)), wanted, [0] * len(wanted))

    def test_tokens_are_drawn_as_often_as_the_model_says(self) -> None:
        drawn = self.draw([0.0, 1.0, 2.0], range(6000), top_p=1.0)
        probs = torch.tensor([0.0, 1.0, 2.0]).softmax(0).tolist()
        assert all(abs(drawn.count(i) / 6000 - probs[i]) < 0.025 for i in range(3))

    def test_temperature_sharpens(self) -> None:
        hot, cold = (self.draw([0.0, 1.0], range(2000), temperature=t, top_p=1.0).count(1) for t in (2.0, 0.25))
        assert abs(hot / 2000 - 0.622) < 0.04
        assert abs(cold / 2000 - 0.982) < 0.02

    def test_the_nucleus_leaves_the_tail_out(self) -> None:
        logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().tolist()
        assert set(self.draw(logits, range(2000), top_p=0.7)) == {0, 1}
        assert set(self.draw(logits, range(2000), top_p=0.81)) == {0, 1, 2}
        assert set(self.draw(logits, range(2000), top_p=0.01)) == {0}

    def test_greedy_takes_the_best_beside_rows_that_sample(self) -> None:
        asked = [Request((1,), 5, GREEDY), Request((1,), 5, FREE)]
        logits = torch.tensor([[0.0, 0.1]] * 2)
        found = [sample(logits, [asked[0], replace(asked[1], seed=s)], [0, 0]) for s in range(50)]
        assert {row[0] for row in found} == {1}
        assert {row[1] for row in found} == {0, 1}

    def test_the_number_drawn_is_hashed_from_seed_and_position(self) -> None:
        request = Request((1,), 123, replace(FREE, top_p=1.0))
        flat = torch.zeros((1, 1000))
        for position in range(20):
            assert sample(flat, [request], [position]) == [int(uniform(123, position) * 1000)]
