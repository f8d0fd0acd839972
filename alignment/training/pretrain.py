"""Pretrains the embedded base model: a small Qwen2 that speaks our scenarios fluently, from text of our own generator.

`python -m dialogym pretrain --out FOLDER` makes the tokenizer and the model from nothing but this package: every scenario's
scripted seats talk to each other (the interactive one clumsily: `Speech.teachers` leaves its best players out, so that
what alignment adds was not in the base); its chats and some of the user's are learned, prompts, states and words. Seeded;
an hour or two on a core.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from ...agents.engine.loading import EMBEDDED, check_model, embedded_path, load_model, load_tokenizer
from ...agents.prompting import control_tokens, messages
from ...envs.chat import OPENING, Message
from ...envs.claims import claimed
from ...envs.errors import InvalidConfig
from ...envs.finite import check_finite
from ...envs.keys import mix
from ...envs.position import Position
from ...envs.scenario import Scenario, View
from ...envs.storage import parsed, write_json
from ..data.demonstrations import conversations, variants
from ..run_folder import PRETRAIN, PRETRAINED, check_base
from .pretrain_rows import batches, encode, tensors
from .pretrain_updates import loss_of, make_optimizers, update

T = TypeVar("T")
WARM_UP, WARM_UP_ON = 100, 30
"""Updates until the learning rates are full, of a model from nothing and of a base that goes on."""
DECIDES = ("dialogues", "minutes", "weights", "seed", "start", "blend", "rate")
"""What a folder is claimed with."""
SAMPLE = 8
"""Conversations from which it is judged how long those of a scenario are."""


WINDOW = 8192
"""Tokens a context may have: room for 25 turns with states. Rotary positions need no weights for it; training sees fewer."""
ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>")
TEMPLATE = Path(__file__).parents[2] / "agents" / "base_model" / "chat_template.jinja"
WORDS = Path(__file__).with_name("common_words.txt")


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """Sizes and schedule of the base model.

    Attributes:
        dialogues: conversations to generate; each is learned from the interactive seat, every third from the user's too.
        vocab: at most this many byte-level BPE tokens (any Unicode text can be written).
        tokens_per_batch: target size of a batch, padding included.
        learning_rate: AdamW's, for the embeddings and the norms.
        matrix_rate: Muon's, for the matrices between them.
        epochs: passes over the dialogues; minutes: stop the schedule after this long (0: when they are done).
        weights: by a scenario's name, how many times its share of the dialogues it gets (1 where it is not named); by a
            variant's ("emotional-support language=zh"), how many times that of the other variants of its scenario.
        start: folder of a base model to go on from, with its tokenizer; sizes are its own then, and of a chat only the words of
            the seat whose it is are learned: to say the other's words well is most of the loss, and no part of answering them.
        blend: folder of a leg that started from `start`: the model goes on from the mean of both, which keeps what either knows
            (Wortsman et al. 2022, "Model soups"); None: from `start` alone.
        rate: both learning rates times this; a base that goes on at a third forgets less.
    """

    dialogues: int = 24_000
    vocab: int = 8_192
    hidden: int = 192
    layers: int = 6
    heads: int = 6
    kv_heads: int = 2
    intermediate: int = 512
    tokens_per_batch: int = 6_000
    learning_rate: float = 3e-3
    matrix_rate: float = 1e-2
    epochs: int = 1
    minutes: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    start: str | None = None
    blend: str | None = None
    rate: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a number that is none, and where there is nothing to blend with."""
        check_finite(self)
        if self.blend is not None and self.start is None:
            raise InvalidConfig(f"blend is the mean with the base that is gone on from; name that as start, or leave out "
                                f"{self.blend!r}.")


def make_tokenizer(texts: Iterable[str], vocab: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with the chat roles as single tokens.

    Text is normalised and split as transformers' Qwen2Tokenizer does it, which AutoTokenizer takes for any Qwen2 model
    whatever its files say: whoever loads the saved folder gets the same ids.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=list(ROLES), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False, min_frequency=2))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>",
        unk_token="<|pad|>",  # never used: bytes know no unknown; Qwen2Tokenizer would add one that the model has no row for
        additional_special_tokens=list(ROLES[:3]), model_max_length=WINDOW)
    fast.chat_template = TEMPLATE.read_text()
    return fast


def _chats(position: Position, number: int) -> Iterator[list[dict[str, str]]]:
    """A finished conversation as the interactive seat's model sees it and, of every third one, the user's.

    Both hold the same words. In most the interactive seat thinks before it speaks, in every eighth it does not: both layouts.
    """
    scenario = position.scenario
    for seat in scenario.seats:
        if seat == scenario.user and number % 3:
            continue
        condition = position.condition if seat == scenario.user else None
        yield messages(View(scenario, seat, condition, position.dialogue.seen_by(seat)), "strategy" if number % 8 else "chat")


