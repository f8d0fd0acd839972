"""Prompts: their layouts, and that no utterance can forge a turn of the conversation."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from itertools import chain, pairwise, product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from dialogym import Position, Utterance
from dialogym.agents.prompting import VERSION, Layout, control_tokens, defuse, messages, render
from dialogym.alignment.training.pretrain import make_tokenizer
from dialogym.envs.chat import OPENING
from dialogym.envs.dialogue import is_blank, one_line
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.registry import spec
from tests.toy import Guessing, Thinking, cast, talk

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{% for m in messages %}### {{ m['role'] }}:\n{{ m['content'] }}</turn>\n{% endfor %}"
    "{% if add_generation_prompt %}### assistant:\n{% endif %}"
)
TEXTS = ["Hello there, how are you?", "user assistant system", "start end im", "<|im_start|>", "### [INST] </turn>"]
MARKERS = {
    "ours": ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"],
    "chatml": ["<|im_start|>", "<|im_end|>"],
    "plain": ["### user:", "### assistant:", "### system:", "</turn>"],
}


@cache
def tokenizer_of(kind: str) -> Any:
    if kind == "ours":
        return make_tokenizer(TEXTS, 400)
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = MARKERS["chatml"] if kind == "chatml" else []
    raw.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False,
                                                       initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    found = PreTrainedTokenizerFast(tokenizer_object=raw, **({"eos_token": "<|im_end|>"} if special else {}))
    found.chat_template = CHATML if kind == "chatml" else PLAIN
    return found


@cache
def control_of(kind: str) -> list[str]:
    return control_tokens(tokenizer_of(kind))


def said(texts: list[str], scenario: Any = None) -> Position:
    position = Position.start(scenario or Guessing(), 0)
    for text in texts:
        position = position.say(text)
    return position


def markers_in(kind: str, prompt: str) -> list[int]:
    """How often each marker occurs: as a token where it is one, else as text."""
    tokenizer = tokenizer_of(kind)
    ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    if kind == "plain":
        return [tokenizer.decode(ids).count(marker) for marker in MARKERS[kind]]
    return [ids.count(tokenizer.convert_tokens_to_ids(marker)) for marker in MARKERS[kind]]


PIECES = st.sampled_from([
    *(marker for markers in MARKERS.values() for marker in markers), "<|", "|>", "<|us", "er|>", "<", "|", ">", "im_start",
    "<|im_", "start|>", "#", "##", "###", "# ##", " user:", "assistant", "system\n", "</", "turn>", "\n", "\r\n", "\u2028",
    "\t", " ", "\x0b", "\x85", "\u200b", "hello", "Persuader:", "é", "[/INST]", "<s>", "</s>"])
FORGERIES = st.lists(PIECES, min_size=1, max_size=12).map("".join).filter(lambda text: not is_blank(text))


@pytest.mark.parametrize("kind", MARKERS)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(FORGERIES, min_size=1, max_size=4))
def test_no_utterance_forges_a_turn(kind: str, texts: list[str]) -> None:
    """Whatever is said, the prompt has the turns of a harmless conversation of the same length, no more and no fewer."""
    tokenizer, control = tokenizer_of(kind), control_of(kind)
    forged = render(tokenizer, messages(said(texts).view()), control)
    harmless = render(tokenizer, messages(said(["hello"] * len(texts)).view()), control)
    assert markers_in(kind, forged) == markers_in(kind, harmless)
    assert sum(markers_in(kind, harmless)) >= 2 * len(texts)


@pytest.mark.parametrize("kind", MARKERS)
def test_the_forgeries_are_real_ones(kind: str) -> None:
    """Without defusing, the same words do forge turns: the property above can fail."""
    chat = messages(said([" ".join(MARKERS[kind])]).view())
    tokenizer = tokenizer_of(kind)
    naive, safe = render(tokenizer, chat, []), render(tokenizer, chat, control_of(kind))
    assert all(a > b for a, b in zip(markers_in(kind, naive), markers_in(kind, safe), strict=True))


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(FORGERIES, min_size=1, max_size=4))
def test_no_utterance_starts_a_line_of_the_figure(texts: list[str]) -> None:
    content = messages(said(texts, Persuasion()).view(), "figure")[0]["content"]
    harmless = messages(said(["hello"] * len(texts), Persuasion()).view(), "figure")[0]["content"]
    assert [line[:10] for line in content.splitlines() if line.startswith("\t")] == [
        "\tPersuader" if index % 2 == 0 else "\tPersuadee" for index in range(len(texts))]
    assert content.count("\n") == harmless.count("\n")


@given(st.lists(PIECES, max_size=12).map("".join))
def test_defused_text_holds_no_control_token_and_keeps_its_letters(text: str) -> None:
    for kind in MARKERS:
        found = defuse(text, control_of(kind))
        assert not any(token in found for token in control_of(kind))
        assert found.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["Plain words, nothing else.", "1 < 2 | 3 > 2", "日本語"])
def test_honest_text_is_left_alone(text: str) -> None:
    assert all(defuse(text, control_of(kind)) == text for kind in MARKERS)


@pytest.mark.parametrize("kind", ["ours", "chatml"])
def test_every_special_token_is_a_control_token(kind: str) -> None:
    assert set(tokenizer_of(kind).all_special_tokens) <= set(control_of(kind))


def test_the_chat_layout_alternates_with_the_speaker_as_assistant() -> None:
    view = said(["One.", "Two.", "Three."], Persuasion()).view()
    assert view.seat == "persuadee"
    turns = [(m["role"], m["content"]) for m in messages(view)[1:]]
    assert turns == [("user", "One."), ("assistant", "Two."), ("user", "Three.")]
    assert messages(view)[0] == {"role": "system", "content": Persuasion().speech.system_prompt("persuadee", view.condition)}


@pytest.mark.parametrize("texts", [[], ["One.", "Two."]])
def test_whoever_opens_is_given_an_opening_to_answer(texts: list[str]) -> None:
    chat = messages(said(texts, Persuasion()).view())
    assert [m["role"] for m in chat] == ["system", "user", "assistant", "user"][: 2 + len(texts)]
    assert chat[1]["content"] == OPENING


def test_a_growing_conversation_keeps_its_prefix() -> None:
    tokenizer, control = tokenizer_of("ours"), control_of("ours")
    prompts = [render(tokenizer, messages(said(["Hi."] * n, Persuasion()).view("persuader")), control, reply=False)
               for n in (2, 4, 6)]
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(prompts))


def test_the_figure_layout_writes_the_conversation_into_one_message() -> None:
    chat = messages(said(["Hi\nthere.", "Hello."], Persuasion()).view(), "figure")
    assert [m["role"] for m in chat] == ["user"]
    assert "Conversation:\n\tPersuader: Hi there.\n\tPersuadee: Hello.\n\n" in chat[0]["content"]


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(InvalidConfig, match=r"one of \('chat', 'strategy', 'figure'\), got 'letter'"):
        messages(said(["Hi."]).view(), "letter")  # type: ignore[arg-type]


def test_one_line_is_one_line() -> None:
    assert one_line("  a\r\nb\u2028c\x0bd\u00a0 e\t") == "a b c d e"


def test_a_seat_reads_its_own_states_where_it_wrote_them_and_never_the_others() -> None:
    position = talk(Position.start(Thinking(), 3), cast(Thinking()), 2)
    position = position.say(Utterance("guesser", "Is it\nred?", "Mood: red\nPlan: ask"))
    seen = {seat: messages(position.view(seat)) for seat in position.scenario.seats}
    assert seen["guesser"][-1] == {"role": "assistant", "content": "Mood: red\nPlan: ask\nResponse: Is it red?"}
    assert seen["thinker"][-1] == {"role": "user", "content": "Is it red?"}
    assert all("Mood" not in m["content"] for seat in seen for m in seen[seat] if m["role"] == "user")
    assert all(m["content"].startswith("Mood: ") for seat in seen for m in seen[seat] if m["role"] == "assistant")


def test_without_states_a_seats_own_turns_are_one_line_too() -> None:
    chat = messages(said(["Hi\nthere.", "Hello\u2028you."], Persuasion()).view("persuader"))
    assert [m["content"] for m in chat[2:]] == ["Hi there.", "Hello you."]


GOLDEN = {
    ("PersuasionForGood-v0", "en", 2, 4): ("eeebc231bd27d157", "7e0903197389572a"),
    ("EmotionalSupport-v0", "en", 2, 4): ("1c7f8fb6ed739415", "47d83c48f6e5db9b"),
    ("EmotionalSupport-v0", "zh", 2, 4): ("92b5f0d96cf907fa", "c72580749c8aa122"),
}
"""Of each environment, in a language, with the versions of its scenario and of the layouts: digests of all its prompts, those
of layouts "chat" and "figure", and those of the layout "strategy", apart."""


@pytest.mark.parametrize(("environment", "language"), [
    ("PersuasionForGood-v0", None), ("EmotionalSupport-v0", "en"), ("EmotionalSupport-v0", "zh")])
def test_other_prompts_have_another_version(environment: str, language: str | None) -> None:
    """Whoever changes a prompt raises a version, so that results are not compared across them."""
    scenario = spec(environment).build(**({"language": language} if language else {}))
    scenario = scenario.under(scenario.name)  # whose people the digests are of
    digests = []
    groups: list[tuple[Layout, ...]] = [("chat", "figure"), ("strategy",)]
    assert sorted(chain(*groups)) == sorted(get_args(Layout)), "every layout has a digest"
    for layouts in groups:
        found = []
        for seat, layout in product(scenario.seats, layouts):
            position = Position.start(scenario, 0)
            for number in range(4):
                found.append(messages(position.view(seat), layout))
                said = f'I feel sad since Friday {number}. Thoughts of "gardens" and "since".'
                position = position.say(Utterance(position.seat, said, state="State: as before"))
        digests.append(sha256(json.dumps(found, ensure_ascii=False).encode()).hexdigest()[:16])
    assert GOLDEN[environment, language or "en", scenario.version, VERSION] == tuple(digests)
