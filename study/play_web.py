"""`dialogym play --web`: one person against a simulator in the browser, and in the end what a planner would have said."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..envs.agent import ScriptedAgent
from ..envs.dialogue import Dialogue
from ..envs.errors import InvalidAction
from ..envs.position import Position
from ..envs.shells.seat_env import SeatEnv
from ..envs.shells.snapshots import Snapshot
from ..search.driver import run
from ..search.mcts import IxMCTS
from ..search.tree import ROOT, Tree
from ..search.tree_page import tree_page
from .web.site import FOLDER, HEADERS, LONGEST_BODY

router = APIRouter()
PLANNER = IxMCTS(width=3, keep=9, iterations=24, rollout="policy", pruning="chance")
"""Small enough to be waited for, and without an encoder. What the person said is shown beside it: it sees the hidden one."""
SPEAKERS = ("average", "expert")
"""Whose words the planner chooses among, the first that there is; else the seat's first speaker."""


class Table:
    """A talk between one person and a simulator.

    Args:
        env: the person's seat.
        seed: of the first talk; the next ones follow it.
    """

    def __init__(self, env: SeatEnv, seed: int) -> None:
        self.env, self.seed = env, seed
        self.lock = Lock()
        self.past: list[Snapshot] = []
        self.ended = False
        self.trees: dict[int, Tree] = {}
        self.token = secrets.token_urlsafe(16)
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """A talk with somebody else."""
        self.seed, self.past, self.ended, self.trees = seed, [], False, {}
        self.observation, _ = self.env.reset(seed=seed)
        self.start = self.env.position

    @property
    def over(self) -> bool:
        """Whether the hidden person may be revealed."""
        return self.ended or self.env.position.over

    def say(self, text: str) -> None:
        """The person says something; the simulator answers. Raises InvalidAction."""
        mark = self.env.snapshot()
        self.env.step(text)
        self.past.append(mark)

    def undo(self) -> None:
        """Takes the person's last words back."""
        if self.past and not self.ended:
            self.env.restore(self.past.pop())

    def moments(self) -> list[Position]:
        """The positions before each turn of the person."""
        nodes: list[Dialogue] = []
        node: Dialogue | None = self.env.position.dialogue
        while node is not None:
            nodes.append(node)
            node = node.parent
        found, position = [], self.start
        for node in reversed(nodes):
            if node.last is not None and len(node) > len(position.dialogue):
                if node.last.seat == self.env.seat:
                    found.append(position)
                position = position.say(node.last)
        return found

    def tree(self, turn: int) -> Tree:
        """What the planner thought before the person's turn of that number, from 0; LookupError where there was none."""
        if turn not in self.trees:
            position = self.moments()[turn]
            self.trees[turn] = run(PLANNER, [position], self._players())[0]
        return self.trees[turn]

    def _players(self) -> dict[str, Any]:
        scenario = self.env.scenario
        names = scenario.scripted.get(scenario.interactive, {})
        name = next((name for name in SPEAKERS if name in names), None)
        return {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, name), scenario.user: self.env.partner}

    def beside(self) -> list[list[tuple[str, float | None]]]:
        """For each turn of the person: what the planner would have said, the best first, and what it is worth to it."""
        if self.env.seat != self.env.scenario.interactive or not self.env.scenario.scripted.get(self.env.seat):
            return []
        found = []
        for turn in range(len(self.moments())):
            tree = self.tree(turn)
            choices = [(tree.reply[nodes[0]], tree.choice_value(nodes)) for nodes in tree.choices(ROOT)]
            said = [(reply.text, value) for reply, value in choices if reply is not None]
            found.append(sorted(said, key=lambda each: -1.0 if each[1] is None else -each[1]))
        return found


def build_play(env: SeatEnv, seed: int) -> FastAPI:
    """The page of one talk at a time."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.table = Table(env, seed)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])  # no name that leads here
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    return app


def serve_play(env: SeatEnv, seed: int, port: int) -> None:
    """Serves the page on this machine until it is stopped."""
    uvicorn.run(build_play(env, seed), host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return {}
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        return {}
    return form if form.get("csrf") == request.app.state.table.token else {}


Form = Annotated[dict[str, str], Depends(_form)]


@lru_cache
def _pages() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True)


def _page(table: Table, alert: str = "", status: int = 200) -> Response:
    env, scenario = table.env, table.env.scenario
    end = env.position
    telling = scenario.telling
    slots: Mapping[str, Any] = {
        "seat": env.seat, "other": scenario.other(env.seat), "lines": list(env.view().dialogue), "over": table.over,
        "goal": telling.goals.get(env.seat, "") if telling is not None else "", "condition": table.observation["condition"],
        "turns": scenario.horizon, "alert": alert, "csrf": table.token, "seed": table.seed, "may_undo": bool(table.past),
        "planned": table.beside() if table.over else [], "end": end,
        "measures": [(m, end.measured[m.name]) for m in scenario.measures],
        "hidden": scenario.describe_condition(end.condition) if table.over and env.seat == scenario.interactive else ""}
    return HTMLResponse(_pages().get_template("play.html.jinja").render(slots), status, headers=HEADERS)


@router.get("/")
def look(request: Request) -> Response:
    """The talk; when it is over, whom the person met."""
    table: Table = request.app.state.table
    with table.lock:
        return _page(table)


@router.post("/say")
def say(request: Request, form: Form) -> Response:
    """The person's words."""
    table: Table = request.app.state.table
    with table.lock:
        if "text" in form and not table.over:
            try:
                table.say(form["text"].replace("\r\n", "\n").strip())
            except InvalidAction as error:
                return _page(table, str(error), 422)
    return RedirectResponse("/", 303)


@router.post("/do")
def do(request: Request, form: Form) -> Response:
    """Takes words back, ends the talk, or begins another."""
    table: Table = request.app.state.table
    with table.lock:
        if form.get("what") == "undo":
            table.undo()
        elif form.get("what") == "end":
            table.ended = True
        elif form.get("what") == "again":
            table.begin(table.seed + 1)
    return RedirectResponse("/", 303)


@router.get("/tree/{turn}")
def tree(request: Request, turn: int) -> Response:
    """The planner's whole tree before a turn, once the person is revealed."""
    table: Table = request.app.state.table
    scenario = table.env.scenario
    with table.lock:
        if not table.over or not 0 <= turn < len(table.beside()):
            return RedirectResponse("/", 303)
        found = table.tree(turn)
    page = tree_page(found.to_json(), title=f"Before turn {turn + 1}", seats=(scenario.interactive, scenario.user))
    headers = {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}  # the page brings its own
    return HTMLResponse(page, headers=headers)
