"""What a backend needs that asks somewhere else: how hard it may, what it counts, how long it waits, how it fails."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from ..envs.errors import InvalidConfig, RunStopped
from ..envs.finite import check_finite
from ..envs.keys import uniform
from .backend import Completion

T = TypeVar("T", bound=Hashable)
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the second try and, doubling, before the last ones."""


class BackendFailed(RunStopped):
    """A server was asked in vain.

    Attributes:
        received: place in the batch and completion of what had arrived; `complete` with the same requests asks for the rest.
    """

    received: tuple[tuple[int, Completion], ...] = ()


class BudgetSpent(BackendFailed):
    """The requests or tokens of `Limits` are used up; nothing was sent after that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a server may be asked.

    Attributes:
        concurrency: requests of a batch being answered, or waiting for their next try, at a time.
        timeout: seconds from sending a call to the last byte of its answer.
        tries: calls for one request before the batch is given up.
        requests: calls in the backend's life, every try counted; None: any number.
        tokens: of prompts and completions, as the server counts them; None: any number. Calls in flight when they are used
            up are still counted, so that the sum can be passed by what `concurrency` calls take.
    """

    concurrency: int = 8
    timeout: float = 120.0
    tries: int = 6
    requests: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        check_finite(self)
        if not (self.concurrency >= 1 and self.timeout > 0 and self.tries >= 1 and (self.requests or 0) >= 0
                and (self.tokens or 0) >= 0):
            raise InvalidConfig("Limits need concurrency and tries of at least 1, a timeout > 0 and no negative budget, got "
                                f"{self}.")


@dataclass(slots=True)
class Traffic:
    """What went over the wire since the start.

    Attributes:
        requests: calls sent, every try counted.
        retries: calls that were not the first for their request.
        empty: completions without text that were taken as such.
        prompt_tokens: as the server reports them.
        completion_tokens: likewise.
        faults: calls that failed, by kind: a status ("429"), "timeout", "connection", "invalid", "empty".
    """

    requests: int = 0
    retries: int = 0
    empty: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    faults: dict[str, int] = field(default_factory=dict)


def back_off(key: int, attempt: int) -> float:
    """Seconds to wait after the attempt-th failure (from 0): they double, times a number in [0.5, 1) hashed from the key."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0**min(attempt, 60)) * (1 + uniform(key, attempt)) / 2


def retry_after(value: str, now: float) -> float:
    """Seconds to wait by a Retry-After header, in seconds or an HTTP date; 0 for none, a past one or what is neither.

    Args:
        value: the header, "" for none.
        now: seconds since the epoch.
    """
    try:
        seconds = float(value)
    except ValueError:
        try:
            then = parsedate_to_datetime(value)
            seconds = (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, LookupError, ArithmeticError):
            return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def numbered(items: Sequence[T]) -> list[tuple[T, int]]:
    """Every item with how many equal ones came before it."""
    seen: Counter[T] = Counter()
    found = []
    for item in items:
        found.append((item, seen[item]))
        seen[item] += 1
    return found
