"""Several seeds of one run, and what they say together; a finished run's models with every family of users."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment import reproduction
from dialogym.alignment.config import RunConfig
from dialogym.alignment.evaluation.families import LINES, families
from dialogym.alignment.pipeline import align
from dialogym.alignment.report.reproduction import page
from dialogym.alignment.reproduction import reproduce, together
from dialogym.envs.errors import InvalidConfig, RunExists
from tests.alignment.test_pipeline import Killed, Killer
from tests.alignment.test_pipeline_states import config, folder, registered  # noqa: F401 - fixtures
from tests.toy import Thinking, endless, hold

Done = tuple[RunConfig, Path, dict[str, Any]]


@pytest.fixture(scope="module")
def done(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:  # noqa: F811
    """Two seeds with two families, killed on the way and gone on with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Thinking, "scripted", {**Thinking.scripted, "thinker": {"aloud": hold, "endless": endless}})
        wanted, out = config(folder), tmp_path_factory.mktemp("reproduced") / "all"
        with pytest.raises(Killed, match="Aligned with aloud"):
            reproduce(wanted, [3, 4], out, episodes=4, reporter=Killer("Aligned with aloud", 1))
        return wanted, out, reproduce(wanted, [3, 4], out, episodes=4, command="dialogym reproduce thinking")


def entry(levels: list[float], garbled: float = 0.0) -> dict[str, Any]:
    """A system of `results.json`, as far as it is looked at."""
    share = sum(level > 0 for level in levels) / len(levels)
    return {"values": levels, "episodes": len(levels), "gift_mean": 2 * sum(levels) / len(levels), "engaged_rate": share,
            "garble_rate": garbled, "turns_mean": 5.0, "turns_engaged_mean": 4.0 if share else None}


def run_of(seed: int, **systems: list[float]) -> dict[str, Any]:
    return {"scenario": "giving", "environment": "Giving-v0", "versions": {"dialogym": "0"}, "secret": "s",
            "simulator": "scripted", "conditions": "drawn", "seed": seed,
            "notes": {"Linear": "N = 8, ceiling", "expert": "scripted"},
            "measures": [{"name": "gift", "label": "Gift ($)", "unit": "$", "scale": 2.0, "note": ""},
                         {"name": "kept", "label": "Kept ($)", "unit": "$", "scale": 2.0, "note": "if they keep their word"}],
            "systems": {name: entry(levels) for name, levels in systems.items()}}


RUNS = [run_of(0, SFT=[0.0, 0.2], BoN=[0.0, 0.2], Aligned=[0.3, 0.5], Linear=[0.4, 0.4], expert=[0.5, 0.9]),
        run_of(1, SFT=[0.1, 0.1], BoN=[0.1, 0.1], Aligned=[0.2, 0.4], Linear=[0.6, 0.2], expert=[0.5, 0.9])]


def test_gains_over_seeds_by_hand() -> None:
    found = together(RUNS)
    assert list(found["across"]) == ["gift", "engaged"], "what else decides a measure is not in the results of a talk"
    gift = found["across"]["gift"]
    assert gift["gains"]["Aligned"]["seeds"] == (0.6, 0.4)
    assert gift["gains"]["Aligned"]["mean"] == 0.5
    assert gift["gains"]["BoN"]["mean"] == 0.0
    assert gift["ratio"][0] == pytest.approx(0.7 / 0.2)
    assert gift["share_of_ceiling"][0] == pytest.approx(0.5 / 0.6, abs=1e-6)
    assert gift["minus_expert"]["seeds"] == (-0.6, -0.8)
    assert found["across"]["engaged"]["gains"]["Aligned"]["seeds"] == (0.5, 0.0)
    assert found["systems"]["SFT"]["gift"] == [0.2, 0.2]


