"""Scripted raters: they find their way by the pages alone, talk as simulated users, and rate by what they read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...envs.agent import Agent
from ...envs.dialogue import Dialogue, Utterance
from ...envs.keys import mix
from ...envs.parts import Condition
from ...envs.position import Position
from ...envs.scenario import Scenario
from ..questions import SCALES, SURVEY
from .browser import Browser, Page, WebForm

Talk = Sequence[tuple[str, str]]
"""(who, text) of what was said: "you", "reply" or "operator"."""
Judge = Callable[[Talk, random.Random], float]
"""How good a talk was for this rater, from 1 to 10 before it is rounded."""


class Lost(RuntimeError):
    """A rater found no way on: the page is none that a study should show."""


@dataclass(slots=True)
class Rater:
    """Somebody who takes part.

    Attributes:
        browser: theirs.
        scenario: what they talk in, in their language.
        voice: the simulated user whose words they use.
        judge: how they rate.
        seed: of their condition, their luck and their moods.
        messages: how many they write to each system.
        patience: seconds between looks at a page whose replies are being written.
        sent: (text, key) of every message that the site took.
    """

    browser: Browser
    scenario: Scenario
    voice: Agent
    judge: Judge
    seed: int
    messages: int = 3
    patience: float = 0.05
    sent: list[tuple[str, str]] = field(default_factory=list)
    _chance: random.Random = field(init=False)
    _condition: Condition = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._condition = self.scenario.draw_condition(mix(self.seed, 11))

    def take_part(self, path: str = "/", talks: int = 1) -> None:
        """Walks the whole study from a link on. In the user study so many talks. Raises Lost."""
        self.browser.get(path)
        for _ in range(10_000):
            if not self.step(talks):
                return
        raise Lost("a study without an end")

    def step(self, talks: int = 1) -> bool:
        """Does what the page asks for; False where it asks for nothing more. Raises Lost."""
        page, browser = self.browser.page, self.browser
        if page.status not in (200, 303):
            raise Lost(f"{page.path}: {page.status}: {page.text[:2_000]}")
        if (form := page.form("/enrol") or next((f for f in page.forms if "/join/" in f.action), None)) is not None:
            browser.submit(form)
        elif (form := page.form("/consent")) is not None:
            browser.submit(form, {"machine": "yes", "adult": "yes"}, ("answer", "yes"))
        elif (form := page.form("/begin")) is not None:
            browser.submit(form)
        elif (form := page.form("/rate")) is not None:
            self._rate(page, form)
        elif page.path.startswith("/task/"):
            return self._talk(page)
        elif (form := page.form("/talks/new")) is not None:
            if talks <= 0 or self._talks_done() >= talks:
                return False
            browser.submit(form)
        elif (link := next((link for link in page.links if link.startswith("/task/")), None)) is not None:
            browser.get(link)
        else:
            return False
        return True

    def _talks_done(self) -> int:
        return self._finished

    _finished: int = 0

    def _talk(self, page: Page) -> bool:
        browser = self.browser
        said = max((sum(who == "you" for who, _ in talk) for talk in page.talks), default=0)
        end, compose = page.form("/end"), page.form("/say")
        areas = [name for name, one in compose.fields.items() if one.kind == "textarea"] if compose is not None else []
        if page.form("/go-on") is not None or (end is not None and (said >= self.messages or not areas)):
            browser.submit(end or WebForm(""))
        elif compose is not None and areas:
            values = {name: self._words(page.talks[0 if name.endswith(("text", "_a")) else 1], said) for name in areas}
            values |= {name: self._chance.choice(one.values) for name, one in compose.fields.items() if one.kind == "radio"}
            key = compose.fields["key"].value
            browser.submit(compose, values)
            self.sent += [(values[name], key) for name in areas]
        elif (form := page.form("/retry")) is not None:
            browser.submit(form)
        elif "/panel" in page.text:
            time.sleep(self.patience)
            browser.get(page.path.removesuffix("/say"))
        else:
            browser.get("/")  # a talk that is done
        return True

    def _words(self, talk: Talk, said: int) -> str:
        """What the simulated user would say here."""
        position = Position(self.scenario, self._condition, Dialogue.EMPTY, mix(self.seed, 12, said))
        for who, text in talk:
            seat = self.scenario.user if who == "you" else self.scenario.interactive
            if position.seat == seat:
                position = Position(self.scenario, self._condition, position.dialogue.say(Utterance(seat, text)), position.key)
        if position.seat != self.scenario.user:
            return "Hello."
        return self.voice.respond([position.ask()])[0].text

    def _rate(self, page: Page, form: WebForm) -> None:
        browser = self.browser
        if not any(one.kind in ("textarea", "radio") for one in form.fields.values()):  # an annotation: buttons alone
            browser.submit(form, None, self._chance.choice([b for b in form.buttons if b[0]]))
            return
        likes = [self.judge(talk, self._chance) for talk in page.talks]
        values: dict[str, str] = {}
        for name, one in form.fields.items():
            base, _, side = name.rpartition("_")
            like = likes["ab".index(side)] if side in ("a", "b") and len(likes) > "ab".index(side) else sum(likes) / len(likes)
            if name == "better":
                gap = likes[0] - likes[1]
                values[name] = "tie" if abs(gap) < 0.5 else "a" if gap > 0 else "b"
            elif base in SCALES or base == "amount":
                number = min(10, max(1, round(like + self._chance.gauss(0, 0.3))))
                values[name] = str(number) if base in SCALES else f"{number / 5:.2f}"
            elif name in SURVEY:
                values[name] = str(min(7, max(1, round(like * 0.7 + self._chance.gauss(0, 0.5)))))
            elif one.kind == "textarea":
                values[name] = "It listened more." if name == "reason" else ""
        browser.submit(form, values)
        self._finished += 1
