"""A study served in this process, on a port of its own: for the demo and for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from ..project import Study
from ..web.app import build_app
from ..worker import Worker


@contextmanager
def local_site(study: Study, *, port: int = 0, workers: int = 1) -> Iterator[str]:
    """The address of a site that serves the study, with its worker, as long as the block runs.

    Args:
        study: the study; it stays open.
        port: where; 0: where there is room.
        workers: 0: nobody makes replies.
    """
    stop = threading.Event()
    threads = [threading.Thread(target=Worker(study).run, args=(stop.is_set, 0.01), daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        with served(build_app(study), port) as address:
            yield address
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """The address at which an application is served as long as the block runs. Raises OSError when the port is taken."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
        place = found.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
        thread = threading.Thread(target=server.run, args=([found],), daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise OSError(f"the server at port {place} did not start")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{place}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
