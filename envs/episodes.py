"""Episodes as lines of JSON: how annotated corpora are kept, whatever format they came in.

Each line is one episode, with the scenario it belongs to; a file may begin with a line of settings that says how it was
made (`journal.Journal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .dialogue import Dialogue, Utterance
from .errors import InvalidCorpus
from .parts import Episode
from .position import check_text
from .scenario import Scenario, required
from .storage import SETTINGS, is_settings, line, parsed, write_whole

FORMAT = 1
_KEY = "dialogym_episodes"
KIND = (_KEY, FORMAT)
"""What the first line of a `Journal` of episodes says."""
_KEYS = {_KEY, "scenario", "version", "source", "split", "condition", "dialogue"}


def read_corpus(scenario: Scenario, path: Path) -> Sequence[Episode]:
    """A corpus in the scenario's own format, or a `.jsonl` file of episodes; at least one. Raises InvalidCorpus."""
    found = (load(path, scenario) if path.suffix == ".jsonl" and path.is_file()
             else required(scenario, "corpus", scenario.corpus).load(path))
    if not found:
        raise InvalidCorpus(f"{str(path)!r} holds no episode of {scenario.name!r}; expected a corpus with at least one.")
    return found


def to_json(scenario: Scenario, episode: Episode) -> dict[str, Any]:
    """The episode as a JSON value that `from_json` turns back into an equal one."""
    return {
        _KEY: FORMAT, "scenario": scenario.name, "version": scenario.version,
        "source": episode.source, "split": episode.split,
        "condition": scenario.condition_to_json(episode.condition),
        "dialogue": [[u.seat, u.text, u.state] if u.state else [u.seat, u.text] for u in episode.dialogue],
    }


def from_json(value: Any, scenario: Scenario) -> Episode:
    """The inverse of `to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    if not isinstance(value, Mapping) or (missing := sorted(_KEYS - set(value))):
        raise ValueError(f"it lacks {missing[0]!r}" if isinstance(value, Mapping) else "it is not a JSON object")
    if value[_KEY] != FORMAT:
        raise ValueError(f"its format is {value[_KEY]!r}, this release reads {FORMAT}")
    if value["scenario"] != scenario.name:
        raise ValueError(f"it is of scenario {value['scenario']!r}, not {scenario.name!r}")
    if not isinstance(value["version"], int) or value["version"] > scenario.version:
        raise ValueError(f"it is of version {value['version']!r} of the scenario, this is version {scenario.version}")
    if not all(isinstance(value[name], str) and value[name] for name in ("source", "split")):
        raise ValueError("its source and its split must be words")
    dialogue = Dialogue.EMPTY
    for item in value["dialogue"]:
        if not isinstance(item, list) or len(item) not in (2, 3) or item[0] not in scenario.seats:
            raise ValueError(f"an utterance is [seat, text] or [seat, text, state] with a seat of {list(scenario.seats)}, "
                             f"got {str(item)[:60]!r}")
        for text in item[1:]:
            check_text(text)
        dialogue = dialogue.say(Utterance(*item))
    if not len(dialogue):
        raise ValueError("nothing is said in it")
    return Episode(scenario.condition_from_json(value["condition"]), dialogue, value["split"], value["source"])


def lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Every whole line of a file that is JSON, with its number from 1. Raises InvalidCorpus, naming file and line."""
    try:
        parts = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InvalidCorpus(f"The episodes {path} cannot be read ({error.strerror}); name a .jsonl file.") from error
    if parts[-1]:
        raise InvalidCorpus(f"{path}, line {len(parts)}: it ends in the middle; finish it with the command that wrote it.")
    for number, part in enumerate(parts[:-1], 1):
        try:
            yield number, parsed(part)
        except ValueError as error:
            raise InvalidCorpus(f"{path}, line {number}: not JSON ({error}); wanted one episode per line.") from error


def load(path: Path, scenario: Scenario) -> list[Episode]:
    """Reads a file of episodes, each with a source of its own. Raises InvalidCorpus, naming file and line."""
    found: list[Episode] = []
    sources: dict[str, int] = {}
    for number, value in lines(path):
        if number == 1 and is_settings(value, _KEY):
            continue
        try:
            episode = from_json(value, scenario)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidCorpus(f"{path}, line {number}: not an episode of {scenario.name!r} ({error}).") from error
        if (before := sources.setdefault(episode.source, number)) != number:
            raise InvalidCorpus(f"{path}, line {number}: the source {episode.source!r} came before, on line {before}; expected "
                                "one episode of each, so remove one or name it otherwise.")
        found.append(episode)
    if not found:
        raise InvalidCorpus(f"{path} holds no episode.")
    return found


def save(path: Path, scenario: Scenario, episodes: Sequence[Episode], settings: Mapping[str, Any] | None = None) -> None:
    """Writes a file of episodes, the settings before them if there are any."""
    first = [line({_KEY: FORMAT, SETTINGS: dict(settings)})] if settings is not None else []
    write_whole(path, b"".join([*first, *(line(to_json(scenario, episode)) for episode in episodes)]))
