"""How fast the in-process engine searches at the paper's scale, on random weights in the exact shapes of its models.

    python benchmarks/gpu_search.py --shape llama-3.2-3b | qwen2.5-7b | tiny [--conversations 64] [--expansions 4]

The paper searched 64 conversations of persuasion in about 2 h and 64 of emotional support in about 8 h on one A100 (its
A.6). Here policy and simulator are two LoRA adapters, unmerged, of one model with random weights; `tiny` is a smoke test
for a CPU. Speed depends on the shape and on lengths alone, so:

- A word is a token (`Words`), so that what was said comes back as the very tokens that were generated.
- Random weights never stop: every reply's length is drawn from its key, uniformly between the bounds in `SETTINGS`.
- The slice is `--expansions` expansions (e = 3, each candidate answered at once) in every conversation, from half of the
  horizon, where the context is about as long as it is on average. What is run first, the prompts up to there, is part of it.
- The whole is the saturated tree: a node each at depths of 1, 3, 9, 27, then K = 81 up to T, all expanded. Projected time
  is the slice's times the replies of the whole over those of the slice.

The hardware's ceiling is measured in the same run: memory bandwidth by copying, arithmetic by a product of large matrices.
The least time for the slice is then the weights once and the keys and values in view per decoding step at that bandwidth,
and two operations per weight for every token prefilled at that arithmetic. Its share of the engine's time is printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, PretrainedConfig, Qwen2Config

from dialogym import Position, Utterance, make
from dialogym.agents.backend import Completion, Request
from dialogym.agents.engine.transformers_backend import TransformersBackend
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.envs.keys import mix, pick, text_key
from dialogym.search import IxMCTS, run

WIDTH, KEEP = 3, 81
_LETTERS = "bcdfghjklmnprstv"
_TEMPLATE = 4  # tokens that open or close a message


@dataclass(frozen=True)
class Setting:
    """A model's shape (as its config.json was published) and the search it was used for.

    Attributes:
        config: the shape.
        env: the environment.
        depth: T, model turns.
        lengths: fewest and most tokens of a reply, by seat, interactive first.
        hours: what the paper took for 64 conversations.
    """

    config: PretrainedConfig
    env: str
    depth: int
    lengths: tuple[tuple[int, int], tuple[int, int]]
    hours: float


SETTINGS = {
    "llama-3.2-3b": Setting(
        LlamaConfig(vocab_size=128256, hidden_size=3072, intermediate_size=8192, num_hidden_layers=28, num_attention_heads=24,
                    num_key_value_heads=8, head_dim=128, max_position_embeddings=131072, tie_word_embeddings=True),
        "PersuasionForGood-v0", 15, ((10, 50), (5, 35)), 2.0),
    "qwen2.5-7b": Setting(
        Qwen2Config(vocab_size=152064, hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28,
                    num_key_value_heads=4, max_position_embeddings=32768, tie_word_embeddings=False),
        "EmotionalSupport-v0", 25, ((60, 160), (60, 160)), 8.0),  # with private states
    "tiny": Setting(
        Qwen2Config(vocab_size=1024, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
                    num_key_value_heads=2, max_position_embeddings=8192, tie_word_embeddings=True),
        "PersuasionForGood-v0", 15, ((10, 50), (5, 35)), 2.0),
}


class Words:
    """A tokenizer of whole words: "qbcd" is the token it spells in base 16, any other word one by its hash."""

    all_special_tokens: tuple[str, ...] = ()
    added_tokens_encoder: dict[str, int] = {}  # noqa: RUF012 - as tokenizers have it

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary

    def __call__(self, texts: Sequence[str], **_: Any) -> dict[str, list[list[int]]]:
        """Token ids of texts."""
        return {"input_ids": [[self._token(word) for word in text.split()] for text in texts]}

    def _token(self, word: str) -> int:
        if word[0] == "q" and len(word) > 1 and set(word[1:]) <= set(_LETTERS):
            return int("".join(f"{_LETTERS.index(letter):x}" for letter in word[1:]), 16)
        return text_key(word) % self.vocabulary

    def batch_decode(self, rows: Sequence[Sequence[int]], **_: Any) -> list[str]:
        """A word for every token."""
        return [" ".join("q" + "".join(_LETTERS[int(digit, 16)] for digit in f"{token:x}") for token in row) for row in rows]

    def apply_chat_template(self, chat: Sequence[dict[str, str]], **_: Any) -> str:
        """Messages with as many tokens between them as usual templates have."""
        marks = {role: " ".join(f"<{role}{i}>" for i in range(_TEMPLATE)) for role in ("system", "user", "assistant")}
        return " ".join([*(f"{marks[m['role']]} {m['content']}" for m in chat), marks["assistant"]])


class Engine(TransformersBackend):
    """The engine with replies of drawn lengths, and a count of what its steps had to read."""

    lengths: dict[str, tuple[int, int]]
    seconds = 0.0
    replies = steps = columns = 0

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`; each request gets a limit from its seed."""
        limited = []
        for request in requests:
            low, high = self.lengths[request.adapter or ""]
            sampling = replace(request.sampling, max_new_tokens=pick(request.seed, range(low, high + 1), text_key("length")))
            limited.append(replace(request, sampling=sampling))
        synchronise()
        started = time.perf_counter()
        found = super().complete(limited)
        synchronise()
        self.seconds += time.perf_counter() - started
        self.replies += len(found)
        return found

    def _forward(self, tokens: torch.Tensor, positions: torch.Tensor, at: torch.Tensor, states: torch.Tensor,
                 lengths: Sequence[int]) -> torch.Tensor:
        if tokens.shape[1] == 1:
            self.steps += 1
            self.columns += sum(lengths)
        return super()._forward(tokens, positions, at, states, lengths)


def synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def ceiling(device: str, dtype: torch.dtype) -> tuple[float, float]:
    """Bytes per second of a copy (read and written) and operations per second of a matrix product, the best of five."""
    size = 1 << 28 if device == "cuda" else 1 << 25
    square = 8192 if device == "cuda" else 1024
    block = torch.zeros(size, dtype=torch.float32, device=device)
    matrix = torch.randn((square, square), device=device).to(dtype)
    times = []
    for work in (block.clone, lambda: matrix @ matrix):
        work()
        found = []
        for _ in range(5):
            synchronise()
            started = time.perf_counter()
            work()
            synchronise()
            found.append(time.perf_counter() - started)
        times.append(min(found))
    return 2 * block.numel() * block.element_size() / times[0], 2 * square**3 / times[1]


def built(setting: Setting, device: str, dtype: torch.dtype) -> Any:
    """A model with random weights and two adapters."""
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(setting.config, dtype=dtype)
        lora = LoraConfig(r=16, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
        adapted = get_peft_model(model, lora, adapter_name="policy")
        adapted.add_adapter("simulator", lora)
    return adapted.eval()


def start(setting: Setting, number: int, words: Words) -> Position:
    """A conversation in the middle."""
    position = Position.start(make(setting.env).scenario.under("gpu"), number)
    while len(position.dialogue) < setting.depth:
        low, high = setting.lengths[position.seat != position.scenario.interactive]
        key = mix(number, len(position.dialogue))
        spoken = [pick(key, range(words.vocabulary), i) for i in range(pick(key, range(low, high + 1)))]
        position = position.say(Utterance(position.seat, words.batch_decode([spoken])[0]))
    return position


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--shape", choices=sorted(SETTINGS), required=True)
    parser.add_argument("--conversations", type=int, default=64)
    parser.add_argument("--expansions", type=int, default=4, help="per conversation")
    options = parser.parse_args()
    setting = SETTINGS[options.shape]
    device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    bandwidth, arithmetic = ceiling(device, dtype)
    model = built(setting, device, dtype)
    engine = Engine(model, stop=[setting.config.vocab_size], max_rows=256, cache_bytes=(32 if device == "cuda" else 1) << 30)
    engine.lengths = dict(zip(("policy", "simulator"), setting.lengths, strict=True))
    words = Words(setting.config.vocab_size)
    starts = [start(setting, number, words) for number in range(options.conversations)]
    scenario = starts[0].scenario
    agents = {seat: LanguageModelAgent(engine, words, adapter=name)
              for seat, name in ((scenario.interactive, "policy"), (scenario.user, "simulator"))}
    began = time.perf_counter()
    run(IxMCTS(width=WIDTH, keep=KEEP, iterations=options.expansions), starts, agents)
    report(options, engine, time.perf_counter() - began, bandwidth, arithmetic)


def report(options: argparse.Namespace, engine: Engine, seconds: float, bandwidth: float, arithmetic: float) -> None:
    setting, counts = SETTINGS[options.shape], engine.counts
    weights = sum(p.numel() for n, p in engine._model.named_parameters() if "lora_" not in n)
    bytes_each = engine._head.weight.element_size()
    config = setting.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    column = config.num_hidden_layers * 2 * config.num_key_value_heads * head * bytes_each
    read = (engine.steps * weights * bytes_each + engine.columns * column) / bandwidth
    computed = 2 * weights * counts.prefilled / arithmetic
    whole = 2 * WIDTH * sum(min(KEEP, WIDTH**depth) for depth in range(setting.depth)) * 64
    print(f"{options.shape}: {weights / 1e9:.2f}G weights, {bandwidth / 1e9:,.0f} GB/s, {arithmetic / 1e12:,.1f} TFLOP/s")
    print(f"{options.conversations} conversations, {options.expansions} expansions each from the middle of {setting.env}: "
          f"{engine.replies:,} replies in {seconds:.1f} s, {engine.seconds:.1f} s of them in the engine")
    print(f"{counts.prefilled:,} tokens prefilled, {counts.decoded:,} decoded, {counts.reused:,} read from the cache; "
          f"{counts.decoded / engine.seconds:,.0f} decoded/s")
    print(f"the hardware's least for this: {read:.1f} s of reading + {computed:.1f} s of arithmetic, "
          f"{100 * (read + computed) / engine.seconds:.0f}% of the engine's time")
    hours = seconds * whole / engine.replies / 3600
    print(f"the whole, 64 saturated trees of {whole // 64:,} replies: {hours:.2f} h projected; the paper took "
          f"about {setting.hours:.0f} h on one A100")


if __name__ == "__main__":
    main()
