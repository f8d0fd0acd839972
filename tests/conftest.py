"""Runs the tests offline, and tells pytest that the root `__init__.py` belongs to the package under test."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads do not survive the forks of data loaders
os.environ["MPLBACKEND"] = "Agg"

ROOT = Path(__file__).resolve().parents[1]


class RootIsNoTestPackage:
    """Keeps pytest from importing the root `__init__.py` under the name of the checkout's folder.

    A folder with an `__init__.py` above a test makes pytest import it before the test: here a second copy
    of dialogym, or a failure where the folder's name is no Python name.
    """

    @staticmethod
    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        return pytest.Dir.from_parent(parent, path=path) if path == ROOT else None


def pytest_configure(config: pytest.Config) -> None:
    # A conftest's own hooks do not apply to the folders above it; a registered plugin's do.
    config.pluginmanager.register(RootIsNoTestPackage(), "root-is-no-test-package")


def pytest_collection_finish(session: pytest.Session) -> None:
    # torch and its libraries are objects for good. Every training ends with full collections, which walked all of them
    # again: up to half the time of the training tests. What is left is looked through less often, too.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, though a shell that started the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
