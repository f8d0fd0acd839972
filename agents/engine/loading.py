"""Causal language models and their tokenizers by name: of a Python package, a folder, a LoRA adapter, or a hub id.

A name is resolved in this order: "embedded" and "smollm2", which come in Python packages (`PACKAGED`), an existing folder (an
adapter if it holds `adapter_config.json`), a hub id. An adapter names its base in `base_model_name_or_path`, by the same rules;
"embedded" there means the model inside the installed package, and a relative folder is looked up from the
adapter's own folder first, so that the folder of a run can be moved whole.

This module imports torch and transformers; nothing light may import it at module level.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto import modeling_auto

from ...envs.bars import no_bars
from ...envs.errors import InvalidModel
from ...envs.storage import parsed
from .smollm2 import SMOLLM2, smollm2_path

EMBEDDED = "embedded"
"""The name of the model that comes inside the package."""

_ADAPTER = "adapter_config.json"
_MOST_ADAPTERS = 4  # on top of one another; more is a circle
_WANTED = "wanted 'embedded', 'smollm2', a folder with a causal language model or a LoRA adapter, or a hub id"


def embedded_path() -> Path:
    """The folder of the embedded model. Raises InvalidModel when its weights are not there."""
    folder = Path(__file__).parents[1] / "base_model"
    if not (folder / "model.safetensors").is_file():
        raise InvalidModel(
            "This copy of dialogym has no embedded model (agents/base_model/model.safetensors is missing); "
            "reinstall the package, make it with `python -m dialogym pretrain`, or name another model."
        )
    return folder


PACKAGED: dict[str, Callable[[], Path]] = {EMBEDDED: embedded_path, SMOLLM2: smollm2_path}
"""The models that Python packages bring, and what finds or makes the folder of each; another of that name is "./NAME"."""


def is_adapter(name: str) -> bool:
    """Whether the name is a folder with an adapter."""
    return name not in PACKAGED and (Path(name).expanduser() / _ADAPTER).is_file()


def base_of(adapter: str) -> str:
    """The name of the model an adapter was trained on, to be loaded from here. Raises InvalidModel."""
    base = adapter_config(adapter).get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise InvalidModel(
            f"The adapter in {adapter!r} does not name its base model; set base_model_name_or_path in its "
            f"{_ADAPTER} to 'embedded', 'smollm2', a folder or a hub id."
        )
    beside = Path(adapter).expanduser() / base
    return os.path.normpath(beside) if base not in PACKAGED and beside.is_dir() else base


def check_base(name: str, folder: str, base: str) -> None:
    """Raises InvalidModel unless the adapter in the folder, called `name`, was trained on that base model."""
    trained = base_of(folder)
    if trained != base and Path(trained).resolve() != Path(base).resolve():
        raise InvalidModel(f"The adapter {name!r} in {folder!r} was trained on {trained!r}, not on {base!r}; name adapters of "
                           "one base model.")


def portable(model: str, out: Path) -> str:
    """How an adapter saved in `out` names its base: a folder beside it, or beside the folder that it is in, relatively.

    Other folders are named absolutely; the names of packaged models and hub ids stay as they are.
    """
    if model in PACKAGED or not Path(model).expanduser().is_dir():
        return model
    folder, out = Path(model).expanduser().resolve(), out.resolve()
    up = next((n for n, above in enumerate(out.parents[:2], 1) if folder.parent == above), 0)
    return "../" * up + folder.name if up else str(folder)


def load_tokenizer(name: str) -> Any:
    """The tokenizer of a model or adapter, with a chat template and a padding token.

    An adapter without a tokenizer of its own takes its base's. A tokenizer without a padding token pads
    with its end token. Raises InvalidModel.
    """
    source = _source(name)
    for _ in range(_MOST_ADAPTERS):
        if is_adapter(source) and not (Path(source) / "tokenizer_config.json").is_file():
            source = _source(base_of(source))
    if not Path(source).is_dir():
        _config(source, name)  # a hub id that is none is told apart from a model without a tokenizer
    elif not any((Path(source) / file).is_file() for file in ("tokenizer_config.json", "tokenizer.json")):
        raise InvalidModel(
            f"The folder {name!r} holds no tokenizer; save the model's own there with "
            "tokenizer.save_pretrained(folder)."
        )
    try:
        tokenizer = _tokenizer_class(source).from_pretrained(source, trust_remote_code=False)
    except Exception as error:  # the loaders raise whatever a broken file makes them stumble over
        raise InvalidModel(
            f"No tokenizer could be loaded from {name!r} ({_first_line(error)}); save one there with "
            "tokenizer.save_pretrained(folder)."
        ) from error
    if not tokenizer.chat_template:
        raise InvalidModel(
            f"The tokenizer of {name!r} has no chat template, so it cannot write a dialogue; name an "
            "instruction-tuned model, or set tokenizer.chat_template and save it again."
        )
    if tokenizer.eos_token_id is None:
        raise InvalidModel(
            f"The tokenizer of {name!r} has no end-of-text token, so replies could not end; set "
            "tokenizer.eos_token and save it again."
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(
    name: str, *, trainable: bool = False, merge: bool = True, dtype: torch.dtype | None = None
) -> Any:
    """The causal language model of that name, in evaluation mode, on the GPU where there is one.

    Args:
        name: "embedded", "smollm2", a folder with a model, a folder with an adapter, or a hub id.
        trainable: returns an adapter as a PeftModel whose adapter, called "default", can be trained further
            (a model that is no adapter comes back as it is).
        merge: adds an adapter's weights into its base's, for speed; False returns the PeftModel, frozen.
        dtype: of the weights; by default float32 on the CPU and bfloat16 on a GPU.

    Raises:
        InvalidModel: nothing of that name is a usable causal language model.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
    model = _load(name, dtype, trainable=trainable, merge=merge and not trainable, above=0)
    return model.to(device).eval()


