"""The parent-linked dialogue behaves like the list it stands for, shares its past, and hides what is private."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym import Dialogue, Utterance
from tests.adversaries.attacks import reachable

UTTERANCES = st.builds(Utterance, st.sampled_from(["a", "b"]), st.text(max_size=5), st.sampled_from(["", "mine"]))
HISTORIES = st.lists(UTTERANCES, max_size=8)


def dialogue_of(utterances: list[Utterance]) -> Dialogue:
    found = Dialogue.EMPTY
    for utterance in utterances:
        found = found.say(utterance)
    return found


class Counted:
    """A fold step that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, value: tuple[str, ...], utterance: Utterance) -> tuple[str, ...]:
        self.calls += 1
        return (*value, utterance.text)


@given(HISTORIES)
def test_it_reads_like_the_list_it_stands_for(history: list[Utterance]) -> None:
    dialogue = dialogue_of(history)
    assert list(dialogue) == history
    assert len(dialogue) == len(history)
    assert dialogue.last == (history[-1] if history else None)


@given(HISTORIES, HISTORIES)
def test_equality_and_hash_are_those_of_what_was_said(one: list[Utterance], other: list[Utterance]) -> None:
    assert (dialogue_of(one) == dialogue_of(other)) == (one == other)
    assert dialogue_of(one) == dialogue_of(one)
    assert hash(dialogue_of(one)) == hash(dialogue_of(list(one)))
    assert dialogue_of(one) != one


def test_saying_leaves_the_parent_alone_and_shares_it() -> None:
    trunk = dialogue_of([Utterance("a", "one"), Utterance("b", "two")])
    branches = [trunk.say(Utterance("a", word)) for word in ("left", "right")]
    assert all(branch.parent is trunk for branch in branches)
    assert [u.text for u in trunk] == ["one", "two"]
    assert [branch.last.text for branch in branches] == ["left", "right"]


@given(HISTORIES, st.lists(st.integers(0, 8), max_size=6))
def test_a_remembered_fold_equals_a_plain_one(history: list[Utterance], asked: list[int]) -> None:
    nodes = [Dialogue.EMPTY]
    for utterance in history:
        nodes.append(nodes[-1].say(utterance))
    step = Counted()
    for where in asked:
        node = nodes[min(where, len(history))]
        assert node.fold(step, ("start",)) == ("start", *(u.text for u in node))
    assert step.calls <= len(history)  # every utterance is folded once, whatever was asked in which order


def test_folds_with_other_starts_or_steps_do_not_mix() -> None:
    dialogue = dialogue_of([Utterance("a", "one")])
    assert dialogue.fold(Counted(), ()) == ("one",)
    step = Counted()
    assert dialogue.fold(step, ("x",)) == ("x", "one")
    assert dialogue.fold(step, ("y",)) == ("y", "one")


def test_a_branch_folds_only_what_is_its_own() -> None:
    trunk = dialogue_of([Utterance("a", str(i)) for i in range(50)])
    step = Counted()
    trunk.fold(step, ())
    trunk.say(Utterance("b", "new")).fold(step, ())
    assert step.calls == 51


@given(HISTORIES)
def test_a_seat_sees_its_own_states_and_no_others(history: list[Utterance]) -> None:
    seen = dialogue_of(history).seen_by("a")
    wanted = [u if u.seat == "a" else Utterance(u.seat, u.text) for u in history]
    assert list(seen) == wanted
    assert seen.seen_by("a") == seen


def test_a_seats_sight_is_one_dialogue_and_shares_the_words() -> None:
    dialogue = dialogue_of([Utterance("a", "one", "mine"), Utterance("b", "two")])
    seen = dialogue.seen_by("a")
    assert seen is dialogue.seen_by("a") is seen.seen_by("a")
    assert [own is other for own, other in zip(seen, dialogue, strict=True)] == [True, True]
    assert seen is not dialogue.seen_by("b")


