"""Whole conversations in TRL's GRPOTrainer: on the policy, one person a group, and a training that can be killed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer
from typer.testing import CliRunner

from dialogym import Position, make
from dialogym.__main__ import app
from dialogym.agents.backend import Sampling
from dialogym.agents.by_name import model_agent
from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.agents.prompting import messages, render
from dialogym.alignment.online import OnlineSettings, Rollout, engagement, prompts, train_online
from dialogym.alignment.training.settings import LoraSettings
from dialogym.alignment.training.trainer import lora
from dialogym.envs.errors import InvalidConfig, InvalidModel, RunExists
from dialogym.envs.keys import mix
from tests.alignment.online.seller import save_seller
from tests.third import ID

pytestmark = [pytest.mark.filterwarnings("ignore:.*experimental feature.*:UserWarning")]
TEMPLATE = ("{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>BETWEEN{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")
SAMPLING = Sampling(top_p=1.0, max_new_tokens=24)


@pytest.fixture(scope="module")
def seller(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_seller(tmp_path_factory.mktemp("seller") / "model"))


def own_logprobs(model: Any, prompt: list[int], completion: list[int]) -> torch.Tensor:
    """What the model says of a completion's tokens, by its plain forward."""
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *completion]])).logits[0, len(prompt) - 1:-1]
    return logits.log_softmax(-1).gather(-1, torch.tensor(completion)[:, None])[:, 0]


class Watched:
    """A rollout whose every result is held against the trainer's model as it is at that moment."""

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.results: list[dict[str, Any]] = []

    def __call__(self, asked: list[Any], trainer: Any) -> dict[str, Any]:
        found = self.rollout(asked, trainer)
        self.results.append(found)
        for prompt, completion, told, mask in zip(found["prompt_ids"], found["completion_ids"], found["logprobs"],
                                                  found["env_mask"], strict=True):
            assert len(completion) == len(told) == len(mask)
            own = own_logprobs(trainer.model, prompt, completion)
            own_mask = torch.tensor(mask).bool()
            assert torch.allclose(own[own_mask], torch.tensor(told)[own_mask], atol=1e-3)  # no state of older weights
            assert not torch.tensor(told)[~own_mask].any()
        return found


def test_three_steps_of_grpo(seller: str, tmp_path: Path) -> None:
    watched = Watched(Rollout(ID, max_new_tokens=24))
    model, tokenizer = load_model(seller), load_tokenizer(seller)
    args = GRPOConfig(output_dir=str(tmp_path), max_steps=3, per_device_train_batch_size=8, gradient_accumulation_steps=2,
                      num_generations=4, learning_rate=1e-2, bf16=False, use_cpu=True, gradient_checkpointing=False,
                      logging_steps=1, report_to="none", save_strategy="no", disable_tqdm=True, remove_unused_columns=False)
    trainer = GRPOTrainer(model=model, processing_class=tokenizer, args=args, reward_funcs=engagement, rollout_func=watched,
                          train_dataset=Dataset.from_list(prompts(ID, 12)), peft_config=lora(LoraSettings(), "CAUSAL_LM"))
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters() if weight.requires_grad}
    trainer.train()
    assert trainer.state.global_step == 3
    after = {name: weight for name, weight in trainer.model.named_parameters() if weight.requires_grad}
    assert after.keys() == before.keys()  # what learned, learns on
    assert any(not torch.equal(weight, before[name]) for name, weight in after.items())
    assert [len(found["prompt_ids"]) for found in watched.results] == [16, 16, 16]
    talks = []
    for found in watched.results:
        for first in range(0, 16, 4):  # the prompts of a group are one person's
            assert len({tuple(ids) for ids in found["prompt_ids"][first:first + 4]}) == 1
            talks.append(len({tuple(ids) for ids in found["completion_ids"][first:first + 4]}))
    assert sum(distinct > 1 for distinct in talks) >= 10, talks  # the replies are not one reply, unless by chance
    rewards = [row["reward"] for row in trainer.state.log_history if "reward" in row]
    assert rewards == pytest.approx([sum(found["engagement"]) / 16 for found in watched.results])


