"""The operator's pages: closed unless a password was set. They show how far a study is, and make and revoke links."""

from __future__ import annotations

from typing import Annotated, Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from fastapi import APIRouter, Depends, Request
from sqlalchemy import func, select
from starlette.responses import Response

from .. import people
from ..people import Closed
from ..project import Study
from ..store.store import pairs_of
from ..store.tables import departures, jobs, notices, participants, tasks
from ..talking import DONE
from .site import OPERATOR, Stop, go, read_form, web_of

router = APIRouter()
Form = Annotated[dict[str, str], Depends(read_form)]
PASSWORD = "operator"
"""The setting that keeps the operator's hashed password."""
_HASHER = PasswordHasher()


def set_password(study: Study, password: str) -> None:
    """Opens the operator's pages under a password, of which the hash alone is kept; "" closes them."""
    if password:
        study.store.put(PASSWORD, _HASHER.hash(password))
    else:
        study.store.drop(PASSWORD)


def _allowed(request: Request) -> None:
    """Raises Stop unless the operator is there: 404 as long as there is none."""
    web = web_of(request)
    kept, session = web.study.store.setting(PASSWORD), web.session(request)
    if kept is None:
        raise Stop(404, "error.gone")
    if session is None or session.kind != OPERATOR or session.id != people.hashed(kept)[:16]:
        raise Stop(403, "error.link")


@router.get("/admin")
def overview(request: Request) -> Response:
    """How far the study is, or the question for the password."""
    web = web_of(request)
    kept, session = web.study.store.setting(PASSWORD), web.session(request)
    if kept is None:
        raise Stop(404, "error.gone")
    if session is None or session.kind != OPERATOR or session.id != people.hashed(kept)[:16]:
        return web.page(request, "login", alert="")
    return web.page(request, "overview", **_state(web.study), links=[], alert="")


@router.post("/admin/login")
def login(request: Request, form: Form) -> Response:
    """The password; few tries a minute."""
    web = web_of(request)
    kept = web.study.store.setting(PASSWORD)
    if kept is None:
        raise Stop(404, "error.gone")
    if not web.limits.take(f"password {request.client.host if request.client else ''}", 5):
        raise Stop(429, "error.often")
    try:
        _HASHER.verify(kept, form.get("password", "")[:200])
    except (Argon2Error, InvalidHashError):
        return web.page(request, "login", status=403, alert="admin.wrong")
    return web.open(go("/admin"), OPERATOR, people.hashed(kept)[:16])


@router.post("/admin/logout")
def logout(request: Request, form: Form) -> Response:
    """The operator goes."""
    return web_of(request).close(go("/"))


@router.post("/admin/links")
def links(request: Request, form: Form) -> Response:
    """Personal links; they are shown once."""
    _allowed(request)
    web = web_of(request)
    count = form.get("count", "1")
    many = min(200, int(count)) if count.isascii() and count.isdigit() else 1
    made: list[str] = []
    alert = ""
    try:
        while len(made) < many:
            made.append(people.invite(web.study, form.get("part", ""), form.get("language") or None))
    except Closed as error:
        alert = str(error)
    base = str(request.base_url).rstrip("/")
    return web.page(request, "overview", **_state(web.study), links=[f"{base}/join/{token}" for token in made], alert=alert)


@router.post("/admin/revoke")
def revoke(request: Request, form: Form) -> Response:
    """A link opens nothing any more."""
    _allowed(request)
    number = form.get("number", "")
    if number.isascii() and number.isdigit():
        people.revoke(web_of(request).study, int(number[:9]))
    return go("/admin")


def _state(study: Study) -> dict[str, Any]:
    """What the overview shows: people and how far they are, never what they said, nor which system is whose."""
    with study.store.read() as connection:
        counts = select(tasks.c.participant, func.count()).group_by(tasks.c.participant)
        done = pairs_of(connection.execute(counts.where(tasks.c.stage == DONE)).all())
        given = pairs_of(connection.execute(counts).all())
        rows = connection.execute(select(participants).order_by(participants.c.number)).all()
        jobs_by = pairs_of(connection.execute(
            select(jobs.c.status, func.count()).group_by(jobs.c.status)).all())
        gone = connection.scalar(select(func.count()).select_from(departures)) or 0
        noted = connection.scalar(select(func.count()).select_from(notices)) or 0
    return {"people": [{"number": row.number, "part": row.part, "language": row.language, "done": done.get(row.id, 0),
                        "of": given.get(row.id, 0), "state": "revoked" if row.revoked else "left" if row.left else
                        "at work" if row.consented else "invited"} for row in rows],
            "jobs": jobs_by, "gone": gone, "notices": noted}
