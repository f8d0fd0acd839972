"""Pairs to read: some of a run's pairs, spread over moments and gaps, each with what came before and what followed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...agents.pointing import spelled
from ...envs.errors import InvalidConfig, UnknownEnvironment
from ...envs.registry import spec
from ...envs.scenario import Scenario
from ..preferences.pair import SIDES, UNREADABLE, Candidate, PreferencePair, load_pairs
from ..run_folder import PAIRS
from .markdown import count
from .tree_pages import identity, write_tree_pages

SHOWN, MOMENTS = 24, 12
"""How many pairs are shown, and of how many moments at most: two of each at least, so that their gaps can differ."""
OPEN = 4
"""Turns that stand open before a pair's replies, and after each; the others are folded."""
ANY = "any moment"
"""What the moment is called where a scenario tells none apart."""
Turn = dict[str, Any]
"""An utterance: "seat", "text", and "mine", whether the policy's side said it."""


def pairs_to_read(run: Path, results: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the report shows of the run's pairs from search; writes the pages of their trees. None where there are none.

    Raises:
        InvalidConfig: a folder of pairs holds none.
        RunExists: where a tree's page would stand is something else.
    """
    every = [pair for folder in pair_folders(run) for pair in load_pairs(folder) if pair.origin == "search"]
    if not every:
        return None
    shown = spread(every)
    links = write_tree_pages(run, shown, results)
    speaker = str(results.get("interactive", "assistant"))
    heard = (seat for pair in every for side in SIDES for seat, _ in getattr(pair, side).continuation if seat != speaker)
    config = results.get("config") or {}
    printed = config.get("layout") == "figure"  # the whole dialogue stands in one message
    seats = {"assistant": speaker, "user": "the prompt" if printed else next(heard, "user")}
    moments = list(dict.fromkeys(pair.situation for pair in shown))
    if config.get("layout") == "strategy":
        with suppress(InvalidConfig, UnknownEnvironment):  # of a scenario that nobody announced here: pointers stay numbers
            scenario = spec(str(results.get("environment"))).build(**config.get("options", {}))
            shown = [_spelled(scenario, pair) for pair in shown]
    return {
        "every": len(every), "every_moment": len({pair.situation for pair in every}), "drawn": None not in links,
        "moments": [(moment or ANY, sum(pair.situation == moment for pair in shown)) for moment in moments],
        "shown": [_shown(pair, link, moments, seats) for pair, link in zip(shown, links, strict=True)],
    }


def pair_folders(run: Path) -> list[Path]:
    """The folders of pairs in a run, by round."""
    later = [path for path in run.glob(f"{PAIRS}-*") if path.name.removeprefix(f"{PAIRS}-").isdecimal() and path.is_dir()]
    later.sort(key=lambda path: int(path.name.removeprefix(f"{PAIRS}-")))
    return [path for path in [run / PAIRS, *later] if path.is_dir()]


def spread(pairs: Sequence[PreferencePair], count: int = SHOWN, most: int = MOMENTS) -> list[PreferencePair]:
    """At most `count` of the pairs, of the `most` frequent moments in equal parts, each from its widest gap to its narrowest.

    The choice depends on the pairs alone, and not on their order.
    """
    found: dict[str, list[PreferencePair]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: (-pair.gap, *identity(pair))):
        found[pair.situation].append(pair)
    moments = sorted(found, key=lambda moment: (-len(found[moment]), moment))[:most]
    shares = dict.fromkeys(moments, 0)
    left = min(count, sum(len(found[moment]) for moment in moments))
    while left:
        for moment in [moment for moment in moments if shares[moment] < len(found[moment])][:left]:
            shares[moment] += 1
            left -= 1
    return [found[moment][place] for moment in moments for place in _places(len(found[moment]), shares[moment])]


def _places(size: int, count: int) -> list[int]:
    """So many of the places 0 to `size` - 1, evenly: both ends among them, or the middle where it is one."""
    return [size // 2] if count == 1 else [i * (size - 1) // (count - 1) for i in range(count)]


def _shown(pair: PreferencePair, link: str | None, moments: Sequence[str], seats: Mapping[str, str]) -> dict[str, Any]:
    """A pair as the template wants it."""
    turns = [_turn(seats.get(role, role), text, seats) for role, text in pair.context if role != "system"]
    return {
        "moment": pair.situation or ANY, "place": moments.index(pair.situation), "gap": f"{pair.gap:.2f}", "depth": pair.depth,
        "conversation": pair.conversation, "link": link,
        "told": [text for role, text in pair.context if role == "system"], "earlier": turns[:-OPEN], "last": turns[-OPEN:],
        "sides": [_side(name, getattr(pair, name), seats) for name in SIDES],
    }


def _spelled(scenario: Scenario, pair: PreferencePair) -> PreferencePair:
    """The pair with the words that its policy points at."""
    told = spelled(scenario, pair.context)
    chosen, rejected = (replace(side, text=spelled(scenario, [*pair.context, ("assistant", side.text)])[-1])
                        for side in (pair.chosen, pair.rejected))
    return replace(pair, context=tuple((role, text) for (role, _), text in zip(pair.context, told, strict=True)),
                   chosen=chosen, rejected=rejected)


def _side(name: str, found: Candidate, seats: Mapping[str, str]) -> dict[str, Any]:
    """One of a pair's replies, with what is known of it and what followed."""
    after = [_turn(seat, text, seats) for seat, text in found.continuation]
    error = "" if found.error is None else f" ± {found.error:.2f}"
    return {"name": name, "seat": seats["assistant"], "text": found.text, "value": f"{found.value:.2f}".replace("-", "−"),
            "error": error, "counts": [count(found.count, "completion"), count(found.visits, "visit")],
            "acts": list(found.acts) or [UNREADABLE], "next": after[:OPEN], "later": after[OPEN:]}


def _turn(seat: str, text: str, seats: Mapping[str, str]) -> Turn:
    return {"seat": seat, "text": text, "mine": seat == seats["assistant"]}
