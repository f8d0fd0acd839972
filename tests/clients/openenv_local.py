"""Where `openenv validate` finds its subject without Docker: the package's own server as a process of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

PACKAGE = Path(__file__).resolve().parents[2] / "dialogym_env"
PATIENCE = 1200  # seconds until a server answers, on a machine however busy


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(command: Sequence[str], port: int, cwd: Path | None = None, **environment: str) -> Iterator[str]:
    """The address of a server that the command runs, while it runs."""
    process = subprocess.Popen([sys.executable, *command], cwd=cwd, env={**os.environ, **environment},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        began = time.monotonic()
        while not answers(f"http://127.0.0.1:{port}/health"):
            if process.poll() is not None or time.monotonic() - began > PATIENCE:
                process.terminate()
                raise AssertionError(f"The server did not start: {process.communicate()[0]}")
            time.sleep(0.3)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def answers(url: str) -> bool:
    """Whether somebody answers with 200 there."""
    try:
        with urlopen(url, timeout=5) as found:
            return bool(found.status == 200)
    except (URLError, OSError):
        return False


@contextmanager
def served(id: str, *options: str) -> Iterator[str]:
    """The address of `dialogym serve ID`, while it runs."""
    port = free_port()
    with server(["-m", "dialogym", "serve", id, "--port", str(port), *options], port) as url:
        yield url


class Here:
    """A provider of OpenEnv's validation that starts the package's server as its Dockerfile does, in this environment."""

    name = "local-process"
    supported_network_modes = frozenset({"public"})

    def __init__(self) -> None:
        from openenv.validation.types import ProviderCapability

        self.capabilities = frozenset({ProviderCapability.IMAGE_BUILD})

    def build(self, root: Path, execution: Any) -> str:
        """Nothing is built: what is installed here runs."""
        assert (root / execution.dockerfile).is_file()
        assert 'CMD ["uvicorn", "server.app:app"' in (root / execution.dockerfile).read_text()
        return "sha256:" + "0" * 64

    def start(self, spec: Any) -> Any:
        """The running server."""
        return Running()


class Running:
    """A started subject."""

    def __init__(self) -> None:
        port = free_port()
        self._context = server(["-m", "uvicorn", "server.app:app", "--port", str(port)], port, cwd=PACKAGE)
        self.base_url = self._context.__enter__()

    def inspect(self) -> dict[str, Any]:
        """What is known of it."""
        return {"provider": Here.name}

    def stop(self) -> None:
        """Ends it."""
        self._context.__exit__(None, None, None)
