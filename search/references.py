"""Best-of-N by a reference (paper §5.1, A.4): a chat model writes what a good reply does, or knows; the nearest one is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from ..agents.by_name import AskModel
from ..agents.prompting import messages
from ..envs.chat import Message
from ..envs.dialogue import Utterance, one_line
from ..envs.encoders import MINILM, encode_cached
from ..envs.errors import InvalidConfig
from ..envs.scenario import View

Kind = Literal["strategy", "knowledge"]
_WANTED = {
    "strategy": "Which dialogue strategy should the {seat} use in the next turn? Name it and say in one or two sentences what "
                "the {seat} should do with it now.",
    "knowledge": "Which knowledge would help the {seat} in the next turn? Write the relevant facts in one or two sentences.",
}
"""Ours: the paper prints no prompt for its references."""


class Reference:
    """How near each reply comes to what a chat model writes for its moment: a `best_of_n.Score`.

    `BestOfN(policy, Reference("strategy", ask))` is the paper's Strategy Selection, "knowledge" its Knowledge Selection, and
    `Scored(Reference(...))` either as a planner. The chat model reads what the seat may see, and is asked once per
    moment.

    Args:
        kind: what is written.
        ask: the chat model (`dialogym.agents.chat_model`, or any function of chats).
        encoder: whose vectors are compared by cosine (`envs.encoders`); the paper's knows English.

    Raises InvalidConfig for another kind.
    """

    def __init__(self, kind: Kind, ask: AskModel, encoder: str = MINILM) -> None:
        if kind not in get_args(Kind):
            raise InvalidConfig(f"A reference is one of {get_args(Kind)}, got {kind!r}.")
        self.kind, self._ask, self._encoder = kind, ask, encoder

    def __call__(self, replies: Sequence[tuple[View, Utterance]]) -> list[float]:
        """A cosine in [-1, 1] per reply; 0 where the chat model wrote nothing, so that the first reply is said."""
        if not replies:
            return []
        moments = list(dict.fromkeys(view.dialogue for view, _ in replies))
        views = {view.dialogue: view for view, _ in replies}
        written = dict(zip(moments, self._ask([self.chat(views[moment]) for moment in moments]), strict=True))
        ideas = encode_cached(self._encoder, [written[view.dialogue] or " " for view, _ in replies])
        said = encode_cached(self._encoder, [reply.text for _, reply in replies])
        return [float(cosine) if written[view.dialogue].strip() else 0.0
                for cosine, (view, _) in zip((ideas * said).sum(-1), replies, strict=True)]

    def chat(self, view: View) -> list[Message]:
        """What the chat model is asked about a moment."""
        task = messages(view)[0]["content"]
        talk = "\n".join(f"{u.seat}: {one_line(u.text)}" for u in view.dialogue) or "(nothing was said yet)"
        return [{"role": "system", "content": f"You advise the {view.seat} of a conversation. The {view.seat}'s task:\n{task}"},
                {"role": "user", "content": f"The conversation so far:\n{talk}\n\n{_WANTED[self.kind].format(seat=view.seat)}"}]
