"""Blind on the wire: every byte that a study's site sends, searched for what would tell which system is which."""

from __future__ import annotations

import base64
import html
import json
import re
import time
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from sqlalchemy import select

from dialogym import Position, ScriptedAgent, converse
from dialogym.envs import episodes
from dialogym.envs.parts import Episode
from dialogym.study import people, worker
from dialogym.study.bots.local import local_site
from dialogym.study.bots.rater import Rater
from dialogym.study.project import Study
from dialogym.study.store.tables import items, tasks
from dialogym.study.web.app import build_app
from dialogym.study.web.operator import set_password
from dialogym.study.web.site import FOLDER
from tests.study.site import NAMES, SYSTEMS, opened, rater

CONTROL = "zq-control"
SECRETS = ("plain-system", "tuned-system", CONTROL, "novice", "chosen", "out of memory", "people.jsonl", "pairs.jsonl")
"""Names of systems, the agent behind one, which reply the search chose, a system's error, and where items come from.

Not "rejected": so people feel who talk here.
"""
PAIRS = [{"prompt": [{"role": "user", "content": f"I lost my job {n}."}], "chosen": f"That must hurt, {n}.",
          "rejected": f"Cheer up {n}."} for n in range(6)]
HELD = {"en": "I want to kill myself.", "zh": "我不想活了。"}


class Wire:
    """What was asked and what came back, of every browser at a site."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.seen: list[bytes] = []
        self.pages: list[tuple[str, bytes]] = []

    def watch(self, one: Rater) -> Rater:
        """Keeps what a rater's browser sees from now on."""
        ask = one.browser.request

        def request(method: str, path: str, body: str | None, headers: Any = None) -> Any:
            status, given, content = ask(method, path, body, headers)
            self.asked.append((method, path.partition("?")[0], status))
            self.seen.append(f"{status} {given!r}\n".encode() + content)
            self.pages.append((path, content))
            return status, given, content

        one.browser.request = request  # type: ignore[method-assign]
        return one


def unfolded(wire: bytes) -> str:
    """All text in some bytes: as it is, and behind HTML, URLs, JSON, hexadecimal digits, base64 and deflate."""
    text = wire.decode("utf-8", "replace")
    found = [text, html.unescape(text), unquote(text), re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)]
    for run in set(re.findall(r"[A-Za-z0-9_+/-]{8,}", text)):
        tidy = run.replace("+", "-").replace("/", "_")[:len(run) - (len(run) % 4 == 1)]
        tried = [base64.urlsafe_b64decode(tidy + "=" * (-len(tidy) % 4))]
        tried += [bytes.fromhex(run)] if re.fullmatch(r"([0-9a-fA-F]{2})+", run) else []
        for each in tried:
            found.append(each.decode("utf-8", "replace"))
            try:
                found.append(zlib.decompress(each).decode("utf-8", "replace"))
            except zlib.error:
                continue
    return "\n".join(found).lower()


def whole_study(folder: Path) -> Study:
    """A study of all four parts, with a control."""
    scenario = opened(folder).scenario("en")
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, 900 + seed) for seed in range(3)]
    talked = [Episode(start.condition, converse(start, agents).dialogue, source=f"p{n}") for n, start in enumerate(starts)]
    episodes.save(folder / "people.jsonl", scenario, talked)
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PAIRS), encoding="utf-8")
    (folder / "study.db").unlink()
    return opened(folder, systems={**SYSTEMS, CONTROL: {"control": True}}, pairs={"file": "pairs.jsonl", "annotators": 4},
                  talks={"quotas": {**dict.fromkeys(NAMES, 9), CONTROL: 9}, "least": 2, "most": 4},
                  authorship={"human": "people.jsonl", "count": 3, "annotators": 4})


def joined(study: Study, address: str, wire: Wire, part: str, language: str = "en") -> tuple[Rater, str]:
    """A rater who has agreed, and their id."""
    one = wire.watch(rater(address, study, len(wire.seen), messages=2))
    token = people.invite(study, part, language)
    one.browser.get(f"/join/{token}")
    for _ in range(2):
        one.step()
    return one, people.by_link(study, token) or ""


