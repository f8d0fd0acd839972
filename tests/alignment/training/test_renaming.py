"""Chats about random words: what both sides say becomes something else, everywhere the same, and nothing else does."""

from __future__ import annotations

import random
import re

import pytest

from dialogym.agents.prompting import thought_of
from dialogym.alignment.data.demonstrations import conversations
from dialogym.alignment.training.pretrain import _chats
from dialogym.alignment.training.renaming import _WORD, Renaming
from dialogym.envs.chat import Message
from dialogym.envs.registry import spec


def said(*lines: str) -> list[Message]:
    roles = ("system", *("user", "assistant") * len(lines))
    return [{"role": role, "content": text} for role, text in zip(roles, ("Be kind.", *lines), strict=False)]


@pytest.fixture(scope="module")
def chats() -> list[list[Message]]:
    built = [spec("EmotionalSupport-v0").build(language=language) for language in ("en", "zh")]
    return [chat for scenario in built for number, talk in enumerate(conversations(scenario, 40, 3))
            for chat in _chats(talk, number + 1)]


def test_what_both_say_is_another_word_everywhere_and_the_rest_is_as_it_was() -> None:
    renaming = Renaming(frozenset({"the", "The", "cold"}), ["zebra"], ["田"])
    chat = said("The dog bit the cat, it is cold.", '[cold > restatement] The dog? "dog"! Cold, the doghouse.',
                "A dog. It is 猫。", "猫")
    found = renaming.rename(chat, random.Random(0))
    assert [m["content"] for m in found] == [
        "Be kind.", "The zebra bit the cat, it is cold.", '[cold > restatement] The zebra? "zebra"! Cold, the doghouse.',
        "A zebra. It is 田。", "田"]
    assert [m["role"] for m in found] == [m["role"] for m in chat]


def test_thoughts_stay_and_every_chat_keeps_its_shape(chats: list[list[Message]]) -> None:
    renaming = Renaming.of(chats, ["zebra", "violin", "the"])
    assert "the" in renaming.kept
    assert "the" not in renaming.words
    changed = renaming.some(chats, 1.0, 0)
    for before, after in zip(chats, changed, strict=True):
        assert before[0] == after[0]
        for one, other in zip(before, after, strict=True):
            assert thought_of(one["content"]) == thought_of(other["content"])
            assert _WORD.sub("", one["content"]) == _WORD.sub("", other["content"]), "only words become words"
    assert sum(one != other for one, other in zip(chats, changed, strict=True)) > 0.9 * len(chats)


def test_words_that_were_taken_up_still_are(chats: list[list[Message]]) -> None:
    quotes = re.compile(r'"([a-z]+)"')
    taken = 0
    for before, after in zip(chats, Renaming.of(chats, ["zebra"]).some(chats, 1.0, 0), strict=True):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            for old, new in zip(quotes.findall(one["content"]), quotes.findall(other["content"]), strict=True):
                heard = [" ".join(m["content"] for m in chat[1:number]) for chat in (before, after)]
                if old in _WORD.findall(heard[0]):
                    assert new in _WORD.findall(heard[1])
                    taken += old != new
    assert taken > 20


def test_as_many_as_asked_are_renamed_the_same_ones_for_the_same_seed(chats: list[list[Message]]) -> None:
    renaming = Renaming.of(chats, ["zebra", "violin"])
    assert renaming.some(chats, 0.0, 1) == chats
    assert renaming.some(chats, 0.5, 1) == renaming.some(chats, 0.5, 1) != renaming.some(chats, 0.5, 2)
    changed = sum(one != other for one, other in zip(chats, renaming.some(chats, 0.5, 1), strict=True))
    assert 0.3 * len(chats) < changed < 0.7 * len(chats)
