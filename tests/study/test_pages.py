"""The pages in a real browser, where there is one: each flow on a desktop and a phone, and accessible (WCAG AA)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dialogym import Position, ScriptedAgent, converse
from dialogym.envs import episodes
from dialogym.envs.parts import Episode
from dialogym.envs.shells.seat_env import SeatEnv
from dialogym.study import people
from dialogym.study.bots.local import local_site, served
from dialogym.study.demo import demo, report_of
from dialogym.study.play_web import build_play
from dialogym.study.store.tables import answers
from dialogym.study.web.operator import set_password
from tests.study.site import COMPARISON, NAMES, SYSTEMS, opened

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
AXE = os.environ.get("DIALOGYM_AXE", "")
"""The file axe.min.js of npm's axe-core; without it the pages are walked and not judged."""
SHOTS = os.environ.get("DIALOGYM_SHOTS", "")
"""A folder for pictures of every page, for who wants to look."""
PAIR = {"prompt": [{"role": "assistant", "content": "What weighs on you?"},
                   {"role": "user", "content": "I lost my job in May."}],
        "chosen": "That must have hurt. How have the weeks since been for you?", "rejected": "You will find another one soon!"}


@pytest.fixture(scope="module")
def chromium():
    binary = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    sync_api = pytest.importorskip("playwright.sync_api")
    if binary is None:
        pytest.skip("there is no chromium here")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield browser
        browser.close()


