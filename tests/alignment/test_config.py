"""What `dialogym run` is asked for becomes a configuration, by one pure function."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment.config import RunConfig, preset, published, resolve
from dialogym.alignment.training.settings import DpoSettings, SftSettings
from dialogym.envs.errors import InvalidConfig, UnknownEnvironment
from dialogym.envs.registry import spec

SUPPORT = "EmotionalSupport-v0"


def test_nothing_asked_for_is_the_demo_of_the_first_environment() -> None:
    assert resolve(preset=None, file=None, environment=None, options={}, given={}) == resolve()
    assert resolve() == preset(False, spec(RunConfig().environment).build())


def test_a_corpus_asks_for_the_longer_run_wherever_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(f"environment: {SUPPORT}\ncorpus: talks.jsonl\n")
    wanted = replace(preset(True, spec(SUPPORT).build()), environment=SUPPORT, corpus="talks.jsonl")
    assert resolve(file=file) == wanted
    assert resolve(environment=SUPPORT, given={"corpus": "talks.jsonl"}) == wanted


def test_only_the_demo_is_a_function_of_its_seed_alone() -> None:
    """Everything else that evaluates draws a secret of its own, unless one is given."""
    assert [resolve().secret, resolve(given={"corpus": "talks.jsonl"}).secret, published("paper-support").secret] == [
        "public", None, None]
    assert resolve(given={"secret": "mine"}).secret == "mine"
    with pytest.raises(InvalidConfig, match="A secret is a text that is not blank"):
        resolve(given={"secret": " "})


def test_later_goes_over_earlier(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("seed: 3\nepisodes: 9\noptions: {horizon: 7}\ndpo: {beta: 0.7}\n")
    base = published("paper-support")
    found = resolve(preset="paper-support", file=file, options={"language": "zh"},
                    given={"seed": 4, "model": None, "simulator": "scripted"})
    assert found == replace(base, seed=4, episodes=9, simulator="scripted", dpo=replace(base.dpo, beta=0.7),
                            options={"horizon": 7, "language": "zh"})
    assert resolve(preset="paper-support") == base


@pytest.mark.parametrize(("asked", "error", "says"), [
    ({"preset": "paper"}, InvalidConfig, "no preset 'paper'"), ({"environment": "No-v0"}, UnknownEnvironment, "No-v0"),
    ({"file": Path("nowhere.yaml")}, InvalidConfig, "nowhere.yaml"), ({"options": {"horizn": 3}}, InvalidConfig, "horizn"),
    ({"given": {"sede": 3}}, InvalidConfig, "the command line: there is no option 'sede'"),
    ({"given": {"simulator": "nobody"}}, InvalidConfig, "must be 'scripted' or 'model'"),
])
def test_what_does_not_fit_is_named(asked: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        resolve(**asked)


def test_a_model_of_its_own_stands_beside_no_base() -> None:
    with pytest.raises(InvalidConfig, match="share_base keeps adapters beside one base"):
        RunConfig(share_base=True, dpo=DpoSettings(trainer="tree", full=True))
    with pytest.raises(InvalidConfig, match=r"sft\.full makes a whole model"):
        RunConfig(share_base=True, sft=SftSettings(full=True))


def test_rounds_need_talks_to_end_them() -> None:
    assert resolve(given={"rounds": 3}).rounds == 3
    with pytest.raises(InvalidConfig, match=r"set choice\.checkpoints above 0, or rounds to 1"):
        RunConfig(rounds=2)


def test_thoughts_are_learned_where_there_are_any() -> None:
    demo = resolve()
    assert (demo.layout, demo.dpo.thoughts) == ("strategy", True)
    with pytest.raises(InvalidConfig, match="only layout 'strategy' has"):
        replace(demo, layout="chat")
    assert replace(demo, layout="chat", dpo=replace(demo.dpo, thoughts=False)).layout == "chat"
