"""Supervised fine-tuning with LoRA, or of the whole model: the SFT model of the paper (§5.1), and π_SFT of equation 3.

Whole chats are learned, with the loss on the assistant's turns only. A chat is one row, where the chat template can tell
which tokens those are (`{% generation %}` markers), or where a chat's beginnings are rendered as the beginnings of what the
whole chat is (ChatML and most others). Otherwise, as where thoughts of earlier turns are left out, each assistant turn is a
row, which reads a conversation as often as it has turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import SFTConfig, SFTTrainer
from trl.chat_template_utils import has_generation_markers

from ...agents.engine.loading import base_of, is_adapter, load_model, load_tokenizer
from ...agents.prompting import control_tokens, render
from ...envs.chat import Message
from ...envs.errors import InvalidConfig
from .processes import whole_state
from .rows import defused, fit_rows, window
from .settings import SftSettings
from .trainer import Progress, TrainingFigures, arguments, fresh, lora, save, session, train
from .tree_trainer import whole

_IGNORED = -100
"""The label of a token that is not learned, as torch's cross-entropy has it."""


def train_sft(
    model: str,
    chats: Sequence[list[Message]],
    out: Path,
    settings: SftSettings,
    progress: Progress | None = None,
    *,
    groups: Sequence[str] | None = None,
) -> TrainingFigures:
    """Fine-tunes a model on whole chats and saves the LoRA adapter, or the whole model, and the tokenizer in `out`.

    Args:
        model: name of the model to start from (see `agents.loading`); an adapter is trained further, with
            `settings.full` added into it first.
        chats: conversations as chat messages (system, user, assistant, ...), each with an assistant turn.
        out: folder for the adapter, called "default", or the model, the tokenizer and `training.json`.
        settings: of the training.
        progress: called after every update and evaluation.
        groups: the conversation of each chat, where several come from one; never split by validation.

    Raises:
        InvalidModel: the model cannot be loaded.
        InvalidConfig: there are no chats, or one has no assistant turn.
        ContextTooLong: a chat does not fit, and `skip_long` is off.
        RunExists: `out` holds an adapter already.
    """
    fresh(out)
    for index, chat in enumerate(chats):
        if not any(message["role"] == "assistant" for message in chat):
            raise InvalidConfig(f"Chat {index} has no assistant turn to learn from; leave it out.")
    with session(settings):
        tokenizer = load_tokenizer(model)
        if settings.full:
            policy = whole(load_model(model, dtype=torch.float32), settings)
        else:
            policy = load_model(model, trainable=True, dtype=torch.bfloat16 if settings.light else None)
        control = control_tokens(tokenizer)
        marked = has_generation_markers(tokenizer.chat_template)
        safe = [defused(chat, control) for chat in chats]
        rows = fit_rows(
            tokenizer, [[render(tokenizer, chat, (), reply=False)] for chat in safe],
            groups or [f"chat {index}" for index in range(len(safe))],
            window(policy, tokenizer, settings), settings,
        )  # fmt: skip
        sets = _rows(tokenizer, safe, (rows.train, rows.held_out), rows.lengths, marked)
        trainer = SFTTrainer(
            model=policy, processing_class=tokenizer,
            args=arguments(SFTConfig, settings, out, assistant_only_loss=marked),
            train_dataset=Dataset.from_list(sets[0]),
            eval_dataset=Dataset.from_list(sets[1]) if sets[1] else None,
            peft_config=None if settings.full or is_adapter(model) else lora(settings.lora, "CAUSAL_LM"),
        )  # fmt: skip
        figures = train(trainer, "sft", rows, settings, progress)
        base = None if settings.full else base_of(model) if is_adapter(model) else model
        save(trainer.model, tokenizer, out, base, figures, whole_state(trainer))
    return figures


def _rows(tokenizer: Any, chats: Sequence[list[Message]], parts: Sequence[Sequence[int]], lengths: Mapping[int, int],
          marked: bool) -> list[list[dict[str, Any]]]:
    """The rows of the parts' chats, which are defused, each with its length so that like lengths are batched together.

    They are of one kind in all parts, since TRL goes by the first row that it trains on what is learned of any.
    """
    if marked:
        return [[{"messages": chats[i], "length": lengths[i]} for i in part] for part in parts]
    labelled = {i: _labelled(tokenizer, chats[i]) for part in parts for i in part}
    whole_chats = {i: row for i, row in labelled.items() if row is not None}
    if len(whole_chats) == len(labelled):
        return [[whole_chats[i] for i in part] for part in parts]
    return [[row for i in part for row in _turns(chats[i])] for part in parts]


def _labelled(tokenizer: Any, chat: list[Message]) -> dict[str, Any] | None:
    """A chat in token ids, labelled where the assistant speaks, each turn's end included.

    None where a turn's prompt is not the beginning of the whole chat, in text or in tokens.
    """
    if not tokenizer.is_fast:  # it does not tell where its tokens lie
        return None
    text = render(tokenizer, chat, (), reply=False)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, begins = encoded["input_ids"], [begin for begin, _ in encoded["offset_mapping"]]
    labels = [_IGNORED] * len(ids)
    for index, message in enumerate(chat):
        if message["role"] != "assistant":
            continue
        before = render(tokenizer, chat[:index], ())
        after = render(tokenizer, chat[:index + 1], (), reply=False)
        if not (text.startswith(after) and after.startswith(before)) or len(before) not in begins:
            return None
        for place, begin in enumerate(begins):
            if len(before) <= begin < len(after):
                labels[place] = ids[place]
    return {"input_ids": ids, "labels": labels, "length": len(ids)}


def _turns(chat: list[Message]) -> list[dict[str, Any]]:
    """One row per assistant turn, for templates in which the assistant's tokens of a whole chat cannot be told."""
    sizes = list(accumulate(len(message["content"]) for message in chat))
    return [
        {"prompt": chat[:index], "completion": [message], "length": sizes[index]}
        for index, message in enumerate(chat)
        if message["role"] == "assistant"
    ]
