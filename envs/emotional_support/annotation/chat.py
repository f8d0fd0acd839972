"""What a chat model is asked about a conversation: the seeker's state (appendix A.1) and their condition (§4.4)."""

from __future__ import annotations

import re

from ...dialogue import Dialogue, one_line
from .. import prompts
from ..conditions import Trouble
from ..languages import code_of
from ..states import Facet, State, parse, render

_KINDS = {"troubles": ("troubles?", "困扰", "问题"), "feelings": ("feelings?", "感受"), "thoughts": ("thoughts?", "想法"),
          "needs": ("needs?", "需求"), "requests": ("requests?", "请求")}
_LINE = {kind: re.compile(rf"^(?:[^\S\n]|[*#>•\-\d.])*+(?:{'|'.join(names)})\**\s*+[:：]\**(.*)$", re.IGNORECASE | re.MULTILINE)
         for kind, names in _KINDS.items()}
_MOST = 4


def transcript(dialogue: Dialogue) -> str:
    """The words of a dialogue, a line each."""
    return "\n\t".join(f"{u.seat.capitalize()}: {one_line(u.text)}" for u in dialogue)


def language(dialogue: Dialogue) -> str:
    """The language of a conversation."""
    return code_of(" ".join(u.text for u in dialogue))


def ask_state(dialogue: Dialogue) -> list[dict[str, str]]:
    """The chat that asks for the seeker's state at the end of the dialogue."""
    code = language(dialogue)
    text = prompts.ANNOTATE[code].replace("{form}", form(code)).replace("{conversation}", transcript(dialogue))
    return [{"role": "user", "content": text}]


def form(code: str) -> str:
    """The empty form of Table 4, all fields named."""
    every = Facet(("…",), ("…",), ("…",), ("…",))
    return render(State(every, every), code)


def read_state(dialogue: Dialogue, written: str) -> str:
    """The state block in an answer to `ask_state`, rendered anew; "" when there is none."""
    state = parse(written)
    return render(state, language(dialogue)) if state is not None else ""


def ask_condition(dialogue: Dialogue) -> list[dict[str, str]]:
    """The chat that asks for the condition of the dialogue's seeker."""
    text = prompts.EXTRACT[language(dialogue)].replace("{conversation}", transcript(dialogue))
    return [{"role": "user", "content": text}]


def read_condition(dialogue: Dialogue, written: str) -> Trouble | None:
    """The condition in an answer to `ask_condition`; None without a trouble. At most four items of a kind are taken."""
    found = {}
    for kind, pattern in _LINE.items():
        match = pattern.search(written)
        of = kind if kind in ("feelings", "needs", "requests") else "observations"
        items = re.split(r"[;；、]" if of != "feelings" else r"[;；、,，]", match[1]) if match else []
        found[kind] = getattr(Facet(**{of: tuple(items)}), of)[:_MOST]
    if not found["troubles"]:
        return None
    return Trouble(language(dialogue), "", *(found[kind] for kind in ("troubles", "feelings", "thoughts", "needs", "requests")))
