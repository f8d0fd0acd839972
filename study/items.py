"""What is annotated: pairs of replies, and conversations of people and of simulators. Read off files into the database once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from ..envs import episodes
from ..envs.agent import ScriptedAgent, converse
from ..envs.dialogue import Dialogue
from ..envs.errors import InvalidConfig, InvalidCorpus
from ..envs.keys import mix, text_key
from ..envs.position import Position
from ..envs.storage import parsed
from .config import Authorship, Pairs, StudyConfig
from .store.store import Store
from .store.tables import items

HUMAN, SIMULATOR = "human", "simulator"
Item = dict[str, Any]


def load_items(config: StudyConfig, store: Store) -> None:
    """Puts the items of a study into its database, unless they are there. Raises InvalidConfig, InvalidCorpus."""
    for part, made in (("pairs", _pairs), ("authorship", _conversations)):
        if part not in config.parts:
            continue
        with store.read() as connection:
            there = connection.scalar(select(func.count()).select_from(items).where(items.c.part == part))
        if there:
            continue
        rows = [{"id": f"{part}-{place}", "part": part, "place": place, "content": json.dumps(content, ensure_ascii=False),
                 "truth": json.dumps(truth, ensure_ascii=False)} for place, (content, truth) in enumerate(made(config))]
        try:
            with store.write() as connection:
                connection.execute(insert(items), rows)
        except IntegrityError:
            pass  # another process was quicker


def _drawn(values: list[Any], seed: int, count: int | None) -> list[Any]:
    order = sorted(range(len(values)), key=lambda place: mix(text_key("study items"), seed, place))
    return [values[place] for place in order[:count]]


# -- pairs ---------------------------------------------------------------------------------------


def _pairs(config: StudyConfig) -> list[tuple[Item, Item]]:
    """(the context and both replies, the row they come from); which one is shown first is drawn for each person."""
    part = config.pairs
    if not isinstance(part, Pairs):
        return []
    path = config.path.parent / part.file
    rows = list(_rows_of_dataset(path) if path.is_dir() else _rows_of_lines(path))
    if not rows:
        raise InvalidConfig(f"{path} holds no pairs; name a folder that `dialogym pairs` wrote, or JSON lines.")
    return [(_shown(row), row) for row in _drawn(rows, config.seed, part.count)]


def _shown(row: Mapping[str, Any]) -> Item:
    context = [[message["role"], message["content"]] for message in row["prompt"] if message["role"] != "system"]
    return {"context": context, "chosen": row["chosen"][-1]["content"], "rejected": row["rejected"][-1]["content"]}


def _rows_of_dataset(path: Path) -> Iterator[Item]:
    from ..alignment.preferences.pair import load_pairs  # noqa: PLC0415 - needs the extra 'train'

    for pair in load_pairs(path):
        yield pair.to_row()


def _rows_of_lines(path: Path) -> Iterator[Item]:
    """Rows in TRL's conversational format, or with "context" as (role, text) and plain texts."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidConfig(f"The pairs {path} cannot be read ({error.strerror}).") from error
    for number, line in enumerate(lines, 1):
        try:
            row = dict(parsed(line))
            if "context" in row:
                row["prompt"] = [{"role": str(role), "content": str(text)} for role, text in row.pop("context")]
            for side in ("chosen", "rejected"):
                if isinstance(row[side], str):
                    row[side] = [{"role": "assistant", "content": row[side]}]
            _shown(row)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise InvalidConfig(f"{path}, line {number}: no pair ({type(error).__name__}: {error}); wanted prompt (or "
                                "context), chosen and rejected.") from error
        yield row


# -- conversations -------------------------------------------------------------------------------


def _conversations(config: StudyConfig) -> list[tuple[Item, Item]]:
    part = config.authorship
    if not isinstance(part, Authorship):
        return []
    scenario = config.scenario(config.languages[0])
    human = [each.dialogue for each in episodes.load(config.path.parent / part.human, scenario)]
    if part.simulated is not None:
        made = [each.dialogue for each in episodes.load(config.path.parent / part.simulated, scenario)]
    else:
        agents = {scenario.user: ScriptedAgent.of(scenario, scenario.user, part.user),
                  scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, part.policy)}
        made = [converse(Position.start(scenario, seed, secret=f"who wrote this {config.seed}"), agents).dialogue
                for seed in range(part.count)]
    if not human or not made:
        raise InvalidCorpus("Who wrote this? needs conversations of both kinds.")
    rows = [(_talk(dialogue, scenario.user), {"truth": truth}) for truth, group in ((HUMAN, human), (SIMULATOR, made))
            for dialogue in _drawn(group, config.seed, part.count)]
    return _drawn(rows, config.seed, None)


def _talk(dialogue: Dialogue, user: str) -> Item:
    return {"user": user, "dialogue": [[utterance.seat, utterance.text] for utterance in dialogue]}