def check_model(name: str) -> None:
    """Raises InvalidModel unless `load_model` finds a usable model: its config, and the name and shape of every tensor.

    The weights themselves stay on the disk, whatever their size. (An adapter's own, which are small, are read.)
    """
    _load(name, None, trainable=False, merge=False, above=0)


def attach(base: Any, folder: str, *, trainable: bool, name: str = "default") -> Any:
    """Puts the adapter in the folder on a model, or beside those that it has, under that name. Raises InvalidModel."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Found missing adapter keys")  # they would stay untrained
            warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
            if isinstance(base, PeftModel):
                base.load_adapter(folder, adapter_name=name, is_trainable=trainable)
                return base
            return PeftModel.from_pretrained(base, folder, adapter_name=name, is_trainable=trainable,
                                             low_cpu_mem_usage=base.device.type == "meta")  # nothing there to copy into
    except Exception as error:
        raise InvalidModel(
            f"The adapter in {folder!r} does not load onto its base model ({_first_line(error)}); wanted a "
            f"PEFT adapter trained on exactly the model that its {_ADAPTER} names."
        ) from error


def _load(name: str, dtype: torch.dtype | None, *, trainable: bool, merge: bool, above: int) -> Any:
    """The model; without a dtype its shape alone, every tensor on the device "meta"."""
    source = _source(name)
    if not is_adapter(source):
        return _load_whole(source, name, dtype)
    if above >= _MOST_ADAPTERS:
        raise InvalidModel(
            f"The adapter in {name!r} is its own base, or lies under more than {_MOST_ADAPTERS} others; "
            f"correct base_model_name_or_path in its {_ADAPTER}."
        )
    if (task := adapter_config(source).get("task_type")) not in ("CAUSAL_LM", None):
        raise InvalidModel(
            f"The adapter in {name!r} is for the task {task}; wanted one of a causal language model (a "
            "reward model is loaded with RewardModel.load)."
        )
    base = _load(base_of(source), dtype, trainable=False, merge=True, above=above + 1)
    model = attach(base, source, trainable=trainable)
    if dtype is None:
        return model.unload()  # a shape is not added to
    return model.merge_and_unload() if merge else model


def _load_whole(source: str, name: str, dtype: torch.dtype | None) -> Any:
    config = _config(source, name)
    if not _is_causal(config):
        made_for = ", ".join(config.architectures or [config.model_type])
        raise InvalidModel(f"{name!r} holds a {made_for}, which is not a causal language model; {_WANTED}.")
    try:
        with no_bars("transformers"):
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                source, config=config, dtype=dtype or "auto", device_map=None if dtype else "meta", output_loading_info=True,
                trust_remote_code=False,
            )
    except Exception as error:
        raise InvalidModel(
            f"The weights of {name!r} could not be loaded ({_first_line(error)}); download or save the "
            "model again."
        ) from error
    model, info = loaded
    if missing := sorted(info["missing_keys"]):
        raise InvalidModel(
            f"The weights of {name!r} lack {len(missing)} of the tensors that its config.json describes, "
            f"such as {missing[0]}, which would be random; download or save the model again."
        )
    return model


def _is_causal(config: Any) -> bool:
    """Whether the weights were saved from a causal model; an encoder's load as one, but do not speak."""
    if type(config) not in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING:
        return False
    names = dict(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES).values()
    return not config.architectures or not set(names).isdisjoint(config.architectures)