def test_a_candidate_says_what_the_position_says_it_says(seller: str) -> None:
    """Candidate g of a talk is `position.ask(g)`; afterwards it goes on with `say(reply, g)`."""
    scenario = make(ID).scenario
    start = Position.start(scenario, 3)
    rollout, agent = Rollout(ID, max_new_tokens=24), model_agent(seller, SAMPLING, "chat")
    talks = rollout.play(load_model(seller), load_tokenizer(seller), [start] * 3, [0, 1, 2], SAMPLING)
    opened = start.say(rollout.user.respond([start.ask()])[0])
    for candidate, talk in enumerate(talks):
        [reply] = agent.respond([opened.ask(candidate)])
        after = opened.say(reply, candidate)
        said = list(talk.position.dialogue)
        assert said[1] == reply
        if not talk.position.over or len(said) > 2:
            assert said[2] == rollout.user.respond([after.ask()])[0]
    again = Rollout(ID, max_new_tokens=24).play(load_model(seller), load_tokenizer(seller), [start] * 3, [2, 0, 1], SAMPLING)
    assert [talk.ids for talk in again] == [talks[i].ids for i in (2, 0, 1)]


def test_what_is_masked_is_what_others_said(seller: str) -> None:
    tokenizer, scenario = load_tokenizer(seller), make(ID).scenario
    starts = [Position.start(scenario, mix(5, i)) for i in range(6)]
    for talk in Rollout(ID, max_new_tokens=24).play(load_model(seller), tokenizer, starts, [0] * 6, SAMPLING):
        assert len(talk.ids) == len(talk.own) == len(talk.logprobs)
        own = tokenizer.decode([i for i, mine in zip(talk.ids, talk.own, strict=True) if mine])
        others = tokenizer.decode([i for i, mine in zip(talk.ids, talk.own, strict=True) if not mine])
        heard = [u for u in list(talk.position.dialogue)[:-1] if u.seat == "buyer"]  # nothing comes after the last reply
        assert own.count("<|end|>") == talk.replies == talk.position.turns
        assert others.count("<|assistant|>") == talk.replies
        assert all(u.text in others for u in heard)
        assert tokenizer.decode(talk.ids[:talk.prompt]).endswith("<|assistant|>")


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_talk_is_the_chat_that_its_template_writes(seller: str, between: str) -> None:
    """Also where the template puts something between the end of a turn, which the model writes, and the next one."""
    tokenizer, scenario = load_tokenizer(seller), make(ID).scenario
    tokenizer.chat_template = TEMPLATE.replace("BETWEEN", between)
    starts = [Position.start(scenario, mix(6, i)) for i in range(6)]
    whole = 0
    for talk in Rollout(ID, max_new_tokens=40).play(load_model(seller), tokenizer, starts, [0] * 6, SAMPLING):
        view = talk.position.view(scenario.interactive)
        written = tokenizer.decode(talk.ids)
        if "..." not in [u.text for u in talk.position.dialogue] and "  " not in written:
            assert render(tokenizer, messages(view), (), reply=False).startswith(written)
            whole += 1
    assert whole >= 3


def test_a_talk_that_outgrows_the_window_is_worth_nothing(seller: str) -> None:
    model = load_model(seller)
    model.config.max_position_embeddings = 60
    [talk] = Rollout(ID, max_new_tokens=24).play(model, load_tokenizer(seller), [Position.start(make(ID).scenario, 1)], [0],
                                                 SAMPLING)
    assert (talk.cut, talk.worth) == (True, 0.0)


