"""Serving a study: the site in this process, the worker in one of its own, which is started again when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import uvicorn

from .people import purge
from .project import Study
from .web.app import build_app
from .worker import Worker

DAY = 86_400.0


def serve(path: Path, host: str, port: int, *, secure: bool = False, proxied: bool = False, worker: bool = True,
          database: str | None = None) -> None:
    """Serves a study until it is stopped.

    Args:
        path: the study file.
        host: the address to listen at.
        port: its port.
        secure: whether people reach it by https, through a server before it.
        proxied: whether that server says in its headers who asks.
        worker: whether replies are made here, too.
        database: a URL that goes over the file's.

    Raises InvalidConfig for a study that cannot be opened.
    """
    study = Study.open(path, database=database)
    stop = threading.Event()
    threading.Thread(target=_purge_daily, args=(study, stop), daemon=True).start()
    if worker:
        threading.Thread(target=_keep_worker, args=(path, database, stop), daemon=True).start()
    try:
        uvicorn.run(build_app(study, secure), host=host, port=port, log_level="warning", access_log=False, server_header=False,
                    proxy_headers=proxied, forwarded_allow_ips="*" if proxied else None, timeout_graceful_shutdown=5)
    finally:
        stop.set()
        study.close()


def work(path: Path, name: str, *, database: str | None = None, parent: int | None = None) -> None:
    """Makes a study's replies until it is stopped, or until the process of that number is its parent no more.

    Raises InvalidConfig for a study that cannot be opened, InvalidModel and others for a system that cannot speak.
    """
    study = Study.open(path, database=database)
    worker = Worker(study, name)
    worker.load()
    try:
        worker.run(lambda: parent is not None and os.getppid() != parent)
    finally:
        study.close()


def _keep_worker(path: Path, database: str | None, stop: threading.Event) -> None:
    """Has a worker run; one that dies is started again, more slowly each time it dies young."""
    command = [sys.executable, "-m", "dialogym", "study", "work", str(path), "--parent", str(os.getpid())]
    command += ["--database", database] if database else []
    pause = 1.0
    while not stop.is_set():
        begun = time.monotonic()
        process = subprocess.Popen(command)
        while process.poll() is None and not stop.wait(0.2):
            pass
        if stop.is_set():
            process.terminate()
            return
        pause = 1.0 if time.monotonic() - begun > 60 else min(60.0, pause * 2)
        stop.wait(pause)


def _purge_daily(study: Study, stop: threading.Event) -> None:
    while True:
        purge(study)
        if stop.wait(DAY):
            return