def test_the_page_says_it_all_in_tables() -> None:
    matrices = [{"episodes": 2, "families": {name: {"searched": name == "scripted", "systems": {
        "SFT": entry([0.0, 0.2]), "Aligned": entry([0.3, 0.5], 0.1)}} for name in ("scripted", "sceptical")}}] * 2
    text = page({"command": "dialogym reproduce giving", **together(RUNS, matrices)})
    assert "| 0 | $0.20 | $0.20 | $0.80 | $0.80 | $1.40 |" in text
    assert "| seed | SFT | BoN | Aligned | Linear (N = 8, ceiling) | expert (scripted) |" in text
    assert "| gift: Aligned − SFT | +$0.50 |" in text
    assert "gift: Aligned over SFT | 3.50" in text
    assert "| sceptical (never searched) | $0.20 | $0.80 | +$0.60 |" in text
    assert "10.0%" in text
    assert "`dialogym reproduce giving`; secret `s`" in text
    for lines in text.split("\n\n"):  # tables are whole
        assert len({line.count("|") for line in lines.splitlines() if line.startswith("|")}) <= 1


def test_a_reproduction_has_a_run_per_seed_and_one_secret(done: Done) -> None:
    _, out, found = done
    assert sorted(path.name for path in out.iterdir()) == [
        ".dialogym.json", "reproduction.json", "reproduction.md", "seed-3", "seed-4"]
    results = [json.loads((out / f"seed-{seed}" / "results.json").read_text()) for seed in (3, 4)]
    assert {r["secret"] for r in results} == {found["secret"]}
    assert found["seeds"] == [r["seed"] for r in results] == [3, 4]
    settings = [{**r["config"], "seed": 0} for r in results]
    assert settings[0] == settings[1] == json.loads(json.dumps({**found["settings"], "seed": 0}))
    assert json.loads((out / "reproduction.json").read_text()) == json.loads(json.dumps(found))
    text = (out / "reproduction.md").read_text()
    assert all(f"{name} {version}" in text for name, version in found["versions"].items())


def test_the_same_again_makes_the_same_and_trains_nothing(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, out, found = done
    monkeypatch.setattr(reproduction, "align", None)
    monkeypatch.setattr(reproduction, "families", None)
    again = reproduce(wanted, [3, 4], out, episodes=4, command="dialogym reproduce thinking")
    assert json.dumps(again) == json.dumps(found)
    for seeds, changed in (([3, 4, 5], wanted), ([4], wanted), ([3, 4], replace(wanted, best_of=2))):
        with pytest.raises(RunExists, match="begun with another"):
            reproduce(changed, seeds, out, episodes=4)


def test_every_family_is_met_by_both_and_the_searched_is_told(done: Done) -> None:
    _, out, found = done
    matrix = json.loads((out / "seed-3" / "families.json").read_text())
    assert {name: entry["searched"] for name, entry in matrix["families"].items()} == {"aloud": True, "endless": False}
    results = json.loads((out / "seed-3" / "results.json").read_text())
    for system in ("SFT", "Aligned"):
        same = matrix["families"]["aloud"]["systems"][system]["values"]
        assert same == results["systems"][system]["values"][:4], "the table's people"
        assert matrix["families"]["endless"]["systems"][system]["engaged_rate"] == 0, "who never says yes"
    assert list(found["families"]) == ["aloud", "endless"]
    assert len((out / "seed-3" / LINES).read_text().splitlines()) == 1 + 4


def test_fewer_people_are_the_first_of_more(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = done
    monkeypatch.setattr(Thinking, "scripted", {**Thinking.scripted, "thinker": {"aloud": hold, "endless": endless}})
    before = (out / "seed-4" / "families.json").read_bytes()
    few = families(out / "seed-4", 2)
    assert few["families"]["aloud"]["systems"]["SFT"]["values"] == json.loads(before)["families"]["aloud"]["systems"]["SFT"][
        "values"][:2]
    families(out / "seed-4", 4)
    assert (out / "seed-4" / "families.json").read_bytes() == before


def test_what_cannot_be_is_said(done: Done, tmp_path: Path) -> None:
    wanted, out, _ = done
    for seeds in ([], [1, 1]):
        with pytest.raises(InvalidConfig, match="different seeds"):
            reproduce(wanted, seeds, tmp_path / "new")
    with pytest.raises(InvalidConfig, match="holds no finished run"):
        families(tmp_path, 4)
    with pytest.raises(InvalidConfig, match="at least 1"):
        families(out / "seed-3", 0)
    (tmp_path / "other").mkdir()
    with pytest.raises(Killed):
        align(wanted, tmp_path / "other" / "run", reporter=Killer("DPO", 0))
    with pytest.raises(InvalidConfig, match="holds no finished run"):
        families(tmp_path / "other" / "run", 4)