def tasks_of(study: Study, id: str) -> list[Any]:
    with study.store.read() as connection:
        return list(connection.execute(select(tasks).where(tasks.c.participant == id).order_by(tasks.c.place)).all())


def until(one: Rater, path: str, wanted: str, headers: dict[str, str]) -> str:
    """A page that has something on it in the end."""
    for _ in range(4_000):
        text = str(one.browser.request("GET", path, None, headers)[2].decode("utf-8"))
        if wanted in text:
            return text
        time.sleep(0.02)
    raise AssertionError(text)


def held_and_failed(study: Study, address: str, wire: Wire, language: str) -> None:
    """A rater who is told where help is, goes on, meets a system that fails, tries again, and takes everything back."""
    one, id = joined(study, address, wire, "comparison", language)
    task = f"/task/{tasks_of(study, id)[0].id}"
    one.browser.submit(one.browser.get(task).form("/begin"))  # type: ignore[arg-type]
    csrf, htmx = one.browser.page.form("/say").fields["csrf"].value, {"HX-Request": "true"}  # type: ignore[union-attr]

    def send(path: str, headers: dict[str, str] | None = None, **values: str) -> None:
        one.browser.request("POST", path, urlencode({"csrf": csrf, **values}), headers)

    send("/language", language=language)
    send(f"{task}/say", htmx, text="", key="k0")
    send(f"{task}/say", htmx, text=HELD[language], key="k1")
    until(one, f"{task}/panel", "crisis", htmx)
    send(f"{task}/go-on")
    send(f"{task}/say", htmx, text_a="It is my exam, please fail.", text_b="It is my exam, please fail.", key="k2")
    until(one, f"{task}/panel", "/retry", htmx)
    send(f"{task}/retry")
    until(one, f"{task}/panel", "/say", htmx)
    send(f"{task}/end")
    send(f"{task}/rate", supportiveness_a="11")
    for path in ("/me", "/me/data.json", "/help", "/nothing"):
        one.browser.request("GET", path, None)
    send("/me/leave")
    one.browser.get("/")
    send("/me/delete")


def operators(study: Study, address: str, wire: Wire) -> None:
    """The operator's pages: a wrong password, the right one, links, one revoked."""
    set_password(study, "a long password")
    one = wire.watch(rater(address, study, 0)).browser
    one.submit(one.get("/admin").form("/login"), {"password": "another"})  # type: ignore[arg-type]
    one.submit(one.get("/admin").form("/login"), {"password": "a long password"})  # type: ignore[arg-type]
    one.submit(one.page.form("/links"), {"part": "talks", "language": "en", "count": "2"})  # type: ignore[arg-type]
    one.submit(one.page.form("/revoke"))  # type: ignore[arg-type]
    one.submit(one.page.form("/logout"))  # type: ignore[arg-type]


