"""What every page needs: who is there, forms that are theirs, limits, and answers that tell nothing they should not."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...envs.errors import DialogymError
from .. import people
from ..project import Study
from ..words import NAMES, Site, dialled

COOKIE = "session"
PERSON, OPERATOR = "person", "operator"
MONTH = 30 * 86_400
LONGEST_BODY = 64_000
"""Bytes of a form."""
FOLDER = Path(__file__).parent
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                               "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # with none at all a browser would hide where its own forms come from
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Stop(DialogymError, Exception):
    """A request that is not gone on with: the status, and the key of what the page says."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status, self.key = status, key


@dataclass(frozen=True, slots=True)
class Session:
    """Whose browser it is: a person of the study or its operator."""

    kind: str
    id: str
    nonce: str


@dataclass(slots=True)
class Limits:
    """How often somebody may knock: a bucket for each, filled at a steady rate."""

    buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def take(self, whose: str, per_minute: int) -> bool:
        """Whether there is a token left in somebody's bucket of that size."""
        now = time.monotonic()
        with self.lock:
            left, at = self.buckets.pop(whose, (float(per_minute), now))
            left = min(float(per_minute), left + (now - at) * per_minute / 60)
            self.buckets[whose] = (left - 1 if left >= 1 else left, now)
            if len(self.buckets) > 20_000:
                self.buckets.popitem(last=False)
            return left >= 1


class Web:
    """A study's site: its pages and its sessions."""

    def __init__(self, study: Study, secure: bool = False) -> None:
        self.study = study
        self.secure = secure
        self.limits = Limits()
        self._signer = URLSafeTimedSerializer(study.secret, salt="session")
        self._forms = URLSafeTimedSerializer(study.secret, salt="form")
        self.pages = Environment(loader=FileSystemLoader(FOLDER / "pages"), autoescape=True, undefined=StrictUndefined,
                                 trim_blocks=True, lstrip_blocks=True)
        self.pages.filters["dialled"] = dialled
        self.version = sha256(b"".join(file.read_bytes() for file in sorted((FOLDER / "static").iterdir()))).hexdigest()[:8]

    # -- who is there ------------------------------------------------------------------------

    def session(self, request: Request) -> Session | None:
        """Whose browser it is; None for a stranger's."""
        try:
            kind, id, nonce = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=MONTH)
        except (BadSignature, ValueError, TypeError):
            return None
        return Session(str(kind), str(id), str(nonce))

    def open(self, response: Response, kind: str, id: str) -> Response:
        """Gives a browser a session."""
        value = self._signer.dumps([kind, id, secrets.token_hex(8)])
        response.set_cookie(COOKIE, value, max_age=MONTH, httponly=True, samesite="lax", secure=self.secure, path="/")
        return response

    def close(self, response: Response) -> Response:
        """Takes a browser's session."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=self.secure)
        return response

    def person(self, request: Request) -> Any | None:
        """The row of who is there; None for a stranger, an operator, or somebody whose link is no more."""
        session = self.session(request)
        return people.person(self.study, session.id) if session is not None and session.kind == PERSON else None

    def known(self, request: Request, agreed: bool = True) -> Any:
        """The row of who is there. Raises Stop for a stranger, who has not agreed yet, or has left."""
        who = self.person(request)
        if who is None:
            raise Stop(403, "error.link")
        if agreed and (who.consented is None or who.left is not None):
            raise Stop(403, "error.consent")
        if agreed and people.past(self.study, who):
            raise Stop(403, "error.past")
        return who

    # -- forms -------------------------------------------------------------------------------

    def token(self, session: Session | None) -> str:
        """What a form must bring back: bound to the session; for strangers, signed and good for a day."""
        if session is None:
            return str(self._forms.dumps(secrets.token_hex(8)))
        return hmac.new(self.study.secret.encode(), f"{session.kind} {session.id} {session.nonce}".encode(), sha256).hexdigest()

    def check_form(self, request: Request, form: Mapping[str, str]) -> None:
        """Raises Stop unless the form was sent from a page of this site to the same browser, and not too often."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
        if (origin and urlsplit(origin).netloc != request.headers.get("host")) or site not in ("same-origin", "none"):
            raise Stop(403, "error.form")
        session = self.session(request)
        whose = session.id if session is not None else f"at {request.client.host if request.client else ''}"
        if not self.limits.take(whose, 90 if session is not None else 120):
            raise Stop(429, "error.often")
        given = form.get("csrf", "")
        if session is not None and hmac.compare_digest(given.encode(), self.token(session).encode()):
            return
        try:
            self._forms.loads(given, max_age=86_400)
        except BadSignature:
            raise Stop(403, "error.form") from None
        if session is not None and not request.url.path.startswith(("/enrol", "/admin/login", "/join/")):
            raise Stop(403, "error.form")  # a stranger's token is no token of this session

    # -- pages -------------------------------------------------------------------------------

    def words(self, request: Request, who: Any | None = None) -> Site:
        """The words in the person's language, else in what the browser asks for."""
        languages = self.study.config.languages
        if who is not None:
            return Site(self.study.config, who.language)
        wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
        first = [part.split(";")[0].strip()[:2].lower() for part in wanted[:200].split(",")]
        return Site(self.study.config, next((each for each in first if each in languages), languages[0]))

    def page(self, request: Request, name: str, who: Any | None = None, status: int = 200, *, invited: Any | None = None,
             **slots: Any) -> HTMLResponse:
        """A page, or the part of one that htmx asks for. Who is there or was invited is spoken to in their language."""
        words = self.words(request, who if invited is None else invited)
        html = self.pages.get_template(f"{name}.html.jinja").render(
            t=words, config=self.study.config, who=who, csrf=self.token(self.session(request)), names=NAMES, v=self.version,
            path=request.url.path, partial=request.headers.get("hx-request") == "true", **slots)
        return HTMLResponse(html, status)


def go(path: str) -> RedirectResponse:
    """On to another page, by GET."""
    return RedirectResponse(path, 303)


def web_of(request: Request) -> Web:
    """The site that a request is of."""
    found: Web = request.app.state.web
    return found


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, checked to be this site's. Raises Stop."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Stop(413, "error.long")
    try:
        form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise Stop(400, "error.form") from None
    web_of(request).check_form(request, form)
    return form