def _config(source: str, name: str) -> Any:
    try:
        return AutoConfig.from_pretrained(source, trust_remote_code=False)
    except Exception as error:
        what = f"({_first_line(error)}); {_WANTED}."
        if Path(source).is_dir():
            raise InvalidModel(f"config.json in {name!r} describes no transformers model {what}") from error
        raise InvalidModel(
            f"There is no folder {name!r}, and the Hugging Face hub gave no model of that name {what}"
        ) from error


def _source(name: str) -> str:
    """What to give to the loaders of transformers: a folder that looks right, or a possible hub id."""
    if name in PACKAGED:
        return str(PACKAGED[name]())
    path = Path(name).expanduser()
    if name and path.is_dir():
        if not any((path / file).is_file() for file in (_ADAPTER, "config.json")):
            raise InvalidModel(f"The folder {name!r} holds neither config.json nor {_ADAPTER}; {_WANTED}.")
        return str(path)
    if path.is_file():
        raise InvalidModel(f"{name!r} is a file; {_WANTED}.")
    if not name or path.is_absolute() or name[0] in ".~" or name.count("/") > 1 or "\\" in name:
        raise InvalidModel(f"There is no folder {name!r}; {_WANTED}.")
    return name


def _tokenizer_class(source: str) -> Any:
    """Who is to read a tokenizer.

    For a Qwen2 model AutoTokenizer always takes Qwen2Tokenizer, which reads vocabulary and merges but splits
    text by rules of its own. A tokenizer saved as a plain `tokenizer.json` is read as it is.
    """
    try:
        saved = parsed((Path(source) / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return AutoTokenizer
    plain = saved.get("tokenizer_class") in ("TokenizersBackend", "PreTrainedTokenizerFast")
    return PreTrainedTokenizerFast if plain else AutoTokenizer


def adapter_config(folder: str) -> dict[str, Any]:
    """What an adapter's folder says of it. Raises InvalidModel."""
    path = Path(folder).expanduser() / _ADAPTER
    try:
        found = parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidModel(
            f"{str(path)!r} is not readable as JSON ({_first_line(error)}); save the adapter again."
        ) from error
    if not isinstance(found, dict):
        raise InvalidModel(f"{str(path)!r} does not hold a JSON object; save the adapter again.")
    return found


def _first_line(error: Exception) -> str:
    """The first line of another library's error, short enough to stand inside a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")[:160]