def failing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems that fail three times where somebody asks them to, naming themselves in what they raise."""
    made = worker.system_agent

    class Failing:
        def __init__(self, inner: Any, name: str) -> None:
            self.inner, self.name, self.left = inner, name, worker.TRIES

        def respond(self, asks: Any) -> Any:
            if "please fail" in asks[0].view.dialogue.last.text and self.left:
                self.left -= 1
                raise RuntimeError(f"{self.name} is out of memory")
            return self.inner.respond(asks)

    monkeypatch.setattr(worker, "system_agent", lambda config, name, *rest: Failing(made(config, name, *rest), name))


@pytest.mark.parametrize("hidden", [
    b"ZQ-Plain-System", b"zq&#45;plain&#x2d;system", b"zq%2Dplain%2dsystem", rb'{"a": "zq\u002dplain-system"}',
    b"session=" + base64.urlsafe_b64encode(b'["person","zq-plain-system"]').rstrip(b"="), b"zq-plain-system".hex().encode(),
    b"." + base64.urlsafe_b64encode(zlib.compress(b"zq-plain-system, " * 9)).rstrip(b"=")])
def test_the_search_sees_through_what_a_name_may_be_hidden_in(hidden: bytes) -> None:
    assert NAMES[0] in unfolded(b"before " + hidden + b"; after")


@pytest.mark.slow
def test_no_byte_of_any_answer_tells_which_system_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All flows in both languages: every route answers at least once, and no answer names a system, however it is written."""
    failing_once(monkeypatch)
    study, wire = whole_study(tmp_path), Wire()
    with local_site(study) as address:
        wire.watch(rater(address, study, 1, messages=2)).take_part()  # by the open door
        for part in study.config.parts:
            for language in ("en", "zh"):
                one, _ = joined(study, address, wire, part, language)
                one.take_part("/")
                if part in ("pairs", "authorship"):
                    one.browser.submit(one.browser.get("/").form("/undo"))  # type: ignore[arg-type]
        for language in ("en", "zh"):
            held_and_failed(study, address, wire, language)
        decline = wire.watch(rater(address, study, 2))
        decline.browser.submit(decline.browser.get("/").form("/enrol"))  # type: ignore[arg-type]
        decline.browser.submit(decline.browser.page.form("/consent"), None, ("answer", "no"))  # type: ignore[arg-type]
        operators(study, address, wire)
        for file in sorted((FOLDER / "static").iterdir()):
            assert decline.browser.request("GET", f"/static/{file.name}", None)[0] == 200
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE"):
            decline.browser.request(method, "/", None)
    for route in build_app(study).routes:
        if methods := getattr(route, "methods", None):
            assert any(method in methods and route.path_regex.fullmatch(path) and status < 400  # type: ignore[attr-defined]
                       for method, path, status in wire.asked), f"{methods} {route.path} was never walked"  # type: ignore[attr-defined]
    text = unfolded(b"\n".join(wire.seen))
    assert '["person","' in text  # the cookie was opened, too
    assert "program a" in text
    assert "程序 a" in text
    for secret in SECRETS:
        assert secret not in text, text[max(0, text.index(secret) - 200):][:400]


def skeleton(page: bytes) -> str:
    """A page without what was said, and without what is drawn anew for each page."""
    text = re.sub(r"<blockquote>.*?</blockquote>", "", page.decode("utf-8"), flags=re.S)
    text = re.sub(r'(<p class="reply-text">|<details open><summary>).*?</p>', r"\1</p>", text, flags=re.S)
    text = re.sub(r'(<li class="(?:you|reply)">).*?</li>', r"\1</li>", text, flags=re.S)
    return re.sub(r"\d+", "0", re.sub(r"[0-9a-f]{32,}", "", text))


@pytest.mark.slow
@pytest.mark.parametrize(("part", "asked", "orders", "steps"), [
    ("comparison", 8, 2, 5), ("talks", 6, 3, 3), ("pairs", 2, 2, 1), ("authorship", 2, 2, 1)])
def test_pages_are_the_same_whichever_system_it_is(tmp_path: Path, part: str, asked: int, orders: int, steps: int) -> None:
    """But for what was said, a page is the same to the byte for each order of the systems, replies or authors."""
    study, wire = whole_study(tmp_path), Wire()
    kinds: dict[str, str] = {}
    with local_site(study) as address, study.store.read() as connection:
        truths = {row.id: row.truth for row in connection.execute(select(items)).all()}
        for _ in range(asked):
            one, id = joined(study, address, wire, part)
            one.take_part("/")
            kinds |= {task.id: truths[task.item] if part == "authorship" else task.sides for task in tasks_of(study, id)}
    found: dict[tuple[Any, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path, content in wire.pages:
        if path.startswith("/task/") and content:
            _, _, task, *rest = path.split("/")
            shown, said = skeleton(content), content.count(b'<li class="reply">')
            if part == "authorship":  # these are of any length
                shown, said = re.sub(r"(<li class=.*?</li>\s*)+", "", shown, flags=re.S), 0
            found[*rest, said, b"/panel" in content, b"/undo" in content][kinds[task]].add(shown)
    both = [seen for seen in found.values() if len(seen) == orders]
    assert len(set(kinds.values())) == orders
    assert len(both) >= steps
    for seen in both:
        assert len({frozenset(pages) for pages in seen.values()}) == 1, seen
