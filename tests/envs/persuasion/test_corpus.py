"""Reading PersuasionForGood: small files in the original format, and every error."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import pytest

from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.persuasion.conditions import Persona
from dialogym.envs.persuasion.corpus import closing, load_corpus, load_personas
from tests.small_corpus import ANSWERS, GREETING, INFO, TRAITS, WORDS, Corpus, Unit, in_turn


def texts(folder: Path) -> list[str]:
    [episode] = load_corpus(folder)
    return [utterance.text for utterance in episode.dialogue]


def amend(folder: Path, name: str, old: bytes, new: bytes) -> Path:
    data = (folder / name).read_bytes()
    assert data.count(old) >= 1
    (folder / name).write_bytes(data.replace(old, new, 1))
    return folder


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return Corpus().add("talk-1", in_turn(GREETING)).write(tmp_path)


# -- what is read ----------------------------------------------------------------------------------


def test_an_episode(plain: Path) -> None:
    [episode] = load_corpus(plain)
    assert episode.source == "talk-1"
    assert episode.split == "train"
    assert [utterance.seat for utterance in episode.dialogue] == ["persuader", "persuadee"] * 2
    assert all(utterance.state == "" for utterance in episode.dialogue)
    assert [utterance.text for utterance in episode.dialogue][:3] == GREETING[:3]


def test_the_persona(plain: Path) -> None:
    [episode] = load_corpus(plain)
    assert isinstance(episode.condition, Persona)
    names = [name for name, _ in episode.condition.attributes]
    assert names == [*TRAITS, "age", *WORDS, "religion", "ideology", "income"]
    values = dict(episode.condition.attributes)
    assert (values["care"], values["age"], values["sex"], values["income"]) == (3.33, 41.0, "Sex", 7.0)


def test_blank_and_implausible_answers_are_absent(tmp_path: Path) -> None:
    answers = dict(ANSWERS) | {"age": "3.0", "care": "", "purity": "9.0", "sex": " "}
    [persona] = load_personas(Corpus().add("talk", in_turn(GREETING), answers=answers).write(tmp_path))
    assert set(dict(persona.attributes)) == set(ANSWERS) - {"age", "care", "purity", "sex"}


@pytest.mark.parametrize(("answer", "there"), [("15.9", False), ("16", True), ("110", True), ("999", False)])
def test_ages_that_can_be(tmp_path: Path, answer: str, there: bool) -> None:
    [persona] = load_personas(Corpus().add("t", in_turn(GREETING), answers={"age": answer}).write(tmp_path))
    assert persona.attributes == ((("age", float(answer)),) if there else ())


def test_the_persona_is_the_persuadees(tmp_path: Path) -> None:
    corpus = Corpus().add("talk", in_turn(GREETING), answers={"age": "30"})
    corpus.answers[0][INFO.index("age.x")] = "70"
    [episode] = load_corpus(corpus.write(tmp_path))
    assert episode.condition == Persona((("age", 30.0),))


def test_utterances_of_one_seat_in_a_row_are_joined(tmp_path: Path) -> None:
    units = [(0, 0, "One. "), (1, 0, "Two."), (1, 1, "Fine"), (2, 1, "thanks.")]
    assert texts(Corpus().add("talk", units, donation="0").write(tmp_path))[0] == "One. Two."
    assert texts(tmp_path)[1].startswith("Fine thanks. ")


@pytest.mark.parametrize("order", list(permutations(range(4)))[1:], ids=str)
def test_rows_in_any_order_load_in_the_order_of_their_turns(tmp_path: Path, order: Sequence[int]) -> None:
    units = in_turn(GREETING)
    load = [texts(Corpus().add("talk", said).write(tmp_path)) for said in (units, [units[index] for index in order])]
    assert load[0] == load[1]
    assert load[0][:3] == GREETING[:3]


def test_turns_are_ordered_as_numbers(tmp_path: Path) -> None:
    said = [f"Line {index}." for index in range(24)]
    shuffled = sorted(in_turn(said), key=lambda unit: str(unit[0]))
    assert [unit[2] for unit in shuffled] != said
    assert texts(Corpus().add("talk", shuffled).write(tmp_path))[:23] == said[:23]


def test_rows_of_two_dialogues_may_be_mixed(tmp_path: Path) -> None:
    corpus = Corpus().add("a", in_turn(GREETING)).add("b", in_turn(["Good day."]))
    corpus.units.insert(1, corpus.units.pop())
    a, b = load_corpus(corpus.write(tmp_path))
    assert (a.source, len(a.dialogue), b.source, len(b.dialogue)) == ("a", 4, "b", 2)


@pytest.mark.parametrize(("raw", "clean"), [
    ("  much \t\u00a0white\n space ", "much white space"),
    ("whatever it takes \u00a1\u00aa every day", "whatever it takes \u2014 every day"),
    ("I give \u00a1\u00ea3 a week", "I give \u00a33 a week"),
    ("candy\u00ff and snacks", "candy and snacks"),
    ("caf\u00e9 \u00a35 na\u00efve \u4f60\u597d", "caf\u00e9 \u00a35 na\u00efve \u4f60\u597d"),
    ("smile \U0001f642", "smile \U0001f642"),
    ("\u00a1hola! lost\ufffd\x00\u200bword", "\u00a1hola! lostword"),
    ('quoted "words", and commas', 'quoted "words", and commas'),
])
def test_text_is_cleaned(tmp_path: Path, raw: str, clean: str) -> None:
    assert texts(Corpus().add("talk", in_turn([raw, "Yes."])).write(tmp_path))[0] == clean


def test_a_byte_order_mark_blank_lines_and_more_columns_are_no_matter(plain: Path) -> None:
    before = load_corpus(plain)
    for name in ("full_dialog.csv", "full_info.csv"):
        lines = (plain / name).read_bytes().splitlines()
        more = [line + b",extra" for line in lines]
        (plain / name).write_bytes(b"\xef\xbb\xbf" + b"\n".join(more) + b"\n\n")
    assert load_corpus(plain) == before


# -- the decision ----------------------------------------------------------------------------------


def test_the_decision_is_added_to_the_persuadees_last_words(plain: Path) -> None:
    last = texts(plain)[-1]
    assert last.startswith("Let me think. ")
    assert last.endswith("donate $0.50.")


def test_the_decision_answers_a_persuader_who_spoke_last(tmp_path: Path) -> None:
    said = texts(Corpus().add("talk", in_turn(GREETING[:3])).write(tmp_path))
    assert len(said) == 4
    assert said[-1] in {closing(0.5, key) for key in range(40)}


@pytest.mark.parametrize(("words", "wanted"), [
    ("Bye!", "Bye! "), ("Bye", "Bye. "), ("Bye,", "Bye. "), ("Bye :)", "Bye :) "), ("--", "")])
def test_the_decision_is_a_sentence_of_its_own(tmp_path: Path, words: str, wanted: str) -> None:
    last = texts(Corpus().add("talk", in_turn(["Hello.", words])).write(tmp_path))[-1]
    assert last in {wanted + closing(0.5, key) for key in range(40)}


@pytest.mark.parametrize(("donation", "said"), [
    ("0.0", None), ("0.001", None), ("0.05", "$0.05"), ("1.54", "$1.54"), ("2", "$2.00"), ("50.0", "$2.00")])
def test_the_decision_tells_the_donation_capped(tmp_path: Path, donation: str, said: str | None) -> None:
    last = texts(Corpus().add("talk", in_turn(GREETING), donation=donation).write(tmp_path))[-1]
    assert (said in last) if said else ("$" not in last and "not" in last)


def test_the_cap_is_an_option(tmp_path: Path) -> None:
    Corpus().add("talk", in_turn(GREETING), donation="50").write(tmp_path)
    [episode] = load_corpus(tmp_path, max_donation=7)
    assert episode.dialogue.last is not None
    assert episode.dialogue.last.text.endswith("$7.00.")


def test_closing_has_a_few_phrasings_chosen_by_key() -> None:
    yes, no = ({closing(amount, key) for key in range(200)} for amount in (0.5, 0.0))
    assert len(yes) == len(no) == 4
    assert "I have decided to donate $0.50." in yes
    assert "I have decided not to donate." in no
    assert closing(0.5, 9) == closing(0.5, 9)


@pytest.mark.parametrize("amount", [-0.01, float("nan"), float("inf")])
def test_closing_refuses_what_is_no_donation(amount: float) -> None:
    with pytest.raises(InvalidConfig, match="number of dollars"):
        closing(amount, 0)


@pytest.mark.parametrize("cap", [0.0, -1.0, float("nan"), float("inf")])
def test_the_cap_must_be_positive(plain: Path, cap: float) -> None:
    with pytest.raises(InvalidConfig, match="max_donation"):
        load_corpus(plain, max_donation=cap)


# -- what is skipped or put right ------------------------------------------------------------------


def test_marked_dialogues_are_skipped_but_their_people_are_counted(tmp_path: Path) -> None:
    folder = Corpus().add("BAD_1", in_turn(GREETING)).add("good", in_turn(GREETING)).write(tmp_path)
    assert [episode.source for episode in load_corpus(folder)] == ["good"]
    assert len(load_personas(folder)) == 2


def test_a_quiet_line_when_all_is_well(plain: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        load_corpus(plain)
    [record] = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage() == "full_dialog.csv: 1 of 1 dialogues kept (train 1)"


@pytest.mark.parametrize(("units", "donation", "kept", "reason"), [
    (in_turn(GREETING), " ", None, "skipped: no donation 1"),
    ([(0, 0, " "), (0, 1, "\ufffd")], "1", None, "skipped: nothing said 1"),
    ([(0, 1, "Hi?"), *((turn + 1, *unit) for turn, *unit in in_turn(GREETING))], "1", 4,
     "utterances before the persuader's first left out 1"),
    ([*in_turn(GREETING), (2, 0, ""), (2, 1, "So.")], "1", 4, "blank utterances left out 1"),
    ([*in_turn(GREETING), (2, 1, "So.")], "1", 4, "utterances joined 1"),
])
def test_oddities_are_counted_in_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
    units: list[Unit], donation: str, kept: int | None, reason: str,
) -> None:
    folder = Corpus().add("odd", units, donation=donation).add("plain", in_turn(GREETING)).write(tmp_path)
    lengths = [len(episode.dialogue) for episode in load_corpus(folder)]
    assert lengths == ([4] if kept is None else [kept, 4])
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert reason in record.getMessage()


@pytest.mark.parametrize("role", [0, 1])
def test_a_dialogue_without_both_survey_rows_is_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, role: int
) -> None:
    corpus = Corpus().add("talk", in_turn(GREETING)).add("whole", in_turn(GREETING))
    del corpus.answers[role]
    assert [episode.source for episode in load_corpus(corpus.write(tmp_path))] == ["whole"]
    assert "skipped: no survey row 1" in caplog.text


# -- splits ----------------------------------------------------------------------------------------


def links(count: int) -> Iterator[tuple[str, str, str]]:
    """(dialogue, persuader, persuadee): a chain of people through a third of the dialogues, then pairs."""
    for index in range(count):
        if index < count // 3:
            yield f"d{index}", f"p{index}", f"p{index + 1}"
        else:
            yield f"d{index}", f"a{index}", f"b{index // 2}"


def test_no_person_is_in_two_splits(tmp_path: Path) -> None:
    corpus = Corpus()
    for source, persuader, persuadee in links(100):
        corpus.add(source, in_turn(GREETING), persuader=persuader, persuadee=persuadee)
    episodes = load_corpus(corpus.write(tmp_path))
    people = {source: pair for source, *pair in links(100)}
    splits = defaultdict(set)
    for episode in episodes:
        for person in people[episode.source]:
            splits[person].add(episode.split)
    assert all(len(found) == 1 for found in splits.values())
    assert Counter(episode.split for episode in episodes) == {"train": 80, "valid": 10, "test": 10}
    assert {episode.split for episode in episodes[:33]} == {"train"}


def test_splits_do_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    found = []
    for name, order in (("forth", 1), ("back", -1)):
        (tmp_path / name).mkdir()
        corpus = Corpus()
        for source, persuader, persuadee in list(links(40))[::order]:
            corpus.add(source, in_turn(GREETING), persuader=persuader, persuadee=persuadee)
        found.append({episode.source: episode for episode in load_corpus(corpus.write(tmp_path / name))})
    assert found[0] == found[1]


# -- errors ----------------------------------------------------------------------------------------


def refused(folder: Path) -> str:
    with pytest.raises(InvalidCorpus) as caught:
        load_corpus(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_no_folder(tmp_path: Path) -> None:
    message = refused(tmp_path / "nowhere")
    assert "nowhere" in message
    assert "full_dialog.csv" in message


def test_a_file_for_a_folder(plain: Path) -> None:
    assert refused(plain / "full_info.csv").startswith("No folder")


@pytest.mark.parametrize("name", ["full_dialog.csv", "full_info.csv"])
@pytest.mark.parametrize("folder_in_its_place", [False, True])
def test_no_file(plain: Path, name: str, folder_in_its_place: bool) -> None:
    (plain / name).unlink()
    if folder_in_its_place:
        (plain / name).mkdir()
    message = refused(plain)
    assert message.startswith(f"Cannot read {name} in {str(plain)!r}")
    assert "PersuasionForGood" in message


def test_a_doubled_row(tmp_path: Path) -> None:
    units = in_turn(GREETING)
    message = refused(Corpus().add("a", units).add("b", [*units, units[2]]).write(tmp_path))
    assert message.startswith("full_dialog.csv, line 10: B2 'b', Turn 1, B4 0 came before, on line 8; ")
    assert "the row doubled" in message


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5, 6, 7), (0, 4, 1, 5, 2, 6, 3, 7)], ids=["one after the other", "mixed"])
def test_two_talks_under_one_id(tmp_path: Path, order: Sequence[int]) -> None:
    units = [*in_turn(GREETING), *in_turn(["Good day.", "Good day to you.", "It rains.", "It does."])]
    message = refused(Corpus().add("a", [units[index] for index in order]).write(tmp_path))
    assert message.startswith(f"full_dialog.csv, line {order.index(4) + 2}: B2 'a', Turn 0, B4 0 came before, on line 2; ")
    assert "two dialogues under one id" in message


@pytest.mark.parametrize(("corpus", "why"), [
    (Corpus(), "full_dialog.csv has no row"),
    (Corpus().add("BAD_1", in_turn(GREETING)), "skipped: marked BAD_ 1"),
    (Corpus().add("a", in_turn(GREETING), donation=""), "skipped: no donation 1"),
])
def test_nothing_to_use(tmp_path: Path, corpus: Corpus, why: str) -> None:
    message = refused(corpus.write(tmp_path))
    assert message.startswith(f"{str(tmp_path)!r} holds no usable dialogue ({why})")


def test_no_persuadee(tmp_path: Path) -> None:
    with pytest.raises(InvalidCorpus, match=r"full_info\.csv in .* has no row with B4 1"):
        load_personas(Corpus().write(tmp_path))


@pytest.mark.parametrize(("name", "old", "new", "wanted"), [
    ("full_dialog.csv", b",Turn,", b",turn,", ("the header is '', 'Unit', 'turn', 'B4', 'B2'", "lacks 'Turn'",
                                               "wanted the columns Unit, Turn, B4, B2")),
    ("full_info.csv", b"care.x", b"care.y", ("the header is 'B2', 'B3'", "29 more", "lacks 'care.x'", "B6")),
])
def test_a_wrong_header(plain: Path, name: str, old: bytes, new: bytes, wanted: tuple[str, ...]) -> None:
    message = refused(amend(plain, name, old, new))
    assert message.startswith(f"{name}: ")
    assert all(part in message for part in wanted)


@pytest.mark.parametrize("name", ["full_dialog.csv", "full_info.csv"])
def test_an_empty_file(plain: Path, name: str) -> None:
    (plain / name).write_bytes(b"")
    assert f"{name}: the header is empty" in refused(plain)


@pytest.mark.parametrize(("name", "old", "new", "line", "wanted"), [
    ("full_dialog.csv", b"?,1,0,", b"?,1.5,0,", 4, "Turn is '1.5'; expected a whole number, 0 or more."),
    ("full_dialog.csv", b"?,1,0,", b"?,-1,0,", 4, "Turn is '-1'; expected"),
    ("full_dialog.csv", b"?,1,0,", b"?,1,2,", 4, "B4 is '2'; expected 0 (persuader) or 1 (persuadee)."),
    ("full_dialog.csv", b"1,talk-1", b"1,", 3, "B2 is blank; expected the id of a dialogue."),
    ("full_dialog.csv", b"?,1,0,", b"?,1,", 4, "4 fields; expected 5, as in the header."),
    ("full_dialog.csv", b"Let me", b'"Let me', 5, "not a CSV row (unexpected end of data); expected"),
    ("full_dialog.csv", b"Let me", b"Let \xe9 me", 5, "byte 0xe9 is not UTF-8; expected"),
    ("full_info.csv", b"bob,1,0.5", b"bob,1,50c", 3, "B6 is '50c'; expected a number or nothing."),
    ("full_info.csv", b"bob,1,0.5", b"bob,1,nan", 3, "B6 is 'nan'; expected a number or nothing."),
    ("full_info.csv", b"bob,1,0.5", b"bob,1,-1", 3, "B6 is '-1'; expected dollars, 0 or more, or nothing."),
    ("full_info.csv", b"bob,1,", b"bob,x,", 3, "B4 is 'x'; expected 0 (persuader) or 1 (persuadee)."),
    ("full_info.csv", b"bob,1,", b"bob,0,", 3, "a second row for B2 'talk-1', B4 0; expected one per"),
    ("full_info.csv", b"bob,1,", b",1,", 3, "B3 is blank; expected the id of a person."),
    ("full_info.csv", b",41.0,", b",old,", 2, "age.x is 'old'; expected a number or nothing."),
])
def test_a_malformed_row(plain: Path, name: str, old: bytes, new: bytes, line: int, wanted: str) -> None:
    message = refused(amend(plain, name, old, new))
    assert message.startswith(f"{name}, line {line}: ")
    assert wanted in message


def test_the_line_is_the_one_the_row_begins_on(tmp_path: Path) -> None:
    corpus = Corpus().add("talk", in_turn(["One\r\nlong\r\nrow.", "Short."]))
    corpus.units[1][2] = "?"
    assert refused(corpus.write(tmp_path)).startswith("full_dialog.csv, line 5: ")


def test_bytes_after_a_byte_order_mark_are_on_the_right_line(plain: Path) -> None:
    data = (plain / "full_dialog.csv").read_bytes().replace(b"Let", b"\xff")
    (plain / "full_dialog.csv").write_bytes(b"\xef\xbb\xbf" + data)
    assert refused(plain).startswith("full_dialog.csv, line 5: byte 0xff")
