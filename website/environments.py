"""The parts of the environments' pages that the package itself knows, read off it and docs/benchmark.md when the site is built.

A page says `<!-- site: facts PersuasionForGood-v0 -->` where a part belongs; `PARTS` has them all.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import gymnasium
import yaml

import dialogym
from dialogym.cli.commented import options_of, short
from dialogym.envs.registry import NAMESPACE, spec

ROOT = Path(__file__).resolve().parents[1]
PLAYERS = ("random", "novice", "average", "expert")
"""Whose scores an overview shows."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", "<br>") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def code(text: object) -> str:
    """A piece of code in a line."""
    return f"`{text}`"


@cache
def tables(page: str) -> dict[str, list[list[str]]]:
    """The first table below each heading of a page of docs/, as cells; by the heading without its marks."""
    found: dict[str, list[list[str]]] = {}
    heading, inside = "", False
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading, inside = line.strip("# `"), False
        elif line.startswith("|") and (inside or heading not in found):
            inside = True
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split("|")])
        elif inside:
            inside = False
    return {name: [row for row in rows if set(row[0]) - set("-:")] for name, rows in found.items()}


def scores(id: str) -> dict[str, dict[str, str]]:
    """Of docs/benchmark.md's ladder: what each player reaches with each family of users, with its interval."""
    head, *rows = tables("benchmark.md")[id]
    families = [cell.strip("`") for cell in head[1:]]
    return {row[0].strip("`"): dict(zip(families, row[1:], strict=True)) for row in rows}


def best_planner(id: str) -> tuple[str, str, str] | None:
    """Of docs/benchmark.md's leaderboard: (planner, users, engagement) of the best with the default users; None without one."""
    head, *rows = tables("benchmark.md")["Leaderboard"]
    first = spec(id).build()
    if first.measures == () or head[:3] != ["users", "planner", "engagement"]:  # the leaderboard is of persuasion
        return None
    users = next(iter(first.scripted[first.user]))
    mine = [row for row in rows if row[0].strip("`") == users]
    best = max(mine, key=lambda row: float(row[2].split()[0]))
    return best[1].strip("`"), users, best[2]


def facts(id: str) -> str:
    """Everything that one needs to choose an environment and to make it."""
    scenario, env = spec(id).build(), dialogym.make(id)
    twin = dialogym.acts_id(id)
    measures = [f"{measure.label}: {measure.scale:g} × engagement{', ' + measure.note if measure.note else ''}"
                for measure in scenario.measures]
    rows = [
        ("Python", code(f'dialogym.make("{id}")')),
        ("PettingZoo", code(f'pettingzoo.make("aec", "{id}")')),
        ("Gymnasium", code(f'gymnasium.make("dialogym:{NAMESPACE}/{id}", seat="{scenario.interactive}")')),
        ("Acts instead of words", f"{code(twin)}, {code(f'{NAMESPACE}/{twin}')}"),
        ("Rules", f"version {scenario.version}"),
        ("Seats", f"{scenario.interactive} (interactive), {scenario.user} (has the hidden condition)"),
        ("Opens", f"the {scenario.opener}"),
        ("Ends", f"{line('End', scenario)}"),
        ("Action", line("Action", scenario)),
        ("Observation", f"{line('Observation', scenario)} Keys: {', '.join(map(code, env.observation_space(scenario.user)))}"),
        ("Reward", line("Reward", scenario)),
        ("Reported besides", "\n".join(measures) or "the share of talks that end well"),
        ("Outcomes", ", ".join(map(code, scenario.statuses))),
        ("`info`", "`engagement`, `status`, `evidence`, `turns`, `role_prompt`"),
        ("Players", ", ".join(map(code, scenario.scripted[scenario.interactive]))),
        ("Families of users", ", ".join(map(code, scenario.scripted[scenario.user]))),
        ("Acts", ", ".join(map(code, scenario.acts))),
    ]
    return table(("", ""), rows)


def line(name: str, scenario: dialogym.Scenario) -> str:
    """What a scenario's docstring says at "- Name: ...", or after it in the same item."""
    text = " ".join((inspect.getdoc(type(scenario)) or "").replace("\n\n", "\n- ").split())
    found = re.search(rf"{name}: (.*?)(?= - | [A-Z]\w+: |$)", text)
    return found[1] if found else ""


def options(id: str) -> str:
    """What `make` takes besides."""
    return table(("option", "default", "is"), [(code(name), code(short(default)), told)
                                               for name, (default, told) in options_of(id).items()])


def versions(id: str) -> str:
    """The version history, as the scenario's docstring tells it."""
    text = inspect.getdoc(type(spec(id).build())) or ""
    history = " ".join(text.partition("Version history:")[2].partition("\n\n")[0].split())
    rows = re.findall(r"(\d+): (.*?)(?=; \d+: |\Z)", history.partition("Rules ")[2])
    return table(("rules", "what changed"), [(number, said.rstrip(".") + ".") for number, said in rows])


