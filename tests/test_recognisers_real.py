"""The act recognisers on the corpora's own labels, on machines that have the corpora."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.corpora import corpus_folder

bench = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "recognisers.py")))
FOLDERS = {"PersuasionForGood": "persuasionforgood", "ESConv": "esconv"}


def corpus(name: str) -> SimpleNamespace:
    folder = corpus_folder(FOLDERS[name])
    if folder is None:
        pytest.skip(f"no folder {FOLDERS[name]} under DIALOGYM_CORPORA or ../shared/data")
    given = (folder, None) if name == "PersuasionForGood" else (None, folder)
    return bench.corpora(*given)[0]


@pytest.mark.parametrize(("name", "cues", "learned"), [
    ("PersuasionForGood", 0.60, 0.85), pytest.param("ESConv", 0.39, 0.72, marks=pytest.mark.slow)])
def test_both_ways_to_hear_keep_their_macro_f1_on_the_development_half(name: str, cues: float, learned: float) -> None:
    found = corpus(name)
    dev, _ = bench.halves(found.examples, 0)
    for hear, floor in ((found.cues, cues), (found.hashed, learned)):
        assert bench.macro_f1(bench.single_scores(dev, [hear(e.text) for e in dev])) > floor


@pytest.mark.parametrize("name", ["PersuasionForGood", pytest.param("ESConv", marks=pytest.mark.slow)])
def test_people_are_understood(name: str) -> None:
    found = corpus(name)
    _, held = bench.halves(found.examples, 0)
    assert sum(found.hashed(e.text).understood for e in held) > 0.97 * len(held)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_halves_share_no_dialogue_and_are_about_equal(name: str) -> None:
    examples = corpus(name).examples
    sides = [{e.dialogue for e in half} for half in bench.halves(examples, 0)]
    assert sides[0].isdisjoint(sides[1])
    assert min(map(len, sides)) > 0.45 * len(sides[0] | sides[1])
    assert bench.halves(examples, 0) == bench.halves(examples, 0)
    assert bench.halves(examples, 0) != bench.halves(examples, 1)


def test_every_act_with_a_counterpart_is_said_in_the_corpus() -> None:
    for name, labels in (("PersuasionForGood", bench.APPEALS), ("ESConv", bench.STRATEGIES)):
        said = Counter(label for example in corpus(name).examples for label in example.labels)
        assert set(said) == {*labels.values(), bench.REST}


class TestScoring:
    """On labels made up here, so these run everywhere."""

    EXAMPLES = tuple(bench.Example("d", text, labels) for text, labels in (
        ("a", ("greeting",)), ("b", ("closing",)), ("c", (bench.REST,)), ("d", ("greeting", "closing"))))

    def hear(self, *answers: tuple[str, ...]) -> list[object]:
        return [bench.Hearing(acts[0] if acts else bench.REST, frozenset(acts)) for acts in answers]

    def test_a_perfect_listener_scores_one(self) -> None:
        heard = self.hear(("greeting",), ("closing",), (), ("greeting", "closing"))
        assert bench.macro_f1(bench.single_scores(self.EXAMPLES, heard)) == 1
        assert bench.multi_score(self.EXAMPLES, heard).f1 == 1
        assert bench.accuracy(self.EXAMPLES, heard) == 1

    def test_an_act_heard_where_there_is_none_costs_precision(self) -> None:
        heard = self.hear(("greeting",), ("closing",), ("closing",), ("greeting",))
        scores = bench.single_scores(self.EXAMPLES, heard)
        assert scores["closing"].precision == 0.5
        assert scores["closing"].recall == 1
        assert bench.macro_f1(scores) == pytest.approx((1 + 2 / 3) / 2)
        assert bench.multi_score(self.EXAMPLES, heard).recall == 0.75

    def test_the_majority_is_the_commonest_label_but_for_the_rest(self) -> None:
        assert bench.majority(self.EXAMPLES)("anything").single == "greeting"

    def test_a_courtesy_gives_way(self) -> None:
        assert bench.by_first(lambda text: ("greeting", "closing"))("").single == "closing"
        assert bench.by_first(lambda text: ("greeting",))("").single == "greeting"
        assert bench.by_first(lambda text: ("pressure",))("").single == bench.REST
        assert bench.by_priority(lambda text: ("closed-question", "validation"))("").single == "Affirmation and Reassurance"