def test_what_cannot_be_trained_on_is_refused(seller: str) -> None:
    with pytest.raises(InvalidConfig, match="grow at the end"):
        Rollout(ID, layout="figure")
    tokenizer = load_tokenizer(seller)
    tokenizer.chat_template = "{{ messages | length }}" + tokenizer.chat_template
    with pytest.raises(InvalidConfig, match="changes earlier turns"):
        Rollout(ID, max_new_tokens=24).play(load_model(seller), tokenizer, [Position.start(make(ID).scenario, 1)] * 4,
                                            [0, 1, 2, 3], replace(SAMPLING, max_new_tokens=4))


@pytest.mark.parametrize("wrong", [{"group": 1}, {"batch": 5}, {"layout": "figure"}, {"steps": 0}, {"beta": -1.0},
                                   {"learning_rate": float("nan")}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig):
        OnlineSettings(environment=ID, **wrong)


class Killed(Exception):
    pass


class Reaper:
    """A reporter that ends everything at an update."""

    def __init__(self, at: int) -> None:
        self.at = at

    def stage(self, name: str, total: int) -> Any:
        def shown(done: int) -> None:
            if name == "GRPO" and done == self.at:
                raise Killed
        return shown

    def say(self, text: str) -> None:
        pass


def test_a_killed_training_ends_with_the_same_bytes(seller: str, tmp_path: Path) -> None:
    settings = OnlineSettings(environment=ID, model=seller, steps=6, people=4, group=4, batch=8, talks=24, checkpoint=2,
                              learning_rate=2e-2, beta=0.0, max_new_tokens=24)
    whole = train_online(settings, tmp_path / "whole")
    with pytest.raises(Killed):
        train_online(settings, tmp_path / "killed", reporter=Reaper(5))
    assert not (tmp_path / "killed" / "model").exists()
    again = train_online(settings, tmp_path / "killed")
    assert again == whole == train_online(settings, tmp_path / "whole")
    for name in ("model/adapter_model.safetensors", "curve.json", "talks.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert [row["step"] for row in whole["curve"]] == [1, 2, 3, 4, 5, 6]
    assert whole["generations"] == sum(row["generations"] for row in whole["curve"])
    assert whole["talks_trained_on"] == 6 * 16
    assert json.loads((tmp_path / "whole" / "results.json").read_text()) == whole
    assert whole["before"]["episodes"] == whole["after"]["episodes"] == 24
    assert model_agent(str(tmp_path / "whole" / "model")).layout == "chat"
    assert {path.name for path in (tmp_path / "whole").iterdir()} == {
        ".dialogym.json", "curve.json", "model", "results.json", "talks.jsonl"}
    mean, low, high = whole["gain"]
    assert low <= mean <= high
    assert mean == pytest.approx(whole["engagement"]["after"][0] - whole["engagement"]["before"][0], abs=1e-5)


def test_the_command_says_what_it_brought_and_refuses_another_training(seller: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("{batch: 2, max_new_tokens: 24, learning_rate: 1e-3}")
    given = ["train-online", "--env", ID, "--model", seller, "--steps", "1", "--people", "1", "--group", "2", "--talks", "4",
             "--config", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "new"), "--quiet"]
    found = CliRunner().invoke(app, given, env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}, catch_exceptions=False)
    results = json.loads((tmp_path / "new" / "results.json").read_text())
    assert found.exit_code == 0, found.output
    assert f"GRPO on {results['generations']} replies of 2 talks; 4 talks before and after" in " ".join(found.output.split())
    for word in ("engagement", "Price (coins)", "engaged rate", "before", "after", "gain"):
        assert word in found.output
    with pytest.raises(RunExists, match="steps"):
        CliRunner().invoke(app, [*given, "--steps", "2"], catch_exceptions=False)
    with pytest.raises(InvalidModel):
        CliRunner().invoke(app, ["train-online", "--out", str(tmp_path / "no"), "--model", str(tmp_path)],
                           catch_exceptions=False)
    assert not (tmp_path / "no").exists()
