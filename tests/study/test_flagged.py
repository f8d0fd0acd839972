"""Conversations in which a system says what it is are flagged, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogym import Utterance
from dialogym.study import worker
from dialogym.study.analysis.records import read_records
from dialogym.study.questions import rate
from dialogym.study.talking import begin, move, say
from dialogym.study.worker import Worker
from tests.study.site import COMPARISON, NAMES, opened
from tests.study.test_rights import joined, tasks_of

ANSWERS = {"supportiveness_a": "5", "supportiveness_b": "6", "willingness_a": "5", "willingness_b": "6", "better": "b",
           "reason": "It asked."}


@pytest.mark.parametrize(("reply", "flagged"), [
    ("As an AI language model, I cannot feel that.", True), ("我是一个语言模型，不过我在听。", True),
    (f"I am {NAMES[1]}.", True), ("That must hurt. I am all ears.", False),
    ("As an aide to the mayor you must be busy.", False)])
def test_who_says_what_it_is(tmp_path: Path, monkeypatch, reply: str, flagged: bool) -> None:
    class Says:
        def respond(self, asks):
            return [Utterance(ask.view.seat, reply) for ask in asks]

    monkeypatch.setattr(worker, "system_agent", lambda *_: Says())
    study = opened(tmp_path, comparison={**COMPARISON, "least": 1, "problems": 1}, reply_seconds=0.001)
    id = joined(study)
    task = tasks_of(study, id)[0]
    begin(study, task, id)
    say(study, task, id, {"a": "Hello.", "b": "Hello."}, {}, "k")
    Worker(study).step()
    move(study, task, id, "rate")
    rate(study, task, id, ANSWERS)
    assert [each.identified for each in read_records(study).done] == [flagged]
