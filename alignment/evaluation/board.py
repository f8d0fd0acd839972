"""The page of a leaderboard: every entry of a folder, environment by environment, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...envs.errors import DialogymError, InvalidConfig
from ...envs.registry import make
from .entries import read_entry
from .intervals import mean_ci
from .leaderboard_pages import ORACLE

HEAD = """# Leaderboard

Who brings users to what: scripted players, planners and language models, each with every family of simulated users. The
figures are engagement in [0, 1] at the end of a talk, means over the same people with the same luck; "mean" is that over the
families, with its 95% interval, people resampled. A planner sees imagined users only, unless it is called an oracle.
This page is made by `dialogym leaderboard leaderboard --page docs/leaderboard.md` from the files in `leaderboard/`.

## Enter it

```bash
dialogym bench --env ID --policy openai:gpt-4o-mini --label "GPT-4o mini" --secret public --out runs/entry
dialogym bench --verify runs/entry/entry.json.gz
```

The first command plays the talks (100 with each family; `--price-in` and `--price-out` tell what they cost) and writes the
table, `transcripts.md` to read, and `entry.json.gz`. The second plays the entry again: what scripted players and this
package's planners say from the settings alone; of a language model its recorded words, with the users' answers, ends and
figures worked out anew. It names what differs. Put the file into `leaderboard/` under a name of its own and make the page
again. `--secret public` has everybody meet the same people; whoever keeps the page may play a policy again under a fresh one.
"""
"""What stands above the tables."""
Entry = Mapping[str, Any]


def board(folder: Path) -> str:
    """The Markdown page of a folder's entries.

    Raises InvalidConfig for a folder without any, or with a file that is none.
    """
    files = sorted(folder.glob("*.json*")) if folder.is_dir() else []
    if not files:
        raise InvalidConfig(f"{folder} holds no entries; put entry.json.gz files of `dialogym bench` there, under names of "
                            "their own.")
    entries: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for file in files:
        value = read_entry(file)
        entries[value["settings"]["env"]].append((file.name, value))
    return "\n".join([HEAD, *(line for env in sorted(entries) for line in _section(env, entries[env]))])


def _section(env: str, entries: Sequence[tuple[str, Entry]]) -> Iterator[str]:
    newest = max(value["version"] for _, value in entries)
    current = [(name, value) for name, value in entries if value["version"] == newest]
    families = _families(env, [value for _, value in current])
    rows = sorted((row for name, value in current for row in _rows(name, value, families)),
                  key=lambda row: -1.0 if row[0] is None else row[0], reverse=True)
    yield f"## {env}, rules {newest}\n"
    heads = ["policy", "planner", *(f"`{family}`" for family in families), "mean", "tokens a talk", "talks", "entry"]
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    yield from (line for _, line in rows)
    if old := [f"`{name}` (rules {value['version']})" for name, value in entries if value["version"] != newest]:
        yield f"\nUnder earlier rules, and not to be compared: {', '.join(old)}."
    yield ""


def _families(env: str, entries: Sequence[Entry]) -> list[str]:
    """The users of the columns: the scenario's families, then whom else an entry met."""
    try:
        scenario = make(env).scenario
        known = list(scenario.scripted[scenario.user])
    except DialogymError:  # an environment of a package that is not installed here
        known = []
    met = dict.fromkeys(row["user"] for value in entries for row in value["rows"])
    return [*(user for user in known if user in met), *(user for user in met if user not in known)]


def _rows(file: str, value: Entry, families: Sequence[str]) -> Iterator[tuple[float | None, str]]:
    """The lines of an entry, each with what it is ranked by: the mean over all families, None without all of them."""
    settings = value["settings"]
    name = settings["label"] or settings["policy"] or "default"
    kind = "language model" if settings["policy"] in value["models"] else "scripted"
    for budget in settings["budgets"]:
        for planner in settings["planners"]:
            found = {row["user"]: row for row in value["rows"] if (row["planner"], row["budget"]) == (planner, budget)}
            alone = planner == "sample"
            mean = _mean(value, planner, budget, families)
            cells = [f"{name} ({kind})", "–" if alone else f"`{planner}`, {budget}{ORACLE if settings['oracle'] else ''}",
                     *(f"{found[user]['level'][0]:.3f}" if "level" in found.get(user, {}) else "–" for user in families),
                     "–" if mean is None else f"{mean[0]:.3f} [{mean[1][0]:.3f}, {mean[1][1]:.3f}]",
                     _tokens(found.values(), settings["conversations"]), str(settings["conversations"]), f"`{file}`"]
            yield None if mean is None else mean[0], "| " + " | ".join(cells) + " |"


def _mean(value: Entry, planner: str, budget: int, families: Sequence[str]) -> tuple[float, Any] | None:
    """The mean over families of every person's levels, with its interval; None where a family was not met."""
    people: dict[int, list[float]] = defaultdict(list)
    for talk in value["talks"]:
        if (talk["planner"], talk["budget"]) == (planner, budget) and talk["user"] in families and "failed" not in talk:
            people[talk["number"]].append(talk["level"])
    if {row["user"] for row in value["rows"]} != set(families) or not people:
        return None
    return mean_ci([sum(levels) / len(levels) for levels in people.values()], value["settings"]["seed"])


def _tokens(rows: Any, conversations: int) -> str:
    told = [row["tokens"] for row in rows if any(row.get("tokens", ()))]
    return f"{sum(map(sum, told)) / (len(told) * conversations):,.0f}" if told else "–"
