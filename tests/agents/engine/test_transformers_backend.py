"""The in-process backend against transformers' own `generate`, and what it promises about seeds, batches and caches.

Promised in fp32 on a CPU: a reply depends on its request alone. It is tested on the texts, and more sharply on the bits of
the logits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import pad
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from dialogym import Position, Utterance, make
from dialogym.agents.backend import Completion, Request, Sampling
from dialogym.agents.engine.attention import attend, columns, spans
from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.agents.engine.prefix_cache import BLOCK
from dialogym.agents.engine.sampling import sample
from dialogym.agents.engine.transformers_backend import Counts, TransformersBackend
from dialogym.agents.prompting import messages, render
from dialogym.envs.errors import ContextTooLong, InvalidConfig, InvalidModel
from dialogym.envs.keys import mix, uniform
from tests.tiny import save_model

VOCAB, WINDOW, STOP = 61, 160, 3
GREEDY = Sampling(temperature=0, top_p=1.0, max_new_tokens=24)
FREE = Sampling(temperature=1.0, top_p=0.95, max_new_tokens=24)
SHORT = Sampling(max_new_tokens=8)
KINDS = pytest.mark.parametrize("kind", ["qwen2", "llama"])


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads do not help a model this small, and where cores are busy they wait for each other for minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def model_of(kind: str) -> Any:
    sizes = {"vocab_size": VOCAB, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
             "num_key_value_heads": 2, "max_position_embeddings": WINDOW, "tie_word_embeddings": True, "bos_token_id": None,
             "eos_token_id": STOP, "pad_token_id": 0, "initializer_range": 0.25}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = Qwen2ForCausalLM(Qwen2Config(**sizes)) if kind == "qwen2" else LlamaForCausalLM(LlamaConfig(**sizes))
    return model.eval()


def backend(kind: str, **options: Any) -> TransformersBackend:
    return TransformersBackend(model_of(kind), **options)


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
    asked = requests(10, sampling)
    warm, tiny = backend(kind), backend(kind, cache_bytes=1)
    first = warm.complete(asked)
    assert warm.complete(asked) == first
    assert tiny.complete(asked) == tiny.complete(asked) == first
    assert warm.counts.reused > 0


@KINDS
def test_a_conversation_can_go_on_over_many_calls(kind: str) -> None:
    """Prompts that hold earlier replies, as in dialogue, read them from the cache and get the tokens of a cold start."""
    warm = backend(kind)
    prompts = [tokens(i, 20 + i) for i in range(4)]
    for turn in range(3):
        asked = [Request(prompt, mix(turn, i), FREE) for i, prompt in enumerate(prompts)]
        replies = warm.complete(asked)
        assert replies == backend(kind).complete(asked)
        prompts = [p + r.tokens + tokens(turn, 2) for p, r in zip(prompts, replies, strict=True)]
    assert warm.counts.reused > warm.counts.prefilled / 2


@KINDS
@pytest.mark.parametrize("size", [20, pytest.param(64, marks=pytest.mark.slow)])
def test_alone_in_a_batch_reversed_and_in_parts(kind: str, size: int) -> None:
    asked = [replace(request, sampling=(FREE, GREEDY)[i % 2]) for i, request in enumerate(requests(size))]
    together = backend(kind).complete(asked)
    assert backend(kind).promises.batch_invariant
    assert backend(kind).complete(asked[::-1]) == together[::-1]
    assert backend(kind, max_rows=7).complete(asked) == together
    assert backend(kind, rows_bytes=1).complete(asked[::3]) == together[::3]
    assert [backend(kind).complete([request])[0] for request in asked[::7]] == together[::7]


@KINDS
def test_not_a_bit_of_a_logit_depends_on_the_batch_or_the_cache(kind: str) -> None:
    prompts = [tokens(i % 3, 1 + 5 * i) + tokens(i, i % 4) for i in range(30)]
    warm = backend(kind, stop=[VOCAB + 5])
    warm.complete([Request(p[:len(p) // 2 + 1], 1, GREEDY) for p in prompts])
    together = backend(kind).last_outputs(prompts)
    assert torch.equal(together, torch.cat([backend(kind).last_outputs([p]) for p in prompts]))
    assert torch.equal(together, warm.last_outputs(prompts[::-1]).flip(0))
    assert torch.equal(together, backend(kind, cache_bytes=1, max_rows=4).last_outputs(prompts))


def test_what_was_decoded_is_to_the_bit_what_is_prefilled() -> None:
    decoding = backend("qwen2", stop=[VOCAB + 5])
    prompts = [tokens(i, 7 + 3 * i) for i in range(20)]
    longer = [p + c.tokens for p, c in zip(prompts, decoding.complete([Request(p, 4, FREE) for p in prompts]), strict=True)]
    found = decoding.last_outputs(longer)
    assert decoding.counts.reused > 20 * (24 - BLOCK)
    assert torch.equal(found, backend("qwen2").last_outputs(longer))


def test_short_rows_do_not_look_at_the_columns_of_long_ones() -> None:
    lengths = [40] * 10 + [60, 70] + [150] * 20 + [200] + [250] * 9
    assert spans(lengths) == [(slice(32, 42), 512), (slice(12, 32), 192), (slice(0, 12), 128)]
    assert spans(lengths[::-1]) == [(slice(0, 42), 512)]
    assert spans([1, 5000]) == [(slice(0, 2), columns(5000))]


@pytest.mark.parametrize("length", [60, 150, 200, 230, 300, 390, 520, 600, 720])
def test_attention_adds_up_alike_at_every_width(length: int) -> None:
    """A token's attention when 1, some or all of the tokens before it are asked for with it, beside rows of any length."""
    drawn = torch.Generator().manual_seed(length)
    query, key, value = (torch.randn((1, heads, length, 32), generator=drawn) for heads in (6, 2, 2))
    alone = None
    for count, beside in product((1, 4, 11, length), (0, 100, 350)):
        width = columns(length + beside)
        keys, values = (pad(each, (0, 0, 0, width - length)) for each in (key, value))
        mask = torch.arange(width) <= torch.arange(length - count, length)[:, None]
        found = attend(None, query[:, :, length - count:], keys, values, mask[None, None], scaling=0.2, parts=spans([width]))
        found = found[0][:, -1]
        alone = found if alone is None else alone
        assert torch.equal(found, alone)


