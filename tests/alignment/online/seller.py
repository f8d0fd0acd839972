"""A language model of a few thousand parameters that has learned to haggle: what online training can start from in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from dialogym import Position, ScriptedAgent, converse, make
from dialogym.agents.prompting import control_tokens, messages, render, written
from dialogym.alignment.training.pretrain import make_tokenizer
from dialogym.envs.keys import mix
from tests.third import ID

WINDOW = 512


def talks(count: int) -> list[list[dict[str, str]]]:
    """Chats of the scripted seller, as a model in their seat reads and writes them."""
    scenario = make(ID).scenario
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    found = []
    for number in range(count):
        end = converse(Position.start(scenario, mix(77, number)), agents)
        chat = messages(end.view(scenario.interactive))
        assert written(end.view(scenario.interactive), list(end.dialogue)[1]) in chat
        found.append(chat)
    return found


def save_seller(folder: Path, steps: int = 150) -> Path:
    """Saves the model and its tokenizer."""
    chats = talks(120)
    tokenizer = make_tokenizer([m["content"] for chat in chats for m in chat], 320)
    tokenizer.model_max_length = WINDOW
    control = control_tokens(tokenizer)
    rows = [tokenizer(render(tokenizer, chat, control, reply=False), add_special_tokens=False)["input_ids"] for chat in chats]
    return teach(folder, tokenizer, rows, steps)


def teach(folder: Path, tokenizer: Any, rows: list[list[int]], steps: int) -> Path:
    """Saves a model of 2 layers, 48 wide, that learned the rows of token ids, and the tokenizer."""
    sizes = {"vocab_size": len(tokenizer), "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2,
             "num_attention_heads": 2, "num_key_value_heads": 1, "tie_word_embeddings": True,
             "max_position_embeddings": tokenizer.model_max_length, "bos_token_id": None,
             "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Qwen2ForCausalLM(Qwen2Config(**sizes))
        optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
        for step in range(steps):
            part = [rows[(12 * step + i) % len(rows)] for i in range(12)]
            width = max(map(len, part))
            ids = torch.tensor([[*row, *[tokenizer.pad_token_id] * (width - len(row))] for row in part])
            seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in part])
            loss = model(ids, attention_mask=seen, labels=ids.masked_fill(seen == 0, -100)).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
