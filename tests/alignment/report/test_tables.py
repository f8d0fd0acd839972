"""The tables of rounds and of families of users: what stands in them, and that there are none without their figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from dialogym.alignment.report.page import write_report
from dialogym.alignment.report.tables import families_matrix, rounds_tables
from tests.alignment.report.outline import outline, section, styled, text
from tests.alignment.report.test_page import RESULTS


def weights(number: int, step: int, engagement: float, gain: float, *, fluent: bool = True, **more: float) -> dict[str, Any]:
    return {"round": number, "step": step, "engagement": engagement, "engagement_ci95": [engagement - 0.01, engagement + 0.02],
            "garbled": 0.025, "gain": [gain, gain - 0.01, gain + 0.02], "fluent": fluent, **more}


START = {"engagement": 0.105, "engagement_ci95": [0.08, 0.13], "garbled": 0.01}
CHOSEN = {"kept": {"round": 2, "step": 8}, "gains": True, "start": START, "losses": [0.7, 0.6],
          "rounds": [{"round": 1, "pairs": 812}, {"round": 2, "pairs": 1500, "conversations": 24, "nodes": 4321, "failed": 0}],
          "checkpoints": [weights(1, 4, 0.1, -0.005, kl_per_reply=1.25),
                          weights(1, 8, 0.2, 0.095, fluent=False, kl_per_reply=9.5),
                          weights(2, 8, 0.31, 0.205, kl_per_reply=3.4)]}
SEARCH = {"conversations": 64, "nodes": 12345}


def results(**dpo: Any) -> dict[str, Any]:
    return {**RESULTS, "search": SEARCH, "training": {"dpo": dpo}}


def page(folder: Path, found: dict[str, Any], families: Any = None) -> Element:
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps({**found, "systems": {"SFT": {}}, "pairs": None}))  # nothing to draw
    if families is not None:
        (folder / "families.json").write_text(json.dumps(families))
    return outline(write_report(folder).read_text())


def cells(row: Element) -> list[str]:
    return [text(cell).strip() for cell in row]


def test_rounds_and_the_weights_that_talked_stand_in_two_tables(tmp_path: Path) -> None:
    found = section(page(tmp_path, results(**CHOSEN)), "Rounds")
    assert found is not None
    first, second = (table.findall("tbody/tr") for table in found.iter("table"))
    assert [cells(row) for row in first] == [
        ["Round 1", "64", "12,345", "812", "0.200[0.190, 0.220]", "+0.095[+0.085, +0.115]"],
        ["Round 2 (kept)", "24", "4,321", "1,500", "0.310[0.300, 0.330]", "+0.205[+0.195, +0.225]"]]
    assert [cells(row) for row in second] == [
        ["SFT", "0.105[0.080, 0.130]", "–", "1.0%", "–"],
        ["Step 4", "0.100[0.090, 0.120]", "−0.005[−0.015, +0.015]", "2.5%", "1.25"],
        ["Step 8 (out of bounds)", "0.200[0.190, 0.220]", "+0.095[+0.085, +0.115]", "2.5%", "9.50"],
        ["Round 2, step 8 (kept)", "0.310[0.300, 0.330]", "+0.205[+0.195, +0.225]", "2.5%", "3.40"]]
    assert [cells(row)[0] for row in styled(found, "best")] == ["Round 2 (kept)", "Round 2, step 8 (kept)"]
    heads = [cells(row) for row in found.iter("tr") if row.find("td") is None]
    assert [len(head) for head in heads] == [6, 5]
    assert [len(row) for row in (*first, *second)] == [6, 6, 5, 5, 5, 5]
    assert [cell.get("data-label") for cell in second[0].findall("td")] == heads[1][1:], "a narrow page has no head"


def test_weights_of_one_round_have_a_table_without_rounds(tmp_path: Path) -> None:
    one = {**CHOSEN, "rounds": CHOSEN["rounds"][:1], "checkpoints": CHOSEN["checkpoints"][:2], "kept": {"round": 1, "step": 4}}
    made = page(tmp_path, results(**one))
    found = section(made, "Weights that talked")
    assert found is not None
    assert section(made, "Rounds") is None
    assert len(list(found.iter("table"))) == 1
    assert "kept" not in text(section(made, "Training")), "what the table says is not said twice"


def test_without_talks_there_is_no_table_and_no_section(tmp_path: Path) -> None:
    for number, dpo in enumerate(({}, {"losses": [0.7]}, {"checkpoints": [{"round": 1, "step": 4, "loss": 0.5}]})):
        assert rounds_tables(results(**dpo)) is None
        made = page(tmp_path / str(number), results(**dpo))
        headings = [text(each) for each in made.iter("h2")]
        assert not {"Rounds", "Weights that talked", "Families of users", "Pairs to read"} & set(headings)
        assert all(any(text(each).strip() for each in one if each.tag != "h2") for one in made.iter("section")), "none is empty"
    assert rounds_tables({"systems": {}}) is None


def entry(searched: bool, sft: float, aligned: float) -> dict[str, Any]:
    gain = aligned - sft
    differences = {"donation": [gain, gain - 0.1, gain + 0.1], "engaged": [0.0, -0.1, 0.1]}
    return {"searched": searched, "differences": {"Aligned": differences},
            "systems": {name: {"donation_mean": mean, "engaged_rate": mean / 2, "garble_rate": 0.02}
                        for name, mean in (("SFT", sft), ("Aligned", aligned))}}


FAMILIES = {"episodes": 40, "families": {"scripted": entry(True, 0.4, 0.8), "sceptical": entry(False, 0.2, 0.0)}}


def test_families_are_a_matrix_of_whom_training_met_and_whom_the_talks_met(tmp_path: Path) -> None:
    found = section(page(tmp_path, RESULTS, FAMILIES), "Families of users")
    assert found is not None
    head = cells(next(found.iter("tr")))
    assert head == ["Trained with scripted", "scripted (searched)", "sceptical"]
    assert [cells(row) for group in found.iter("tbody") for row in group] == [
        ["Donation ($), SFT", "0.40", "0.20"], ["Donation ($), Aligned", "0.80", "0.00"],
        ["Donation ($), gain", "+$0.40[+$0.30, +$0.50]", "−$0.20[−$0.30, −$0.10]"],
        ["Engaged, SFT", "20.0%", "10.0%"], ["Engaged, Aligned", "40.0%", "0.0%"],
        ["Engaged, gain", "+0.0 points[−10.0, +10.0]", "+0.0 points[−10.0, +10.0]"],
        ["Unreadable, SFT", "2.0%", "2.0%"], ["Unreadable, Aligned", "2.0%", "2.0%"]]
    shades = [cell.get("style", "") for cell in found.iter("td")]
    assert [shade != "" for shade in shades] == [True, True, True, False, False, False] * 2 + [False] * 4
    assert [cell.get("class") for cell in found.iter("td") if "$0." in text(cell)] == ["up", "down"]


def test_where_a_model_spoke_for_the_users_no_family_was_searched(tmp_path: Path) -> None:
    talked = {"episodes": 40, "families": {"scripted": entry(False, 0.4, 0.8)}}
    found = families_matrix(talked, RESULTS)
    assert found is not None
    assert found["trained"] is None
    assert "Trained with a model" in text(page(tmp_path, RESULTS, talked))
    assert families_matrix(None, RESULTS) is None
