"""Models by name: every kind of name loads, and whatever is no causal language model says so in one sentence."""

from __future__ import annotations

import json
import os
import resource
import shutil
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from dialogym.agents.engine import loading
from dialogym.agents.engine.loading import base_of, check_model, is_adapter, load_model, load_tokenizer, portable
from dialogym.envs.errors import InvalidModel
from tests import tiny

TOKENS = torch.tensor([[5, 70, 80, 90, 3]])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_model(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture(scope="module")
def adapter(base: Path) -> Path:
    """An adapter that changes what the base says, saved beside it and naming it relatively."""
    folder = base.parent / "adapter"
    model = get_peft_model(load_model(str(base)), LoraConfig(target_modules="all-linear", task_type="CAUSAL_LM"))
    torch.manual_seed(0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder, save_embedding_layers=False)
    edit(folder / "adapter_config.json", base_model_name_or_path="../base")
    return folder


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def refused(name: str, match: str) -> None:
    """Whoever loads the model and whoever only looks at it get the same sentence."""
    said = []
    for look in (load_model, check_model):
        with pytest.raises(InvalidModel, match=match) as found:
            look(name)
        said.append(str(found.value))
    assert said[0] == said[1]


def logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=TOKENS.to(model.device)).logits.float().cpu()


def test_half_precision_weights_come_back_as_float32_on_the_cpu(base: Path) -> None:
    model = load_model(str(base))
    assert model.dtype == (torch.bfloat16 if torch.cuda.is_available() else torch.float32)
    assert not model.training
    assert load_model(str(base), dtype=torch.float16).dtype == torch.float16


@pytest.mark.parametrize("llama", [False, True])
def test_either_architecture_loads(tmp_path: Path, llama: bool) -> None:
    folder = tiny.save_model(tmp_path, llama=llama)
    assert logits(load_model(str(folder), dtype=torch.float32)).shape[-1] == len(load_tokenizer(str(folder)))


def test_a_model_is_checked_without_its_weights_being_read(base: Path, adapter: Path, tmp_path: Path) -> None:
    run = copy(base.parent, tmp_path / "run")
    above = copy(run / "adapter", run / "above")  # an adapter on an adapter
    edit(above / "adapter_config.json", base_model_name_or_path="../adapter")
    for name in (base, adapter, above):
        load_model(str(name))
        check_model(str(name))
    folder = copy(base, tmp_path / "large")
    edit(folder / "config.json", hidden_size=4096, intermediate_size=8192)
    with torch.device("meta"):
        shapes = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder)).state_dict()
    header: dict[str, object] = {}
    at = 0
    for tensor, shape in shapes.items():
        if tensor != "lm_head.weight":  # tied
            header[tensor] = {"dtype": "F16", "shape": list(shape.shape), "data_offsets": [at, at := at + 2 * shape.numel()]}
    written = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(written).to_bytes(8, "little") + written)
        file.truncate(8 + len(written) + at)  # sparse: it takes no room on the disk
    assert at > 400e6
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check_model(str(folder))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < at / 1024 / 4
    os.truncate(folder / "model.safetensors", 8 + len(written) + at - 1)
    refused(str(folder), "could not be loaded")


def test_a_plain_tokenizer_is_read_as_it_was_saved(base: Path) -> None:
    text = "It's $1.50 for\n\n two CAFÉS cafe\u0301s  - who'LL pay 25c?"
    saved = PreTrainedTokenizerFast.from_pretrained(base)
    assert load_tokenizer(str(base))(text)["input_ids"] == saved(text)["input_ids"]
    assert type(AutoTokenizer.from_pretrained(base)) is not type(saved)  # or the detour is needless


