"""The attacks in a process of their own: asks come in as a pickle, what was made of them goes out as one."""

from __future__ import annotations

import pickle
import sys

from dialogym.envs.registry import spec
from tests.adversaries.attacks import FrameReader, inverted, remembered


def main() -> None:
    """From standard input to standard output."""
    asks = pickle.loads(sys.stdin.buffer.read())
    reader = FrameReader()
    reader.respond(asks)
    kinds = [type(spec(ask.view.scenario.id).build().draw_condition(0)) for ask in asks]
    told = {"keys": [(ask.place, ask.key) for ask in asks], "frames": reader.found,
            "walked": [remembered(ask, kind) for ask, kind in zip(asks, kinds, strict=True)],
            "undone": [[belief.condition for belief in inverted(ask)] for ask in asks]}
    sys.stdout.buffer.write(pickle.dumps(told))


if __name__ == "__main__":
    main()
