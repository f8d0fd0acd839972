"""A study at work: its file, its database and the secret that its orders and links are drawn under."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.scenario import Scenario
from .config import StudyConfig, load_study
from .items import load_items
from .store.store import Store

DESIGN = "design"
"""The setting that keeps what a study's answers depend on: a file that says something else is another study."""


@dataclass(frozen=True, slots=True)
class Study:
    """A study that can be served, worked for and reported on.

    Attributes:
        config: its file.
        store: its database.
        secret: under which everything is drawn; in the database alone.
        clock: seconds since 1970.
    """

    config: StudyConfig
    store: Store
    secret: str
    clock: Callable[[], float] = time.time
    scenarios: dict[str, Scenario] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.time, database: str | None = None) -> Study:
        """Opens a study by its file; its tables are made, or brought to the newest version.

        Args:
            path: the study file.
            clock: what time it is.
            database: a URL that goes over the file's.

        Raises:
            InvalidConfig: the file or the database cannot be used, or the database holds another study.
        """
        config = load_study(path)
        store = Store(database or config.url)
        store.migrate()
        secret = store.setting("secret", lambda: secrets.token_hex(16))
        kept = store.setting(DESIGN, lambda: design_of(config))
        if kept != design_of(config):
            changed = sorted(name for name, value in json.loads(design_of(config)).items()
                             if json.loads(kept or "{}").get(name) != value)
            raise InvalidConfig(f"{path}: the database holds answers to another design ({', '.join(changed)} changed since "
                                "it was begun); give this one a name and a database of its own.")
        study = cls(config, store, secret or "", clock)
        load_items(config, store)
        return study

    def scenario(self, language: str) -> Scenario:
        """The scenario of somebody's language, made once."""
        if language not in self.scenarios:
            self.scenarios[language] = self.config.scenario(language)
        return self.scenarios[language]

    def key(self, *parts: Any) -> int:
        """64 bits drawn under the study's secret and seed for a purpose."""
        return mix(text_key(f"{self.secret} {self.config.seed} {json.dumps(parts)}"), 1)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock()

    def close(self) -> None:
        """Lets the database go."""
        self.store.close()


def design_of(config: StudyConfig) -> str:
    """What answers depend on, as JSON: the systems by a hash, so that a look into the settings tells nothing."""
    def plain(part: Any) -> Any:
        return None if part is None else blake2b(repr(part).encode(), digest_size=8).hexdigest()

    kept = {name: plain(getattr(config, name)) for name in ("options", "systems", "comparison", "talks", "pairs", "authorship")}
    return json.dumps({"env": config.env, "seed": config.seed, **kept}, sort_keys=True)
