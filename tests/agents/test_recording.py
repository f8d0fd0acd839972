"""Record and replay: nothing is asked twice, a replay is the run, and what is missing is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogym.agents.backend import Completion, Promises, Request, Sampling
from dialogym.agents.recording import WORKER, NotRecorded, Recorder, Replayer, gather, key, of_worker
from dialogym.agents.remote import BackendFailed
from dialogym.agents.scripted_model import CUT, EMPTY, ScriptedModel
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.keys import mix, pick, text_key
from tests.agents.faulty_server import conversations

CHAT = (("system", "Be kind."), ("user", "Grüße 👋 你好\u2028"))
ASKED = Request((), 7, Sampling(stop=("\n",)), None, CHAT)
LINES = ("Would you donate to the children?", "It is for a good cause.", "What do you think?")


def speak(chat: Any, seed: int) -> str:
    return pick(mix(text_key(repr(chat)), seed), LINES)


class Counting:
    """Takes token ids, and answers with how often it was asked: never the same twice."""

    promises = Promises(seeded=False, batch_invariant=False)

    def __init__(self) -> None:
        self.asked = 0

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += len(requests)
        return [Completion((self.asked - len(requests) + place,), True) for place in range(len(requests))]


def test_a_replayed_run_equals_the_recorded_one(tmp_path: Path) -> None:
    model = ScriptedModel(speak, {2: EMPTY, 5: CUT})
    wanted = conversations(Recorder(model, tmp_path / "run.jsonl", "a model"), 5)
    replayer = Replayer(tmp_path / "run.jsonl")
    assert conversations(replayer, 5) == wanted
    assert conversations(replayer, 5) == wanted
    assert replayer.promises == Promises(seeded=True, batch_invariant=True, chats=True)
    assert conversations(replayer, 3) == wanted[:3]


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    for name in "ab":
        conversations(Recorder(ScriptedModel(speak), tmp_path / name, "a model"), 5)
    data = (tmp_path / "a").read_bytes()
    assert data == (tmp_path / "b").read_bytes()
    assert json.loads(data.splitlines()[0]) == {"dialogym_recording": 1, "settings": {
        "backend": "ScriptedModel", "model": "a model",
        "promises": {"seeded": True, "batch_invariant": True, "chats": True, "adapters": [], "window": None}}}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(at=st.floats(0, 1))
def test_a_run_killed_anywhere_goes_on_to_the_same_bytes_and_asks_for_nothing_twice(tmp_path: Path, at: float) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    first = ScriptedModel(speak)
    if not whole.exists():
        conversations(Recorder(first, whole), 2)
    data = whole.read_bytes()
    cut.write_bytes(data[:round(at * len(data))])
    have = max(0, cut.read_bytes().count(b"\n") - 1)
    model = ScriptedModel(speak)
    conversations(Recorder(model, cut), 2)
    assert cut.read_bytes() == data
    assert len(model.calls) == data.count(b"\n") - 1 - have


def test_a_failed_batch_is_written_as_far_as_it_came(tmp_path: Path) -> None:
    class Failing(Counting):
        def complete(self, requests: Sequence[Request]) -> list[Completion]:
            if self.asked:
                return super().complete(requests)
            self.asked = 1
            error = BackendFailed("The server is gone.")
            error.received = ((1, Completion((8,), True)), (3, Completion((9,), True)))
            raise error

    asked = [Request((1,), seed) for seed in range(4)]
    recorder = Recorder(Failing(), tmp_path / "run.jsonl")
    with pytest.raises(BackendFailed):
        recorder.complete(asked)
    assert [c.tokens for c in recorder.complete(asked)] == [(1,), (8,), (2,), (9,)]
    for backend in (Recorder(Failing(), tmp_path / "run.jsonl"), Replayer(tmp_path / "run.jsonl")):
        assert [c.tokens for c in backend.complete(asked)] == [(1,), (8,), (2,), (9,)]


def test_the_same_request_again_gets_an_answer_of_its_own(tmp_path: Path) -> None:
    one, other = Request((1, 2), 0), Request((3,), 0)
    model = Counting()
    recorder = Recorder(model, tmp_path / "run.jsonl")
    batches = [[one, other, one], [one], [other, other]]
    wanted = [recorder.complete(batch) for batch in batches]
    assert [c.tokens for batch in wanted for c in batch] == [(n,) for n in range(6)]
    replayer = Replayer(tmp_path / "run.jsonl")
    again = Recorder(model, tmp_path / "run.jsonl")
    for backend in (again, replayer, replayer):
        assert [backend.complete(batch) for batch in batches] == wanted
    assert model.asked == 6
    assert again.promises == model.promises
    assert replayer.promises == Promises(seeded=True, batch_invariant=False)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seed": 8}, "with seed 8.*nearest one differs: its seed is 7, wanted 8\\."),
        ({"sampling": Sampling(temperature=0.5)}, "differs: its sampling is .*temperature=1.0.*wanted .*temperature=0.5"),
        ({"adapter": "warm"}, "differs: its adapter is None, wanted 'warm'"),
        ({"chat": (CHAT[0], ("user", "Hello"))}, "its message 2 is .*你好.*, wanted .*Hello"),
        ({"chat": (*CHAT, ("assistant", "Hi!"))}, "its message 3 is missing, wanted .*Hi!"),
        ({"chat": CHAT[:1], "seed": 9}, "its seed is 7, wanted 9; its message 2 is .*, wanted missing"),
        ({"chat": (), "prompt": (4, 5)}, "2 tokens .*its message 1 is .*wanted missing; its token 1 is missing, wanted 4"),
    ],
)
def test_a_missing_request_is_said_to_differ_in(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    other = Request((), 1, Sampling(temperature=0.1), "cold", (("user", "Something else."),))
    model = ScriptedModel("Hi!")
    model.promises = replace(model.promises, adapters=("cold",))
    Recorder(model, tmp_path / "run.jsonl").complete([other, ASKED])
    replayer = Replayer(tmp_path / "run.jsonl")
    with pytest.raises(NotRecorded, match=says):
        replayer.complete([ASKED, replace(ASKED, **changed)])
    assert replayer.promises.adapters == ("cold",)


def test_nothing_is_begun_before_the_first_answer(tmp_path: Path) -> None:
    gone = ScriptedModel(speak, {0: BackendFailed("The server has no model 'wrong'.")})
    with pytest.raises(BackendFailed):
        Recorder(gone, tmp_path / "new" / "run.jsonl", "wrong").complete([ASKED])
    assert list(tmp_path.iterdir()) == []
    Recorder(ScriptedModel(speak), tmp_path / "new" / "run.jsonl", "right").complete([ASKED])
    assert len(Replayer(tmp_path / "new" / "run.jsonl").complete([ASKED])) == 1


def test_an_empty_recording_says_so(tmp_path: Path) -> None:
    Recorder(ScriptedModel("Hi!"), tmp_path / "run.jsonl").complete([ASKED])
    first, _ = (tmp_path / "run.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "run.jsonl").write_bytes(first)
    with pytest.raises(NotRecorded, match="holds none at all"):
        Replayer(tmp_path / "run.jsonl").complete([ASKED])


REQUESTS = st.builds(
    lambda words, seed, heat, limit, stop, adapter, chats: Request(
        () if chats else tuple(map(len, words)), seed, Sampling(heat, 1, limit, tuple(stop)), adapter,
        tuple(("user", word) for word in words) if chats else ()),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=3), min_size=1, max_size=3), st.integers(0, 2**64 - 1),
    st.sampled_from([0, 0.0, 1, 1.0, 0.7]), st.integers(1, 3), st.lists(st.sampled_from("ab"), max_size=2),
    st.sampled_from([None, "warm"]), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(REQUESTS, min_size=1, max_size=5))
def test_every_request_comes_back_from_the_file(tmp_path: Path, requests: list[Request]) -> None:
    path = tmp_path / "run.jsonl"
    path.unlink(missing_ok=True)
    wanted = Recorder(Counting(), path).complete(requests)
    assert Replayer(path).complete(requests) == wanted
    assert [[key(a) == key(b) for a in requests] for b in requests] == [[a == b for a in requests] for b in requests]


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert key(replace(ASKED, sampling=Sampling(1, 1))) == key(replace(ASKED, sampling=Sampling(1.0, 1.0)))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is not a recording"),
        ("", "is not a recording"),
        ("hello\n", "is not a recording"),
        ("[]\n", "is not a recording"),
        ('{"settings": {"promises": {"chats": true, "adapters": []}}}\n', "was not written by `Recorder`"),
        ('{"dialogym_recording": 2, "settings": {"promises": {"chats": true, "adapters": []}}}\n', "another format"),
        ("{first}\nhello\n", "line 2: not JSON"),
        ('{first}\n{"key": "k"}\n', "line 2: not a completion"),
        ("{first}\n3\n", "line 2: not a completion"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "run.jsonl"
    if content is not None:
        Recorder(ScriptedModel("Hi!"), path).complete([ASKED])
        first = path.read_text().splitlines()[0]
        path.write_text(content.replace("{first}", first))
    with pytest.raises(InvalidConfig, match=says):
        Replayer(path)


def test_a_recording_of_another_model_is_not_gone_on_with(tmp_path: Path) -> None:
    Recorder(ScriptedModel("Hi!"), tmp_path / "run.jsonl", "one").complete([ASKED])
    with pytest.raises(InvalidConfig, match=r"another model .'one', now 'two'"):
        Recorder(ScriptedModel("Hi!"), tmp_path / "run.jsonl", "two")
    with pytest.raises(InvalidConfig, match="another backend"):
        Recorder(Counting(), tmp_path / "run.jsonl", "one")


class TestPartsOfWorkers:
    """Workers of one run record into files of their own, which become one."""

    def test_a_worker_has_a_file_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert of_worker(tmp_path / "run.jsonl") == tmp_path / "run.jsonl"
        monkeypatch.setenv(WORKER, "3")
        assert of_worker(tmp_path / "run.jsonl") == tmp_path / "run.jsonl.worker-3"

    def test_what_another_has_recorded_is_not_asked_again(self, tmp_path: Path) -> None:
        model = ScriptedModel(speak)
        wanted = conversations(Recorder(model, tmp_path / "run.jsonl.worker-0", "a model"), 5)
        asked = len(model.calls)
        for name in ("run.jsonl.worker-1", "run.jsonl"):
            assert conversations(Recorder(model, tmp_path / name, "a model"), 5) == wanted
        assert len(model.calls) == asked

    def test_parts_become_one_and_may_be_gathered_again(self, tmp_path: Path) -> None:
        path = tmp_path / "run.jsonl"
        wanted = conversations(Recorder(ScriptedModel(speak), path, "a model"), 4)
        whole = path.read_bytes().splitlines(keepends=True)
        path.unlink()
        for number, lines in enumerate((whole[:1] + whole[1::2], whole[:1] + whole[2::2] + whole[1:2])):
            (tmp_path / f"run.jsonl.worker-{number}").write_bytes(b"".join(lines) + b'{"torn')
        kept = (tmp_path / "run.jsonl.worker-1").read_bytes()
        gather(path)
        assert sorted(path.read_bytes().splitlines(keepends=True)) == sorted(whole)
        assert [other.name for other in tmp_path.iterdir()] == ["run.jsonl"]
        assert conversations(Replayer(path), 4) == wanted
        (tmp_path / "run.jsonl.worker-1").write_bytes(kept)  # killed before the parts were taken away
        gather(path)
        assert sorted(path.read_bytes().splitlines(keepends=True)) == sorted(whole)
        gather(path)  # nothing to do

    def test_a_part_of_another_recording_is_refused(self, tmp_path: Path) -> None:
        for name, model in (("run.jsonl", "a"), ("run.jsonl.worker-0", "b")):
            conversations(Recorder(ScriptedModel(speak), tmp_path / f"apart-{name}", model), 1)
            (tmp_path / f"apart-{name}").rename(tmp_path / name)
        with pytest.raises(InvalidConfig, match="something else"):
            gather(tmp_path / "run.jsonl")
