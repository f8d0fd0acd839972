"""Many raters at once, and a server that is killed under them: nothing that was taken is lost, in SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from dialogym.study.bots.load import Crowd, Taken
from dialogym.study.project import Study
from dialogym.study.store.tables import answers, jobs, messages
from tests.study.served import POSTGRES, Served, postgres
from tests.study.site import study_file

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(POSTGRES is None, reason="no PostgreSQL is here"))]


def lost(study: Study, taken: Taken) -> list[str]:
    """What the site had taken and the database does not hold once for each side."""
    with study.store.read() as connection:
        said: dict[tuple[str, str], int] = {}
        for row in connection.execute(select(messages.c.key, messages.c.text).where(messages.c.source == "person")).all():
            said[row.key, row.text] = said.get((row.key, row.text), 0) + 1
        reasons = connection.execute(select(answers).where(answers.c.question == "reason")).all()
        rated = {(row.task, row.text) for row in reasons}
    found = [text for text in taken.messages if said.get(text, 0) not in (1, 2)]
    return [str(each) for each in [*found, *(each for each in taken.ratings if each not in rated)]]


def answered(study: Study) -> bool:
    """Whether every reply that was asked for is made, once."""
    for _ in range(600):
        with study.store.read() as connection:
            if connection.execute(select(jobs.c.id).where(jobs.c.status != "done").limit(1)).first() is None:
                return True
        time.sleep(0.1)
    return False


def survived(file: Path, url: str | None, people: int, between: int, kills: int) -> Taken:
    """The server is killed whenever so many messages more were taken."""
    served = Served(file, url)
    served.start()
    crowd = Crowd(served.address, people, pause=0.3)
    crowd.start()
    try:
        for _ in range(kills):
            wanted = crowd.said + between
            while crowd.said < wanted:
                time.sleep(0.01)
            served.kill()
            served.start()
        wanted = crowd.said + between
        while crowd.said < wanted:
            time.sleep(0.01)
        taken = crowd.finish()
        study = Study.open(file, database=url)
        assert lost(study, taken) == []
        assert answered(study)
        study.close()
    finally:
        crowd.finish()
        served.close()
    assert taken.wrong == []
    assert taken.refused > 0
    for _ in range(600):  # no worker outlives its server
        if not subprocess.run(["pgrep", "-f", f"study work {file}"], capture_output=True, check=False).stdout:
            return taken
        time.sleep(0.1)
    raise AssertionError("a worker is left behind")


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_a_server_killed_five_times_under_load_loses_nothing(tmp_path: Path, database: str) -> None:
    with postgres() if database == "postgresql" else nullcontext() as url:
        taken = survived(study_file(tmp_path, reply_seconds=0.2), url, people=50, between=60, kills=5)
    print(f"{database}: {len(taken.messages)} messages and {len(taken.ratings)} answers were taken, none lost")
    assert len(taken.ratings) > 20


def test_a_server_killed_once_loses_nothing(tmp_path: Path) -> None:
    survived(study_file(tmp_path, reply_seconds=0.1), None, people=4, between=6, kills=1)


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_fifty_raters_are_all_served(tmp_path: Path, database: str) -> None:
    """Each looks at a page every two seconds. DIALOGYM_LOAD_SECONDS has them come for longer; DIALOGYM_LOAD_P95 bounds, in
    seconds, what 95% of the pages take at most: for a machine that does nothing else (docs/study.md has what came out)."""
    with postgres() if database == "postgresql" else nullcontext() as url:
        served = Served(study_file(tmp_path, reply_seconds=1.0), url)
        served.start()
        try:
            crowd = Crowd(served.address, 50, pause=2.0)
            crowd.start()
            time.sleep(float(os.environ.get("DIALOGYM_LOAD_SECONDS", "20")))
            taken = crowd.finish()
        finally:
            served.close()
    p95 = float(np.quantile(taken.times, 0.95))
    print(f"{database}: {len(taken.times)} pages, p50 {np.median(taken.times):.3f} s, p95 {p95:.3f} s, "
          f"max {max(taken.times):.3f} s, {len(taken.messages)} messages, {len(taken.ratings)} ratings")
    assert taken.wrong == []
    assert taken.refused == 0
    if bound := os.environ.get("DIALOGYM_LOAD_P95"):
        assert p95 < float(bound)
