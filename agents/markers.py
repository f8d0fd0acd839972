"""What forges a turn in a chat template, and how a text is kept from it: as it is written and as a tokenizer would read it.

A tokenizer may look for its control tokens in what its normaliser leaves of a text: full-width characters become plain ones,
what cannot be seen and accents go, capitals become small. So a text is compared with the tokens under a folding that does as
much as most of them, and then once more under the tokenizer's own normaliser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from unicodedata import category, normalize

from ..envs.dialogue import is_blank

MARKERS = (
    "<|", "|>", "[|", "|]",  # Llama 3 and 4, Qwen, Phi, DeepSeek, Command, GPT-OSS, OLMo, Granite, Falcon 3, Kimi, GLM, EXAONE
    "<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>",  # Llama 2 and, with what follows, Mistral to v13
    "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
    "[TOOL_CALLS]", "[TOOL_CONTENT]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "[MODEL_SETTINGS]", "[/MODEL_SETTINGS]",
    "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[AUDIO]", "[BEGIN_AUDIO]", "[TRANSCRIBE]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]",
    "<bos>", "<eos>", "<pad>", "<unk>", "<mask>", "<unused", "<start_of_turn>", "<end_of_turn>", "<start_of_image>",
    "<end_of_image>",  # Gemma
    "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>", "</tools>",  # Qwen
    "<BOS_TOKEN>", "<EOS_TOKEN>", "<PAD_TOKEN>",  # Command
    "[BOS]", "[EOS]", "[EOT]", "[PAD]", "[gMASK]", "[sMASK]", "<sop>", "<eop>",  # Kimi, GLM
    "]~!b[", "]~b]", "[e~[", "<beginning_of_sentence>", "<end_of_sentence>", "<minimax:", "</minimax:",  # MiniMax
    "<seed:", "</seed:", "<SPECIAL_", "<extra_id_", "<reserved_", "[UNUSED_TOKEN_", "<eoh>", "<eoa>", "<TOKENS_UNUSED_",
    "### Instruction:", "### Response:", "### Human:", "### Assistant:", "### User:", "### System:",  # templates without tokens
)
"""What forges a turn in the templates of widespread models: defused where the model's own tokens are not known. "<|" and "|>"
stand for all that is written between them, whatever the next family calls it; full-width bars are folded into plain ones."""

_SPACES = "\t\n\r"
_BREAKS = (" ", "\N{REPLACEMENT CHARACTER}", "")


class Control(list[str]):
    """The control tokens of a tokenizer, and its normaliser.

    Attributes:
        normal: what the tokenizer makes of a text before it looks for tokens; None: nothing.
    """

    normal: Callable[[str], str] | None = None


def control_tokens(tokenizer: Any) -> Control:
    """What could forge a turn in a tokenizer's chat template: its special tokens and its template's own markers."""
    tokens = {str(t) for t in tokenizer.all_special_tokens}
    tokens |= {str(t) for t, known in tokenizer.added_tokens_encoder.items() if known is not None}
    probe = [{"role": "system", "content": "\x01"}, {"role": "user", "content": "\x01"},
             {"role": "assistant", "content": "\x01"}, {"role": "user", "content": "\x01"}]
    try:
        rendered = tokenizer.apply_chat_template(probe, tokenize=False, add_generation_prompt=True)
    except Exception:  # noqa: BLE001 - a template that wants other roles raises whatever it likes; its tokens are known
        rendered = ""
    for piece in rendered.split("\x01"):
        tokens |= {chunk for chunk in piece.split() if len(chunk) > 1 and not chunk.isalnum()}
    found = Control(sorted((t for t in tokens if t.strip() and t[1:].strip()), key=len, reverse=True))
    normaliser = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    found.normal = None if normaliser is None else normaliser.normalize_str
    return found


def defuse(text: str, control: Iterable[str]) -> str:
    """The text with every control token broken by a space, until none is left.

    Neither as it stands, nor under the folding, nor under the tokenizer's normaliser where the tokens bring one (`Control`).
    """
    tokens = _folded(tuple(control))
    while True:  # of an occurrence that is one character, its place inverted: its plain letters are cut next time
        plain, places = _fold(text)
        if not (cuts := {cut for token in tokens if token in plain for cut in _cuts(plain, places, token)}):
            break
        pieces, last = list[str](), 0
        for place, whole in sorted((~cut, True) if cut < 0 else (cut, False) for cut in cuts):
            pieces += text[last:place], _plain(text[place]) if whole else " "
            last = place + whole
        text = "".join([*pieces, text[last:]])
    normal = getattr(control, "normal", None)
    return text if normal is None else _normally(text, normal, _normalised(tuple(control), normal))


def _cuts(plain: str, places: range | list[int], token: str) -> Iterator[int]:
    """Where a space breaks each occurrence of a token; of one that is a single character, that character's place, inverted."""
    at = plain.find(token)
    while at >= 0:
        own = places[at:at + len(token)]
        yield next((place for place in own if place != own[0]), ~own[0])
        at = plain.find(token, at + 1)


def _fold(text: str) -> tuple[str, range | list[int]]:
    """A text in plain letters without what cannot be seen, and the place in the text of each of its characters."""
    if text.isascii() and (text.isprintable() or all(" " <= c <= "~" or c in _SPACES for c in text)):
        return text, range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text):
        for letter in _plain(c):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@lru_cache(maxsize=1 << 14)
def _plain(c: str) -> str:
    """What a character comes down to; "" for a mark, a control character or what else cannot be seen."""
    if " " <= c <= "~" or c in _SPACES:
        return c
    return "".join(d for d in normalize("NFKD", c) if category(d) != "Mn" and (category(d)[0] == "Z" or not is_blank(d)))


@lru_cache(maxsize=64)
def _folded(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens under the folding, those that can be broken."""
    found = dict.fromkeys(folded for token in tokens if (folded := _fold(token)[0]))
    return tuple(token for token in found if token[1:].strip())


@lru_cache(maxsize=64)
def _normalised(tokens: tuple[str, ...], normal: Callable[[str], str]) -> tuple[str, ...]:
    """The tokens in every form in which the normaliser may show them, the longest first."""
    found = {form for token in tokens for form in (token, _fold(token)[0], normal(token).strip("\u2581 "))}
    return tuple(sorted((form for form in found if form[1:].strip()), key=lambda form: (-len(form), form)))


def _normally(text: str, normal: Callable[[str], str], tokens: tuple[str, ...]) -> str:
    """The text, or where the normaliser still finds a token in it, what the normaliser made of it, broken by what it keeps."""
    for cut in _BREAKS:
        for _ in range(3):
            seen = normal(text)
            found = [token for token in tokens if token in seen]
            if not found:
                return text
            text = seen
            for token in found:
                text = text.replace(token, f"{token[0]}{cut}{token[1:]}" if cut else "")
    return "".join(c for c in text if c.isalnum() or c == " ")