def test_the_embedded_model_says_the_same_alone_in_a_batch_of_64_and_in_reverse() -> None:
    model, tokenizer = load_model("embedded"), load_tokenizer("embedded")
    chats = [messages(Position.start(make("PersuasionForGood-v0").scenario, n).say(Utterance("persuader", text)).view(seat))
             for n in range(8) for text in ("Hello!", "Would you give fifty cents?") for seat in ("persuader", "persuadee")]
    prompts = tokenizer([render(tokenizer, chat, ()) for chat in chats], add_special_tokens=False)["input_ids"]
    limit = Sampling(max_new_tokens=12)
    asked = [Request(tuple(ids), mix(3, seed, i), limit) for i, ids in enumerate(prompts) for seed in (0, 1)]
    together = TransformersBackend(model).complete(asked)
    assert len(together) == 64
    assert len({c.tokens for c in together}) > 32
    assert TransformersBackend(model).complete(asked[::-1]) == together[::-1]
    assert [TransformersBackend(model).complete([request])[0] for request in asked[::8]] == together[::8]


@KINDS
def test_seeds_decide(kind: str) -> None:
    prompt = tokens(1, 30)
    asked = [Request(prompt, seed, FREE) for seed in (1, 2, 3, 1, 2, 3)]
    found = backend(kind).complete(asked)
    assert found[:3] == found[3:]
    assert len({c.tokens for c in found}) == 3


@KINDS
def test_each_request_has_its_own_limits(kind: str) -> None:
    prompt = tokens(1, 30)
    long = backend(kind, stop=[VOCAB + 5]).complete([Request(prompt, 9, FREE)])[0]
    assert (len(long.tokens), long.finished) == (24, False)
    asked = [Request(prompt, 9, replace(FREE, max_new_tokens=n)) for n in (1, 24, 7, 16)]
    for found, request in zip(backend(kind, stop=[VOCAB + 5]).complete(asked), asked, strict=True):
        assert found.tokens == long.tokens[:request.sampling.max_new_tokens]
        assert not found.finished


