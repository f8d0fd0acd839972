"""Where conversations are worked on: what is asked for is refused or made, and what is pulled ahead changes nothing."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Sequence

import pytest

from dialogym import Position
from dialogym.envs.errors import InvalidConfig, Unavailable
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, stream
from dialogym.search.engines import LOCAL, EngineSettings, Standing, engine_of
from tests.toy import cast

SCENARIO = Persuasion(horizon=4).under("PersuasionForGood-v0")
STARTS = [Position.start(SCENARIO, seed) for seed in range(6)]


class Quiet:
    def workers(self, standings: Sequence[Standing], total: int) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""


@pytest.mark.parametrize(("given", "said"), [
    ({"kind": "slurm"}, "one of"), ({"workers": 2}, "--engine processes"),
    ({"kind": "processes", "address": "auto"}, "are Ray's"), ({"kind": "processes", "workers": 0}, "at least 1"),
    ({"address": "auto"}, "--engine ray"), ({"gpus": 1.0}, "--engine ray"), ({"kind": "ray", "workers": 0}, "at least 1"),
    ({"kind": "ray", "gpus": -1.0}, "at least 0"),
    ({"kind": "ray", "gpus": float("nan")}, "gpus")])
def test_an_engine_that_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidConfig, match=said):
        EngineSettings(**given)  # type: ignore[arg-type]


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Unavailable, match=r"dialogym\[ray\]"):
        engine_of(EngineSettings("ray"), Quiet())


def test_this_process_is_the_default() -> None:
    with engine_of(EngineSettings(), Quiet()) as engine:
        assert engine is LOCAL
        assert list(engine.work(lambda: lambda items: ((item or 0, item) for item in items), [3, 1], 1)) == [(3, 3), (1, 1)]


def test_a_stream_goes_on_while_nothing_new_is_there() -> None:
    """A worker is given conversations now and then: what is in flight does not wait for them."""
    waiting: list[int] = []
    seen: list[int] = []

    def feed() -> Iterator[tuple[int, Position] | None]:
        while True:
            number = waiting.pop(0) if waiting else None
            yield None if number is None else (number, STARTS[number])

    planner, wanted = IxMCTS(width=2, keep=2), {}
    for number, start in enumerate(STARTS):
        wanted[number] = next(stream(planner, [(number, start)], cast(SCENARIO)))[1].to_json()
    found = {}
    results = stream(planner, feed(), cast(SCENARIO), window=2)
    for batch in ([4, 0, 2], [1], [5, 3]):
        waiting += batch
        seen += batch
        while len(found) < len(seen):
            number, tree = next(results)
            found[number] = tree.to_json()
    assert found == wanted


def test_this_process_is_itself_wherever_it_is_sent() -> None:
    assert pickle.loads(pickle.dumps(LOCAL)) is LOCAL


def test_a_standing_has_a_rate() -> None:
    assert Standing(0, "", 0, 0.0, 0).rate == 0
    assert Standing(1, "here", 30, 60.0, 0).rate == 0.5
