from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.keys import mix
from dialogym.envs.noise import AMOUNTS, Hand, roughen, roughen_keeping
from tests.growth import linear

ENGLISH = "I am not sure about this, because you do not know my family. It is really hard to talk about, to be honest."
CHINESE = "我觉得很难过，因为我不知道自己应该怎么做。其实已经很久了，我再也不想说了吧。"
MIXED = "I give $1.50, 20 percent or ten cents. 好，50块。"
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.one_of(st.text(LETTERS, max_size=80), st.sampled_from([ENGLISH, CHINESE, MIXED]))


def variants(text: str, strength: float, count: int = 200) -> list[str]:
    return [roughen(text, mix(5, number), strength) for number in range(count)]


def letters_kept(text: str, rough: str) -> float:
    return sum(char in rough for char in text) / len(text)


def in_order(pieces: Sequence[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 2**64 - 1), st.floats(0, 1))
def test_it_is_a_function_of_text_and_key_that_keeps_numbers_and_says_something(text: str, key: int, strength: float) -> None:
    rough = roughen(text, key, strength)
    assert rough == roughen(text, key, strength)
    assert in_order([match[0] for match in AMOUNTS.finditer(text)], rough)
    assert bool(rough.strip()) == bool(text.strip())
    assert len(rough) <= 2 * len(text) + 20


@given(TEXTS, st.integers(0, 2**64 - 1))
def test_no_strength_is_no_change(text: str, key: int) -> None:
    assert roughen(text, key, 0) == text


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_the_stronger_the_further_from_the_text_and_from_one_another(text: str) -> None:
    gentle, middling, strong = (variants(text, strength) for strength in (0.1, 0.5, 1.0))
    same = [sum(rough == text for rough in found) for found in (gentle, middling, strong)]
    assert same[0] > same[1] >= same[2]
    assert len(set(gentle)) < len(set(middling)) <= len(set(strong))
    assert min(letters_kept(text, rough) for rough in strong) > 0.5, "it is still the same text"


@pytest.mark.parametrize(("text", "typed"), [
    (ENGLISH, ["im ", "dont", " u ", "bc", "tbh", "its "]),
    (CHINESE, ["觉的", "应为", "bzd", "以经", "嗯", "唉"]),
])
def test_people_contract_shorten_and_slip(text: str, typed: list[str]) -> None:
    found = " ".join(variants(text, 0.8))
    assert [one for one in typed if one not in found] == []
    bare = [rough for rough in variants(text, 0.8) if not re.search(r"[，。,.]", rough)]
    assert bare


@pytest.mark.parametrize("sum_", ["$1.50", "50 cents", "$.50", "10%", "one dollar and fifty cents", "twenty-five cents", "0.25",
                                  "3,000", "five hundred", "eighteen", "五块", "两个月", "100元", "一点五元"])
def test_a_sum_is_typed_with_care(sum_: str) -> None:
    text = f"我想给{sum_}，因为可以做到吗" if not sum_.isascii() else f"I will give {sum_}, because you asked."
    assert all(sum_ in rough for rough in variants(text, 1.0))


def test_what_stands_around_a_sum_is_not_spared() -> None:
    assert any("应为" in rough for rough in variants("我想给100元因为可以做到", 1.0))
    assert any("bc" in rough or "cuz" in rough for rough in variants("I give $1 because I can", 1.0))


def test_what_is_given_to_protect_is_kept_even_where_it_overlaps() -> None:
    text = "Thank you, Save the Children gave 10 children food."
    keep = (re.compile("Save the Children"), re.compile("Children gave"), re.compile("10 children"))
    assert all("Save the Children gave" in rough and "10 children" in rough
               for rough in (roughen(text, mix(1, number), 1.0, protect=keep) for number in range(200)))


def test_one_person_keeps_its_habits() -> None:
    def share_lower(hand: int) -> float:
        rough = [roughen("This Is My Life.", mix(9, number), 0.5, hand=hand) for number in range(40)]
        return sum(text == text.lower() for text in rough) / 40

    assert {share_lower(hand) for hand in range(30)} == {0.0, 1.0}
    assert Hand.drawn(3, 0.0) == Hand(False, False, False, False, False)
    assert Hand.drawn(3, 1.0) == Hand(True, True, True, True, True)


def test_what_must_hold_holds() -> None:
    for number in range(200):
        assert "because" in roughen_keeping(ENGLISH, mix(3, number), lambda text: "because" in text, 1.0)
        assert roughen_keeping(ENGLISH, mix(3, number), lambda text: text == ENGLISH, 1.0) == ENGLISH
    free = {roughen_keeping(ENGLISH, mix(3, number), lambda text: True, 1.0) for number in range(200)}
    assert len(free) > 190


@pytest.mark.parametrize("piece", ["a ", "one ", "1.", "一", "$ ", "ab ", ".", "我", "一.", "，", "'", "I am "])
def test_no_text_is_slow(piece: str) -> None:
    assert linear(lambda text: roughen(text, 3, 1.0), piece, 1_000)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_its_range_is_an_error(strength: float) -> None:
    with pytest.raises(ValueError, match="strength must be in"):
        roughen("Hello.", 1, strength)
