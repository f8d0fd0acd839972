"""Several episodes as one, with a counter that can be rewound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pettingzoo.utils.wrappers import BaseWrapper
from pettingzoo.utils.wrappers import MultiEpisodeEnv as PettingZoosMultiEpisodeEnv

from ..errors import InvalidSnapshot
from ..parts import Condition
from ..storage import parsed
from .snapshots import Snapshot, rewinds


@dataclass(frozen=True, slots=True)
class MultiSnapshot:
    """A snapshot and what the wrapper knows besides.

    Attributes:
        snapshot: the environment's.
        elapsed: which episode it is of, from 1.
        seed: what the episode was reset with; None: it follows from the one before.
        condition: the user's in every episode, as JSON; None: drawn.
    """

    snapshot: Snapshot
    elapsed: int
    seed: int | None
    condition: Any = None

    def to_json(self) -> str:
        """A JSON text that `restore` takes, here or in another process."""
        return json.dumps({"elapsed": self.elapsed, "seed": self.seed, "condition": self.condition,
                           "snapshot": self.snapshot.to_json()}, ensure_ascii=False)


class MultiEpisodeEnv(PettingZoosMultiEpisodeEnv[str, Any, Any]):
    """PettingZoo's `MultiEpisodeEnv` whose snapshots hold its counter; around a `DialogueEnv`, also in other wrappers.

    PettingZoo's own keeps the counter where no snapshot of the environment within reaches it. It takes what PettingZoo's does:
    the environment, and `num_episodes`, after which the agents are gone.
    """

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts the first episode, or goes back to options["snapshot"], which `snapshot` took."""
        if rewinds(seed, options or {}):
            self.restore((options or {})["snapshot"])
        else:
            super().reset(seed, options)

    def snapshot(self) -> MultiSnapshot:
        """The state now, with the number of the episode."""
        condition: Condition | None = (self._options or {}).get("condition")
        scenario = self.env.unwrapped.scenario  # type: ignore[attr-defined]
        return MultiSnapshot(self.env.snapshot(), self._episodes_elapsed, self._seed,  # type: ignore[attr-defined]
                             None if condition is None else scenario.condition_to_json(condition))

    def restore(self, snapshot: MultiSnapshot | str) -> None:
        """Goes back to a snapshot of this wrapper, an object or its JSON.

        Raises InvalidSnapshot and changes nothing when it is another environment's, none of this wrapper, or damaged.
        """
        try:
            found: Any = MultiSnapshot(**parsed(snapshot)) if isinstance(snapshot, str) else snapshot
            if not isinstance(found, MultiSnapshot) or not 1 <= found.elapsed <= self._num_episodes:
                raise ValueError(f"it is no snapshot of {self._num_episodes} episodes")
            scenario = self.env.unwrapped.scenario  # type: ignore[attr-defined]
            condition = None if found.condition is None else scenario.condition_from_json(found.condition)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidSnapshot(f"MultiEpisodeEnv takes what its own snapshot() took ({error}); take it again, through the "
                                  "wrapper.") from error
        BaseWrapper.reset(self, options={"snapshot": found.snapshot})
        self._episodes_elapsed, self._seed = found.elapsed, found.seed
        self._options = None if condition is None else {"condition": condition}