def test_merged_and_unmerged_adapters_agree_and_differ_from_the_base(base: Path, adapter: Path) -> None:
    merged = load_model(str(adapter), dtype=torch.float32)
    unmerged = load_model(str(adapter), merge=False, dtype=torch.float32)
    torch.testing.assert_close(logits(merged), logits(unmerged), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(logits(merged), logits(load_model(str(base), dtype=torch.float32)), atol=1e-2)
    assert not hasattr(merged, "peft_config")


def test_a_trainable_adapter_is_called_default_and_is_all_that_trains(adapter: Path) -> None:
    model = load_model(str(adapter), trainable=True)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained
    assert all(".default." in name for name in trained)
    frozen = load_model(str(adapter), merge=False)
    assert not any(parameter.requires_grad for parameter in frozen.parameters())


def test_an_adapter_is_found_with_its_base_from_any_folder(adapter: Path, tmp_path: Path) -> None:
    assert is_adapter(str(adapter))
    moved = tmp_path / "moved"
    copy(adapter.parent, moved)
    assert Path(base_of(str(moved / "adapter"))) == moved / "base"
    torch.testing.assert_close(logits(load_model(str(moved / "adapter"))), logits(load_model(str(adapter))))


def test_an_adapter_without_a_tokenizer_takes_its_bases(adapter: Path) -> None:
    assert load_tokenizer(str(adapter)).eos_token == "<|end|>"


def test_embedded_means_the_packaged_model(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "__file__", str(tmp_path / "engine" / "loading.py"))
    refused("embedded", "no embedded model")
    copy(base, tmp_path / "base_model")
    other = copy(adapter, tmp_path / "elsewhere" / "adapter")
    edit(other / "adapter_config.json", base_model_name_or_path="embedded")
    assert base_of(str(other)) == "embedded"
    torch.testing.assert_close(logits(load_model(str(other))), logits(load_model(str(adapter))))
    assert load_tokenizer(str(other)).chat_template == load_tokenizer("embedded").chat_template


def test_bases_are_named_so_that_a_run_can_be_moved(base: Path, tmp_path: Path) -> None:
    assert portable("embedded", tmp_path) == "embedded"
    assert portable("Qwen/Qwen2.5-7B-Instruct", tmp_path) == "Qwen/Qwen2.5-7B-Instruct"
    assert portable(str(base), base.parent / "sft") == "../base"
    assert portable(str(base), tmp_path) == str(base.resolve())


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("", "no folder"),
        ("/no/such/folder", "no folder"),
        ("./here", "no folder"),
        ("a/b/c", "no folder"),
        ("someone/nothing-of-that-name", "hub"),
        (__file__, "is a file"),
    ],
)
def test_names_of_nothing(name: str, match: str) -> None:
    for load in (load_model, load_tokenizer):
        with pytest.raises(InvalidModel, match=match):
            load(name)


def test_an_empty_folder(tmp_path: Path) -> None:
    refused(str(tmp_path), r"neither config\.json nor")


def test_an_encoder_is_no_causal_model(tmp_path: Path) -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    BertForMaskedLM(BertConfig(vocab_size=10, **sizes)).save_pretrained(tmp_path)
    refused(str(tmp_path), "BertForMaskedLM, which is not a causal")
    with pytest.raises(InvalidModel, match="no tokenizer"):
        load_tokenizer(str(tmp_path))


def test_a_config_of_nothing_known(base: Path, tmp_path: Path) -> None:
    folder = copy(base, tmp_path / "odd")
    for text in ("{}", "not json", '{"model_type": "abacus"}'):
        (folder / "config.json").write_text(text)
        refused(str(folder), "describes no transformers model")


def test_broken_absent_and_foreign_weights(base: Path, tmp_path: Path) -> None:
    folder = copy(base, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"not weights at all")
    refused(str(folder), "could not be loaded")
    (folder / "model.safetensors").unlink()
    refused(str(folder), "could not be loaded")
    more = copy(base, tmp_path / "more")
    edit(more / "config.json", num_hidden_layers=3, layer_types=["full_attention"] * 3)
    refused(str(more), "lack 1")
    wider = copy(base, tmp_path / "wider")
    edit(wider / "config.json", hidden_size=64)
    refused(str(wider), "could not be loaded")


def test_tokenizers_that_cannot_write_a_dialogue(base: Path, tmp_path: Path) -> None:
    mute = tiny.save_model(tmp_path / "mute", template="")
    with pytest.raises(InvalidModel, match="no chat template"):
        load_tokenizer(str(mute))
    endless = copy(base, tmp_path / "endless")
    edit(endless / "tokenizer_config.json", eos_token=None)
    with pytest.raises(InvalidModel, match="no end-of-text token"):
        load_tokenizer(str(endless))
    padless = copy(base, tmp_path / "padless")
    edit(padless / "tokenizer_config.json", pad_token=None)
    assert load_tokenizer(str(padless)).pad_token == "<|end|>"


def test_adapters_that_do_not_fit(adapter: Path, tmp_path: Path) -> None:
    copy(adapter.parent, tmp_path / "run")
    folder = tmp_path / "run" / "adapter"
    config = folder / "adapter_config.json"
    edit(config, base_model_name_or_path="../adapter")
    refused(str(folder), "its own base")
    edit(config, base_model_name_or_path=None)
    refused(str(folder), "does not name its base")
    edit(config, base_model_name_or_path="../base", task_type="SEQ_CLS")
    refused(str(folder), "RewardModel")
    edit(config, task_type="CAUSAL_LM", r=4)
    refused(str(folder), "does not load onto its base")
    (folder / "adapter_model.safetensors").unlink()
    refused(str(folder), "does not load onto its base")
    config.write_text("[]")
    refused(str(folder), "does not hold a JSON object")