def pretrain(scenarios: Sequence[Scenario], out: Path, config: PretrainConfig,
             report: Callable[[int, int, float], None] = lambda step, steps, loss: None) -> dict[str, Any]:
    """Makes the embedded base model from the scenarios' scripted talk; returns its figures, also in pretraining.json.

    A scenario's share of the dialogues (`dialogues_of`) is that of its variants (`Speech.variants`) together. `report(step,
    steps, loss)` is called after every step.

    Raises RunExists when the folder holds anything but what a killed pretraining with the same settings left, InvalidModel when
    there is no base to start from.
    """
    settings = {name: value for name, value in asdict(config).items() if name in DECIDES}
    check_base(out, settings)
    for base in filter(None, (config.start, config.blend)):
        load_tokenizer(base)
        check_model(base)
    with claimed(out, PRETRAIN, settings):
        return _pretrain(scenarios, out, config, report)


def _pretrain(scenarios: Sequence[Scenario], out: Path, config: PretrainConfig,
              report: Callable[[int, int, float], None]) -> dict[str, Any]:
    """`pretrain` in its own folder."""
    groups = [list(variants(scenario).values()) for scenario in scenarios]
    each = [variant for group in groups for variant in group]
    shares = [share for group, count in zip(groups, dialogues_of(groups, config), strict=True)
              for share in _shares(group, count, config)]
    talks = [list(_chats(position, number)) for variant, count in zip(each, shares, strict=True)
             for number, position in enumerate(conversations(variant, count, config.seed))]
    names = [str(index) for index, talk in enumerate(talks) for _ in talk]  # both seats' chats of a talk on one side
    figures = learn_from_scratch([chat for talk in talks for chat in talk], out, config, report, groups=names)
    figures["scenarios"] = {s.name: s.version for s in scenarios}
    figures["dialogues"] = {repr(variant): count for variant, count in zip(each, shares, strict=True)}
    if config.start:
        figures["config"]["start"] = Path(config.start).name
        figures["before"] = _figures(config.start)
    if config.blend:
        figures["config"]["blend"] = Path(config.blend).name
        figures["blended"] = _figures(config.blend)
    write_json(out / PRETRAINED, figures)
    return figures


def _figures(base: str) -> Any:
    """What is told of how a base was made; None where nothing is."""
    path = (embedded_path() if base == EMBEDDED else Path(base)) / PRETRAINED
    return parsed(path.read_bytes()) if path.is_file() else None


def dialogues_of(groups: Sequence[Sequence[Scenario]], config: PretrainConfig) -> list[int]:
    """How many of the dialogues each scenario gets, given its variants: by one over the root of their length.

    That lies between as many dialogues of each, where the long ones take nearly all of the time, and as many tokens.
    """
    roots = []
    for group in groups:
        talks = [position for variant in group for position in conversations(variant, SAMPLE, config.seed)]
        length = sum(len(m["content"].encode()) for talk in talks for chat in _chats(talk, 1) for m in chat)
        roots.append((len(talks) / length) ** 0.5 * config.weights.get(group[0].name, 1.0))
    return [math.floor(config.dialogues * root / math.fsum(roots)) for root in roots]


def _shares(group: Sequence[Scenario], count: int, config: PretrainConfig) -> list[int]:
    """How many of a scenario's dialogues each of its variants gets."""
    weights = [config.weights.get(name, 1.0) for name in variants(group[0])]
    return [math.floor(count * weight / math.fsum(weights)) for weight in weights]


def spread(items: Sequence[T], most: int) -> Sequence[T]:
    """About `most` of the items, evenly from first to last.

    The step is odd: chats come by turns from the one seat and the other, and an even step would see one seat only.
    """
    return items[::math.ceil(len(items) / most) | 1]


def _held_out(owners: Sequence[str | int]) -> set[str | int]:
    """The owners whose chats are held out: about 200, at most a hundredth but at least one, evenly spread."""
    names = list(dict.fromkeys(owners))
    if len(names) < 2:
        raise InvalidConfig(f"A base model is judged on conversations it never saw; give at least 2, got {len(names)}.")
    return set(names[::max(101, math.ceil(len(names) / 200) | 1)])  # odd: see `spread`


def _learned_tokenizer(chats: Sequence[list[Message]], vocab: int) -> PreTrainedTokenizerFast:
    words = [f" {w}" for w in WORDS.read_text().split() for _ in range(3)]
    texts = [m["content"] for chat in spread(chats, 12_000) for m in chat[1:]]
    texts += [chat[0]["content"] for chat in spread(chats, 4_000)]
    return make_tokenizer([*texts, OPENING, *words], vocab)


