"""What counts of what is said: nothing can be had by saying much, the same again, or what could stand anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym.envs.attention import Attention, Manners, Spoken, content, takes_up, weigh
from dialogym.envs.mind import Drive, Mind, drawn_order, spoke, take

ACTS = ("a", "b", "c", "d", "e", "hello", "question")
MANNERS = Manners({"A": "a", "B": "b", "C": "c", "Q": "question"}, courtesies=("hello",), questions=("question",))
HEARD = content("The money for the school worries me.")
LISTENING = Attention(own=HEARD)


def said(*acts: str, text: str = "They built the school with that money.") -> Spoken:
    return Spoken(acts, content(text))


def credit(*acts: str, call: str = "A", attention: Attention = LISTENING, text: str = "They built the school."):
    return weigh(attention, said(*acts, text=text), call, MANNERS)[0]


def test_an_answer_counts_by_its_place_and_a_courtesy_before_it_is_no_place() -> None:
    assert credit("a").worth == credit("hello", "a").worth == 1.0
    assert credit("a").event == "answered"
    assert credit("b", "a").worth == pytest.approx(0.3)
    assert credit("b", "c", "a").worth == pytest.approx(0.1)
    assert credit("b", "a").event == "partly"


def test_what_names_every_act_earns_nothing() -> None:
    assert credit("a", "b", "c", "d").event == "rambling"
    assert credit("a", "b", "c", "d").worth == 0


def test_an_answer_that_could_stand_after_anything_counts_for_less() -> None:
    assert credit("a", text="Lovely weather for a walk.").worth == pytest.approx(0.6)


def test_a_list_of_all_that_could_be_meant_takes_nothing_up() -> None:
    everything = content(" ".join(f"thing{chr(97 + n)}{chr(97 + m)}" for n in range(12) for m in range(12)) + " school")
    assert not takes_up(everything, HEARD)
    assert takes_up(content("The school."), HEARD)


def test_words_said_before_or_nearly_so_count_for_nothing() -> None:
    _, attention = weigh(Attention(own=HEARD), said("b"), "A", MANNERS)
    assert credit("a", attention=attention, text="They built the school with that money, really.").event == "again"
    assert credit("a", attention=attention, text="Every village got a well and a doctor.").event == "answered"


def test_an_act_wears_out_and_a_second_question_in_a_row_costs() -> None:
    _, attention = weigh(Attention(own=HEARD), said("a"), "A", MANNERS)
    assert credit("a", attention=attention, text="A doctor came to the village school.").worth == pytest.approx(0.7)
    _, attention = weigh(Attention(own=HEARD), said("question"), "A", MANNERS)
    assert credit("question", attention=attention, text="Do you like the doctor?").event == "double"
    assert credit("question", call="Q", attention=attention, text="And the doctor at school?").event == "answered"


def test_noise_is_nothing_and_no_open_call_is_free() -> None:
    assert credit().event == "noise"
    assert credit("a", call="").event == "free"


@given(st.lists(st.lists(st.sampled_from(ACTS), max_size=5), min_size=1, max_size=12), st.integers(0, 2**64 - 1))
def test_a_mind_stays_in_bounds_and_loses_patience_whatever_is_said(turns: list[list[str]], key: int) -> None:
    mind = Mind(drawn_order(key, [("A", 1.0), ("B", 2.0), ("C", 1.0), ("Q", 0.5)], 3), interest=0.2, trust=0.1, patience=9)
    for number, acts in enumerate(turns):
        before = mind
        mind = spoke(mind, content(f"word{chr(97 + number)} school"))
        mind, _ = take(mind, Spoken(tuple(dict.fromkeys(acts)), content(f"school thing{chr(97 + number)}")), MANNERS, Drive())
        assert mind.patience <= before.patience - 1
        assert 0 <= mind.trust <= 1
        assert len(mind.calls) <= len(before.calls)
    assert len(mind.answered) <= 3


def test_who_answers_moves_and_who_does_not_is_asked_once_more() -> None:
    start = spoke(Mind(("A", "B"), interest=0.2, trust=0.0, patience=9), HEARD)
    moved, _ = take(start, said("a"), MANNERS, Drive())
    missed, _ = take(start, said("c"), MANNERS, Drive())
    assert moved.interest > start.interest > missed.interest
    assert (moved.call, missed.call) == ("B", "A")
    assert take(missed, said("d", text="A doctor came."), MANNERS, Drive())[0].call == "B"


def test_orders_differ_between_people_and_weights_count() -> None:
    orders = [drawn_order(key, [("A", 1.0), ("B", 1.0), ("C", 4.0), ("Q", 1.0)], 3) for key in range(600)]
    assert all(len(set(order)) == 3 for order in orders)
    assert len(set(orders)) > 20
    assert sum(order[0] == "C" for order in orders) > 1.8 * sum(order[0] == "A" for order in orders)