def ladder(id: str) -> str:
    """What scripted players reach, best known besides."""
    found = scores(id)
    families = list(next(iter(found.values())))
    scenario = spec(id).build()
    of = scenario.measures[0].label if scenario.measures else "Engaged rate"
    rows = [(code(player), *(cells[family].replace(", ", ",\u00a0") for family in families)) for player, cells in found.items()]
    text = f"{of}, mean of 1,000 talks with its 95% interval:\n\n" + table(("player", *map(code, families)), rows)
    best = best_planner(id)
    if best is None:
        return text
    dollars = [f"{float(number) * scenario.measures[0].scale:.2f}" for number in re.findall(r"\d\.\d+", best[2])]
    return (f"{text}\n\nAmong `novice`'s words the best planner of the [leaderboard](../benchmark.md#leaderboard), "
            f"{code(best[0])}, comes to ${dollars[0]} [{dollars[1]}, {dollars[2]}] with {code(best[1])} users, "
            f"where `novice` alone has ${found['novice'][best[1]].split()[0]}.")


def acts(id: str) -> str:
    """An act-level twin: its numbers, by id of the environment that it is the twin of."""
    env = gymnasium.make(f"{NAMESPACE}/{dialogym.acts_id(id)}").unwrapped
    acting = env.acting
    groups: dict[str, list[str]] = {}
    for feature in acting.features:
        name, mark, value = feature.name.partition(": ")
        groups.setdefault(f"{name}\t{feature.meaning.replace(value, '…') if mark else feature.meaning}\t{feature.values}",
                          []).append(value)
    head = table(("", ""), [
        ("Gymnasium", code(f'gymnasium.make("dialogym:{NAMESPACE}/{dialogym.acts_id(id)}")')),
        ("PettingZoo", code(f'pettingzoo.make("aec", "{dialogym.acts_id(id)}")')),
        ("Twin of", code(id)),
        ("Action", f"{code(env.action_space)}: {', '.join(map(code, acting.actions))}"),
        ("Observation", f"{code(env.observation_space)}: what a listener knows, below"),
        ("Mask", '`info["action_mask"]`, 1 for an act that makes sense; in the observation with `mask_in_observation=True`'),
        ("Reward", "engagement in [0, 1] at the end, 0 before"),
        ("Partner", f"the first of {', '.join(map(code, env.scenario.scripted[env.scenario.user]))}; `partner=` takes another"),
    ])
    rows = []
    for key, values in groups.items():
        name, meaning, taken = key.split("\t")
        rows.append((code(name), str(len(values)), meaning, taken, ", ".join(value for value in values if value)))
    return f"{head}\n\n{table(('feature', 'numbers', 'is', 'values', 'one for each of'), rows)}"


def learners(id: str) -> str:
    """Of docs/benchmark.md: what learners reach on an act-level twin."""
    head, *rows = tables("benchmark.md")["Learning by acts"]
    return table(head[1:4], [row[1:4] for row in rows if row[0].strip("`") == dialogym.acts_id(id)])


def talk(id: str) -> str:
    """A conversation, word for word as tests/golden holds it."""
    text = (ROOT / "tests" / "golden" / f"{id}-seed7.txt").read_text(encoding="utf-8")
    return f"```text\n{text.rstrip()}\n```"


def overview(folder: str) -> str:
    """Every environment in a line, with its page in a folder, "" for this one."""
    rows = []
    for id in dialogym.registry:
        if spec(id).package:
            continue
        found = scores(id)
        family = next(iter(next(iter(found.values()))))
        scenario = spec(id).build()
        unit = scenario.measures[0].unit if scenario.measures else ""
        reached = [float(found[player][family].split()[0]) for player in PLAYERS]
        rows.append((f"[{code(id)}]({folder}{page_of(id)})", earned(scenario),
                     *(f"{unit}{mean:.2f}" if unit else f"{mean:.0%}" for mean in reached)))
    return table(("id", "reward", *PLAYERS), rows)


def earned(scenario: dialogym.Scenario) -> str:
    """The reward in a few words."""
    text = line("Reward", scenario).partition(";")[0]
    return text.replace(f" to the {scenario.interactive}", "").replace(" at the end", "").strip(",")


def page_of(id: str) -> str:
    """The name of an environment's page."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", id.rpartition("-v")[0]).lower() + ".md"


def preset(name: str) -> str:
    """Settings of a run that a scenario's presets publish, as they stand in its file."""
    for id in dialogym.registry:
        path = spec(id).build().presets
        if path is not None and name in (known := yaml.safe_load(path.read_text(encoding="utf-8"))):
            return f"```yaml\n{yaml.safe_dump(known[name], sort_keys=False, default_flow_style=None).rstrip()}\n```"
    raise KeyError(name)


PARTS: dict[str, Callable[[str], str]] = {
    "facts": facts, "options": options, "versions": versions, "ladder": ladder, "acts": acts, "learners": learners,
    "talk": talk, "overview": overview, "preset": preset,
}
"""What a page may ask for, by name; each is called with the rest of the mark, an id or a name."""
