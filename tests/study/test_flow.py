"""A study as raters walk it, by its pages alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from dialogym.study.analysis.report import write_report
from dialogym.study.bots.local import local_site
from dialogym.study.store.tables import answers, messages, talks, tasks
from tests.study.site import NAMES, SYSTEMS, opened, rater


def test_a_comparison_from_the_front_page_to_the_report(tmp_path: Path) -> None:
    study = opened(tmp_path)
    with local_site(study) as address:
        raters = [rater(address, study, seed, messages=2) for seed in range(6)]
        for each in raters:
            each.take_part()
            assert "You have done everything" in each.browser.page.text
    with study.store.read() as connection:
        rows = connection.execute(select(tasks)).all()
        said = connection.execute(select(messages.c.text, messages.c.source)).all()
    assert [row.stage for row in rows] == ["done"] * 12
    assert {row.sides for row in rows} == {json.dumps(dict(zip("ab", names, strict=True))) for names in (NAMES, NAMES[::-1])}
    assert {text for each in raters for text, _ in each.sent} == {text for text, source in said if source == "person"}
    figures = write_report(study, tmp_path / "report")
    found = figures["comparison"]
    assert (found["pairs"], found["raters"], found["problems"]) == (12, 6, 2)
    assert found["preference"].wins + found["preference"].ties + found["preference"].losses == 12
    assert found["won"].interval is not None
    assert {row["name"] for row in found["questions"]} == {"supportiveness", "willingness"}
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert NAMES[0] in page
    assert "raters needed" in page
    assert len((tmp_path / "report" / "comparison.csv").read_text(encoding="utf-8").splitlines()) == 13
    write_report(study, tmp_path / "report")  # again, over its own


def test_the_order_is_the_raters_and_the_problems(tmp_path: Path) -> None:
    from dialogym.study.design import sides_of

    study = opened(tmp_path)
    orders = [sides_of(study, number, problem)["a"] for number in range(40) for problem in range(2)]
    assert orders == [sides_of(study, number, problem)["a"] for number in range(40) for problem in range(2)]
    assert 25 <= orders.count(NAMES[0]) <= 55


def test_persuasion_asks_for_beliefs_and_a_real_choice(tmp_path: Path) -> None:
    study = opened(tmp_path, env="PersuasionForGood-v0")
    with local_site(study) as address:
        one = rater(address, study, 3, messages=2)
        one.take_part()
    with study.store.read() as connection:
        given = connection.execute(select(answers)).all()
    beliefs = [a for a in given if a.question == "belief"]
    amounts = [a.number for a in given if a.question == "amount"]
    assert len(beliefs) == 2 * 2 * 2
    assert all(1 <= b.number <= 7 and b.turn in (0, 1) for b in beliefs)
    assert len(amounts) == 4
    assert all(0 <= amount <= 2 for amount in amounts)
    figures = write_report(study, tmp_path / "report")
    assert [row["name"] for row in figures["comparison"]["questions"]] == ["supportiveness", "willingness", "amount", "belief"]


def test_the_user_study_fills_quotas_and_asks_the_survey(tmp_path: Path) -> None:
    systems = {**SYSTEMS, "zq-control": {"control": True}}
    study = opened(tmp_path, comparison=None, systems=systems, open="talks",
                   talks={"quotas": {**dict.fromkeys(NAMES, 2), "zq-control": 1}, "least": 2, "most": 4})
    with local_site(study) as address:
        for seed in range(5):
            rater(address, study, seed, messages=2).take_part(talks=2)
        late = rater(address, study, 9)
        late.browser.get("/")
        page = late.browser.submit(late.browser.page.form("/enrol"))
        assert page.status == 409
        assert "All places" in page.text
    with study.store.read() as connection:
        arms = [json.loads(sides)["a"] for sides in connection.scalars(select(tasks.c.sides).where(tasks.c.stage == "done"))]
        first = connection.scalars(select(messages.c.text).join(talks, messages.c.talk == talks.c.id).where(
            talks.c.system == "zq-control", messages.c.source == "system").order_by(messages.c.number)).all()
    assert {arm: arms.count(arm) for arm in systems} == {NAMES[0]: 4, NAMES[1]: 4, "zq-control": 2}
    assert all("?" in text for text in first)
    found = write_report(study, tmp_path / "report")["talks"]["arms"]
    assert found["zq-control"]["control"]
    assert found[NAMES[0]]["scales"]["willingness"][2] == 4
    assert all(found[name]["survey"]["pushed"] is not None for name in systems)


PAIRS = [{"prompt": [{"role": "user", "content": f"I lost my job {n}."}], "chosen": f"That must hurt, {n}.",
          "rejected": f"Cheer up {n}."} for n in range(8)]


def test_pairs_are_annotated_by_several_and_agreed_ones_exported(tmp_path: Path) -> None:
    from dialogym.study.export import export_pairs

    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PAIRS), encoding="utf-8")
    study = opened(tmp_path, comparison=None, open="pairs", pairs={"file": "pairs.jsonl", "annotators": 3, "count": 6})
    with local_site(study) as address:
        for seed in range(3):
            one = rater(address, study, seed)
            page = one.browser.get("/")
            for _ in range(40):
                form = page.form("/rate")
                if form is None:
                    if not one.step():
                        break
                    page = one.browser.page
                    continue
                hurts_first = page.text.index("That must hurt") < page.text.index("Cheer up")
                wanted = "tie" if seed == 2 and "hurt, 3" in page.text else "a" if hurts_first else "b"
                page = one.browser.submit(form, None, ("preferred", wanted))
    found = write_report(study, tmp_path / "report")["pairs"]
    assert (found["labels"], found["pairs"]) == (18, 6)
    assert found["right"] >= 17 / 18
    assert found["people"].observed > 0.85
    count = export_pairs(study, tmp_path / "agreed")
    rows = [json.loads(line) for line in (tmp_path / "agreed" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert count == len(rows) == found["agreed"]
    assert all("hurt" in row["chosen"][-1]["content"] for row in rows)


def test_who_wrote_this_keeps_the_truth(tmp_path: Path) -> None:
    from dialogym import Position, ScriptedAgent, converse
    from dialogym.envs import episodes
    from dialogym.envs.parts import Episode

    study_scenario = opened(tmp_path).scenario("en")
    agents = {seat: ScriptedAgent.of(study_scenario, seat) for seat in study_scenario.seats}
    starts = [Position.start(study_scenario, 900 + seed) for seed in range(4)]
    talked = [Episode(start.condition, converse(start, agents).dialogue, source=f"p{n}") for n, start in enumerate(starts)]
    episodes.save(tmp_path / "people.jsonl", study_scenario, talked)
    (tmp_path / "two").mkdir()
    study = opened(tmp_path / "two", comparison=None, open="authorship",
                   authorship={"human": "../people.jsonl", "count": 4, "annotators": 2})
    with local_site(study) as address:
        for seed in range(2):
            rater(address, study, seed).take_part()
    found = write_report(study, tmp_path / "report")["authorship"]
    assert found["said"] == {"human": 8, "simulator": 8}
    assert sum(found["table"]["simulator"].values()) == 8


@pytest.mark.slow
def test_a_seed_gives_the_same_words(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        study = opened(tmp_path / name)
        study.store.put("secret", "the same")
        again = type(study).open(tmp_path / name / "study.yaml")
        with local_site(again) as address:
            one = rater(address, again, 1, messages=2)
            one.take_part()
            texts.append([text for text, _ in one.sent])
    assert texts[0] == texts[1]
    assert len(texts[0]) > 3
