from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment.report.conclusions import Quantity, conclude
from dialogym.alignment.report.page import write_report
from dialogym.alignment.report.tables import audit_table
from dialogym.envs.errors import InvalidConfig

VOID = {"meta", "br", "hr", "img", "link", "input"}


def system(mean: float, engaged: float, acts: dict[str, float]) -> dict[str, Any]:
    given = round(40 * engaged)
    return {
        "episodes": 40, "donation_mean": mean, "donation_ci95": [mean - 0.12, mean + 0.14],
        "engaged_rate": engaged, "engaged_ci95": [engaged - 0.1, engaged + 0.1],
        "turns_mean": 11.25 + mean, "garble_rate": 0.013, "acts": acts,
        "statuses": {"promised": given, "declined": 30 - given, "undecided": 10},
        "values": [0.25 * (1 + i % 4) for i in range(given)] + [0.0] * (40 - given),
    }


RESULTS: dict[str, Any] = {
    "scenario": "persuasion", "environment": "PersuasionForGood-v0",
    "versions": {"dialogym": "0.1.0", "prompts": 3, "models": {"policy": "abc123"}},
    "command": "dialogym run --out runs/demo", "seed": 7, "simulator": "scripted", "condition_seen": "hidden",
    "measures": [{"name": "donation", "label": "Donation ($)", "unit": "$", "scale": 2.0}],
    "systems": {"SFT": system(0.41, 0.35, {"greeting": 0.2, "emotion-appeal": 0.1, "pressure": 0.08}),
                "BoN": system(0.53, 0.425, {"greeting": 0.18, "emotion-appeal": 0.2}),
                "Aligned": system(0.87, 0.65, {"greeting": 0.1, "emotion-appeal": 0.4, "pressure": 0.0})},
    "differences": {"Aligned": {"donation": [0.46, 0.21, 0.72], "engaged": [0.3, 0.11, 0.49]},
                    "BoN": {"donation": [0.12, -0.03, 0.27], "engaged": [0.075, -0.05, 0.2]}},
    "pairs": {"search": 812, "replay": 1234, "depths": {"0": 300, "1": 250, "10": 12, "2": 250},
              "chosen_acts": {"emotion-appeal": 50, "greeting": 10},
              "rejected_acts": {"pressure": 40, "greeting": 9}},
    "training": {"persuader_sft": {"loss_first": 2.41, "loss_last": 1.07, "steps": 400},
                 "reward": {"loss": 0.4321, "heldout_accuracy": 0.7125},
                 "dpo": {"kind": "dpo", "steps": 6, "losses": [0.69, 0.67, 0.6, 0.61, 0.57, 0.55],
                         "evaluations": [{"step": 0, "eval_loss": 0.69}, {"step": 6, "eval_loss": 0.6}],
                         "metrics": {"eval_loss": 0.6, "eval_rewards/accuracies": 0.689, "kl": 1.7},
                         "settings": {"learning_rate": 5e-05, "beta": 0.1}}},
    "search": {"simulations": 12345, "kept_share": 0.25},
    "config": {"beta": 0.1, "note": "<b>bold</b>"},
}
TURNS = [["persuader", "Hello! <script>alert(1)</script>"], ["persuadee", "I'd give \"50 cents\" & no more."]]
TRANSCRIPTS = [{"seed": 70 + i, "condition": "You are <calm> & agreeable.", "episodes": {
    name: {"turns": TURNS, "status": "promised", "level": 0.25, "evidence": "50 cents", "value": "0.50 $"}
    for name in ("SFT", "BoN", "Aligned")}} for i in range(3)]


AUDIT = {
    "distinct_over_words": 900, "systems": {name: {
        "replies": 100, "repeated_in_talk": 0.01, "repeated": 0.3, "unwelcome_acts": share, "amounts_named": 0.2,
        "unreadable": 0.0, "closed_early": 0.4, "words_per_reply": 12.5, "distinct_1": 0.2, "distinct_2": None}
        for name, share in (("SFT", 0.08), ("BoN", 0.05), ("Aligned", 0.0))},
    "acts": {"SFT": {"warm": {"replies": 40, "acts": {"pressure": 0.25, "greeting": 0.5}},
                     "cold": {"replies": 3, "acts": {"greeting": 1.0}}},
             "Aligned": {"warm": {"replies": 50, "acts": {"emotion-appeal": 0.4, "greeting": 0.45}},
                         "cold": {"replies": 50, "acts": {"pressure": 1.0}}}},
    "agreement": {"SFT": {"talks": 40, "score": -0.5, "auc": 0.71, "spearman": 0.33}, "Aligned": None}}


