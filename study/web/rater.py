"""The pages of who takes part. Whatever changes something is a POST; every form works without JavaScript."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import func, select
from starlette.responses import JSONResponse, Response

from .. import people, talking
from ..design import SIDES, add_talk, problems
from ..people import Closed
from ..questions import BELIEF, fields_of, rate, read_answer, remaining, undo
from ..store.tables import items, participants, tasks
from ..talking import DONE, NEW, RATE, TALK, Refused
from .site import PERSON, Stop, go, read_form, web_of

router = APIRouter()
Form = Annotated[dict[str, str], Depends(read_form)]


# -- coming and going ------------------------------------------------------------------------


@router.get("/")
def home(request: Request) -> Response:
    """Where somebody stands: a stranger, to be asked for consent, at work, finished, or gone."""
    web = web_of(request)
    who = web.person(request)
    if who is None:
        return web.page(request, "welcome", action="/enrol" if web.study.config.open else "")
    if who.left is not None:
        return web.page(request, "left", who)
    if who.consented is None:
        return web.page(request, "consent", who)
    if people.past(web.study, who):
        return web.page(request, "finished", who, previous="")
    with web.study.store.read() as connection:
        all_tasks = connection.execute(select(tasks).where(tasks.c.participant == who.id).order_by(tasks.c.place)).all()
    left = [task for task in all_tasks if task.stage != DONE]
    if not left and who.part != "talks":
        last = all_tasks[-1].id if all_tasks and who.part in ("pairs", "authorship") else ""
        return web.page(request, "finished", who, previous=last)
    return web.page(request, "home", who, tasks=all_tasks, next=left[0] if left else None, done=len(all_tasks) - len(left))


@router.get("/join/{token}")
def join_page(request: Request, token: str) -> Response:
    """A personal link: a page with a button, so that looking at it changes nothing."""
    web = web_of(request)
    id = people.by_link(web.study, token)
    if id is None:
        raise Stop(404, "error.link")
    return web.page(request, "welcome", invited=people.person(web.study, id), action=f"/join/{token}")


@router.post("/join/{token}")
def join(request: Request, token: str, form: Form) -> Response:
    """Takes up a personal link."""
    web = web_of(request)
    id = people.by_link(web.study, token)
    if id is None:
        raise Stop(404, "error.link")
    if form.get("language"):
        who = people.person(web.study, id)
        if who is not None and who.consented is None:
            people.speak(web.study, id, form["language"])
    return web.open(go("/"), PERSON, id)


@router.post("/enrol")
def enrol(request: Request, form: Form) -> Response:
    """Joins without a personal link, where the study is open."""
    web = web_of(request)
    part = web.study.config.open
    if part is None:
        raise Stop(403, "error.link")
    language = form.get("language", "")
    try:
        token = people.invite(web.study, part, language if language in web.study.config.languages else None)
    except Closed as error:
        raise Stop(409, str(error)) from None
    return web.open(go("/"), PERSON, people.by_link(web.study, token) or "")


@router.post("/consent")
def consent(request: Request, form: Form) -> Response:
    """They agree, or not."""
    web = web_of(request)
    who = web.known(request, agreed=False)
    if form.get("answer") != "yes":
        people.erase(web.study, who.id, "declined")
        return web.close(web.page(request, "erased", who))
    if form.get("adult") != "yes" or form.get("machine") != "yes":
        return web.page(request, "consent", who, 422, alert="consent.boxes")
    people.consent(web.study, who.id)
    return go("/")


@router.post("/language")
def language(request: Request, form: Form) -> Response:
    """The site in another language, until somebody has begun to talk."""
    web = web_of(request)
    who = web.known(request, agreed=False)
    with web.study.store.read() as connection:
        begun = connection.scalar(select(func.count()).select_from(tasks).where(
            tasks.c.participant == who.id, tasks.c.stage != NEW))
    if not begun:
        people.speak(web.study, who.id, form.get("language", ""))
    return go("/")


@router.get("/help")
def help_page(request: Request) -> Response:
    """Where help is, for who needs it now."""
    web = web_of(request)
    return web.page(request, "help", web.person(request), harmed=False)


@router.get("/me")
def me(request: Request) -> Response:
    """What is kept, and the buttons to leave and to delete it."""
    web = web_of(request)
    return web.page(request, "me", web.known(request, agreed=False))


@router.get("/me/data.json")
def my_data(request: Request) -> Response:
    """All that is kept of them."""
    web = web_of(request)
    found = people.own_data(web.study, web.known(request, agreed=False).id)
    return JSONResponse(found, headers={"Content-Disposition": "attachment; filename=my-data.json"})


@router.post("/me/leave")
def leave(request: Request, form: Form) -> Response:
    """They go; what they said stays."""
    web = web_of(request)
    people.leave(web.study, web.known(request, agreed=False).id)
    return go("/")


@router.post("/me/delete")
def delete(request: Request, form: Form) -> Response:
    """They go, and everything of theirs."""
    web = web_of(request)
    who = web.known(request, agreed=False)
    people.erase(web.study, who.id)
    return web.close(web.page(request, "erased", who))


# -- at work ---------------------------------------------------------------------------------


@router.post("/talks/new")
def new_talk(request: Request, form: Form) -> Response:
    """Another talk of the user study, unless one is open."""
    web = web_of(request)
    who = web.known(request)
    if who.part != "talks":
        raise Stop(404, "error.gone")
    with web.study.store.write() as connection:
        connection.execute(select(participants.c.id).where(participants.c.id == who.id).with_for_update())
        left = remaining(connection, who.id)
        id = left[0].id if left else add_talk(web.study, connection, who)
    return go(f"/task/{id}")


@router.get("/task/{task}")
def task_page(request: Request, task: str) -> Response:
    """What is asked next in a task."""
    web = web_of(request)
    return _task(request, web.known(request), task)


@router.get("/task/{task}/panel")
def panel(request: Request, task: str) -> Response:
    """The moving part of a talk's page, which it asks for again while replies are made."""
    web = web_of(request)
    return _task(request, web.known(request), task)


