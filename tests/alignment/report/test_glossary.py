"""Words that a reader may not know: each is explained where it stands and at the end of the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialogym.alignment.report.glossary import WORDS, anchor, explained
from dialogym.alignment.report.page import write_report
from tests.alignment.report.outline import outline, section, styled, text
from tests.alignment.report.test_page import AUDIT, RESULTS


@pytest.mark.parametrize(("label", "word"), [
    ("SFT", "SFT"), ("pairs from search (D_p)", "D_p"), ("Unreadable, Aligned", "Unreadable"),
    ("unreadable replies", "Unreadable"),
    ("<b>BoN</b> & co.", "BoN"), ("Nonlinear", None), ("expert", None), ("", None)])
def test_the_first_word_of_a_label_is_explained_and_the_label_stays_as_it_is(label: str, word: str | None) -> None:
    made = outline(f"<p>{explained(label)}</p>")
    assert text(made) == label
    assert [each.tag for each in made.iter()] == ["p"] if word is None else ["p", "span"]
    if word is not None:
        (term,) = styled(made, "term")
        assert (term.text or "").lower() == word.lower()
        assert (term.get("tabindex"), term.get("data-tip"), term.get("aria-describedby")) == ("0", WORDS[word], anchor(word))


def test_every_word_that_is_asked_for_is_a_sentence() -> None:
    assert {"SFT", "BoN", "Aligned", "Linear", "D_p", "D_t", "Unreadable"} <= WORDS.keys()
    assert all(meaning[0].isupper() and meaning.endswith(".") and "\n" not in meaning for meaning in WORDS.values())


def test_words_are_explained_where_they_first_stand_and_all_of_them_at_the_end(tmp_path: Path) -> None:
    results = {**RESULTS, "audit": AUDIT, "systems": {**RESULTS["systems"], "Linear": RESULTS["systems"]["BoN"]}}
    (tmp_path / "results.json").write_text(json.dumps(results))
    page = outline(write_report(tmp_path).read_text())
    told = {each.get("id", ""): each for each in page.iter("dt") if each.get("id")}
    assert {text(each): name for name, each in told.items()} == {word: anchor(word) for word in WORDS}
    terms = styled(page, "term")
    assert {term.get("aria-describedby") for term in terms} <= told.keys()
    assert {text(term) for term in terms} == {"SFT", "BoN", "Aligned", "Linear", "D_p", "D_t", "Unreadable"}
    systems = {"SFT", "BoN", "Aligned", "Linear", "Unreadable"}
    for heading, words in (("Results", systems), ("Preference pairs", {"D_p", "D_t"})):
        found = section(page, heading)
        assert found is not None
        assert {text(term) for term in styled(found, "term")} == words
