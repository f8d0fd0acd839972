"""A study served by its own command, and PostgreSQL where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from dialogym.study.bots.browser import Browser

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None) if find_spec("psycopg") else None
"""Where a PostgreSQL server is, if there is one and its driver (the extra "postgres")."""


class Served:
    """`dialogym study serve` as a process that can be killed and started again."""

    def __init__(self, file: Path, database: str | None = None) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "dialogym", "study", "serve", str(file), "--port", str(self.port)]
        self.command += ["--database", database] if database else []
        self.process: subprocess.Popen[bytes] | None = None
        self.log = file.with_suffix(".log").open("ab")

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
        begun = time.monotonic()
        while self.process.poll() is None and time.monotonic() < begun + 900:  # a busy machine takes its time to start one
            try:
                if Browser(self.address).get("/").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        self.log.close()
        raise AssertionError(Path(self.log.name).read_text(encoding="utf-8"))

    def kill(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill(signal.SIGTERM)
        self.log.close()


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a fresh PostgreSQL server that lives as long as the block, in a folder that its own user may enter."""
    assert POSTGRES is not None
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    data = Path(tempfile.mkdtemp(prefix="dialogym-pg-"))
    owner = "postgres" if os.getuid() == 0 else None  # it does not run as root
    if owner is not None:
        shutil.chown(data, owner, owner)

    def run(*command: str) -> None:
        subprocess.run([str(POSTGRES / command[0]), *command[1:]], user=owner, check=True, cwd="/", stdout=subprocess.DEVNULL)

    run("initdb", "-D", str(data), "-A", "trust", "-U", "study", "-N", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
    try:
        yield f"postgresql://study@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(data)
