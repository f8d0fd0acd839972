"""What a participant may rely on: consent first, leaving, everything deleted, their own data, help when it is heavy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dialogym.study import people
from dialogym.study.bots.local import local_site
from dialogym.study.store.tables import departures, jobs, messages, metadata, notices, tasks
from dialogym.study.talking import Refused, begin, moment, move, say
from dialogym.study.words import Site, catalogue, dialled
from dialogym.study.worker import Worker
from tests.study.site import NAMES, opened, rater

MARKER = "purple-armadillo-4711"


def joined(study, **options) -> str:
    id = people.by_link(study, people.invite(study, study.config.parts[0], **options))
    people.consent(study, id)
    return id


def tasks_of(study, id: str) -> list[str]:
    with study.store.read() as connection:
        return list(connection.scalars(select(tasks.c.id).where(tasks.c.participant == id).order_by(tasks.c.place)))


def talk(study, id: str, text: str, key: str, worker: Worker | None = None) -> str:
    task = tasks_of(study, id)[0]
    begin(study, task, id)
    say(study, task, id, {"a": text, "b": text}, {}, key)
    (worker or Worker(study)).step()
    return task


def test_nothing_before_consent(tmp_path: Path) -> None:
    study = opened(tmp_path)
    with local_site(study, workers=0) as address:
        one = rater(address, study, 1).browser
        one.submit(one.get("/").form("/enrol"))
        assert "computer program" in one.page.text
        assert one.page.form("/consent") is not None
        assert one.get("/task/" + "0" * 32).status == 403
        one.get("/")
        assert one.submit(one.page.form("/consent"), {"machine": "yes"}, ("answer", "yes")).status == 422  # not of age: no
        assert one.get("/task/" + "0" * 32).status == 403
        page = one.submit(one.get("/").form("/consent"), None, ("answer", "no"))
        assert "All is deleted" in page.text
        assert "/me" not in page.links
        assert one.cookies == {}
    with study.store.read() as connection:
        gone = connection.execute(select(departures)).all()
        assert [(row.kind, row.stage, row.erased) for row in gone] == [("declined", "invited", True)]


def test_what_is_deleted_is_nowhere(tmp_path: Path) -> None:
    study = opened(tmp_path)
    stays = joined(study)
    talk(study, stays, "I stay here.", "k1")
    goes = joined(study)
    task = talk(study, goes, f"My name is {MARKER}.", "k2")
    with study.store.read() as connection:
        before = {table.name: connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables}
    assert any(MARKER.encode() in file.read_bytes() for file in tmp_path.glob("study.db*"))
    people.erase(study, goes)
    with study.store.read() as connection:
        after = {table.name: connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables}
        for table in metadata.sorted_tables:
            assert not {goes, task} & {str(value) for row in connection.execute(select(table)).all() for value in row}
    assert after == {**before, "participants": 1, "tasks": 2, "talks": 2, "messages": 4, "jobs": 2, "departures": 1}
    for file in tmp_path.glob("study.db*"):
        assert MARKER.encode() not in file.read_bytes(), file
        assert goes.encode() not in file.read_bytes(), file
    people.erase(study, goes)  # again: nothing happens


def test_a_reply_on_its_way_to_who_is_gone_is_dropped(tmp_path: Path) -> None:
    study = opened(tmp_path)
    goes = joined(study)
    worker = Worker(study)
    task = tasks_of(study, goes)[0]
    begin(study, task, goes)
    say(study, task, goes, {"a": MARKER, "b": MARKER}, {}, "k")
    wanted = worker._claim()
    people.erase(study, goes)
    for group in ([each] for each in wanted):
        worker._make(group, group[0].system, "en")
    with study.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(messages)) == 0


def test_leaving_keeps_what_was_said_and_asks_nothing_more(tmp_path: Path) -> None:
    study = opened(tmp_path)
    with local_site(study, workers=0) as address:
        one = rater(address, study, 1)
        one.browser.get("/")
        for _ in range(4):
            one.step()
        page = one.browser.get("/me")
        assert one.browser.submit(page.form("/me/leave")).text.count("You have left the study") == 1
        assert one.browser.get("/me/data.json").status == 200
        with study.store.read() as connection:
            assert connection.scalar(select(func.count()).select_from(jobs)) == 0
        one.browser.submit(one.browser.get("/me").form("/me/delete"))
        assert one.browser.get("/me").status == 403
    with study.store.read() as connection:
        kinds = connection.scalars(select(departures.c.kind).order_by(departures.c.id)).all()
    assert kinds == ["left", "deleted"]


def test_their_data_is_all_theirs_and_names_no_system(tmp_path: Path) -> None:
    study = opened(tmp_path)
    id = joined(study)
    talk(study, id, MARKER, "k")
    found = people.own_data(study, id)
    assert json.dumps(found).count(MARKER) == 2
    assert not any(name in json.dumps(found) for name in NAMES)
    assert [m["who"] for m in found["tasks"][0]["messages"]] == ["you", "reply"] * 2


def test_data_has_an_end(tmp_path: Path) -> None:
    study = opened(tmp_path, retention_days=30)
    now = study.now()
    old, new = joined(study), joined(study)
    later = type(study)(study.config, study.store, study.secret, lambda: now + 20 * people.DAY)
    people.touch(later, new)
    latest = type(study)(study.config, study.store, study.secret, lambda: now + 31 * people.DAY)
    assert people.purge(latest) == 1
    assert people.person(latest, old) is None
    assert people.person(latest, new) is not None


def test_when_the_days_are_over_ones_data_is_still_ones_own(tmp_path: Path) -> None:
    study = opened(tmp_path, comparison=None, open=None, talks={"quotas": dict.fromkeys(NAMES, 1), "days": 7, "most": 5})
    token = people.invite(study, "talks")
    people.consent(study, people.by_link(study, token) or "")
    week = study.now() + 7 * people.DAY
    later = type(study)(study.config, study.store, study.secret, lambda: week + 1)
    with local_site(later, workers=0) as address:
        one = rater(address, later, 1).browser
        one.submit(one.get(f"/join/{token}").forms[0])
        assert one.page.form("/talks/new") is None
        form = one.get("/me").form("/me/delete")
        assert one.request("POST", "/talks/new", f"csrf={form.fields['csrf'].value}")[0] == 403
        assert "All is deleted" in one.submit(form).text


@pytest.mark.parametrize(("language", "text"), [("en", "I don't want to live any more."), ("zh", "我不想活了。")])
def test_the_operators_text_takes_over(tmp_path: Path, language: str, text: str) -> None:
    study = opened(tmp_path, help_lines={"en": ["Samaritans: 116 123"], "zh": ["心理援助热线：12356"]})
    id = joined(study, language=language)
    task = talk(study, id, text, "k")
    here = moment(study, task, id)
    notice = catalogue(language)["crisis.text"]
    assert here.task.stage == "held"
    assert not here.waiting
    assert [line.text for line in here.lines["a"]] == [text, notice]
    assert here.lines["b"][-1].who == "operator"
    assert Site(study.config, language).help_lines()[0].rstrip()[-1].isdigit()
    with study.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(jobs)) == 0  # no system is asked
        assert connection.scalar(select(func.count()).select_from(notices)) == 1
    with pytest.raises(Refused, match=r"error\.stage"):
        say(study, task, id, {"a": "hello", "b": "hello"}, {}, "k2")
    move(study, task, id, "talk")
    say(study, task, id, {"a": "hello", "b": "hello"}, {}, "k3")
    assert Worker(study).step() == 2
    assert [line.who for line in moment(study, task, id).lines["a"]][:3] == ["you", "operator", "you"]


def test_the_notice_is_on_the_page_and_in_the_texts_after(tmp_path: Path) -> None:
    study = opened(tmp_path, help_lines={"en": ["Samaritans: 116 123"]}, crisis={"en": "Please call somebody."})
    with local_site(study) as address:
        one = rater(address, study, 1)
        one.browser.get("/")
        for _ in range(4):
            one.step()
        page = one.browser.page
        page = one.browser.submit(page.form("/say"), {"text": "I want to kill myself."})
        assert "Please call somebody." in page.text
        assert "116 123" in page.text
        assert page.form("/say") is not None
        page = one.browser.submit(page.form("/end"))
        form = page.form("/rate")
        given = {n: f.values[0] for n, f in form.fields.items() if f.kind == "radio"}
        given |= {"reason": "I want to die.", "comment": ""}
        assert "116 123" in one.browser.submit(form, given).text
        assert "116 123" in one.browser.get("/help").text


@pytest.mark.parametrize(("line", "numbers"), [
    ("Samaritans: 116 123", ["116123"]), ("心理援助热线：12356（24/7）", ["12356"]),
    ("Call +44 20 7946-0018 or 112.", ["+442079460018", "112"]), ("findahelpline.com", [])])
def test_help_lines_can_be_dialled(line: str, numbers: list[str]) -> None:
    pieces = dialled(line)
    assert "".join(text for text, _ in pieces) == line
    assert [number for _, number in pieces if number] == numbers


def test_a_personal_link_speaks_its_persons_language(tmp_path: Path) -> None:
    study = opened(tmp_path)
    token = people.invite(study, "comparison", "zh")
    with local_site(study, workers=0) as address:
        one = rater(address, study, 1).browser
        page = one.submit(one.get(f"/join/{token}").forms[0])
        assert "在这里回答您的都是计算机程序" in page.text
        page = one.get("/help")
        assert catalogue("zh")["help.text"] in page.text
        assert catalogue("zh")["crisis.text"] not in page.text  # which is for who has written of it
