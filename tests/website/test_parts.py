"""What the site's pages have read off the package: true of every environment, and no part asked for that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import animation
import environments
import hooks
import nbformat
import notebooks
import pytest
import reference
from mkdocs.exceptions import PluginError

import dialogym

ROOT = Path(__file__).resolve().parents[2]
IDS = [id for id in dialogym.registry if type(dialogym.make(id).scenario).__module__.startswith("dialogym.")]


@pytest.mark.parametrize("id", IDS)
def test_an_environment_has_its_pages(id: str) -> None:
    page = (ROOT / "docs" / "environments" / environments.page_of(id)).read_text(encoding="utf-8")
    twin = (ROOT / "docs" / "environments" / environments.page_of(dialogym.acts_id(id))).read_text(encoding="utf-8")
    for part in ("facts", "ladder", "options", "versions", "talk"):
        assert f"<!-- site: {part} {id} -->" in page
    for part in (f"acts {id}", f"learners {id}", f"talk {dialogym.acts_id(id)}"):
        assert f"<!-- site: {part} -->" in twin


@pytest.mark.parametrize("id", IDS)
def test_facts_are_of_the_environment(id: str) -> None:
    scenario, text = dialogym.make(id).scenario, environments.facts(id)
    assert f"version {scenario.version}" in text
    assert all(f"`{name}`" in text for seat in scenario.seats for name in scenario.scripted[seat])
    assert all(f"`{status}`" in text for status in scenario.statuses)
    for name in ("Ends", "Action", "Observation", "Reward"):
        assert re.search(rf"\| {name} \| \S+ \S+", text), name


@pytest.mark.parametrize("id", IDS)
def test_the_history_ends_with_the_rules_of_now(id: str) -> None:
    assert environments.versions(id).splitlines()[-1].startswith(f"| {dialogym.make(id).scenario.version} |")


@pytest.mark.parametrize("id", IDS)
def test_the_ladder_has_every_family_and_player(id: str) -> None:
    scenario, found = dialogym.make(id).scenario, environments.scores(id)
    assert list(found) == list(scenario.scripted[scenario.interactive])
    assert all(list(cells) == list(scenario.scripted[scenario.user]) for cells in found.values())


@pytest.mark.parametrize("id", IDS)
def test_an_act_level_twin_has_all_its_numbers(id: str) -> None:
    acting, text = dialogym.make(id).scenario.acting, environments.acts(id)
    counts = re.findall(r"^\| `[^|]+` \| (\d+) \|", text, re.MULTILINE)
    assert sum(map(int, counts)) == len(acting.features)


def test_an_unknown_part_stops_the_build() -> None:
    with pytest.raises(PluginError, match=r"asks for the part 'weather'; there are \['acts'"):
        hooks.part("weather", "", "index.md")
    pages = [*ROOT.glob("docs/**/*.md")]
    asked = {name for page in pages for name in re.findall(r"<!-- site: (\w+)", page.read_text(encoding="utf-8"))}
    assert asked <= set(hooks.PARTS)


@pytest.mark.parametrize(("target", "origin", "page", "leads"), [
    ("../CONTRIBUTING.md", "docs/architecture.md", "architecture.md", "contributing.md"),
    ("docs/benchmark.md", "CONTRIBUTING.md", "contributing.md", "benchmark.md"),
    ("../examples/05_your_scenario.py", "docs/make-your-own.md", "make-your-own.md", "examples/05_your_scenario.md"),
    ("../../examples/notebooks/read_a_tree.ipynb", "docs/examples/index.md", "examples/index.md",
     "../notebooks/read_a_tree.md"),
    ("../planners.md", "docs/history/a.md", "history/a.md", "../planners.md"),
])
def test_a_link_leads_to_the_page_of_a_file(target: str, origin: str, page: str, leads: str) -> None:
    hooks.made()
    assert hooks.led(target, "", origin, page) == leads
    assert hooks.led(target, "#here", origin, page) == f"{leads}#here"


def test_a_link_to_what_the_site_does_not_show_stops_the_build() -> None:
    with pytest.raises(PluginError, match=r"index.md links to pyproject.toml, which is no page"):
        hooks.led("../pyproject.toml", "", "docs/index.md", "index.md")


def test_public_names_come_once() -> None:
    for module in ("dialogym", "dialogym.agents", "dialogym.search", "dialogym.alignment"):
        listed = re.findall(r"^::: (.+)$", reference.names(module), re.MULTILINE)
        assert len(listed) == len(set(listed)) > 10


def test_the_command_page_has_every_command() -> None:
    text = reference.command("")
    assert all(f"## `dialogym {name}`" in text for name in ("run", "bench", "search", "pairs", "play", "new-scenario"))


def test_an_example_is_a_page_with_its_code() -> None:
    title, text = reference.example(ROOT / "examples" / "02_rewind.py")
    assert title == "02 rewind"
    assert text.startswith("Rewind a conversation: one snapshot, three ways to go on")
    assert '```python title="examples/02_rewind.py"\nimport dialogym\n' in text


@pytest.mark.parametrize("name", [f"{name}{kind}" for name in animation.STORIES for kind in ("", "-narrow")])
def test_a_picture_is_of_the_talk_as_it_is(name: str) -> None:
    """Rules and words change; `make pictures` draws it again."""
    drawn = animation.drawn(animation.STORIES[name.removesuffix("-narrow")], name.endswith("-narrow"))
    assert (ROOT / "docs" / f"{name}.svg").read_text(encoding="utf-8") == drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_a_picture_shows_better_ends_for_better_players() -> None:
    _, branches = animation.played(animation.STORIES["rewind-persuasion"])
    given = [float(branch.outcome.removeprefix("$")) for branch in branches]
    assert given == sorted(set(given))


@pytest.mark.parametrize("path", sorted(notebooks.FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_was_executed(path: Path) -> None:
    found = nbformat.read(path, as_version=4)
    nbformat.validate(found)
    cells = [cell for cell in found.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell.outputs) for cell in cells) > len(cells) / 2


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(notebooks.FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_says_what_it_says(path: Path, tmp_path: Path) -> None:
    """What was printed when it was committed is what it prints; `make notebooks` runs it again."""
    kept, now = nbformat.read(path, as_version=4), notebooks.run(path, tmp_path)
    for before, after in zip(kept.cells, now.cells, strict=True):
        assert list(map(said, before.get("outputs", []))) == list(map(said, after.get("outputs", [])))
    assert list(tmp_path.iterdir()) == []


def said(output: nbformat.NotebookNode) -> str:
    """The words of an output; of a picture that it is one."""
    data = output.get("data", {})
    return "picture" if "image/png" in data else output.get("text") or data.get("text/plain", "")