def _new_model(tokenizer: Any, config: PretrainConfig) -> Any:
    return Qwen2ForCausalLM(Qwen2Config(
        vocab_size=math.ceil(len(tokenizer) / 64) * 64, hidden_size=config.hidden, intermediate_size=config.intermediate,
        num_hidden_layers=config.layers, num_attention_heads=config.heads, num_key_value_heads=config.kv_heads,
        max_position_embeddings=WINDOW, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id))


def learn_from_scratch(chats: Sequence[list[Message]], out: Path, config: PretrainConfig,
                       report: Callable[[int, int, float], None] = lambda step, steps, loss: None, *,
                       groups: Sequence[str] | None = None) -> dict[str, Any]:
    """Trains a tokenizer and a small Qwen2 on whole chats, all turns alike, and writes them (fp16 safetensors).

    Args:
        chats: as chat messages, a system message first; about 200 groups, at most a hundredth, are held out.
        out: folder to write.
        config: sizes and schedule.
        report: called after every step with step, steps, loss.
        groups: the conversation of each chat, where several come from one; never split by what is held out.

    Raises:
        InvalidConfig: there are fewer than two groups.
    """
    started = time.monotonic()
    tokenizer = load_tokenizer(config.start) if config.start else _learned_tokenizer(chats, config.vocab)
    encoded = encode(tokenizer, chats, control_tokens(tokenizer))
    owners: Sequence[str | int] = groups or range(len(chats))
    held_out = _held_out(owners)
    held = [row for row, owner in zip(encoded, owners, strict=True) if owner in held_out]
    rows = [row for row, owner in zip(encoded, owners, strict=True) if owner not in held_out]
    torch.manual_seed(config.seed)
    model: Any = load_model(config.start, dtype=torch.float32) if config.start else _new_model(tokenizer, config)
    if config.blend:
        _blend(model, config.blend)
    order = [b for epoch in range(config.epochs) for b in batches(rows, config.tokens_per_batch, mix(config.seed, epoch))]
    losses = _train(model, order, tokenizer, config, report)
    model.eval()
    with torch.no_grad():
        own = _own(tokenizer, config)
        held_loss = sum(float(loss_of(model, *tensors([r], tokenizer.pad_token_id, own))) for r in held) / len(held)
    model.generation_config.do_sample = True
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    return {"config": asdict(config), "parameters": sum(p.numel() for p in model.parameters()), "vocabulary": len(tokenizer),
            "tokens_seen": sum(len(r.ids) for b in order[:len(losses)] for r in b), "steps": len(losses),
            "train_loss": sum(losses[-50:]) / len(losses[-50:]), "held_out_loss": held_loss,
            "minutes": round((time.monotonic() - started) / 60, 1), "torch": torch.__version__}


def _blend(model: Any, other: str) -> None:
    """Takes the mean of a model's weights and another's of its shape. Raises InvalidConfig on one of another shape."""
    theirs = load_model(other, dtype=torch.float32).state_dict()
    own = model.state_dict()
    if {name: t.shape for name, t in own.items()} != {name: t.shape for name, t in theirs.items()}:
        raise InvalidConfig(f"{other!r} is of another shape than the base that is gone on from; blend legs of one base.")
    model.load_state_dict({name: (t + theirs[name]) / 2 for name, t in own.items()})


def _own(tokenizer: Any, config: PretrainConfig) -> tuple[int, int] | None:
    """The tokens between which the words of a chat's own seat stand, where only these are learned."""
    return (tokenizer.convert_tokens_to_ids("<|assistant|>"), tokenizer.eos_token_id) if config.start else None


def _train(model: Any, batches: list[Any], tokenizer: Any, config: PretrainConfig,
           report: Callable[[int, int, float], None]) -> list[float]:
    """One pass (or as many minutes as asked) with warm-up and cosine decay; the losses."""
    optimizers = make_optimizers(model, config.rate * config.learning_rate, config.rate * config.matrix_rate)
    warm_up = WARM_UP_ON if config.start else WARM_UP
    losses: list[float] = []
    begun = time.monotonic()
    for step, batch in enumerate(batches):
        done = step / len(batches)
        if config.minutes:
            done = max(done, (time.monotonic() - begun) / 60 / config.minutes)
            if done >= 1:
                break
        share = min(1, (step + 1) / warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        losses.append(update(model, optimizers, tensors(batch, tokenizer.pad_token_id, _own(tokenizer, config)), share))
        report(step + 1, len(batches), losses[-1])
    return losses