class Walker:
    """A page that is judged wherever it goes."""

    def __init__(self, browser: Any, size: str, name: str, **options: Any) -> None:
        self.width, height = SIZES[size]
        hand = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
        self.context = browser.new_context(viewport={"width": self.width, "height": height}, **hand, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        self.name, self.number = f"{name}-{size}", 0

    def look(self, what: str) -> None:
        page = self.page
        self.number += 1
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{self.name}-{self.number:02}-{what}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= self.width + 1, what
        if AXE:
            page.evaluate(Path(AXE).read_text(encoding="utf-8") + ";0")  # past the page's policy, as a tool may
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
            broken = [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary")) for v in found["violations"]]
            assert broken == [], what

    def in_view(self, what: Any) -> bool:
        """Whether something is seen without scrolling."""
        box = what.bounding_box()
        return bool(box) and 0 <= box["y"] <= self.page.viewport_size["height"] - box["height"]

    def press(self, button: Any) -> None:
        """Presses a button that leads to another page, and waits for that."""
        with self.page.expect_navigation():
            button.click()

    def close(self) -> None:
        self.context.close()
        assert [each for each in self.wrong if "403" not in each and "422" not in each] == []


def agree(walker: Walker, address: str, path: str = "/", language: str = "en") -> None:
    page = walker.page
    page.goto(address + path)
    walker.look("welcome")
    if page.locator(".pills").count():
        page.locator(f"input[value={language}] + span").click()
    walker.press(page.get_by_role("button").first)
    walker.look("consent")
    for box in page.get_by_role("checkbox").all():
        box.check()
    walker.press(page.locator("button[value=yes]"))
    walker.look("home")


@pytest.mark.slow
@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh")])
def test_a_comparison(chromium: Any, tmp_path: Path, size: str, language: str) -> None:
    problems = {"en": ["You failed an exam that your parents paid for."], "zh": ["你没考过父母花钱让你考的试。"]}
    study = opened(tmp_path, comparison={**COMPARISON, "problems": problems}, reply_seconds=0.3)
    with local_site(study) as address:
        walker = Walker(chromium, size, "comparison")
        page = walker.page
        agree(walker, address, language=language)
        walker.press(page.locator("a.button"))
        walker.look("start")
        walker.press(page.get_by_role("button"))
        for number in range(2):
            for area in page.locator("textarea").all():
                area.fill("I feel so ashamed, and I cannot tell them." if language == "en" else "我觉得很丢脸，不敢告诉他们。")
            walker.look(f"writing-{number}")
            before = page.locator("li.reply:not(.dots)").count()
            page.locator("textarea").first.press("Control+Enter")
            page.locator(".status").wait_for()
            walker.look(f"waiting-{number}")
            page.locator("li.reply:not(.dots)").nth(before + 1).wait_for()
            assert walker.in_view(page.locator(".side h2").first)  # also where the second talk stands below the first
            walker.look(f"replied-{number}")
        walker.press(page.locator("form.ending button"))
        walker.look("questions")
        page.locator("form button").last.click()  # the browser itself asks for what is missing
        assert "/task/" in page.url
        for name, value in (("supportiveness_a", 7), ("supportiveness_b", 4), ("willingness_a", 8), ("willingness_b", 3)):
            page.locator(f"input[name={name}][value='{value}'] + span").click()
        page.locator("input[name=better][value=a] + span").click()
        page.locator("textarea[name=reason]").fill("It asked what I felt.")
        walker.look("answered")
        walker.press(page.locator("form button").last)
        assert page.url == address + "/"
        walker.look("finished")
        page.goto(address + "/me")
        walker.look("me")
        walker.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_talk_of_the_user_study_and_the_notice(chromium: Any, tmp_path: Path, size: str) -> None:
    study = opened(tmp_path, comparison=None, open="talks", help_lines={"en": ["Samaritans: 116 123", "Emergency: 112"]},
                   talks={"quotas": dict.fromkeys(NAMES, 3), "least": 1, "most": 4})
    with local_site(study) as address:
        walker = Walker(chromium, size, "talks")
        page = walker.page
        agree(walker, address)
        walker.press(page.get_by_role("button"))
        walker.press(page.get_by_role("button"))
        page.locator("textarea").fill("I do not want to live any more.")
        page.get_by_role("button", name="Send").click()
        page.locator(".crisis").wait_for()
        walker.look("notice")
        walker.press(page.locator(".crisis button").last)
        page.locator("textarea").fill("I am better now. It is about my exam.")
        page.get_by_role("button", name="Send").click()
        page.locator("li.reply:not(.dots)").wait_for()
        walker.look("reply")
        walker.press(page.locator("form.ending button"))
        for fieldset in page.locator("fieldset.scale").all():
            fieldset.locator("label span").nth(4).click()
        walker.look("survey")
        walker.press(page.locator("form button").last)
        assert page.url == address + "/"
        page.goto(address + "/help")
        walker.look("help")
        walker.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_persuasion_asks_what_one_would_give(chromium: Any, tmp_path: Path, size: str) -> None:
    problems = {"en": ["You are asked for a donation to Save the Children."]}
    study = opened(tmp_path, env="PersuasionForGood-v0", languages=["en"],
                   comparison={**COMPARISON, "problems": problems, "least": 1})
    with local_site(study) as address:
        walker = Walker(chromium, size, "persuasion")
        page = walker.page
        agree(walker, address)
        walker.press(page.locator("a.button"))
        walker.press(page.get_by_role("button"))
        page.locator("textarea").fill("Hello. Who are you?")
        page.locator("input[name=belief][value='3'] + span").click()
        walker.look("belief")
        page.get_by_role("button", name="Send to both").click()
        page.locator("li.reply:not(.dots)").nth(3).wait_for()
        walker.look("replied")
        walker.press(page.locator("form.ending button"))
        page.evaluate("document.querySelectorAll('[required]').forEach((each) => { each.required = false; })")
        walker.press(page.locator("form button").last)
        assert page.locator(".missing").count() == 8
        walker.look("missing")
        walker.close()


@pytest.mark.slow
def test_the_notice_in_chinese_stands_for_both(chromium: Any, tmp_path: Path) -> None:
    study = opened(tmp_path, help_lines={"zh": ["心理援助热线：12356", "急救：120（24/7）"]})
    with local_site(study) as address:
        walker = Walker(chromium, "phone", "notice-zh")
        page = walker.page
        agree(walker, address, language="zh")
        walker.press(page.locator("a.button"))
        walker.press(page.get_by_role("button"))
        page.locator("textarea").fill("我不想活了。")
        page.locator("#compose button").click()
        page.locator("section.crisis").wait_for()
        assert all(walker.in_view(each) for each in page.locator(".lines li").all())
        assert page.get_by_text("您写的听起来非常沉重").count() == 1  # above both, and once
        walker.look("notice")
        assert [each.get_attribute("href") for each in page.locator(".lines a").all()] == ["tel:12356", "tel:120"]
        page.goto(address + "/help")
        walker.look("help")
        walker.close()


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh")])
def test_pairs_are_compared(chromium: Any, tmp_path: Path, size: str, language: str) -> None:
    """By keyboard alone on a desktop, and what was pressed in haste is taken back."""
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps({**PAIR, "rejected": PAIR["rejected"] + f" ({n})"}) + "\n"
                                                  for n in range(3)), encoding="utf-8")
    study = opened(tmp_path, comparison=None, open="pairs", pairs={"file": "pairs.jsonl"})
    with local_site(study) as address:
        walker = Walker(chromium, size, "pairs")
        page = walker.page
        agree(walker, address, language=language)
        walker.press(page.locator("a.button"))
        seen = []
        for number, key in enumerate(["1", "2", "Backspace", "1", "0", "Backspace", "0"]):
            page.locator("button[data-key='0']").wait_for()
            seen.append(page.url)
            walker.look(f"pair-{number}")
            with page.expect_navigation():
                if size == "desktop":
                    page.keyboard.press(key)
                else:
                    page.locator(f"button[data-key='{key}']").click()
            if page.url == address + "/":  # the last one can be taken back, too
                walker.look("finished")
                walker.press(page.locator("button[data-key=Backspace]"))
        assert [seen.index(url) for url in seen] == [0, 1, 2, 1, 2, 2, 1]
        walker.close()
    with study.store.read() as connection:
        assert connection.scalars(select(answers.c.text)).all().count("tie") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh")])
