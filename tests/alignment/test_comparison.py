"""Variants against each other, over seeds: by hand on figures, and the whole way on tiny runs."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import dialogym
from dialogym.alignment import comparison
from dialogym.alignment.comparison import against, compare, cost, seated
from dialogym.alignment.config import DEMO, RunConfig
from dialogym.alignment.evaluation.cross import LINES
from dialogym.alignment.experiments import Experiment, configurations, experiment
from dialogym.alignment.pipeline import align
from dialogym.alignment.report.experiment import conclusions, page
from dialogym.alignment.stages import TooFewPairs
from dialogym.envs.errors import InvalidConfig, RunExists
from tests.alignment.test_pipeline import Killed, Killer
from tests.alignment.test_pipeline_states import config, folder, registered  # noqa: F401 - fixtures
from tests.alignment.test_reproduction import entry, run_of
from tests.toy import Thinking, endless, hold

Found = dict[str, Any]


def results(seed: int, generations: int = 100, **systems: list[float]) -> Found:
    """As much of `results.json` as an experiment reads."""
    return {**run_of(seed, **systems), "notes": {"Linear": "N = 8, ceiling"}, "pairs": {"search": 20 + seed, "replay": 3},
            "search": {"conversations": 10, "generations": generations}, "training": {"dpo": {}}}


RUNS = {"one": [results(0, SFT=[0.0, 0.2], Aligned=[0.3, 0.5], Linear=[0.5, 0.5]),
                results(1, SFT=[0.1, 0.1], Aligned=[0.2, 0.4], Linear=[0.5, 0.5])],
        "two": [results(0, SFT=[0.0, 0.2], Aligned=[0.1, 0.2], Linear=[0.3, 0.1]),
                results(1, SFT=[0.1, 0.1], Aligned=[0.1, 0.1], Linear=[0.1, 0.1])]}


def test_what_one_teaches_more_than_the_other_by_hand() -> None:
    """Dollars are twice the level: 0.6 and 0.4 are gained with the one, 0.1 and 0 with the other."""
    found = against(RUNS)
    assert list(found) == ["two"]
    assert found["two"]["gift"]["seeds"] == (-0.5, -0.4)
    assert found["two"]["gift"]["mean"] == -0.45
    assert found["two"]["engaged"]["seeds"] == (0.0, -0.0), "who gave anything: half more and none with either"


def faked(monkeypatch: pytest.MonkeyPatch, runs: dict[str, list[Found]]) -> list[tuple[str, RunConfig]]:
    """Runs whose results are known; which were asked for."""
    asked: list[tuple[str, RunConfig]] = []

    def run_once(wanted: RunConfig, out: Path, command: str, show: Any) -> Found:
        asked.append((out.parent.name, wanted))
        out.mkdir(parents=True, exist_ok=True)
        found = {run["seed"]: run for run in runs[out.parent.name]}
        if wanted.seed not in found:
            raise TooFewPairs("The search found only 2 preference pairs.")
        return found[wanted.seed]

    monkeypatch.setattr(comparison, "run_once", run_once)
    return asked


TWO = Experiment("twice", "Is two more than one?", {"one": {}, "two": {"search": {"keep": None}}}, matched="generations")


def test_an_experiment_says_what_came_out_and_what_it_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = faked(monkeypatch, RUNS)
    found = compare(TWO, configurations(TWO, lambda task: DEMO), [0, 1], tmp_path / "out", command="dialogym experiment twice")
    assert [(name, made.seed, made.generations) for name, made in asked] == [
        ("one", 0, None), ("two", 0, 100), ("one", 1, None), ("two", 1, 100)]
    assert {made.secret for _, made in asked} == {found["secret"]} == {"public"}
    assert found["results"]["two"]["generations"] == [100, 100]
    assert found["results"]["one"]["search"] == [20, 21]
    assert found["conclusions"][0] == ("one: alignment changes gift by +$0.50 (95% −$0.77 to +$1.77), which includes zero.")
    assert found["conclusions"][2] == ("two against one: the gain in gift differs by −$0.45 (95% −$1.09 to +$0.19), which "
                                       "includes zero: these runs show no difference.")
    assert json.loads((tmp_path / "out" / "experiment.json").read_text()) == json.loads(json.dumps(found))
    text = (tmp_path / "out" / "experiment.md").read_text()
    assert "Is two more than one?" in text
    assert "| one | $0.20 | $0.70 | +$0.50 |" in text
    assert "| −$0.45 | [−$1.09, +$0.19] |" in text
    assert "| two | `search.keep: null` | 10, 10 | 100, 100 | 20, 21 | 3, 3 |" in text
    assert "spends as many replies" in text
    for lines in text.split("\n\n"):  # tables are whole
        assert len({line.count("|") for line in lines.splitlines() if line.startswith("|")}) <= 1


def test_a_single_seed_has_an_interval_over_its_people_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, RUNS)
    found = compare(TWO, configurations(TWO, lambda task: DEMO), [0], tmp_path / "out")
    assert "95% over the people of the one seed" in found["conclusions"][0]


def test_what_finds_too_few_pairs_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    three = replace(TWO, variants={**TWO.variants, "three": {"search": {"keep": 1}}})
    faked(monkeypatch, {**RUNS, "two": RUNS["two"][:1], "three": RUNS["two"]})
    found = compare(three, configurations(three, lambda task: DEMO), [0, 1], tmp_path / "out")
    assert found["results"]["two"] == {"conversations": [10, None], "generations": [100, None], "search": [20, None],
                                       "replay": [3, None]}
    assert list(found["against"]) == ["three"]
    assert found["conclusions"][-1] == "two: with some seed its search found too few pairs to learn from, so it is left out."
    assert "| two | `search.keep: null` | 10, – |" in (tmp_path / "out" / "experiment.md").read_text()
    faked(monkeypatch, {**RUNS, "one": []})
    with pytest.raises(InvalidConfig, match="only 2"):
        compare(TWO, configurations(TWO, lambda task: DEMO), [0], tmp_path / "none")


def test_an_experiment_goes_on_in_its_own_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, RUNS)
    configs = configurations(TWO, lambda task: replace(DEMO, secret=None))
    first = compare(TWO, configs, [0, 1], tmp_path / "out")
    assert first["secret"] != "public"
    assert compare(TWO, configs, [0, 1], tmp_path / "out") == first, "the secret is kept"
    other = replace(TWO, variants={**TWO.variants, "two": {"search": {"keep": 5}}})
    for asked, made, seeds in ((TWO, configs, [0]), (other, configurations(other, lambda task: DEMO), [0, 1]),
                               (TWO, configurations(TWO, lambda task: replace(DEMO, episodes=7)), [0, 1])):
        with pytest.raises(RunExists, match="begun with another"):
            compare(asked, made, seeds, tmp_path / "out")
    for seeds in ([], [1, 1]):
        with pytest.raises(InvalidConfig, match="different seeds"):
            compare(TWO, configs, seeds, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_rounds_cost_too() -> None:
    run = results(0, SFT=[0.0], Aligned=[0.0])
    run["training"] = {"dpo": {"rounds": [{"round": 1}, {"round": 2, "conversations": 4, "generations": 30}]}}
    assert cost([run, None]) == {"conversations": [14, None], "generations": [130, None], "search": [20, None],
                                 "replay": [3, None]}


def test_models_of_another_task_are_measured_by_what_its_pairs_added() -> None:
    names = {"base": [0.0, 0.0], "SFT": [0.1, 0.1], "Aligned": [0.5, 0.3], "SFT of selling": [0.0, 0.2],
             "Aligned of selling": [0.2, 0.3]}
    found = seated(results(0, SFT=[0.1, 0.1], Aligned=[0.5, 0.3]),
                   [{name: entry(levels) for name, levels in names.items()}] * 2, ["selling"])
    assert found["gains"]["selling"]["gift"]["mean"] == pytest.approx(0.3), "2 · (0.2 + 0.1) / 2"
    assert found["own"]["gift"]["mean"] == pytest.approx(0.6)
    assert found["systems"]["Aligned of selling"]["gift"] == [0.5, 0.5]
    told = {"cross": {"giving": found}, "results": {"giving": {"across": {}}}}
    assert conclusions(told) == [
        "Seated in giving, what is aligned on selling differs from its own SFT in gift by +$0.30 (95% +$0.30 to +$0.30), which "
        "excludes zero; what is aligned on giving itself by +$0.60 (95% +$0.60 to +$0.60), which excludes zero."]


# -- the whole way --------------------------------------------------------------------------------------


def test_simulators_go_on_when_killed_and_meet_every_family(folder: Path, tmp_path: Path,  # noqa: F811
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thinking, "scripted", {**Thinking.scripted, "thinker": {"aloud": hold, "endless": endless}})
    base = replace(config(folder, searcher="speaker"), conversations=12, episodes=4)
    asked = experiment("simulators")
    configs, out = configurations(asked, lambda task: base), tmp_path / "out"
    for name, after in (("DPO", 1), ("Evaluating Aligned", 2), ("Aligned with endless", 1)):
        with pytest.raises(Killed, match=name):
            compare(asked, configs, [3], out, reporter=Killer(name, after))
    found = compare(asked, configs, [3], out, command="dialogym experiment simulators")
    assert sorted(path.name for path in out.iterdir()) == [
        ".dialogym.json", "experiment.json", "experiment.md", "one-family", "two-families"]
    one, two = (json.loads((out / name / "seed-3" / "results.json").read_text()) for name in ("one-family", "two-families"))
    assert one["secret"] == two["secret"] == found["secret"]
    assert one["systems"]["SFT"] == two["systems"]["SFT"], "they begin alike and meet the same people"
    differ = {name for name in one["config"] if one["config"][name] != two["config"][name]}
    assert differ == {"search_families", "generations"}
    assert two["config"]["generations"] == one["search"]["generations"] <= two["search"]["generations"]
    families = {name: found["results"][name]["families"] for name in configs}
    assert [families["one-family"][family]["searched"] for family in ("aloud", "endless")] == [True, False]
    assert [families["two-families"][family]["searched"] for family in ("aloud", "endless")] == [True, True]
    assert set(found["families_against"]) == {"aloud", "endless"}
    gains = [[a - b for a, b in zip(run["systems"]["Aligned"]["values"], run["systems"]["SFT"]["values"], strict=True)]
             for run in (one, two)]
    assert found["against"]["two-families"]["engaged"]["mean"] == pytest.approx((sum(gains[1]) - sum(gains[0])) / 4)
    text = (out / "experiment.md").read_text()
    assert "endless (never searched)" in text
    assert text == page(found)
    monkeypatch.setattr(comparison, "run_once", lambda wanted, at, *rest: json.loads((at / "results.json").read_text()))
    assert json.dumps(compare(asked, configs, [3], out, command="dialogym experiment simulators")) == json.dumps(found)


def test_tasks_sit_in_each_others_seats(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    asked = Experiment("cross", "?", {"long": {"environment": "Thinking-v0"}, "short": {"environment": "Hasty-v0"}}, tasks=True)
    dialogym.register("Hasty-v0", Thinking, horizon=2)

    def base(task: str | None) -> RunConfig:
        return replace(config(folder, searcher="speaker", environment=task), conversations=12, episodes=4)

    out, configs = tmp_path / "out", configurations(asked, base)
    with pytest.raises(Killed, match="SFT of short"):
        compare(asked, configs, [3], out, reporter=Killer("Evaluating SFT of short", 2))
    found = compare(asked, configs, [3], out)
    assert "against" not in found
    assert len(found["conclusions"]) == 2
    for home, guest in (("long", "short"), ("short", "long")):
        lines = [json.loads(line) for line in (out / home / "seed-3" / LINES).read_text().splitlines()]
        assert [line["system"] for line in lines[1:]] == ["base", f"SFT of {guest}", f"Aligned of {guest}"]
        results = json.loads((out / home / "seed-3" / "results.json").read_text())
        told = json.loads((out / home / "seed-3" / "evaluation.jsonl").read_text().splitlines()[1])
        for line in lines[1:]:
            assert [end["condition"] for end in line["ends"]] == [end["condition"] for end in told["ends"]], "the same people"
        entry = found["cross"][home]
        assert entry["systems"]["Aligned"]["engaged"] == [results["systems"]["Aligned"]["engaged_rate"]]
        assert set(entry["gains"]) == {guest}
    text = (out / "experiment.md").read_text()
    assert "in the seat of long" in text
    assert "| Aligned of short |" in text
    assert asdict(configs["long"])["environment"] == "Thinking-v0"


def test_without_replays_a_run_learns_from_the_pairs_of_the_search_alone(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    base = replace(config(folder, searcher="speaker"), conversations=12, episodes=2)
    made = configurations(experiment("replays"), lambda task: base)
    found = {name: align(config, tmp_path / name) for name, config in made.items()}
    assert (tmp_path / "with" / "trees.jsonl").read_bytes() == (tmp_path / "without" / "trees.jsonl").read_bytes()
    pairs = {name: result["pairs"] for name, result in found.items()}
    assert pairs["with"]["search"] == pairs["without"]["search"]
    assert pairs["with"]["replay"] > pairs["without"]["replay"] == 0
