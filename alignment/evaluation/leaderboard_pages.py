"""The leaderboard as Markdown: its table, and some of its talks to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...envs.dialogue import one_line
from ...envs.scenario import Scenario
from ...search.planners import FEWEST
from .talks import opening

ORACLE = " (oracle)"
READ = 3
"""Talks of a row that are shown: the first so many, chosen before anybody looked."""
Row = Mapping[str, Any]


def table(figures: Mapping[str, Any]) -> str:
    """The leaderboard as a Markdown page."""
    rows = figures["rows"]
    columns = list(_columns(figures))
    lines = [_head(figures), "", "| " + " | ".join(name for name, _ in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(cell(row) for _, cell in columns) + " |" for row in rows]
    reasons = sorted({reason for row in rows for reason in row["reasons"]})
    if reasons:
        own = "policy's own" if _speaks(figures) else "refereed planner's own (`fouls`)"
        counts = _speaks(figures) or any(row["refereed"] for row in rows)
        said = f"; a {own} counts as a talk without engagement" if counts else ""
        lines += ["", f"Failed, and counted for nobody{said}:", "", *(f"- {reason}" for reason in reasons)]
    return "\n".join(lines) + "\n"


def _head(figures: Mapping[str, Any]) -> str:
    settings = figures["settings"]
    seen = ("the true condition (oracle)" if settings["oracle"] else
            f"imagined users only, {settings['worlds']} per decision, which share the budget")
    if small := [b for b in settings["budgets"] if b // settings["worlds"] < FEWEST and not settings["oracle"]]:
        seen += f" (one, not weighed by what was heard, at a budget of {' or '.join(map(str, small))})"
    of = ", ".join(f"{name}={value}" for name, value in settings["options"].items()) or "default options"
    name = f"{settings['label']} (`{settings['policy']}`)" if settings["label"] else f"`{settings['policy'] or 'default'}`"
    return (f"`{settings['env']}` (version {figures['version']}, {of}), policy {name}, "
            f"{settings['conversations']} conversations per row, seed {settings['seed']}, secret `{settings['secret']}`; "
            f"planners see {seen}.")


def _columns(figures: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[Row], str]]]:
    """Heads of the table's columns, each with what makes its cell of a row."""
    settings, rows = figures["settings"], figures["rows"]
    oracle = ORACLE if settings["oracle"] else ""
    yield "users", lambda row: f"`{row['user']}`"
    if len(settings["budgets"]) > 1:
        yield "budget", lambda row: str(row["budget"])
    yield "planner", lambda row: f"`{row['planner']}`{oracle}"
    yield "engagement", lambda row: cell(row.get("level"))
    yield "engaged", lambda row: cell(row.get("engaged"))
    yield f"minus `{settings['planners'][0]}`", lambda row: cell(row.get("difference"), signed=True)
    yield "generations a turn", lambda row: f"{row['generations']:.1f}" if "generations" in row else "–"
    yield "seconds a talk", lambda row: f"{row['seconds']:.2f}" if "seconds" in row else "–"
    if figures["models"]:
        yield "policy's faults", lambda row: str(row["fouls"] or "–")
        yield "simulator's faults", lambda row: str(row["failed"] - row["fouls"] or "–")
    else:
        yield "failed", lambda row: str(row["failed"] or "–")
    if any(row["refereed"] for row in rows):
        yield "own CPU a talk", lambda row: f"{row['cpu']:.2f}" if "cpu" in row else "–"
        yield "fouls", lambda row: str(row["fouls"]) if row["refereed"] else "not refereed"
    if _speaks(figures):
        yield "tokens read, written", lambda row: tokens(row.get("tokens"))
    if any("user_tokens" in row for row in rows):
        yield "user's tokens", lambda row: tokens(row.get("user_tokens"))
    if any("dollars" in row for row in rows):
        yield "dollars", lambda row: f"{row['dollars']:.4f}" if "dollars" in row else "–"


def _speaks(figures: Mapping[str, Any]) -> bool:
    """Whether the policy is a language model."""
    return figures["settings"]["policy"] in figures["models"]


def tokens(found: Any) -> str:
    """Tokens read and written, "–" where none were counted."""
    return f"{found[0]:,}, {found[1]:,}" if found and any(found) else "–"


def cell(found: Any, signed: bool = False) -> str:
    """A mean with its interval, "–" where there is none."""
    if found is None:
        return "–"
    mean, (low, high) = found
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" if signed else f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def transcripts(figures: Mapping[str, Any], scenario: Scenario, done: Mapping[tuple[str, str, int, int], Row]) -> str:
    """The first talks of every row, with what is hidden in them."""
    settings = figures["settings"]
    lines = [f"# Talks of {settings['label'] or settings['policy'] or 'the default policy'} in {settings['env']}", "",
             f"The first {READ} of every row; all stand in `conversations.jsonl`.", ""]
    for row in figures["rows"]:
        lines += [f"## {row['planner']}, budget {row['budget']}, with {row['user']}", ""]
        for number in range(min(READ, settings["conversations"])):
            start = opening(scenario, settings["seed"], number, settings["secret"])
            hidden = scenario.describe_condition(start.condition)
            lines += [f"**{number + 1}.** {scenario.user}, hidden: {hidden}", "", "```text",
                      *_talk(done[row["user"], row["planner"], row["budget"], number]), "```", ""]
    return "\n".join(lines)


def _talk(line: Row) -> Iterator[str]:
    """A talk's lines; nothing said in it ends the block that they stand in."""
    for seat, text, *state in line.get("dialogue", ()):
        if state:
            yield f"{seat}, thinking: {one_line(state[0])}".replace("```", "` ` `")
        yield f"{seat}: {one_line(text)}".replace("```", "` ` `")
    if "status" in line:
        yield f"[engagement {line['level']:.3f}, {line['status']}, {line['turns']} turns]"
    else:
        yield f"[{'foul' if 'foul' in line else 'failed'}: {one_line(line.get('foul', line.get('failed', '')))}]"