def _task(request: Request, who: Any, task: str, status: int = 200, **slots: Any) -> Response:
    web, study = web_of(request), web_of(request).study
    with study.store.read() as connection:
        found = talking.task_of(connection, task, who.id)
        count = connection.scalar(select(func.count()).select_from(tasks).where(tasks.c.participant == who.id)) or 0
        item = connection.scalar(select(items.c.content).where(items.c.id == found.item)) if found.item else None
        before = connection.scalar(select(tasks.c.id).where(
            tasks.c.participant == who.id, tasks.c.place == found.place - 1, tasks.c.stage == DONE)) or ""
    slots = {"task": found, "count": count, "alert": "", "form": {}, **slots}
    if found.stage == DONE:
        return web.page(request, "done", who, **slots) if who.part == "talks" else go("/")
    if who.part in ("pairs", "authorship"):
        return web.page(request, who.part, who, status, item=_shown(json.loads(item or "{}"), found), previous=before, **slots)
    slots["problem"] = problems(study, who.language)[int(found.item)] if found.item else ""
    if found.stage == NEW:
        return web.page(request, "start", who, status, **slots)
    moment = talking.moment(study, task, who.id)
    if found.stage == RATE:
        sides = SIDES if found.part == "comparison" else ("a",)
        return web.page(request, "rate", who, status, moment=moment, sides=sides,
                        fields=fields_of(study.config, found.part, sides), **slots)
    same = found.part == "talks" or (study.config.comparison is not None and study.config.comparison.same) or moment.said == 0
    return web.page(request, "talk", who, status, moment=moment, key=secrets.token_hex(16), same=same, belief=BELIEF, **slots)


def _shown(item: dict[str, Any], task: Any) -> dict[str, Any]:
    """An item as the page shows it: a pair's replies by side, and not which is which."""
    if task.part == "pairs":
        return {"context": item["context"], **{side: item[which] for side, which in json.loads(task.sides).items()}}
    return item


@router.post("/task/{task}/begin")
def begin(request: Request, task: str, form: Form) -> Response:
    """The talk is opened."""
    web = web_of(request)
    talking.begin(web.study, task, web.known(request).id)
    return go(f"/task/{task}")


@router.post("/task/{task}/say")
def say(request: Request, task: str, form: Form) -> Response:
    """A message to each side."""
    web = web_of(request)
    who = web.known(request)
    texts = {side: form.get(f"text_{side}", form.get("text", "")) for side in SIDES}
    try:
        beliefs: dict[str, int] = {}
        if web.study.config.belief:
            for side in SIDES:
                given = form.get(f"belief_{side}", form.get("belief", ""))
                beliefs[side] = int(read_answer(web.study, BELIEF, given)[0] or 0)
        talking.say(web.study, task, who.id, texts, beliefs, form.get("key", ""))
        people.touch(web.study, who.id)
    except Refused as error:
        if str(error) == "error.gone":
            raise
        asked = request.headers.get("hx-request") == "true"  # htmx shows nothing but successes
        return _task(request, who, task, 200 if asked else 422, alert=str(error), form=form)
    return _after(request, who, task)


def _after(request: Request, who: Any, task: str) -> Response:
    return _task(request, who, task) if request.headers.get("hx-request") == "true" else go(f"/task/{task}")


@router.post("/task/{task}/go-on")
def go_on(request: Request, task: str, form: Form) -> Response:
    """On with the talk after the operator's text."""
    web = web_of(request)
    talking.move(web.study, task, web.known(request).id, TALK)
    return go(f"/task/{task}")


@router.post("/task/{task}/retry")
def retry(request: Request, task: str, form: Form) -> Response:
    """Replies that could not be made are tried again."""
    web = web_of(request)
    talking.retry(web.study, task, web.known(request).id)
    return go(f"/task/{task}")


@router.post("/task/{task}/end")
def end(request: Request, task: str, form: Form) -> Response:
    """On to the questions."""
    web = web_of(request)
    talking.move(web.study, task, web.known(request).id, RATE)
    return go(f"/task/{task}")


@router.post("/task/{task}/rate")
def take_answers(request: Request, task: str, form: Form) -> Response:
    """The answers to a task; then the next one."""
    web = web_of(request)
    who = web.known(request)
    try:
        harmed = rate(web.study, task, who.id, form)
    except Refused as error:
        if str(error) in ("error.gone", "error.stage"):
            raise
        return _task(request, who, task, 422, alert=str(error), form=form)
    if harmed:
        return web.page(request, "help", who, harmed=True)
    if who.part in ("pairs", "authorship"):
        with web.study.store.read() as connection:
            left = remaining(connection, who.id)
        return go(f"/task/{left[0].id}" if left else "/")
    return go("/")


@router.post("/task/{task}/undo")
def take_back(request: Request, task: str, form: Form) -> Response:
    """An annotation is given anew."""
    web = web_of(request)
    undo(web.study, task, web.known(request).id)
    return go(f"/task/{task}")


