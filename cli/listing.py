"""What `dialogym envs` prints of an environment: everything that one needs to choose it and to make it, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..alignment.config import presets
from ..envs.registry import NAMESPACE, acts_id, registry, spec
from ..envs.scenario import Scenario
from .commented import options_of, short


def overview(id: str) -> RenderableType:
    """An environment in a few lines; of an installed package's, which a list does not import, only whose it is."""
    if registry[id].package:
        told = f"  of the package {registry[id].package}; more with `dialogym envs {id}`"
        return Group(Text.assemble((id, "bold"), told), "")
    scenario = spec(id).build()
    return _card(id, scenario, _brief(id, scenario))


def details(id: str) -> Iterator[RenderableType]:
    """One environment in detail."""
    scenario = spec(id).build()
    rows = [*_brief(id, scenario)]
    if scenario.telling is not None:
        rows += [(f"{seat}'s goal", scenario.telling.goals.get(seat, "")) for seat in scenario.seats]
    rows.append(("outcomes", ", ".join(scenario.statuses)))
    rows.append(("acts", ", ".join(scenario.acts)))
    if scenario.acting is not None:
        rows.append(("as numbers", f"{len(scenario.acting.actions)} actions, {len(scenario.acting.features)} features in "
                                   "[0, 1], with a mask of the acts that make sense"))
    parts = [name for name in ("speech", "corpus", "annotator", "acting") if getattr(scenario, name) is not None]
    rows.append(("parts", ", ".join(parts)))
    rows.append(("presets", ", ".join(name for name in presets(scenario) if name not in ("demo", "corpus"))))
    yield _card(id, scenario, [(name, text) for name, text in rows if text and name != "options"])
    yield Text("options, for --option KEY=VALUE", style="bold")
    yield _grid([(f"{name}={short(default)}", told) for name, (default, told) in options_of(id).items()])


def _brief(id: str, scenario: Scenario) -> list[tuple[str, str]]:
    """(what, how it is) of the rows of a card."""
    twin = f"{NAMESPACE}/{acts_id(id)}"
    acts = [f"{twin} (dialogue acts)"] if twin in gymnasium.registry and scenario.acting is not None else []
    rewards = ["engagement in [0, 1], at the end",
               *(f"{m.label} = {m.scale:g} × engagement{m.note and f', {m.note}'}" for m in scenario.measures)]
    aec = [f"{acts_id(id)} (dialogue acts)"] if acts else []
    rows = [("PettingZoo", "\n".join([id, *aec])), ("Gymnasium", "\n".join([f"{NAMESPACE}/{id}", *acts]))]
    for seat, option in ((scenario.interactive, "--policy"), (scenario.user, "--user")):
        rows.append((seat, f"{option} {', '.join(scenario.scripted.get(seat, {})) or '(nobody scripted)'}"))
    rows += [("opens", f"{scenario.opener}; at most {scenario.horizon} turns of the {scenario.interactive}"),
             ("reward", "\n".join(rewards)),
             ("options", " ".join(f"{name}={short(default)}" for name, (default, _) in options_of(id).items()))]
    return rows


def _card(id: str, scenario: Scenario, rows: list[tuple[str, str]]) -> RenderableType:
    title = Text.assemble((id, "bold"), f"  {scenario.name}, rules version {scenario.version}")
    return Group(title, _grid(rows))


def _grid(rows: list[tuple[str, str]]) -> Table:
    grid = Table(box=None, show_header=False, padding=(0, 1), pad_edge=True)
    grid.add_column(style="dim", overflow="fold", max_width=28)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(Text(name), Text(text))
    grid.add_row()
    return grid
