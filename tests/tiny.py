"""A random language model of a few thousand parameters with its own tokenizer, and things to teach it."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from dialogym.alignment.preferences.pair import Candidate, PreferencePair
from dialogym.alignment.training.pretrain import make_tokenizer

WINDOW = 96
QUESTIONS = ("what is near", "who went home", "where was rain", "when did snow fall")
ANSWERS = ("Blue ships!", "Gold keys!", "Big apples!")
PLAIN = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""A chat template that does not mark what the assistant says."""


def save_model(folder: Path, *, llama: bool = False, template: str | None = None, seed: int = 0) -> Path:
    """Saves a random model of 2 layers, 32 wide, in half precision as the embedded one, and its tokenizer."""
    words = [*QUESTIONS, *ANSWERS, "You talk about the weather."]
    tokenizer = make_tokenizer(words * 3, 320)
    tokenizer.model_max_length = WINDOW
    if template is not None:
        tokenizer.chat_template = template
    sizes = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": WINDOW,
        "tie_word_embeddings": True, "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id, "initializer_range": 0.2,
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlamaForCausalLM(LlamaConfig(**sizes)) if llama else Qwen2ForCausalLM(Qwen2Config(**sizes))
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def chats(count: int) -> list[list[dict[str, str]]]:
    """Conversations of two questions, each answered with one of few answers."""
    found = []
    for index in range(count):
        chat = [{"role": "system", "content": "You talk about the weather."}]
        for turn in range(2):
            chat.append({"role": "user", "content": QUESTIONS[(index * 3 + turn) % len(QUESTIONS)]})
            chat.append({"role": "assistant", "content": ANSWERS[(index + turn) % 2]})
        found.append(chat)
    return found


def pairs(count: int) -> list[PreferencePair]:
    """Pairs in which the first answer is always better than the last."""
    return [
        PreferencePair(
            context=tuple((m["role"], m["content"]) for m in chat[: 2 + 2 * (index % 2)]),
            chosen=Candidate(ANSWERS[0], 0.75, ("praise",), 4, 0.1, 7, 3.0, (("weather", "It rains."),)),
            rejected=Candidate(ANSWERS[2], 0.25, (), 6, None, 6, 1.5),
            depth=1 + 2 * (index % 2), conversation=f"talk-{index // 2}", condition=f"{index // 2:016x}", origin="search",
        )
        for index, chat in enumerate(chats(count))
    ]  # fmt: skip
