"""GRPOTrainer plays our environment by its tool, with a model that has learned to call it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trl
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import ByteLevel
from transformers import PreTrainedTokenizerFast
from transformers.utils import get_json_schema
from trl import GRPOConfig, GRPOTrainer

from dialogym import Position, ScriptedAgent, converse, make
from dialogym.agents.engine.loading import load_model
from dialogym.alignment.online import environment, prompts
from tests.alignment.online.seller import teach
from tests.third import ID

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*experimental feature.*:UserWarning")]
QWEN = (Path(trl.__file__).parent / "chat_templates" / "qwen2_5.jinja").read_text()
PROMPT = [{"role": "user", "content": ""}]


def talk(number: int) -> tuple[str, list[dict[str, Any]]]:
    """A scripted seller's talk as calls of the tool."""
    scenario, row = make(ID).scenario, prompts(ID, number + 1, seed=9)[number]
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    end = converse(Position.start(scenario, int(row["episode"], 16)), agents)
    game = environment(ID)()
    chat: list[dict[str, Any]] = [{"role": "user", "content": game.reset(**row)}]
    for utterance in end.dialogue:
        if utterance.seat == scenario.interactive:
            call = {"type": "function", "function": {"name": "reply", "arguments": {"message": utterance.text}}}
            chat += [{"role": "assistant", "content": "", "tool_calls": [call]},
                     {"role": "tool", "name": "reply", "content": game.reply(utterance.text)}]
    return row["episode"], [*chat, {"role": "assistant", "content": "Bye."}]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """The folder of the model, and its tokenizer with Qwen2.5's template."""
    chats = [talk(number)[1] for number in range(48)]
    tools = [get_json_schema(environment(ID)().reply)]
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), ByteLevel()
    bare = PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=QWEN)  # type: ignore[no-untyped-call]
    texts = [bare.apply_chat_template(chat, tools=tools, tokenize=False) for chat in chats]
    bpe.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=QWEN, model_max_length=1024)
    rows = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    return str(teach(tmp_path_factory.mktemp("caller") / "model", tokenizer, rows, 300)), tokenizer


def test_three_steps_with_the_tool(caller: tuple[str, Any], tmp_path: Path) -> None:
    folder, tokenizer = caller
    rows = [{"prompt": PROMPT, "episode": row["episode"]} for row in prompts(ID, 6)]
    args = GRPOConfig(output_dir=str(tmp_path), max_steps=3, per_device_train_batch_size=8, num_generations=4, bf16=False,
                      use_cpu=True, gradient_checkpointing=False, logging_steps=1, report_to="none", save_strategy="no",
                      disable_tqdm=True, max_completion_length=400, learning_rate=1e-3, max_tool_calling_iterations=8)
    trainer = GRPOTrainer(model=load_model(folder), processing_class=tokenizer, args=args, environment_factory=environment(ID),
                          train_dataset=Dataset.from_list(rows))
    assert trainer.reward_func_names == ["Haggling"]
    trainer.train()
    logged = [row for row in trainer.state.log_history if "reward" in row]
    assert len(logged) == 3
    assert all(row["tools/call_frequency"] > 0.5 for row in logged), logged
    assert max(row["reward"] for row in logged) > 0, logged