class Page(HTMLParser):
    """Text and tags of a page; a tag that is closed out of order is an AssertionError."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def write(folder: Path, results: Any = RESULTS, transcripts: Any = TRANSCRIPTS) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results))
    if transcripts is not None:
        (folder / "transcripts.json").write_text(json.dumps(transcripts))
    out = write_report(folder)
    assert out == folder / "report.html"
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("run"))


def test_the_page_is_well_formed(page: str) -> None:
    parsed = Page(page)
    assert [tag for tag, _ in parsed.tags].count("svg") == 8
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_loads_nothing(page: str) -> None:
    assert not re.search(r"https?:|//|@import|url\(", re.sub(r"\{#.*?#\}", "", page))
    loads = [(tag, value) for tag, attributes in Page(page).tags for name, value in attributes.items()
             if name in {"src", "srcset", "href", "data", "xlink:href"}]
    assert [value for tag, value in loads if tag == "a"] == ["index.html"], "a link loads nothing before it is followed"
    assert all(value and value.startswith("#") for tag, value in loads if tag != "a")
    assert "default-src 'none'" in page
    assert not {tag for tag, _ in Page(page).tags} & {"script", "link", "iframe", "img", "object"}


def test_everything_said_is_escaped(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    text = Page(page).text
    assert "You are <calm> & agreeable." in text
    assert 'I\'d give "50 cents" & no more.' in text
    assert "<b>bold</b>" in text


def test_names_are_escaped_in_the_figures_too(tmp_path: Path) -> None:
    name = "<script>x</script>"
    results = copy.deepcopy(RESULTS)
    results["systems"][name] = results["systems"].pop("Aligned")
    results["differences"][name] = results["differences"].pop("Aligned")
    made = write(tmp_path, results, None)
    assert "<script" not in made
    assert f"{name} does better than SFT" in Page(made).text


def test_the_same_run_makes_the_same_bytes(page: str, tmp_path: Path) -> None:
    assert write(tmp_path / "a") == page == write(tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "index.html", "report.html", "results.json", "transcripts.json"]


@pytest.mark.parametrize("shown", [
    "PersuasionForGood-v0", "SFT", "BoN", "Aligned",
    "0.41", "[0.29, 0.55]", "0.53", "0.87", "[0.75, 1.01]", "35.0%", "42.5%", "65.0%", "[55.0%, 75.0%]",
    "11.7", "11.8", "12.1", "1.3%", "+$0.46", "[+$0.21, +$0.72]", "[−$0.03, +$0.27]",
    "+30.0 points", "[+11.0, +49.0]",
    "812", "1,234", "2.41", "1.07", "0.4321", "71.2%", "Held-out rewards accuracies", "68.9%", "1.7", "5e−05",
    "12,345", "25.0%", "20.0%",
    "promised · 0.50 $", "50 cents", "level 0.25", "seed 72", "dialogym run --out runs/demo", "abc123", "beta",
])
def test_every_number_is_on_the_page(page: str, shown: str) -> None:
    assert shown in Page(page).text


def with_difference(mean: float, low: float, high: float) -> dict[str, Any]:
    return {**RESULTS, "differences": {"Aligned": {"donation": [mean, low, high]}}}


@pytest.mark.parametrize(("difference", "headline", "detail"), [
    ((0.46, 0.21, 0.72), "Aligned does better than SFT on donation.",
     "from +$0.21 to +$0.72, which excludes zero: alignment helped."),
    ((-0.30, -0.52, -0.08), "Aligned does worse than SFT on donation.",
     "from −$0.52 to −$0.08, which excludes zero, on the wrong side: alignment hurt."),
    ((0.10, -0.05, 0.26), "This run cannot tell Aligned from SFT on donation.",
     "from −$0.05 to +$0.26, which includes zero: these episodes show neither a gain nor a loss."),
    ((0.0, 0.0, 0.0), "This run cannot tell Aligned from SFT on donation.", "which includes zero"),
])
def test_the_conclusion_says_what_the_interval_says(difference, headline: str, detail: str) -> None:
    said = conclude(with_difference(*difference))
    assert said[0] == headline
    assert said[1].startswith("Over 40 episodes with the same users and seeds, Aligned reached $0.87 per "
                              f"episode and SFT $0.41. The paired difference is {'−' if difference[0] < 0 else '+'}$")
    assert detail in said[1]
    assert "not with people" in said[-1]


def test_the_conclusion_names_the_other_comparisons() -> None:
    rest = conclude(RESULTS)[2]
    assert "BoN against SFT on donation: +$0.12 (−$0.03 to +$0.27), which includes zero." in rest
    assert "Aligned against SFT on engaged rate: +30.0 points (+11.0 to +49.0 points), which excludes" in rest


def test_the_conclusion_warns() -> None:
    results = copy.deepcopy(RESULTS)
    for entry in results["systems"].values():
        entry |= {"episodes": 8, "garble_rate": 0.0}
    results["systems"]["Aligned"]["garble_rate"] = 0.25
    results["condition_seen"] = "all of it"
    cautions = conclude(results)[-1]
    assert "25.0% of Aligned's." in cautions
    assert "With only 8 episodes per system" in cautions
    assert "while they spoke: all of it." in cautions


def test_without_comparisons_there_is_no_conclusion() -> None:
    assert "draws no conclusion" in conclude({**RESULTS, "differences": {}})[1]


def test_a_scenario_without_measures_is_judged_by_its_engaged_rate() -> None:
    results = {**RESULTS, "measures": [], "differences": {"Aligned": {"engaged": [0.3, 0.11, 0.49]}}}
    said = conclude(results)
    assert said[0] == "Aligned does better than SFT on engaged rate."
    assert "Aligned reached 65.0% and SFT 35.0%." in said[1]


@pytest.mark.parametrize(("unit", "shown", "change"), [
    ("$", "−$0.50", "+$0.50"), ("%", "−50.0%", "+50.0 points"),
    ("", "−0.50", "+0.50"), ("pts", "−0.50 pts", "+0.50 pts"),
])
def test_units(unit: str, shown: str, change: str) -> None:
    quantity = Quantity("x", "X", unit, "x_mean", "x_ci95")
    assert (quantity.show(-0.5), quantity.change(0.5)) == (shown, change)


@pytest.mark.parametrize("missing", [
    "versions", "measures", "differences", "pairs", "training", "search", "config", "command"])
def test_sections_without_data_are_left_out(tmp_path: Path, missing: str) -> None:
    Page(write(tmp_path, {key: value for key, value in RESULTS.items() if key != missing}))


def test_the_good_outcome_comes_first_without_being_named(tmp_path: Path) -> None:
    results = copy.deepcopy(RESULTS)
    for entry in results["systems"].values():
        entry["statuses"] = dict(sorted(entry["statuses"].items()))
    legend = re.compile(r"--o(\d)\)\"></i>(\w+)")
    assert legend.findall(write(tmp_path, results)) == [("0", "Promised"), ("1", "Declined"), ("2", "Undecided")]
    results["statuses"] = ["undecided", "promised", "declined"]
    assert legend.findall(write(tmp_path, results)) == [("0", "Undecided"), ("1", "Promised"), ("2", "Declined")]


def test_turns_of_engaged_episodes_are_a_column_when_known(page: str, tmp_path: Path) -> None:
    results = copy.deepcopy(RESULTS)
    results["systems"]["Aligned"]["turns_engaged_mean"] = 6.54
    text = Page(write(tmp_path, results)).text
    assert "Turns if engaged" in text
    assert "6.5" in text
    assert "Turns if engaged" not in page


def test_a_bare_run_still_has_a_page(tmp_path: Path) -> None:
    text = Page(write(tmp_path, {"systems": {"SFT": {"donation_mean": None}}}, None)).text
    for heading in ("Preference pairs", "Training", "Conversations", "How the policies differ"):
        assert heading not in text


def test_missing_and_broken_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=r"No results\.json in"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(InvalidConfig, match="is not JSON"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text("[]")
    with pytest.raises(InvalidConfig, match="systems"):
        write_report(tmp_path)


def test_the_audit_stands_beside_the_gain_and_says_what_changed_in_which_situation(tmp_path: Path) -> None:
    found = audit_table({**RESULTS, "audit": AUDIT})
    assert found is not None
    rows = dict(found["rows"])
    assert rows["Unwelcome acts"] == ["8.0%", "5.0%", "0.0%"]
    assert rows["Distinct pairs of words"] == ["–", "–", "–"]
    assert rows["Its AUC for engaged talks"] == ["0.71", "–", "–"]
    assert found["changes"] == [("emotion-appeal, warm", ["0.0%", "40.0%"]), ("pressure, warm", ["25.0%", "0.0%"]),
                                ("greeting, warm", ["50.0%", "45.0%"])], "three replies are too few to say what changed"
    assert audit_table(RESULTS) is None
    (tmp_path / "results.json").write_text(json.dumps({**RESULTS, "audit": AUDIT}))
    page = write_report(tmp_path).read_text()
    assert "<h2>Audit</h2>" in page
    assert "emotion-appeal, warm" in page