def test_who_wrote_this(chromium: Any, tmp_path: Path, size: str, language: str) -> None:
    scenario = opened(tmp_path).scenario(language)
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, 900 + seed) for seed in range(2)]
    talked = [Episode(start.condition, converse(start, agents).dialogue, source=f"p{n}") for n, start in enumerate(starts)]
    episodes.save(tmp_path / "people.jsonl", scenario, talked)
    (tmp_path / "it").mkdir()
    study = opened(tmp_path / "it", comparison=None, open="authorship", authorship={"human": "../people.jsonl", "count": 2},
                   languages=[language])
    with local_site(study) as address:
        walker = Walker(chromium, size, "authorship")
        page = walker.page
        agree(walker, address)
        walker.press(page.locator("a.button"))
        for number in range(4):
            walker.look(f"talk-{number}")
            walker.press(page.locator("button[data-key='0']"))
        walker.look("finished")
        walker.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_going(chromium: Any, tmp_path: Path, size: str) -> None:
    with local_site(opened(tmp_path)) as address:
        walker = Walker(chromium, size, "going")
        page = walker.page
        agree(walker, address)
        page.goto(address + "/me")
        with page.expect_download() as download:
            page.locator("a[download]").click()
        assert json.loads(download.value.path().read_text(encoding="utf-8"))["person"]["language"] == "en"
        walker.press(page.locator("form[action='/me/leave'] button"))
        walker.look("left")
        page.goto(address + "/me")
        walker.look("me")
        walker.press(page.locator("form[action='/me/delete'] button"))
        walker.look("erased")
        assert walker.context.cookies() == []
        page.goto(address + "/nothing")
        walker.look("error")
        walker.wrong = [each for each in walker.wrong if "404" not in each]
        walker.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_operators_pages(chromium: Any, tmp_path: Path, size: str) -> None:
    study = opened(tmp_path, talks={"quotas": dict.fromkeys(NAMES, 9)})
    set_password(study, "a long password")
    for part in ("comparison", "talks", "comparison"):
        people.consent(study, people.by_link(study, people.invite(study, part)) or "")
    with local_site(study) as address:
        walker = Walker(chromium, size, "operator")
        page = walker.page
        page.goto(address + "/admin")
        walker.look("login")
        for password in ("another password", "a long password"):
            page.locator("input[name=password]").fill(password)
            walker.press(page.get_by_role("button"))
            walker.look("after")
        page.locator("input[name=count]").fill("3")
        walker.press(page.locator("form[action='/admin/links'] button"))
        walker.look("links")
        assert page.locator("pre").inner_text().count("/join/") == 3
        page.locator("button[name=number]").first.click()
        page.locator("td", has_text="revoked").wait_for()
        walker.look("revoked")
        walker.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_report(chromium: Any, tmp_path: Path, size: str) -> None:
    demo(tmp_path / "demo", 2, 1, 1, env="EmotionalSupport-v0", systems=SYSTEMS)
    walker = Walker(chromium, size, "report")
    walker.page.goto(report_of(tmp_path / "demo").as_uri())
    walker.look("report")
    walker.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_ones_own_talk(chromium: Any, size: str) -> None:
    """`dialogym play --web`, from the first word to the tree of what the planner would have said."""
    env = SeatEnv("EmotionalSupport-v0")
    env.partner = ScriptedAgent.of(env.scenario, env.scenario.user)
    with served(build_play(env, 3)) as address:
        walker = Walker(chromium, size, "play")
        page = walker.page
        page.goto(address)
        walker.look("begin")
        for text in ("That sounds hard. What happened?", "How long has that been going on, and who knows of it?"):
            page.locator("textarea").fill(text)
            page.locator("textarea").press("Control+Enter")
            page.locator("li.you", has_text=text).wait_for()
        walker.look("talk")
        page.locator("button[value=end]").click()
        page.get_by_text("The seeker you met").wait_for()
        walker.look("end")
        page.locator("a[href='/tree/1']").click()
        page.wait_for_function("document.documentElement.dataset.ready")
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/play-{size}-tree.png")
        walker.close()


def test_without_scripts(chromium: Any, tmp_path: Path) -> None:
    study = opened(tmp_path, systems=SYSTEMS)
    token = people.invite(study, "comparison")
    with local_site(study) as address:
        walker = Walker(chromium, "desktop", "plain", java_script_enabled=False)
        page = walker.page
        page.goto(f"{address}/join/{token}")
        walker.press(page.get_by_role("button"))
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.locator("button[value=yes]").click()
        walker.press(page.locator("a.button"))
        walker.press(page.get_by_role("button"))
        page.locator("textarea").fill("Hello.")
        page.get_by_role("button").first.click()
        page.locator("li.reply:not(.dots)").first.wait_for()  # the page asks again by itself
        assert page.locator("li.reply:not(.dots)").count() == 2
        walker.context.close()