@KINDS
def test_a_stop_token_ends_a_reply_and_is_left_out(kind: str) -> None:
    asked = requests(10)
    free = backend(kind, stop=[VOCAB + 5]).complete(asked)
    ends = {free[0].tokens[4], free[1].tokens[9]}
    found = backend(kind, stop=sorted(ends)).complete(asked)
    assert any(c.finished for c in found)
    for short, long in zip(found, free, strict=True):
        cut = next((i for i, token in enumerate(long.tokens) if token in ends), None)
        assert short == Completion(long.tokens[:cut], cut is not None)


def test_an_empty_batch_is_answered() -> None:
    assert backend("qwen2").complete([]) == []


def test_counts_tell_the_work() -> None:
    found = backend("qwen2", stop=[VOCAB + 5])
    prompt = tokens(1, 12 * BLOCK + 3)
    request = Request(prompt, 9, replace(FREE, max_new_tokens=4))
    found.complete([request, replace(request, seed=8)])
    assert found.counts == Counts(reused=0, prefilled=len(prompt), decoded=6)  # both share one prompt: it is run once
    found.complete([request])
    assert found.counts == Counts(reused=12 * BLOCK, prefilled=len(prompt) + 3, decoded=9)
    found.complete([replace(request, prompt=prompt[:2 * BLOCK] + tokens(2, 10))])
    assert found.counts == Counts(reused=14 * BLOCK, prefilled=len(prompt) + 13, decoded=12)


def test_a_beginning_that_new_prompts_share_is_run_once() -> None:
    found = backend("qwen2")
    system, persona = tokens(0, 16 * BLOCK), [tokens(n, 12 * BLOCK) for n in (1, 2)]
    prompts = [system + persona[i % 2] + tokens(10 + i, BLOCK) for i in range(10)]
    assert torch.equal(found.last_outputs(prompts), torch.cat([backend("qwen2").last_outputs([p]) for p in prompts]))
    assert found.counts.prefilled == (16 + 2 * 12 + 10) * BLOCK


