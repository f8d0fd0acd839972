"""Blind in time and by chance: neither when replies come nor where they stand tells which system is which."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

from dialogym import Utterance
from dialogym.study import worker
from dialogym.study.bots.local import local_site
from dialogym.study.talking import begin, moment, release, say
from dialogym.study.worker import Worker
from tests.study.site import NAMES, opened, rater
from tests.study.test_rights import joined, tasks_of


class Slow:
    """A system that takes its time."""

    def __init__(self, inner, seconds: float) -> None:
        self.inner, self.seconds = inner, seconds

    def respond(self, asks):
        time.sleep(self.seconds)
        return self.inner.respond(asks)


def slowed(monkeypatch, seconds: dict[str, float]) -> None:
    made = worker.system_agent
    monkeypatch.setattr(worker, "system_agent",
                        lambda config, name, *rest: Slow(made(config, name, *rest), seconds[name]))


def test_a_slow_system_shows_with_the_quick_one(tmp_path: Path, monkeypatch) -> None:
    slowed(monkeypatch, {NAMES[0]: 0.0, NAMES[1]: 0.5})
    study = opened(tmp_path, reply_seconds=0.25)
    with local_site(study):
        id = joined(study)
        for number, task in enumerate(tasks_of(study, id)):
            begin(study, task, id)
            say(study, task, id, {"a": "Hello.", "b": "Hello."}, {}, f"k{number}")
            shown: list[tuple[int, int]] = []
            while not shown or shown[-1] != (2, 2):
                here = moment(study, task, id)
                shown.append((len(here.lines["a"]), len(here.lines["b"])))
                assert here.waiting is (shown[-1] != (2, 2))
                time.sleep(0.01)
            assert set(shown) <= {(1, 1), (2, 2)}  # both or none


def test_replies_are_shown_at_multiples_of_a_step() -> None:
    shown = [release(100.0, 100.0 + took, 4.0) for took in (0.0, 0.001, 3.999, 4.0, 4.001, 11.0)]
    assert shown == [104, 104, 104, 104, 108, 112]


def test_within_a_step_speed_tells_nothing(tmp_path: Path, monkeypatch) -> None:
    """In the user study, where one system answers: two whose speed differs twentyfold are shown at the same moment."""
    slowed(monkeypatch, {NAMES[0]: 0.02, NAMES[1]: 0.4})
    study = opened(tmp_path, comparison=None, open="talks", reply_seconds=2.0,
                   talks={"quotas": dict.fromkeys(NAMES, 1), "least": 1, "most": 4})
    waits = []
    with local_site(study):
        for _ in range(2):
            id = joined(study)
            task = tasks_of(study, id)[0]
            begin(study, task, id)
            begun = time.monotonic()
            say(study, task, id, {"a": "Hello."}, {}, "k")
            while moment(study, task, id).waiting:
                time.sleep(0.005)
            waits.append(time.monotonic() - begun)
    assert all(wait >= 2.0 for wait in waits)
    assert abs(waits[0] - waits[1]) < 1.0 or max(waits) > 3.9  # a machine that was busy for seconds shows at the next step


def test_a_failing_system_is_not_told_from_the_other(tmp_path: Path, monkeypatch) -> None:
    class Broken:
        def respond(self, asks):
            raise RuntimeError(f"{NAMES[1]} is out of memory")

    made = worker.system_agent

    def broken(config, name, *rest):
        return Broken() if name == NAMES[1] else made(config, name, *rest)

    monkeypatch.setattr(worker, "system_agent", broken)
    study = opened(tmp_path)
    with local_site(study) as address:
        one = rater(address, study, 4, keep=True)
        one.browser.get("/")
        for _ in range(5):
            one.step()
        path = one.browser.page.path.removesuffix("/say")
        for _ in range(100):
            page = one.browser.get(path)
            if page.form("/retry") is not None:
                break
            time.sleep(0.05)
        assert [len(talk) for talk in page.talks] == [1, 1]
        assert "could not be made" in page.text
        assert b"memory" not in b"".join(one.browser.seen)
        assert NAMES[1].encode() not in b"".join(one.browser.seen)
        assert "being written" in one.browser.submit(page.form("/retry")).text


def test_sides_say_nothing_over_many_raters(tmp_path: Path) -> None:
    study = opened(tmp_path, comparison={"systems": list(NAMES), "problems": 4, "least": 2, "most": 4})
    from sqlalchemy import select

    from dialogym.study.store.tables import tasks

    for _ in range(60):
        joined(study)
    with study.store.read() as connection:
        rows = connection.execute(select(tasks.c.sides, tasks.c.place, tasks.c.item)).all()
    by_place = Counter((json.loads(row.sides)["a"], row.place) for row in rows)
    assert all(14 <= count <= 46 for count in by_place.values())
    assert len(by_place) == 8


def test_a_worker_begins_again_what_was_begun(tmp_path: Path) -> None:
    study = opened(tmp_path)
    id = joined(study)
    task = tasks_of(study, id)[0]
    begin(study, task, id)
    say(study, task, id, {"a": "Hello.", "b": "Hello."}, {}, "k")
    died = Worker(study)
    assert len(died._claim()) == 2
    assert Worker(study).step() == 0
    after = Worker(study)
    assert after.recover() == 2
    assert after.step() == 2
    time.sleep(0.05)
    assert [len(lines) for lines in moment(study, task, id).lines.values()] == [2, 2]


def test_one_bad_reply_spoils_no_batch(tmp_path: Path, monkeypatch) -> None:
    class Picky:
        def respond(self, asks):
            if any("poison" in ask.view.dialogue.last.text for ask in asks):
                raise RuntimeError("no")
            return [Utterance(ask.view.seat, "Yes.") for ask in asks]

    monkeypatch.setattr(worker, "system_agent", lambda *_: Picky())
    study = opened(tmp_path)
    ids = [joined(study) for _ in range(3)]
    for number, id in enumerate(ids):
        task = tasks_of(study, id)[0]
        begin(study, task, id)
        say(study, task, id, {"a": "poison" if number == 1 else "hello", "b": "hello"}, {}, "k")
    one = Worker(study)
    for _ in range(3):
        one.step()
    time.sleep(0.05)
    failed = [moment(study, tasks_of(study, id)[0], id).failed for id in ids]
    assert failed == [False, True, False]
