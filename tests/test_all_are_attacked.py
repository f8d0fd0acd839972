"""Every game of the package has its tests of who does not listen."""

from __future__ import annotations

from pathlib import Path

from tests.gamed import IDS


def test_every_environment_is_attacked() -> None:
    attacked = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_not_gamed.py")]
    assert sorted(id for id in IDS if any(f'ID = "{id}"' in text for text in attacked)) == IDS
