"""The site's words in its languages, what a study file says over them, and the notice to who is in need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from ..envs.errors import InvalidConfig
from .config import LANGUAGES, StudyConfig

NAMES = {"en": "English", "zh": "中文"}
_NUMBER = re.compile(r"\+?\d[\d -]*\d")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language by key, in `study/<language>.yaml`. Raises InvalidConfig for a language without any."""
    if language not in LANGUAGES:
        raise InvalidConfig(f"The site speaks {LANGUAGES}, not {language!r}.")
    found: Mapping[str, str] = yaml.safe_load(Path(__file__).with_name(f"{language}.yaml").read_text(encoding="utf-8"))
    return found


def dialled(line: str) -> list[tuple[str, str]]:
    """A line in pieces, each with the number that a telephone dials; "" for what is none (or has fewer than three digits)."""
    found, at = [], 0
    for match in _NUMBER.finditer(line):
        number = re.sub(r"[ -]", "", match[0])
        if len(number) >= 3:
            found += [(line[at:match.start()], ""), (match[0], number)]
            at = match.end()
    return [*found, (line[at:], "")]


class Site:
    """The words of a study's site in one language."""

    def __init__(self, config: StudyConfig, language: str) -> None:
        self.config = config
        self.language = language if language in config.languages else config.languages[0]

    def __call__(self, key: str, **slots: object) -> str:
        """The text of a key, its slots filled. Raises InvalidConfig for a key that there is not."""
        text = self.config.wording.get(key, {}).get(self.language) or catalogue(self.language).get(key)
        if text is None:
            raise InvalidConfig(f"The site has no text {key!r}.")
        return text.format(**slots) if slots else text

    def consent(self) -> str:
        """What people agree to."""
        return self.config.consent.get(self.language) or self("consent.text", days=self.config.retention_days)

    def contact(self) -> str:
        """Whom people can write to; "" where the study file names nobody."""
        return self.config.contact.get(self.language, "")

    def crisis(self) -> str:
        """What is said to who writes of harming themselves."""
        return self.config.crisis.get(self.language) or self("crisis.text")

    def help_lines(self) -> tuple[str, ...]:
        """Where help is, local to the people of the language."""
        return tuple(self.config.help_lines.get(self.language, ())) or (self("crisis.lines"),)
