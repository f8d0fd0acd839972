"""The pages in a real browser, where there is one: each flow on a desktop and a phone, and accessible (WCAG AA)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from dialogym.study import people
from dialogym.study.bots.local import local_site
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
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
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
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), what
        if AXE:
            page.evaluate(Path(AXE).read_text(encoding="utf-8") + ";0")  # past the page's policy, as a tool may
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
            broken = [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary")) for v in found["violations"]]
            assert broken == [], what

    def close(self) -> None:
        self.context.close()
        assert [each for each in self.wrong if "403" not in each and "422" not in each] == []


def agree(walker: Walker, address: str, path: str = "/", language: str = "en") -> None:
    page = walker.page
    page.goto(address + path)
    walker.look("welcome")
    page.locator(f"input[value={language}] + span").click()
    page.get_by_role("button").first.click()
    walker.look("consent")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.locator("button[value=yes]").click()
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
        page.locator("a.button").click()
        walker.look("start")
        page.get_by_role("button").click()
        for number in range(2):
            for area in page.locator("textarea").all():
                area.fill("I feel so ashamed, and I cannot tell them." if language == "en" else "我觉得很丢脸，不敢告诉他们。")
            walker.look(f"writing-{number}")
            before = page.locator("li.reply:not(.dots)").count()
            page.locator("textarea").first.press("Control+Enter")
            page.locator(".status").wait_for()
            walker.look(f"waiting-{number}")
            page.locator("li.reply:not(.dots)").nth(before + 1).wait_for()
            walker.look(f"replied-{number}")
        page.locator("form.ending button").click()
        walker.look("questions")
        page.locator("form button").last.click()  # the browser itself asks for what is missing
        assert "/task/" in page.url
        for name, value in (("supportiveness_a", 7), ("supportiveness_b", 4), ("willingness_a", 8), ("willingness_b", 3)):
            page.locator(f"input[name={name}][value='{value}'] + span").click()
        page.locator("input[name=better][value=a] + span").click()
        page.locator("textarea[name=reason]").fill("It asked what I felt.")
        walker.look("answered")
        page.locator("form button").last.click()
        page.wait_for_url(address + "/")
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
        page.get_by_role("button").click()
        page.get_by_role("button").click()
        page.locator("textarea").fill("I do not want to live any more.")
        page.get_by_role("button", name="Send").click()
        page.locator(".crisis").wait_for()
        walker.look("notice")
        page.locator(".crisis button").last.click()
        page.locator("textarea").fill("I am better now. It is about my exam.")
        page.get_by_role("button", name="Send").click()
        page.locator("li.reply:not(.dots)").wait_for()
        walker.look("reply")
        page.locator("form.ending button").click()
        for fieldset in page.locator("fieldset.scale").all():
            fieldset.locator("label span").nth(4).click()
        walker.look("survey")
        page.locator("form button").last.click()
        page.wait_for_url(address + "/")
        page.goto(address + "/help")
        walker.look("help")
        walker.close()


def test_pairs_by_keyboard_alone(chromium: Any, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps({**PAIR, "rejected": PAIR["rejected"] + f" ({n})"}) + "\n"
                                                  for n in range(3)), encoding="utf-8")
    study = opened(tmp_path, comparison=None, open="pairs", pairs={"file": "pairs.jsonl"})
    with local_site(study) as address:
        walker = Walker(chromium, "desktop", "pairs")
        page = walker.page
        agree(walker, address)
        page.locator("a.button").click()
        for number, key in enumerate("120"):
            page.wait_for_selector(f"text={number + 1} of 3")
            walker.look("pair")
            page.keyboard.press(key)
        page.wait_for_url(address + "/")
        assert "everything" in page.content()
        walker.close()


def test_without_scripts(chromium: Any, tmp_path: Path) -> None:
    study = opened(tmp_path, systems=SYSTEMS)
    token = people.invite(study, "comparison")
    with local_site(study) as address:
        walker = Walker(chromium, "desktop", "plain", java_script_enabled=False)
        page = walker.page
        page.goto(f"{address}/join/{token}")
        page.get_by_role("button").click()
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.locator("button[value=yes]").click()
        page.locator("a.button").click()
        page.get_by_role("button").click()
        page.locator("textarea").fill("Hello.")
        page.get_by_role("button").first.click()
        page.locator("li.reply:not(.dots)").first.wait_for()  # the page asks again by itself
        assert page.locator("li.reply:not(.dots)").count() == 2
        walker.context.close()
