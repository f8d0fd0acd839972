"""Settings of the trainings: plain values, so that a configuration can be read and refused without loading a framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from ...envs.errors import InvalidConfig
from ...envs.finite import check_finite

Trainer = Literal["trl", "tree"]
ON_TREES = ("sigmoid", "refuel", "kto", "sft")
"""Losses that the trainer "tree" has."""


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """Size of the low-rank adapter (Hu et al. 2022; paper §5.1 fine-tunes with LoRA).

    Attributes:
        r: rank of the update of each matrix.
        alpha: the update is scaled by alpha / r.
        dropout: share of the adapter's inputs dropped in training, in [0, 1).
        target_modules: names of the adapted layers, or "all-linear" (all but the output layer).
    """

    r: int = 16
    alpha: int = 32
    dropout: float = 0.0
    target_modules: str | tuple[str, ...] = "all-linear"

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a number that is none."""
        check_finite(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """Settings that every trainer has.

    Attributes:
        epochs: passes over the training rows.
        max_steps: stop after this many updates (0: after `epochs`).
        learning_rate: the highest, after warm-up; then it falls along a cosine to 0.
        warmup: share of the updates in which the learning rate rises, in [0, 1).
        weight_decay: AdamW's.
        batch_size: rows (or pairs) per forward pass.
        accumulation: forward passes per update.
        max_length: most tokens a row may have (None: the model's window, which is never exceeded).
        skip_long: leave longer rows out and count them, instead of raising ContextTooLong.
        held_out: share of the conversations (of pairs: of the users) kept for validation, in [0, 1).
        evaluations: how often the held-out rows are evaluated in training, besides before the first update.
        patience: stop after this many evaluations without a new best (0: never).
        lora: size of a new adapter; one that is trained further keeps its own.
        bf16: bfloat16 autocast (None: where the processor has instructions for it).
        checkpointing: recompute activations to save memory, for large models.
        report_to: names of experiment trackers of transformers, such as tensorboard.
        quiet: no progress bars or notes of the libraries.
        seed: of the adapter's start, the order of the rows, the dropout and the split.
    """

    epochs: float = 1.0
    max_steps: int = 0
    learning_rate: float = 2e-4
    warmup: float = 0.05
    weight_decay: float = 0.0
    batch_size: int = 16
    accumulation: int = 1
    max_length: int | None = None
    skip_long: bool = False
    held_out: float = 0.05
    evaluations: int = 4
    patience: int = 0
    lora: LoraSettings = field(default_factory=LoraSettings)
    bf16: bool | None = None
    checkpointing: bool = False
    report_to: tuple[str, ...] = ()
    quiet: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        check_finite(self)
        names = ("epochs", "learning_rate", "batch_size", "accumulation", "evaluations", "max_length")
        checks = [(name, "above 0", getattr(self, name) is None or getattr(self, name) > 0) for name in names]
        checks += [(name, "0 or more", getattr(self, name) >= 0) for name in ("max_steps", "patience")]
        checks += [(name, "in [0, 1)", 0 <= getattr(self, name) < 1) for name in ("warmup", "held_out")]
        checks += [("lora", "of rank 1 or more, dropout in [0, 1)", self.lora.r > 0 <= self.lora.dropout < 1)]
        for name, wanted, fine in checks:
            if not fine:
                found = f"{name} of {type(self).__name__} is {getattr(self, name)!r}"
                raise InvalidConfig(f"{found}; it must be {wanted}.")

    def _no_adapter(self) -> None:
        if self.lora != LoraSettings():
            raise InvalidConfig("full trains no adapter; leave lora as it is, or full out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SftSettings(TrainSettings):
    """Settings of supervised fine-tuning; the shared ones are documented in `TrainSettings`.

    Attributes:
        full: trains the matrices of the model itself, which is saved whole, in place of an adapter (see `PairTrainSettings`).
        light: holds the weights below the adapter, which are not trained, in bfloat16: half the memory, and faster where the
            processor computes it itself.
    """

    epochs: float = 2.0
    learning_rate: float = 5e-4
    full: bool = False
    light: bool = False

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        TrainSettings.__post_init__(self)
        if self.full:
            self._no_adapter()
        if self.full and self.light:
            raise InvalidConfig("light is about weights that are not trained, and full trains all of them; leave one out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTrainSettings(TrainSettings):
    """What the two trainings on preference pairs have besides what is documented in `TrainSettings`.

    Attributes:
        trainer: "trl" runs every row of every pair, in padded batches of `batch_size` pairs; "tree" runs what the rows of a
            conversation share once (see `packing`): one pack per forward pass, whatever pairs it holds, `accumulation` of
            them per update.
        pack_tokens: most tokens of a pack.
        full: trains the matrices of the model itself, which is saved whole, in place of an adapter; one that the policy comes
            with is added into them first, and embeddings stay as they are ("tree"). For small models, which an adapter hardly
            moves.
    """

    trainer: Trainer = "trl"
    pack_tokens: int = 1024
    full: bool = False

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        TrainSettings.__post_init__(self)
        if self.trainer not in get_args(Trainer) or self.pack_tokens < 1:
            raise InvalidConfig(f"trainer must be one of {get_args(Trainer)} and pack_tokens at least 1, got "
                                f"{self.trainer!r} and {self.pack_tokens}.")

    def needs_trees(self) -> tuple[str, ...]:
        """Names of the settings in use that only the trainer "tree" has."""
        return ()

    def _check_trainer(self) -> None:
        if self.full:
            self._no_adapter()
        if self.trainer != "tree" and self.needs_trees():
            raise InvalidConfig(f"{', '.join(self.needs_trees())}: only trainer='tree' does this; set it, or leave this out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSettings(PairTrainSettings):
    """Settings of the reward model; the shared ones are documented in `TrainSettings` and `PairTrainSettings`.

    Attributes:
        use_margin: asks for a score gap of at least the pair's gap in value (Llama 2, eq. 2).
        center: weight of the penalty on (chosen + rejected score)², which keeps scores around 0.
        regression: the score is to be the reply's value itself, in place of the order of the two ("tree").
        thoughts: what is scored of a reply is the thought at its head alone (layout "strategy"), at training and after: what it
            does and when, side by side, which a few updates find in no whole reply. Pairs of like thoughts are left out.
    """

    epochs: float = 3.0
    held_out: float = 0.1
    use_margin: bool = False
    center: float = 0.01
    regression: bool = False
    thoughts: bool = False

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        PairTrainSettings.__post_init__(self)
        self._check_trainer()

    def needs_trees(self) -> tuple[str, ...]:
        """See `PairTrainSettings.needs_trees`."""
        return tuple(name for name in ("regression", "full") if getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class DpoSettings(PairTrainSettings):
    """Settings of DPO; the shared ones are documented in `TrainSettings` and `PairTrainSettings`.

    Attributes:
        beta: β of equation 3, how strongly the policy is held to the SFT model.
        loss_type: name of the loss; "sigmoid" is equation 3. Trainer "trl": any of TRL's. Trainer "tree": "sigmoid"; "refuel",
            a regression of the log-ratios on the values; "kto", chosen replies are desirable and rejected ones are not, each
            by itself (see `objectives`); or "sft", the likelihood of the chosen replies alone, as TRL has it too.
        sft_weight: weight of an added negative log-likelihood of the chosen replies per token (0: none, as in
            the paper); it keeps the policy fluent.
        precompute: computes the reference's log-probabilities once, before training; faster, since every
            evaluation and epoch would compute them again. Trainer "tree" always does, "trl" in several processes never.
        offset: α, how much of the pair's gap in value the margin must exceed ("tree").
        visit_smoothing: smooths a pair's label by its two visit counts ("tree").
        gap_weights: a pair weighs as its gap in value ("tree").
        eta: η of "refuel": the log-ratios are to differ by this, per unit of value.
        thoughts: the preference is about the thought at the head of each reply alone (layout "strategy"): which act is right is
            what a pair is about, and its words are most of its likelihood; `sft_weight` is that of the whole chosen reply, and
            holds its words in place. Pairs of like thoughts are left out ("tree").
    """

    epochs: float = 1.0
    learning_rate: float = 1e-4
    warmup: float = 0.1
    held_out: float = 0.1
    patience: int = 2
    beta: float = 0.1
    loss_type: str = "sigmoid"
    sft_weight: float = 0.0
    precompute: bool = True
    offset: float = 0.0
    visit_smoothing: bool = False
    gap_weights: bool = False
    eta: float = 10.0
    thoughts: bool = False

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        PairTrainSettings.__post_init__(self)
        if self.beta <= 0 or self.sft_weight < 0:
            raise InvalidConfig(
                f"beta must be above 0 and sft_weight 0 or more, got {self.beta} and {self.sft_weight}."
            )
        if self.offset < 0 or self.eta <= 0:
            raise InvalidConfig(f"offset must be 0 or more and eta above 0, got {self.offset} and {self.eta}.")
        if self.trainer == "tree" and self.loss_type not in ON_TREES:
            raise InvalidConfig(f"trainer='tree' has a loss_type of {ON_TREES}, got {self.loss_type!r}.")
        if self.loss_type == "sft" and self.sft_weight > 0:
            raise InvalidConfig("loss_type='sft' is the likelihood that sft_weight would add; leave sft_weight at 0.")
        self._check_trainer()

    def needs_trees(self) -> tuple[str, ...]:
        """See `PairTrainSettings.needs_trees`."""
        asked = {"offset": self.offset > 0, "visit_smoothing": self.visit_smoothing, "gap_weights": self.gap_weights,
                 f"loss_type={self.loss_type!r}": self.loss_type in ("refuel", "kto"), "full": self.full,
                 "thoughts": self.thoughts}
        return tuple(name for name, wanted in asked.items() if wanted)


@dataclass(frozen=True, slots=True)
class ChoiceSettings:
    """How the weights of DPO that are kept are chosen.

    Attributes:
        checkpoints: weights saved on the way, evenly spaced, that talk with people set aside for it; 0: none, the weights with
            the least held-out loss are kept.
        talks: conversations of each of them, and of π_SFT.
        garbled: how much larger than π_SFT's their share of unreadable replies may be.
        kl: the most nats per reply by which they may diverge from π_SFT on held-out pairs (None: any).
    """

    checkpoints: int = 0
    talks: int = 128
    garbled: float = 0.01
    kl: float | None = None

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        check_finite(self)
        if self.checkpoints < 0 or self.talks < 1 or self.garbled < 0 or (self.kl is not None and self.kl <= 0):
            raise InvalidConfig("A choice needs checkpoints >= 0, talks >= 1, garbled >= 0 and kl above 0 or None, got "
                                f"{self}.")
