"""A `FaultyServer` in a process of its own, to be killed; `python -m tests.agents.small_server PORT` tells its address."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.agents import faulty_server
from tests.agents.faulty_server import FaultyServer

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def process(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server's process and its address; killed in the end, if it is not dead already."""
    command = [sys.executable, "-m", "tests.agents.small_server", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server, server.stdout.readline().strip()
        finally:
            server.kill()


def main() -> None:
    with FaultyServer(port=int(sys.argv[1]), reply=faulty_server.speak) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