def test_turns_of_a_conversation_that_lack_little_are_not_filled_up_to_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    found, run = backend("qwen2"), TransformersBackend._forward
    whole = [tokens(seed, 200) for seed in (1, 2, 3)]
    turns = [(*talk[:end], *tokens(end, 3)) for talk in whole for end in range(20, 200, 30)]
    filled: list[int] = []

    def noted(self: TransformersBackend, new: torch.Tensor, *rest: Any) -> torch.Tensor:
        filled.append(new.numel())
        return run(self, new, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(TransformersBackend, "_forward", noted)
        together = found.last_outputs(turns)
    assert sum(filled) < 1.6 * found.counts.prefilled < 1.6 * 1.3 * sum(map(len, whole))
    assert torch.equal(together, torch.cat([backend("qwen2").last_outputs([turn]) for turn in turns]))


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


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Folders: a base model with its tokenizer, and two adapters on it that say something else."""
    root = tmp_path_factory.mktemp("family")
    base = str(save_model(root / "base"))
    found = {"base": base}
    for seed, name in enumerate(("policy", "simulator")):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            made = get_peft_model(load_model(base), LoraConfig(r=4, lora_alpha=64, init_lora_weights=False,
                                                               target_modules=["q_proj", "v_proj", "down_proj"]))
        made.save_pretrained(found.setdefault(name, str(root / name)))
    return found


class TestAdapters:
    def asked(self, adapters: tuple[str | None, ...]) -> list[Request]:
        return [Request(tokens(i // 6, 20), mix(1, i), SHORT, adapters[i % len(adapters)]) for i in range(18)]

    def test_one_batch_of_three_speakers_says_what_each_says_merged(self, family: dict[str, str]) -> None:
        adapters = {name: family[name] for name in ("policy", "simulator")}
        found = TransformersBackend.with_adapters(family["base"], adapters)
        assert found.promises.adapters == ("policy", "simulator")
        asked = self.asked((None, "policy", "simulator"))
        replies = found.complete(asked)
        for start, name in enumerate(("base", "policy", "simulator")):
            alone = TransformersBackend(load_model(family[name]))
            assert replies[start::3] == alone.complete([replace(r, adapter=None) for r in asked[start::3]])
        assert replies[0] != replies[1] != replies[2]

    def test_prefixes_are_never_shared_between_adapters(self, family: dict[str, str]) -> None:
        found = TransformersBackend.with_adapters(family["base"], {"policy": family["policy"]})
        request = Request(tokens(1, 40), 3, SHORT)
        cold = TransformersBackend.with_adapters(family["base"], {"policy": family["policy"]})
        found.complete([request])
        reply = found.complete([replace(request, adapter="policy")])
        assert found.counts.reused == 0
        assert reply == cold.complete([replace(request, adapter="policy")])

    def test_an_unknown_adapter_is_refused_by_name(self, family: dict[str, str]) -> None:
        found = TransformersBackend.with_adapters(family["base"], {"policy": family["policy"]})
        with pytest.raises(InvalidConfig, match=r"no adapter 'critic'.*\['policy'\]"):
            found.complete([Request((1,), 1, SHORT, "critic")])

    def test_an_adapter_of_another_base_is_refused(self, family: dict[str, str]) -> None:
        with pytest.raises(InvalidModel, match=r"trained on .*base.* not on 'embedded'"):
            TransformersBackend.with_adapters("embedded", {"policy": family["policy"]})


class TestStopStrings:
    def backend(self, family: dict[str, str]) -> TransformersBackend:
        return TransformersBackend(load_model(family["base"]), load_tokenizer(family["base"]), stop=[10**6])

    def test_a_reply_ends_before_the_first_stop_string(self, family: dict[str, str]) -> None:
        found, tokenizer = self.backend(family), load_tokenizer(family["base"])
        asked = [Request(tokens(i, 20), mix(2, i), replace(FREE, top_p=1.0)) for i in range(12)]
        whole = [tokenizer.decode(c.tokens, skip_special_tokens=True) for c in found.complete(asked)]
        stops = [tuple({text[5], text[9:11]} - {""}) for text in whole]
        replies = found.complete([replace(r, sampling=replace(r.sampling, stop=s)) for r, s in zip(asked, stops, strict=True)])
        inside = 0
        for reply, text, stop in zip(replies, whole, stops, strict=True):
            wanted = text[:min(text.index(s) for s in stop)]
            assert reply.finished
            said = tokenizer.decode(reply.tokens, skip_special_tokens=True)
            assert (said if reply.text is None else reply.text) == wanted
            assert wanted.startswith(said)
            inside += reply.text is not None
        assert 0 < inside < 12  # cut inside a token, and between two

    def test_a_stop_string_that_never_comes_changes_nothing(self, family: dict[str, str]) -> None:
        request = Request(tokens(1, 20), 5, SHORT)
        never = replace(request, sampling=replace(SHORT, stop=("\x00never",)))
        assert self.backend(family).complete([never]) == self.backend(family).complete([request])

    def test_without_a_tokenizer_they_are_refused(self) -> None:
        with pytest.raises(InvalidConfig, match=r"\['END'\].*tokenizer"):
            backend("qwen2").complete([Request((1,), 1, replace(SHORT, stop=("END",)))])


def test_a_chat_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="render the chat"):
        backend("qwen2").complete([Request((), 1, SHORT, chat=(("user", "Hello"),))])


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

    @pytest.mark.parametrize("vocabulary", [61, 3001])
    def test_what_is_left_out_of_a_nucleus_changes_no_draw(self, vocabulary: int) -> None:
        """Against the plain way: order everything, cut, and look the number up among all tokens."""
        drawn = torch.Generator().manual_seed(1)
        logits = torch.randn((200, vocabulary), generator=drawn) * torch.linspace(0.5, 6, 200)[:, None]
        wanted = []
        for row, probs in enumerate(logits.softmax(-1)):
            ordered, places = probs.sort(descending=True)
            kept = torch.zeros_like(probs).index_copy(0, places, ordered * (ordered.cumsum(0) - ordered < 0.95))
            total = kept.double().cumsum(0)
            wanted.append(int((total <= uniform(row, 7) * total[-1]).sum()))
        assert sample(logits, [Request((1,), row, FREE) for row in range(200)], [7] * 200) == wanted

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
