"""Pairs to read: which are shown, what stands beside each, and that every link leads to the pair's node in its tree."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag
from xml.etree.ElementTree import Element

import pytest

from dialogym import Position, ScriptedAgent
from dialogym.alignment.preferences.mining import tree_pairs
from dialogym.alignment.preferences.pair import UNREADABLE, Candidate, PreferencePair, load_pairs, save_pairs
from dialogym.alignment.report.page import write_report
from dialogym.alignment.report.reading import ANY, MOMENTS, OPEN, SHOWN, spread
from dialogym.envs.errors import RunExists
from dialogym.envs.registry import spec
from dialogym.search import IxMCTS
from dialogym.search.collect import collect, trees
from dialogym.search.pair_selection import PairSettings
from tests.alignment.report.outline import outline, section, styled, text

SETTINGS = PairSettings(min_gap=0.01, min_completions=1)
RESULTS: dict[str, Any] = {"systems": {"SFT": {}}, "interactive": "persuader",
                           "config": {"pairs": asdict(SETTINGS), "layout": "chat"}}
"""Nothing to draw: a report of pairs alone."""
HOSTILE = "</p></details></script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} \"'>"


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's trees and pairs, of two rounds; one pair is from a replay."""
    folder, rules = tmp_path_factory.mktemp("searched"), spec("PersuasionForGood-v0").build()
    agents = {"persuader": ScriptedAgent.of(rules, "persuader", "expert"),
              "persuadee": ScriptedAgent.of(rules, "persuadee", "calibrated")}
    for round_, (file, pairs) in enumerate((("trees.jsonl", "pairs"), ("trees-2.jsonl", "pairs-2")), 1):
        starts = [Position.start(rules, 100 * round_ + seed) for seed in range(5 if round_ == 1 else 3)]
        collect(IxMCTS(width=2, keep=2, rollout="average"), starts, agents, folder / file, {})
        name = "search" if round_ == 1 else "search-2"
        found = [pair for number, tree in trees(folder / file) for pair in tree_pairs(tree, f"{name}-{number}", SETTINGS)]
        replayed = [replace(found[0], origin="replay", conversation="train-3")] if round_ == 1 else []
        save_pairs(found + replayed, folder / pairs)
    return folder


@pytest.fixture
def run(searched: Path, tmp_path: Path) -> Path:
    """The same with results, in a folder of its own."""
    for path in searched.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(searched)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    return tmp_path


def with_pairs(run: Path, *pairs: PreferencePair) -> Path:
    """Puts these in the place of the run's pairs."""
    for folder in ("pairs", "pairs-2"):
        for path in (run / folder).iterdir():
            path.unlink()
        (run / folder).rmdir()
    save_pairs(pairs, run / "pairs")
    return run


def shown(run: Path) -> list[Element]:
    found = section(outline(write_report(run).read_text()), "Pairs to read")
    return [] if found is None else styled(found, "pair")


def only(found: list[Element]) -> Element:
    (one,) = found
    return one


def said(pair: Element, side: str) -> str:
    """A side's reply."""
    return text(only(styled(only([each for each in styled(pair, side) if each.tag == "div"]), "said")))


def links(pair: Element) -> list[str]:
    return [each.get("href", "") for each in pair.iter("a")]


def embedded(page: Path) -> Any:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(data)


def test_every_pair_has_both_sides_and_a_link_to_its_node_in_its_tree(run: Path) -> None:
    pairs = shown(run)
    every = [*load_pairs(run / "pairs"), *load_pairs(run / "pairs-2")]
    assert len(pairs) == min(SHOWN, sum(pair.origin == "search" for pair in every)) > 10
    led = set()
    for pair in pairs:
        (link,) = links(pair)
        file, node = urldefrag(link)
        data = embedded(run / file)
        assert data["tree"]["model"][int(node)] == said(pair, "chosen")
        rejected = [data["tree"]["model"][b] for a, b in data["pairs"] if a == int(node)]
        assert said(pair, "rejected") in rejected, "the tree's page marks the pair"
        led.add(file)
    assert {path.relative_to(run).as_posix() for path in (run / "trees").iterdir()} == led, "and no tree besides"
    assert any(file.startswith("trees/search-2-") for file in led), "a later round's, too"