def test_a_seats_sight_is_never_anothers_whatever_is_said_on_it() -> None:
    """Somebody who imagines goes on from what they see, and gives the other seat a mind."""
    seen = dialogue_of([Utterance("a", "one", "mine"), Utterance("b", "two", "yours")]).seen_by("a")
    imagined = seen.say(Utterance("b", "three", "perhaps"))
    assert [u.state for u in imagined.seen_by("b")] == ["", "", "perhaps"]
    assert [u.state for u in imagined.seen_by("a")] == ["mine", "", ""]
    assert imagined.seen_by("a").parent is seen


def test_what_one_seat_remembers_no_other_comes_by() -> None:
    """Not from the dialogue it sees, nor from its past: the folds of the whole and of the other seat are not there."""
    dialogue = dialogue_of([Utterance("a", "one"), Utterance("b", "two")])
    whole, mind = object(), ("hidden", object())
    dialogue.fold(lambda value, utterance: value, whole)
    dialogue.seen_by("b").fold(lambda value, utterance: value, mind)
    seen = dialogue.seen_by("a")
    seen.fold(Counted(), ())
    found = {id(thing) for thing in reachable(seen)}
    assert not found & {id(dialogue), id(dialogue.seen_by("b")), id(whole), id(mind), id(mind[1])}
    assert id(dialogue.seen_by("b").parent) not in found
    assert id(mind[1]) in {id(thing) for thing in reachable(dialogue)}  # the walk does walk


def test_a_sight_is_made_once_for_every_utterance() -> None:
    """What a seat sees of branches of a long dialogue shares the trunk's sight: amortised O(1)."""
    trunk = dialogue_of([Utterance("ab"[i % 2], str(i), "state") for i in range(3000)])
    seen = trunk.seen_by("a")
    assert all(trunk.say(Utterance("a", str(i))).seen_by("a").parent is seen for i in range(3))


def test_seen_dialogues_share_their_past_too() -> None:
    trunk = dialogue_of([Utterance("b", "one", "hidden")])
    left, right = (trunk.say(Utterance("a", word)).seen_by("a") for word in ("left", "right"))
    assert left.parent is right.parent


def test_copies_and_pickles_are_equal_and_keep_sharing() -> None:
    trunk = dialogue_of([Utterance("a", "one", "mine"), Utterance("b", "two")])
    trunk.seen_by("b")
    trunk.fold(Counted(), ())
    branches = [trunk.say(Utterance("a", word)) for word in ("left", "right")]
    assert copy.deepcopy(trunk) is trunk
    again = pickle.loads(pickle.dumps(branches))
    assert again == branches
    assert again[0].parent is again[1].parent
    assert pickle.loads(pickle.dumps(Dialogue.EMPTY)) is Dialogue.EMPTY


def test_utterances_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Utterance("a", "one").text = "two"  # type: ignore[misc]


def test_folds_from_equal_starts_are_one_fold_and_of_equal_hashes_are_two() -> None:
    dialogue = dialogue_of([Utterance("a", "one"), Utterance("b", "two")])
    step = Counted()
    assert dialogue.fold(step, ("x", *"yz")) == dialogue.fold(step, ("x", "y", "z")) == ("x", "y", "z", "one", "two")
    assert step.calls == 2

    def count(number: int, utterance: Utterance) -> int:
        return number + 10

    assert hash(-1) == hash(-2)  # a peculiarity of CPython
    assert [dialogue.fold(count, start) for start in (-1, -2, -1, -2)] == [19, 18, 19, 18]


@pytest.mark.parametrize("length", [49, 50, 51, 100, 101, 3000])
def test_a_dialogue_of_any_length_can_be_pickled(length: int) -> None:
    trunk = Dialogue.EMPTY
    for number in range(length):
        trunk = trunk.say(Utterance("ab"[number % 2], str(number), "mine" * (number % 3 == 0)))
    branches = [trunk.say(Utterance("a", word)) for word in ("left", "right")]
    again = pickle.loads(pickle.dumps([*branches, trunk]))
    assert again == [*branches, trunk]
    assert again[0].parent is again[1].parent is again[2]
    assert [node.seen_by("b") == own.seen_by("b") for node, own in zip(again, branches, strict=False)] == [True, True]
