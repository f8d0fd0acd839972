"""The database: at the version of the tables, safe by its settings, the same study every time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dialogym.envs.errors import InvalidConfig
from dialogym.study.config import load_study
from dialogym.study.project import Study
from dialogym.study.store.store import Store
from dialogym.study.store.tables import metadata
from dialogym.study.words import catalogue
from tests.study.served import POSTGRES, postgres
from tests.study.site import COMPARISON, opened, study_file


def differences(store: Store) -> list[object]:
    with store.read() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_migrations_make_the_tables(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")
    store.migrate()
    store.migrate()
    assert differences(store) == []


@pytest.mark.slow
@pytest.mark.skipif(POSTGRES is None, reason="no PostgreSQL is here")
def test_the_same_in_postgresql(tmp_path: Path) -> None:
    from tests.study.test_rights import joined, talk

    with postgres() as url:
        study = Study.open(study_file(tmp_path, database=url))
        assert differences(study.store) == []
        talk(study, joined(study), "Hello.", "k")
        study.close()


def test_sqlite_loses_nothing_by_its_settings(tmp_path: Path) -> None:
    study = opened(tmp_path)
    with study.store.write() as connection:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    assert sqlite3.connect(tmp_path / "study.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert [file.stat().st_mode & 0o077 for file in tmp_path.glob("study.db*")] == [0] * len(list(tmp_path.glob("study.db*")))


def test_another_design_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    opened(tmp_path, wording={"welcome.title": {"en": "Hi"}}).close()  # words may change
    with pytest.raises(InvalidConfig, match=r"another design \(comparison changed"):
        opened(tmp_path, comparison={**COMPARISON, "problems": 3})


def test_both_languages_say_everything() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        slots = {part.split("}")[0] for part in str(text).split("{")[1:]}
        assert slots == {part.split("}")[0] for part in str(chinese[key]).split("{")[1:]}, key


@pytest.mark.parametrize(("changes", "said"), [
    ({"comparison": None, "open": None}, "asks something of people"),
    ({"comparison": {**COMPARISON, "systems": ["zq-plain-system"]}}, "two different systems"),
    ({"comparison": {**COMPARISON, "systems": ["zq-plain-system", "nobody"]}}, "'nobody' is named but not described"),
    ({"comparison": {**COMPARISON, "least": 5, "most": 4}}, "1 <= least <= most"),
    ({"comparison": {**COMPARISON, "problem": 3}}, "no option 'problem'"),
    ({"comparison": {**COMPARISON, "problems": {"en": ["One."], "zh": []}}}, "as many in each language"),
    ({"comparison": {"problems": 3}}, "lacks 'systems'"),
    ({"reply_seconds": "soon"}, "reply_seconds of a study file is a number"),
    ({"languages": ["fr"]}, "languages are of"),
    ({"open": "talks"}, "open names a part"),
    ({"systems": {"a b": {}}}, "A system's name"),
    ({"systems": ["x"]}, "systems is a mapping"),
    ({"talks": {"quotas": {"zq-plain-system": -1}}}, "how many people"),
    ({"colour": "red"}, "no option 'colour'"),
    ({"env": "Nothing-v0"}, "Nothing-v0"),
])
def test_a_study_file_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    from dialogym import DialogymError

    with pytest.raises(DialogymError, match=said.replace("(", r"\(")):
        load_study(study_file(tmp_path, **changes))


def test_the_study_file_of_the_docs_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "study.md").read_text(encoding="utf-8")
    text = page.partition("```text\nname:")[2].partition("```")[0]
    (tmp_path / "support.yaml").write_text(f"name:{text}", encoding="utf-8")
    config = load_study(tmp_path / "support.yaml")
    assert config.parts == ("comparison", "talks", "pairs", "authorship")
    assert config.systems["control"].control


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "\x00"])
def test_what_is_no_study_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfig, match=r"study\.yaml"):
        load_study(tmp_path / "study.yaml")


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "postgresql://nobody@127.0.0.1:1/x", "oracle://x"])
def test_a_database_that_is_not_there_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidConfig, match="database"):
        Study.open(study_file(tmp_path, database=url))