def test_a_pair_is_read_with_what_came_before_and_what_followed(run: Path) -> None:
    every = {(pair.chosen.text, pair.rejected.text, len(pair.context)): pair
             for folder in ("pairs", "pairs-2") for pair in load_pairs(run / folder)}
    for pair in shown(run):
        inner = only(styled(pair, "inner"))
        folded = {text(each.find("summary")).split()[-1]: each for each in inner.findall("details")}
        before = [text(turn) for each in (folded.get("turns", folded.get("turn")), inner) if each is not None
                  for turn in each.findall("ol/li")]
        found = every[said(pair, "chosen"), said(pair, "rejected"), len(before) + 1]
        names = {"user": "persuadee", "assistant": "persuader"}
        assert before == [names[role] + words for role, words in found.context if role != "system"]
        assert len(inner.findall("ol/li")) == min(OPEN, len(before))
        assert text(only(styled(folded["prompt"], "told"))) == found.context[0][1]
        assert text(only(styled(pair, "where"))).startswith(f"{found.situation} · gap {found.gap:.2f} · ")
        for name, side in (("chosen", found.chosen), ("rejected", found.rejected)):
            card = only([each for each in styled(pair, name) if each.tag == "div"])
            assert text(card.find("h3/em")).split()[:2] == ["value", f"{side.value:.2f}"]
            tags = [text(each) for each in only(styled(card, "tags"))]
            assert tags[:-2] == list(side.acts or (UNREADABLE,))
            assert [tag.split()[0] for tag in tags[-2:]] == [str(side.count), str(side.visits)]
            turns = [text(turn) for turn in card.iter("li") if turn not in list(only(styled(card, "tags")))]
            assert turns == [seat + words for seat, words in side.continuation]
            assert len(card.findall("ol/li")) == min(OPEN, len(turns)), "the first stand open"


def hostile(moment: str, conversation: str = "search-0") -> PreferencePair:
    side = Candidate(HOSTILE, 0.5, (HOSTILE,), 4, 0.1, 4, 2.0, (("persuadee", HOSTILE),) * 6)
    context = (("system", HOSTILE), *((("user", HOSTILE), ("assistant", HOSTILE)) * 4), ("user", HOSTILE))
    return PreferencePair(context, side, replace(side, value=0.1, text="No" + HOSTILE), 4, conversation, "0", "search", moment)


def test_what_a_pair_holds_is_text_and_nothing_else(run: Path) -> None:
    harmless = replace(hostile("warm"), context=(("system", "a"), ("user", "b")), chosen=Candidate("c", 0.5),
                       rejected=Candidate("d", 0.1))
    page = write_report(with_pairs(run, hostile(HOSTILE), harmless)).read_text()
    tags = Counter(each.tag for each in outline(page).iter())
    assert not tags.keys() & {"script", "img"}
    assert "49" not in text(only(styled(outline(page), "pair")[:1])), "no template of its own"
    first = next(pair for pair in styled(outline(page), "pair") if said(pair, "chosen") == HOSTILE)
    assert said(first, "rejected") == "No" + HOSTILE
    turns = [text(turn) for turn in first.iter("li") if set(turn.get("class", "").split()) & {"mine", "yours"}]
    assert len(turns) == 9 + 2 * 6
    assert all(turn.endswith(HOSTILE) for turn in turns)
    labels = [text(each) for each in outline(page).iter("label")]
    assert sorted(labels) == sorted(["all2", HOSTILE + "1", "warm1"])


@pytest.mark.parametrize("name", [
    "../../search-0", "search-0/../../x", "search-", "search-0.html#1", "javascript:alert(1)", ""])
def test_no_odd_name_of_a_conversation_leads_anywhere(run: Path, name: str) -> None:
    before = set(run.parent.rglob("*"))
    (pair,) = shown(with_pairs(run, hostile("warm", name)))
    assert links(pair) == []
    made = {path.relative_to(run).as_posix() for path in run.parent.rglob("*") if path not in before}
    assert made <= {"report.html", "index.html", *(path.relative_to(run).as_posix() for path in (run / "pairs").iterdir())}


def test_a_radio_of_each_moment_hides_the_others_without_a_script(run: Path) -> None:
    page = outline(write_report(run).read_text())
    found = section(page, "Pairs to read")
    assert found is not None
    pairs, radios = styled(found, "pair"), list(found.iter("input"))
    assert {radio.get("type") for radio in radios} == {"radio"}
    assert len({radio.get("name") for radio in radios}) == 1
    assert [radio for radio in radios if "checked" in radio.attrib] == radios[:1], "all of them, until one is chosen"
    rules = re.findall(r"#(moment-\d+):checked\) \.pair:not\(\.(moment-\d+)\) \{ display: none; \}", text(found.find("style")))
    assert [(radio.get("id"),) * 2 for radio in radios[1:]] == rules
    for label, radio in zip(list(found.iter("label"))[1:], radios[1:], strict=True):
        chosen = styled(found, "pair", radio.get("id", ""))
        moments = {text(styled(pair, "where")[0].find("b")) for pair in chosen}
        assert [f"{moment}{len(chosen)}" for moment in moments] == [text(label)]
    assert sum(len(styled(found, "pair", radio.get("id", ""))) for radio in radios[1:]) == len(pairs)


def test_moments_that_a_scenario_does_not_tell_apart_are_one_without_a_filter(run: Path) -> None:
    page = outline(write_report(with_pairs(run, replace(hostile(""), context=(("user", "a"),)))).read_text())
    assert text(only(styled(page, "where"))).startswith(ANY)
    assert list(page.iter("input")) == []


