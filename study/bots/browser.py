"""A browser without a screen or scripts: pages, forms, a cookie. What it can do, a person without JavaScript can."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from time import monotonic
from urllib.parse import urlencode, urlsplit


@dataclass(slots=True)
class Field:
    """A field of a form: its name, kind ("radio", "textarea", "hidden", ...), the values it offers, and the one it holds."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    value: str = ""


@dataclass(slots=True)
class WebForm:
    """A form of a page: where it goes, its fields by name, and its buttons as (name, value)."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page that was read: its status, forms, links, and what each side of a talk says."""

    def __init__(self, status: int, path: str, text: str) -> None:
        super().__init__()
        self.status, self.path, self.text = status, path, text
        self.forms: list[WebForm] = []
        self.links: list[str] = []
        self.talks: list[list[tuple[str, str]]] = []
        self._form: WebForm | None = None
        self._area: Field | None = None
        self._line = ""
        self._hidden = False
        self.feed(text)

    def form(self, action: str) -> WebForm | None:
        """The form that goes to a path ending so; None when there is none."""
        return next((form for form in self.forms if form.action.endswith(action)), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = WebForm(found.get("action", ""))
            self.forms.append(self._form)
        elif tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "div" and found.get("role") == "log":
            self.talks.append([])
        elif tag == "li" and self.talks and found.get("class", "") in ("you", "reply", "operator"):
            self.talks[-1].append((found["class"], ""))
            self._line = found["class"]
        elif tag == "span" and self._line:
            self._hidden = True
        if self._form is not None and tag in ("input", "textarea", "select", "button"):
            self._field(tag, found)

    def _field(self, tag: str, found: Mapping[str, str]) -> None:
        form, name = self._form, found.get("name", "")
        if form is None:
            return
        if tag == "button":
            form.buttons.append((name, found.get("value", "")))
        elif name:
            kind = found.get("type", "text") if tag == "input" else tag
            here = form.fields.setdefault(name, Field(name, kind))
            if kind in ("radio", "checkbox"):
                here.values.append(found.get("value", "on"))
                if "checked" in found:
                    here.value = here.values[-1]
            elif tag == "input":
                here.value = found.get("value", "")
            self._area = here if tag == "textarea" else None

    def handle_endtag(self, tag: str) -> None:
        """See `HTMLParser`."""
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "li":
            self._line = ""
        elif tag == "span":
            self._hidden = False

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        if self._area is not None:
            self._area.value += data
        elif self._line and not self._hidden:
            who, text = self.talks[-1][-1]
            self.talks[-1][-1] = (who, (text + data).strip("\n"))


class Browser:
    """One person's browser at a site.

    Attributes:
        times: seconds that each answer took.
        seen: every byte that came, headers included, where `keep` is set.
    """

    def __init__(self, base: str, *, keep: bool = False, timeout: float = 300.0) -> None:
        self._where = urlsplit(base)
        self._keep, self._timeout = keep, timeout
        self._connection: http.client.HTTPConnection | None = None
        self.cookies: dict[str, str] = {}
        self.times: list[float] = []
        self.seen: list[bytes] = []
        self.page = Page(0, "", "")

    def get(self, path: str) -> Page:
        """Opens a page."""
        return self._ask("GET", path, None)

    def submit(self, form: WebForm, values: Mapping[str, str] | None = None, button: tuple[str, str] | None = None) -> Page:
        """Sends a form with these values over those that it holds, by one of its buttons (default: the first)."""
        data = {name: one.value for name, one in form.fields.items() if one.value or one.kind not in ("radio", "checkbox")}
        pressed = button or (form.buttons[0] if form.buttons else ("", ""))
        if pressed[0]:
            data[pressed[0]] = pressed[1]
        return self._ask("POST", form.action, urlencode({**data, **(values or {})}))

    def request(self, method: str, path: str, body: str | None, headers: Mapping[str, str] | None = None) -> tuple[
            int, list[tuple[str, str]], bytes]:
        """One request as it is: (status, headers, body). Raises OSError when nobody answers."""
        sent = {"Host": self._where.netloc, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        begun, kept = monotonic(), self._connection is not None
        try:
            answer, content = self._exchange(method, path, body, sent)
        except (http.client.RemoteDisconnected, BrokenPipeError) as error:
            if not kept:
                raise ConnectionError(str(error)) from error
            answer, content = self._exchange(method, path, body, sent)  # the server had let an idle connection go
        self.times.append(monotonic() - begun)
        given = answer.getheaders()
        for name, value in given:
            if name.lower() == "set-cookie":
                for morsel in SimpleCookie(value).values():
                    if morsel.value and morsel["max-age"] != "0":
                        self.cookies[morsel.key] = morsel.value
                    else:
                        self.cookies.pop(morsel.key, None)
        if self._keep:
            self.seen.append(repr(given).encode() + content)
        return answer.status, given, content

    def _exchange(self, method: str, path: str, body: str | None, headers: Mapping[str, str]
                  ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request on the connection there is, or on a new one."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._where.hostname or "", self._where.port,
                                                              timeout=self._timeout)
            self._connection.request(method, path, None if body is None else body.encode(), headers)
            answer = self._connection.getresponse()
            return answer, answer.read()
        except (http.client.RemoteDisconnected, BrokenPipeError):
            self.close()
            raise
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(str(error)) from error
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Lets the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        self.close()

    def _ask(self, method: str, path: str, body: str | None) -> Page:
        for _ in range(5):
            status, headers, content = self.request(method, path, body)
            place = {name.lower(): value for name, value in headers}.get("location")
            if place is None or status not in (302, 303, 307):
                break
            method, path, body = "GET", re.sub(r"^https?://[^/]+", "", place), None
        self.page = Page(status, path, content.decode("utf-8"))
        return self.page
