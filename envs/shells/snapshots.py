"""What the environment shells share: how an episode begins, and snapshots with the checks that refuse a wrong one."""

from __future__ import annotations

import json
import operator
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidAction, InvalidSnapshot
from ..keys import MASK, mix, text_key
from ..parts import Condition
from ..position import Position, options_of
from ..scenario import Scenario

SNAPSHOT_VERSION = 2
_NEXT_EPISODE = 0x6E657874
_AGAIN = "take it again with env.snapshot()"

Books = tuple[Any, ...]
"""A shell's own book-keeping: PettingZoo's agents, selection, rewards and flags; () for a shell that has none."""


def begin(scenario: Scenario, seed: int | None, options: Mapping[str, Any], before: int, secret: str) -> tuple[int, Position]:
    """The seed of an episode, and its opening position, a pure function of the seed under the secret.

    Args:
        scenario: the rules, with the environment's id, which enters every random choice.
        seed: any integer, numpy's too; None: the next episode follows from the one before, the first from the system's entropy.
        options: "condition" is the user's hidden condition instead of a drawn one.
        before: the seed of the episode before, -1 when there was none.
        secret: under which conditions and luck are drawn.
    """
    if seed is None:
        seed = mix(before, _NEXT_EPISODE) if before >= 0 else secrets.randbits(63)
    episode = operator.index(seed) & MASK
    condition: Condition | None = options.get("condition")
    if condition is not None:
        scenario.describe_condition(condition)  # refuses another scenario's
    return episode, Position.start(scenario, episode, condition=condition, secret=secret)


def rewinds(seed: int | None, options: Mapping[str, Any]) -> bool:
    """Whether `reset` is asked for a snapshot; then for nothing else, or InvalidAction."""
    if "snapshot" not in options:
        return False
    if seed is not None or "condition" in options:
        raise InvalidAction("reset() takes options['snapshot'] alone: the snapshot holds seed and condition.")
    return True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything an environment is at a moment: a shared `Position` and the shell's book-keeping.

    Taking one costs about a microsecond at any length of dialogue. Attributes: `id` of the environment, `position`,
    `episode` (the seed the episode started from), `books` (agents, selection, rewards, terminations, truncations), `mark`
    (which secret it was drawn under, not the secret itself: see `envs/keys.py`).

    It is the environment's owner's, and no player's: the position holds the hidden condition and the key of all luck to come.
    """

    id: str
    position: Position
    episode: int
    books: Books
    mark: str

    def to_json(self) -> str:
        """A JSON text that `restore` takes, here or in another process."""
        body = {"snapshot": SNAPSHOT_VERSION, "id": self.id, "position": self.position.to_json(),
                "episode": f"{self.episode:016x}", "books": self.books, "mark": self.mark}
        return json.dumps({**body, "seal": seal(body)}, ensure_ascii=False)


def seal(body: dict[str, Any]) -> str:
    """The checksum of a snapshot's JSON value: a letter changed on the way is a damaged snapshot, not another game."""
    text = json.dumps({name: value for name, value in body.items() if name != "seal"}, ensure_ascii=False)
    return f"{text_key(text):016x}"


def checked(snapshot: Any, id: str, scenario: Scenario, mark: str, books: Callable[[Position, Any], Books]) -> Snapshot:
    """The snapshot to restore in the environment `id`, from an object or its JSON text.

    Args:
        snapshot: what `restore` was given.
        id: of the environment that restores it.
        scenario: that environment's.
        mark: of that environment's secret.
        books: makes the shell's book-keeping from the JSON's, or raises ValueError when it does not belong to the position.

    Raises:
        InvalidSnapshot: it is another environment's, version's or format's, or damaged.
    """
    if isinstance(snapshot, str):
        snapshot = _parse(snapshot, id, scenario, books)
    if not isinstance(snapshot, Snapshot):
        raise InvalidSnapshot(f"restore() takes a Snapshot or its JSON text, got {type(snapshot).__name__}.")
    _check_id(snapshot.id, id)
    if snapshot.mark != mark:
        raise InvalidSnapshot("The snapshot was taken under another secret, so that the episodes after it would be others; "
                              "make the environment with the same secret.")
    found: object = snapshot.position
    if not isinstance(found, Position):
        raise InvalidSnapshot(f"The snapshot is damaged: it lacks a position; {_AGAIN}.")
    if found.scenario is scenario:
        return snapshot
    if found.scenario.version != scenario.version:
        raise InvalidSnapshot(f"The snapshot is of version {found.scenario.version} of the scenario, "
                              f"this is version {scenario.version}.")
    if found.scenario != scenario:
        raise InvalidSnapshot(f"The snapshot was taken under the options {options_of(found.scenario)}, this "
                              f"environment has {options_of(scenario)}; make it with the same ones.")
    return snapshot


def _check_id(found: Any, id: str) -> None:
    if found != id:
        raise InvalidSnapshot(f"The snapshot is of {found!r}, this environment is {id!r}; "
                              "restore it in the environment it was taken from.")


def _parse(text: str, id: str, scenario: Scenario, books: Callable[[Position, Any], Books]) -> Snapshot:
    try:
        value = json.loads(text)
        if value["snapshot"] != SNAPSHOT_VERSION:
            raise InvalidSnapshot(f"The snapshot has format {value['snapshot']!r}, this package reads {SNAPSHOT_VERSION}.")
        _check_id(value["id"], id)
        if value["seal"] != seal(value):
            raise InvalidSnapshot(f"The snapshot is damaged: its seal does not fit what it holds; {_AGAIN}.")
        position = Position.from_json(value["position"], scenario)
        return Snapshot(id, position, int(value["episode"], 16) & MASK, books(position, value["books"]),
                        str(value["mark"]))
    except InvalidSnapshot:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise InvalidSnapshot(f"The snapshot is damaged ({type(error).__name__}: {error}); {_AGAIN}.") from error
