"""Many raters at once against a served study: how long pages take, and whether anything that was taken is ever lost."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from ...envs.errors import DialogymError
from .browser import Browser, Page, WebForm


@dataclass(slots=True)
class Taken:
    """What the site said it had taken.

    Attributes:
        messages: key of the form and text, each taken once for each side.
        ratings: (task, reason) of answers.
        times: seconds that each page took.
        wrong: what no page should have said.
        refused: connections that nobody answered, as while a server is down.
    """

    messages: list[tuple[str, str]] = field(default_factory=list)
    ratings: list[tuple[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: int = 0


class Crowd:
    """So many people who take part at once, each with a pause between pages; a lost connection is tried again.

    Args:
        address: of a study that is open to everybody.
        people: how many.
        pause: seconds between two pages of a person, on average.
        seed: of what they say.
    """

    def __init__(self, address: str, people: int, pause: float = 1.0, seed: int = 0) -> None:
        self.address, self.pause = address, pause
        self._taken = [Taken() for _ in range(people)]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._person, args=(random.Random(seed * 1_000 + n), mine), daemon=True)
                         for n, mine in enumerate(self._taken)]

    def start(self) -> None:
        """They come."""
        for thread in self._threads:
            thread.start()

    @property
    def said(self) -> int:
        """Messages that the site has taken so far."""
        return sum(len(one.messages) for one in self._taken)

    def finish(self) -> Taken:
        """They go, when the page that they are at has come; what all of them together were told was taken."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        found = Taken()
        for one in self._taken:
            found.messages += one.messages
            found.ratings += one.ratings
            found.times += one.times
            found.wrong += one.wrong
            found.refused += one.refused
        return found

    def _person(self, chance: random.Random, taken: Taken) -> None:
        browser = Browser(self.address)
        self._stop.wait(chance.random() * self.pause)
        page = self._tried(browser, "/", None, {}, taken)
        while page is not None and not self._stop.wait(self.pause * (0.5 + chance.random())):
            page = self._next(browser, page, chance, taken)
        taken.times += browser.times
        browser.close()

    def _next(self, browser: Browser, page: Page, chance: random.Random, taken: Taken) -> Page | None:
        """The page after this one."""
        form = next((f for f in page.forms if f.action.endswith(("/enrol", "/consent", "/begin", "/say", "/rate", "/end"))
                     and (not f.action.endswith("/say") or any(x.kind == "textarea" for x in f.fields.values()))), None)
        ending = page.form("/end")
        if ending is not None and (form is None or chance.random() < 0.4):
            form = ending
        if page.status != 200:
            taken.wrong.append(f"{page.status} {page.path}: {page.text[-300:]}")
            return self._tried(browser, "/", None, {}, taken)
        if form is None:
            link = next((link for link in page.links if link.startswith("/task/")), None)
            path = page.path.removesuffix("/say") if "/panel" in page.text else link
            if path is None:  # all done: somebody else comes
                browser.cookies.clear()
            return self._tried(browser, path or "/", None, {}, taken)
        values = {"machine": "yes", "adult": "yes", "answer": "yes"} if form.action == "/consent" else {}
        for name, one in form.fields.items():
            if one.kind == "textarea":
                values[name] = f"I feel so tired, {chance.getrandbits(60):x}."
            elif one.kind == "radio" and not one.value:
                values[name] = chance.choice(one.values)
        after = self._tried(browser, form.action, form, values, taken)
        if after is not None and after.status in (200, 303):
            if form.action.endswith("/say"):
                taken.messages += [(form.fields["key"].value, text) for name, text in values.items() if name.startswith("text")]
            elif form.action.endswith("/rate"):
                taken.ratings.append((form.action.split("/")[2], values["reason"]))
        return after


    def _tried(self, browser: Browser, path: str, form: WebForm | None, values: dict[str, str], taken: Taken
               ) -> Page | None:
        """A page, or a form that is sent until it is taken; None when that lasts a minute beyond the end."""
        late: float | None = None
        while late is None or time.monotonic() < late:
            if self._stop.is_set() and late is None:
                late = time.monotonic() + 60  # what was sent is to be taken
            try:
                return browser.get(path) if form is None else browser.submit(form, values)
            except OSError:
                taken.refused += 1
                time.sleep(0.2)
            except ValueError as error:
                raise DialogymError(f"The page {path} cannot be read: {error}") from error
        return None
