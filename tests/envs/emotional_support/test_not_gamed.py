"""Nobody who does not listen wins: against no family, in no language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gamed import families, long, short

ID = "EmotionalSupport-v0"


def test_a_short_search_wins_nothing() -> None:
    assert short(ID) == []


@pytest.mark.slow
@pytest.mark.parametrize(("id", "options", "user"), families(ID))
def test_minutes_of_search_win_nothing(id: str, options: dict[str, Any], user: str) -> None:
    assert long(id, options, user) == []