def test_a_context_in_one_message_is_the_prompt_and_nobodys_words(run: Path) -> None:
    """Layout "figure": the policy reads the whole dialogue as one message."""
    (run / "results.json").write_text(json.dumps({**RESULTS, "config": {**RESULTS["config"], "layout": "figure"}}))
    (pair,) = shown(with_pairs(run, replace(hostile("warm"), context=(("user", "Persuader: Hello."),))))
    assert [text(turn) for turn in only(styled(pair, "inner")).findall("ol/li")] == ["the promptPersuader: Hello."]


@pytest.mark.parametrize(("layout", "environment", "shown_word"), [
    ("strategy", "PersuasionForGood-v0", "fish"), ("chat", "PersuasionForGood-v0", "#1"), ("strategy", "Unheard-v0", "#1")])
def test_words_that_the_policy_points_at_stand_in_full(run: Path, layout: str, environment: str, shown_word: str) -> None:
    """Numbers are for the model; where they mean nothing, or nobody can say what, they stay what they are."""
    (run / "results.json").write_text(json.dumps({**RESULTS, "environment": environment,
                                                  "config": {**RESULTS["config"], "layout": layout}}))
    pair = PreferencePair((("user", "Music soothes."), ("assistant", 'So "#1".'), ("user", "Fish bite.")),
                          Candidate('[reflection, #1] You said "#1".', 0.5), Candidate("No.", 0.0), 3, "made-1", "k",
                          "search", "m")
    page = text(only(shown(with_pairs(run, pair))))
    assert f'You said "{shown_word}".' in page
    assert ('So "music".' if shown_word == "fish" else 'So "#1".') in page


def made(moment: str, gap: float, number: int = 0) -> PreferencePair:
    return PreferencePair((("user", "Hello."),), Candidate(f"Yes {number}.", gap), Candidate("No.", 0.0), 1, f"search-{number}",
                          str(number), "search", moment)


def test_pairs_are_spread_over_moments_and_gaps_whatever_their_order() -> None:
    pairs = [made(moment, n / 100, n) for moment, count in (("a", 50), ("b", 20), ("c", 3)) for n in range(count)]
    found = spread(pairs)
    counts = Counter(pair.situation for pair in found)
    assert counts == {"a": 11, "b": 10, "c": 3}, "equal parts; what few have, others get"
    for moment, count in (("a", 50), ("b", 20), ("c", 3)):
        gaps = [pair.gap for pair in found if pair.situation == moment]
        assert gaps == sorted(set(gaps), reverse=True)
        assert (gaps[0], gaps[-1]) == ((count - 1) / 100, 0.0), "from the widest to the narrowest"
        assert max(a - b for a, b in pairwise(gaps)) <= 2 * (count - 1) / 100 / (len(gaps) - 1)
    random.Random(0).shuffle(pairs)
    assert spread(pairs) == found
    assert spread([]) == []
    many = [made(f"{moment:02}", n / 100, n) for moment in range(40) for n in range(1 + moment)]
    assert Counter(pair.situation for pair in spread(many)) == {f"{moment:02}": 2 for moment in range(40 - MOMENTS, 40)}
    assert [pair.gap for pair in spread([made("a", n / 10, n) for n in range(5)], 1)] == [0.2], "of one the middle"


def test_the_same_run_makes_the_same_pages_wherever_it_lies(run: Path, tmp_path: Path) -> None:
    def pages() -> Iterator[tuple[Path, bytes]]:
        return ((path.relative_to(run), path.read_bytes()) for path in sorted(run.rglob("*.html")))

    write_report(run)
    first = dict(pages())
    assert len(first) > 3
    write_report(run)
    assert dict(pages()) == first
    run = run.rename(tmp_path.parent / "elsewhere")
    write_report(run)
    assert dict(pages()) == first


@pytest.mark.parametrize("loss", ["gone", "another release", "another scenario"])
def test_pairs_whose_trees_cannot_be_read_are_shown_without_a_link(run: Path, loss: str) -> None:
    for path in run.glob("trees*.jsonl"):
        if loss == "gone":
            path.unlink()
        else:
            old, new = (('"dialogym_trees": ', '"dialogym_trees": 9') if loss == "another release" else
                        ("PersuasionForGood-v0", "Nobody-v0"))
            path.write_text(path.read_text().replace(old, new, 1))
    pairs = shown(run)
    assert len(pairs) > 10
    assert not any(map(links, pairs))
    assert not (run / "trees").exists()
    assert "have no page" in (run / "report.html").read_text()


def test_without_pairs_there_is_no_such_section(run: Path) -> None:
    with_pairs(run, replace(hostile("warm"), origin="replay"))
    assert shown(run) == []
    assert not (run / "trees").exists()


def test_a_file_of_somebody_elses_is_not_replaced(run: Path) -> None:
    write_report(run)
    page = next((run / "trees").iterdir())
    page.write_text("my own tree")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(RunExists, match="was not written by `dialogym tree`"):
        write_report(run)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
