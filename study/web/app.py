"""The site as an application: its routes, its headers, and what is said when something goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..project import Study
from ..talking import Refused
from .operator import router as operator_pages
from .rater import router as rater_pages
from .site import FOLDER, HEADERS, Stop, Web, web_of

PAGES = 9_000
"""Requests a minute from one address: a room of raters behind one, whose pages look for replies every second."""
_log = logging.getLogger("dialogym.study")


def build_app(study: Study, secure: bool = False) -> FastAPI:
    """The site of a study.

    Args:
        study: the study; it stays open.
        secure: whether the site is reached by https, so that its cookies go no other way.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = Web(study, secure)
    app.include_router(rater_pages)
    app.include_router(operator_pages)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    app.middleware("http")(_headers)
    app.exception_handler(Stop)(_stopped)
    app.exception_handler(Refused)(_refused)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_broken)
    return app


async def _headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    web, host = web_of(request), request.client.host if request.client else ""
    often = not web.limits.take(f"pages {host}", PAGES)
    response = _told(request, 429, "error.often") if often else await call(request)
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=86400"
        for name in ("etag", "last-modified"):
            if name in response.headers:
                del response.headers[name]
    if web.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _told(request: Request, status: int, key: str) -> Response:
    web = web_of(request)
    return web.page(request, "error", status=status, key=key)


async def _stopped(request: Request, error: Exception) -> Response:
    return _told(request, error.status, error.key) if isinstance(error, Stop) else await _broken(request, error)


async def _refused(request: Request, error: Exception) -> Response:
    return _told(request, 404 if str(error) == "error.gone" else 422, str(error))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _told(request, status, "error.gone" if status == 404 else "error.form")


async def _broken(request: Request, error: Exception) -> Response:
    _log.exception("A page could not be made.", exc_info=error)
    return _told(request, 500, "error.broken")
