"""Whoever loads the embedded model's folder gets the same token ids: through us, or through AutoTokenizer."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from transformers import AutoTokenizer

from dialogym.agents.engine.loading import load_tokenizer
from dialogym.agents.prompting import control_tokens, render
from dialogym.alignment.training.pretrain import make_tokenizer
from tests import tiny

TEXTS = [
    "It's $1.50 for\n\n two CAFÉS cafe\u0301s  - who'LL pay 25c?\r\n\tTabs  and   spaces ",
    "你好，我最近压力很大。\n情绪状态：焦虑\n回应：我明白你的感受！",
    "我 said 你好 3 times；OK？ＡＢＣ１２３",
    "0 12 345 6789 1,000.50 ½ ² ٣",
    "<|endoftext|> <|user|>who<|end|> <|pad|>",
    "👋🏽 naïve — “quoted” …\u2028\u00a0\x0b",
    "",
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = tiny.save_model(tmp_path_factory.mktemp("model"))
    return AutoTokenizer.from_pretrained(folder), load_tokenizer(str(folder))


@pytest.mark.parametrize("text", TEXTS)
def test_auto_tokenizer_and_ours_agree(both: tuple[Any, Any], text: str) -> None:
    auto, ours = both
    assert auto(text)["input_ids"] == ours(text)["input_ids"]
    assert auto.decode(auto(text)["input_ids"]) == ours.decode(ours(text)["input_ids"])


def test_they_agree_on_whole_chats(both: tuple[Any, Any]) -> None:
    auto, ours = both
    assert len(auto) == len(ours)
    assert auto.all_special_tokens == ours.all_special_tokens
    for chat in [*tiny.chats(6), [{"role": "system", "content": TEXTS[1]}, {"role": "user", "content": TEXTS[4]},
                                  {"role": "assistant", "content": TEXTS[0]}]]:
        text = render(ours, chat, control_tokens(ours), reply=False)
        assert text == render(auto, chat, control_tokens(auto), reply=False)
        assert auto(text, add_special_tokens=False)["input_ids"] == ours(text, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("text", TEXTS[:4])
def test_any_text_can_be_written(text: str) -> None:
    tokenizer = make_tokenizer(["Hello."], 300)
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == unicodedata.normalize("NFC", text)


def test_digits_are_single_tokens() -> None:
    tokenizer = make_tokenizer(["2024 2024 2024"] * 9, 300)
    assert [tokenizer.decode([i]) for i in tokenizer("2024")["input_ids"]] == list("2024")
