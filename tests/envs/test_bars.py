"""Progress bars of the libraries are off inside, and afterwards as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datasets
import pytest
from transformers.utils import logging

from dialogym.envs.bars import no_bars

notes: Any = logging
LIBRARIES: list[Any] = [
    ("transformers", notes.is_progress_bar_enabled, notes.disable_progress_bar, notes.enable_progress_bar),
    ("datasets", lambda: not datasets.are_progress_bars_disabled(), datasets.disable_progress_bars,
     datasets.enable_progress_bars)]


@pytest.mark.parametrize(("library", "shown", "hide", "show"), LIBRARIES, ids=["transformers", "datasets"])
@pytest.mark.parametrize("before", [True, False])
def test_bars_come_back_if_they_were_there(library: Any, shown: Callable[[], bool], hide: Callable[[], None],
                                           show: Callable[[], None], before: bool) -> None:
    was = shown()
    try:
        (show if before else hide)()
        inside = []
        with no_bars(library):
            inside.append(shown())
            with no_bars(library):
                inside.append(shown())
            inside.append(shown())
        assert inside == [False] * 3
        assert shown() is before
        with pytest.raises(KeyError), no_bars(library):
            raise KeyError
        assert shown() is before
    finally:
        (show if was else hide)()
