"""Chats in which what one says and the other takes up are other words: nobody knows them by heart, and who wants them copies.

Scripted people speak of so few things that a small model learns these and not to listen: it writes down a trouble that it knows
in place of the one that it was told. The same chat about a random word in every place is predicted by copying alone.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...agents.prompting import thought_of
from ...envs.chat import Message
from ...envs.keys import mix

_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]")
COMMON = 0.1
"""Share of the chats in which a word at least stands that is of the language and not of what somebody told."""
SHORTEST = 3
"""Letters of a word that is made another."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """Which words stay what they are, and what others may become.

    Attributes:
        kept: common words and those of thoughts.
        words: that stand for words of letters.
        signs: that stand for Chinese ones.
    """

    kept: frozenset[str]
    words: Sequence[str]
    signs: Sequence[str]

    @classmethod
    def of(cls, chats: Sequence[Sequence[Message]], words: Sequence[str]) -> Renaming:
        """By how many of the chats a word is in; Chinese signs become others of the chats."""
        found, thoughts = Counter[str](), set[str]()
        for chat in chats:
            found.update({word for m in chat[1:] for word in _WORD.findall(m["content"])})
            thoughts.update(word for m in chat[1:] for word in _WORD.findall(thought_of(m["content"]) or ""))
        kept = frozenset(word for word, count in found.items() if count >= COMMON * len(chats)) | thoughts
        rare = sorted(found.keys() - kept)
        known = {*rare, *(word for word in words if word.isalpha())} - kept
        return cls(kept, sorted(w for w in known if w.isascii() and w.islower() and len(w) >= SHORTEST),
                   [w for w in rare if not w.isascii()])

    def some(self, chats: Sequence[list[Message]], share: float, seed: int) -> list[list[Message]]:
        """The chats, a share of them renamed."""
        draws = (random.Random(mix(seed, 3, number)) for number in range(len(chats)))
        return [self.rename(chat, draw) if draw.random() < share else chat for chat, draw in zip(chats, draws, strict=True)]

    def rename(self, chat: list[Message], draw: random.Random) -> list[Message]:
        """The chat with every word in it that both sides say, and that is not kept, made a random one, everywhere the same."""
        said = {role: {word for m in chat[1:] if m["role"] == role for word in _WORD.findall(m["content"])}
                for role in ("user", "assistant")}
        names = {word: draw.choice(pool) for word in sorted((said["user"] & said["assistant"]) - self.kept)
                 if (pool := self.words if word.isascii() else self.signs) and (len(word) >= SHORTEST or not word.isascii())}
        head, *rest = chat
        return [head, *({**m, "content": _WORD.sub(lambda found: names.get(found[0], found[0]), m["content"])} for m in rest)]
