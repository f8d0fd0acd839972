from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.states import FIELDS, Facet, State, clean, parse, render, split, write

AWKWARD = ("焦虑", "孩子整夜哭闹", "anxious", "none", "无", "- a", "1. b", "Feelings: x", "回复: y", "needs",
           "I am, well; tired", "**x**", "(1) a", "the client may have: hidden", "and", "x and y", "\n", "Response:")
REPLIES = ("听起来你真的很累，你愿意多说一点吗？", "That sounds so hard. What was it like for you?", "你的感受：我听到了",
           "Needs: we all have them.", "Response: is what I call it")

items = st.lists(st.one_of(st.text(max_size=30), st.sampled_from(AWKWARD)), max_size=4).map(tuple)
facets = st.builds(Facet, items, items, items, items)
states = st.builds(State, facets, facets)
languages = st.sampled_from(tuple(LANGUAGES))


@settings(max_examples=200, deadline=None)
@given(states, languages, st.sampled_from(REPLIES))
def test_every_block_that_render_writes_comes_back_equal(state: State, language: str, reply: str) -> None:
    block = render(state, language)
    assert parse(block) == state
    assert split(write(block, reply, language)) == (state, reply)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.booleans())
def test_any_text_is_read_without_an_error(text: str, finished: bool) -> None:
    state, reply = split(text, finished)
    if state is None:
        assert reply or not text.strip()
    parse(text)


@given(st.text(max_size=40), st.sampled_from(FIELDS))
def test_cleaning_twice_changes_nothing(text: str, of: str) -> None:
    once = clean(text, of)
    assert clean(once, of) == once
    assert "\n" not in once


def _drop(rng: random.Random, block: str) -> str:
    at = rng.randrange(len(block))
    return block[:at] + block[at + 1:]


def _insert(rng: random.Random, block: str) -> str:
    at = rng.randrange(len(block))
    return block[:at] + rng.choice(":：;；、,，\n *-#无\u3000abc感受回复(（") + block[at:]


def _lines(change: Callable[[random.Random, list[str]], object]) -> Callable[[random.Random, str], str]:
    def mutate(rng: random.Random, block: str) -> str:
        lines = block.split("\n")
        change(rng, lines)
        return "\n".join(lines)

    return mutate


MARKS = ("Response: ", "Reply：", "**Response:** ", "回复：", "回复: ", "倾听者回复：", "\n")
MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    _drop,
    _insert,
    _lines(lambda rng, lines: rng.shuffle(lines)),
    _lines(lambda rng, lines: lines.pop(rng.randrange(len(lines)))),
    _lines(lambda rng, lines: lines.insert(0, rng.choice(lines))),
    _lines(lambda rng, lines: lines.__setitem__(slice(None), [f"**{line}**" for line in lines])),
    lambda rng, block: block.replace(":", "："),
    lambda rng, block: block.replace("\n", " "),
    lambda rng, block: block[:rng.randrange(len(block))],
    lambda rng, block: block.lower(),
)


@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_mutated_blocks_never_raise_and_never_swallow_the_reply(part: int) -> None:
    rng = random.Random(part)
    words = ("anxious", "tired", "my boss shouts at me", "焦虑", "孤独", "孩子整夜哭闹", "想有人陪")
    for _ in range(2500):
        language = rng.choice(tuple(LANGUAGES))
        halves = [Facet.of((rng.choice(FIELDS), rng.choice(words)) for _ in range(rng.randint(0, 5))) for _ in range(2)]
        block = render(State(*halves), language)
        for _ in range(rng.randint(1, 6)):
            block = rng.choice(MUTATIONS)(rng, block) or "x"
        mark = rng.choice(("\n", " ")) + rng.choice(MARKS)
        reply = rng.choice(REPLIES)
        if not mark.strip():  # no mark at all: the reply is what follows the block, and must not begin with a mark of its own
            mark, reply = "\n\n", rng.choice(REPLIES[:-1])
        state, found = split(block + mark + reply)
        assert reply in found, (block + mark + reply, found, state)


@pytest.mark.parametrize(
    ("written", "state", "reply"),
    [
        ("来访者显示出的观察、感受、需求和请求：\n观察：无\n感受：焦虑、无助\n来访者可能有的观察、感受、需求和请求：\n需求：被理解\n"
         "回复：我在听。",
         State(Facet(feelings=("焦虑", "无助")), Facet(needs=("被理解",))), "我在听。"),
        ("**Shown:**\n- Feelings (Feelings): anxious, ashamed and tired\n- Observations: lost the job\n**Hidden:** none\n\n"
         "**Response:** I hear you.",
         State(Facet(("lost the job",), ("anxious", "ashamed", "tired"))), "I hear you."),
        ("Feelings: sad\nI am sorry to hear that.", State(Facet(feelings=("sad",))), "I am sorry to hear that."),
        ("Shown: Feelings: sad; alone Needs: rest Hidden: none Response: Go on.",
         State(Facet(feelings=("sad", "alone"), needs=("rest",))), "Go on."),
        ("Response: I hear you.\nFeelings: sad", State(Facet(feelings=("sad",))), "I hear you."),
        ("I told my boss: Response: none", None, "I told my boss: Response: none"),
        ("Just words.", None, "Just words."),
        ("", None, ""),
    ],
)
def test_what_language_models_really_write(written: str, state: State | None, reply: str) -> None:
    assert split(written) == (state, reply)


def test_a_writer_cut_off_inside_its_state_has_said_nothing() -> None:
    block = render(State(Facet(feelings=("sad",)), Facet(observations=("my secret",))))
    assert split(block, finished=False)[1] == ""
    assert split(block + "\nResponse:", finished=False)[1] == ""
