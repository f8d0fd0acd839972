"""What the three trainers share: settings, seeding, lengths, splits, evaluation, and what they leave behind.

The trainers themselves are TRL's, and so is what runs them in several processes (`processes`). This module sees to
it that the same seed gives the same bytes on the same machine, that no row is truncated or dropped unsaid, that the
weights kept are those that were best on held-out rows, and that nothing is printed.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback
from transformers.utils import logging as transformers_logging

from ...agents.engine import loading
from ...agents.engine.precision import bf16_helps
from ...envs.bars import no_bars
from ...envs.errors import InvalidConfig, RunExists
from ...envs.storage import write_json, write_whole
from . import processes
from .settings import LoraSettings, TrainSettings

if TYPE_CHECKING:
    from .rows import Rows

Score = Callable[[Any], float]
"""What to choose the weights by, on held-out rows: the model in, the less the better out."""
Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after every update and every evaluation with the step, the last step planned, and their figures."""


@dataclass(frozen=True, slots=True)
class TrainingFigures:
    """What a training run was and gave; equal for equal seeds on the same machine.

    Attributes:
        kind: "sft", "reward" or "dpo".
        rows: rows (or pairs) trained on.
        held_out_rows: rows (or pairs) kept for validation.
        skipped: rows left out as too long.
        tokens: tokens of one pass over the training rows, padding not counted.
        steps: updates made.
        best_step: the update whose weights were kept; 0 means that no update beat the start.
        train_loss: mean loss over the run.
        losses: loss at every update, in order.
        evaluations: held-out figures in training, each with its "step".
        metrics: held-out figures of the weights kept (nothing when no rows were held out).
        settings: the settings of the run.
        checkpoints: "step" and held-out figures of the weights saved on the way.
        seconds: wall-clock time of the training; no part of equality or of the JSON.
    """

    kind: str
    rows: int
    held_out_rows: int
    skipped: int
    tokens: int
    steps: int
    best_step: int
    train_loss: float
    losses: tuple[float, ...]
    evaluations: tuple[Mapping[str, float], ...]
    metrics: Mapping[str, float]
    settings: Mapping[str, Any]
    checkpoints: tuple[Mapping[str, float], ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """A JSON value that is the same for the same seed."""
        found = asdict(self)
        del found["seconds"]
        return found


def lora(settings: LoraSettings, task: str, modules_to_save: Sequence[str] = ()) -> LoraConfig:
    """The settings as PEFT's configuration for a task such as "CAUSAL_LM"."""
    wanted = settings.target_modules
    return LoraConfig(
        r=settings.r, lora_alpha=settings.alpha, lora_dropout=settings.dropout, task_type=task,
        target_modules=wanted if isinstance(wanted, str) else list(wanted),
        modules_to_save=list(modules_to_save) or None,
    )  # fmt: skip


def arguments(kind: type[Any], settings: TrainSettings, out: Path, **own: Any) -> Any:
    """TRL's configuration of that kind with the shared settings; what `own` says goes over them.

    `max_length` is always None: lengths were checked by `fit_rows`, and TRL would truncate or drop rows unsaid.
    """
    bf16 = bf16_helps() if settings.bf16 is None else settings.bf16
    shared = {
        "output_dir": str(out), "num_train_epochs": settings.epochs, "max_steps": settings.max_steps or -1,
        "learning_rate": settings.learning_rate, "warmup_steps": settings.warmup, "lr_scheduler_type": "cosine",
        "weight_decay": settings.weight_decay, "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.batch_size, "gradient_accumulation_steps": settings.accumulation,
        "gradient_checkpointing": settings.checkpointing, "bf16": bf16, "use_cpu": not torch.cuda.is_available(),
        "train_sampling_strategy": "group_by_length", "remove_unused_columns": False,  # "length" would be one
        "save_strategy": "no", "eval_strategy": "no",
        "logging_steps": 1, "logging_nan_inf_filter": False, "report_to": list(settings.report_to) or "none",
        "ddp_find_unused_parameters": False if processes.count() > 1 else None,
        "disable_tqdm": settings.quiet, "seed": settings.seed, "data_seed": settings.seed, "max_length": None,
    }  # fmt: skip
    return kind(**shared | own)


@contextmanager
def session(settings: TrainSettings) -> Iterator[None]:
    """Seeds every generator, silences the libraries if asked to, and puts all of it back afterwards."""
    with ExitStack() as undo:
        numbers, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 - the libraries draw from it
        undo.callback(random.setstate, numbers)
        undo.callback(np.random.set_state, arrays)
        undo.enter_context(torch.random.fork_rng())
        random.seed(settings.seed)
        np.random.seed(settings.seed % 2**32)  # noqa: NPY002
        torch.manual_seed(settings.seed)
        if torch.cuda.is_available():
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read at the first product
            undo.callback(torch.use_deterministic_algorithms, torch.are_deterministic_algorithms_enabled())
            torch.use_deterministic_algorithms(True, warn_only=True)
        if settings.quiet:
            _silence(undo)
        yield


def _silence(undo: ExitStack) -> None:
    notes: Any = transformers_logging  # it has no annotations
    undo.enter_context(no_bars("transformers"))
    undo.enter_context(no_bars("datasets"))
    undo.callback(notes.set_verbosity, notes.get_verbosity())
    notes.set_verbosity_error()
    if "TQDM_DISABLE" not in os.environ:
        os.environ["TQDM_DISABLE"] = "1"  # what TRL asks before it shows a bar of its own
        undo.callback(os.environ.pop, "TQDM_DISABLE")
    undo.enter_context(warnings.catch_warnings())  # trl and peft use names that transformers gave up
    warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)


class Watch(TrainerCallback):
    """Reports progress, evaluates on a schedule, and keeps the weights that were best on the held-out rows."""

    def __init__(
        self, settings: TrainSettings, held_out: bool, progress: Progress | None, score: Score | None
    ) -> None:
        self.settings, self.held_out, self.progress, self.score = settings, held_out, progress, score
        self.losses: list[float] = []
        self.evaluations: list[dict[str, float]] = []
        self.best: tuple[float, int, dict[str, torch.Tensor]] = (math.inf, 0, {})
        self.worse = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Asks for an evaluation when one is due."""
        every = max(1, math.ceil(state.max_steps / self.settings.evaluations))
        due = state.global_step % every == 0 or state.global_step >= state.max_steps
        control.should_evaluate = self.held_out and due

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Keeps the loss and reports progress. Raises InvalidConfig when the loss is no number any more."""
        if "loss" in logs:
            self.losses.append(float(logs["loss"]))
            if not math.isfinite(self.losses[-1]):
                raise InvalidConfig(
                    f"The training loss became {self.losses[-1]} at step {state.global_step}; lower the "
                    f"learning_rate of {self.settings.learning_rate} or look for odd rows."
                )
        if self.progress and state.global_step and ("loss" in logs or "eval_loss" in logs):
            self.progress(state.global_step, state.max_steps, plain(logs))

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, model: Any = None, **kwargs: Any
    ) -> None:
        """Keeps the weights if they are the best yet, and stops when patience is at an end."""
        found = plain(metrics)
        if self.score is not None:
            found["eval_score"] = self.score(model)
        self.evaluations.append({"step": state.global_step, **found})
        value = found.get("eval_score", found["eval_loss"])
        if value < self.best[0]:
            trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
            with processes.gathered([*trained.values()]):
                self.best = (value, state.global_step, {n: p.detach().clone() for n, p in trained.items()})
            self.worse = 0
            return
        self.worse += 1
        if 0 < self.settings.patience <= self.worse:
            control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Puts the best weights back."""
        parameters = dict(model.named_parameters())
        with torch.no_grad(), processes.gathered([parameters[name] for name in self.best[2]], change=True):
            for name, value in self.best[2].items():
                parameters[name].copy_(value)


class Kept(TrainerCallback):
    """Keeps the weights at evenly spaced updates, the last of them the end; to be added before the training begins.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.weights: dict[int, dict[str, torch.Tensor]] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Keeps the weights when it is time."""
        if state.global_step in {math.ceil(state.max_steps * part / self.count) for part in range(1, self.count + 1)}:
            self._keep(state.global_step, model)

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Keeps those of a training whose patience came to an end."""
        if state.global_step not in self.weights:
            self._keep(state.global_step, model)

    def _keep(self, step: int, model: Any) -> None:
        self.weights[step] = {n: p.detach().to("cpu", copy=True) for n, p in model.named_parameters() if p.requires_grad}

    def each(self, model: Any) -> Iterator[int]:
        """The steps, first to last, with the model at their weights."""
        parameters = dict(model.named_parameters())
        for step, weights in self.weights.items():
            with torch.no_grad():
                for name, value in weights.items():
                    parameters[name].copy_(value)
            yield step


def plain(logs: Mapping[str, Any]) -> dict[str, float]:
    """The figures among a trainer's logs, without counters and what depends on the clock."""
    clock = ("time", "per_second", "epoch", "total_flos", "num_tokens")
    return {
        name: float(value) for name, value in logs.items()
        if isinstance(value, int | float) and not any(part in name for part in clock)
    }  # fmt: skip


def train(
    trainer: Any, kind: str, rows: Rows, settings: TrainSettings, progress: Progress | None,
    score: Score | None = None,
) -> TrainingFigures:
    """Runs a TRL trainer made with `arguments` and leaves it with the best weights.

    Best is the least held-out loss, or the least `score` of the model where the loss holds more than the objective.
    Raises InvalidConfig when the loss becomes infinite or no number.
    """
    started = time.monotonic()
    watch = Watch(settings, bool(rows.held_out), progress, score)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(watch)
    # The weights at the start may turn out to be the best. `evaluate` before `train` would have accelerate take the model for
    # prepared: several processes would then train a copy each.
    trainer.args.eval_on_start = bool(rows.held_out)
    result = trainer.train()
    # Off with the bfloat16 autocast around its forward: what is measured next is in the weights' precision.
    trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    kept = [row for row in watch.evaluations if row["step"] == watch.best[1]]
    metrics = {name: value for name, value in kept[-1].items() if name != "step"} if kept else {}
    steps = int(trainer.state.global_step)
    return TrainingFigures(
        kind=kind, rows=len(rows.train), held_out_rows=len(rows.held_out), skipped=rows.skipped,
        tokens=rows.tokens, steps=steps, best_step=watch.best[1] if rows.held_out else steps,
        train_loss=float(result.training_loss), losses=tuple(watch.losses),
        evaluations=tuple(watch.evaluations), metrics=metrics, settings=asdict(settings),
        seconds=time.monotonic() - started,
    )  # fmt: skip


def fresh(out: Path) -> Path:
    """The folder for a new adapter or model. Raises RunExists when one is there already."""
    for name, what in (("adapter_config.json", "adapter"), ("config.json", "model")):
        if (out / name).exists():
            raise RunExists(f"{str(out)!r} already holds a trained {what}; name another folder or delete it.")
    return out


def save(model: Any, tokenizer: Any, out: Path, base: str | None, figures: TrainingFigures,
         state: dict[str, torch.Tensor] | None = None) -> None:
    """Writes the tokenizer, the adapter "default" or, without the base that it sits on, the whole model, and the figures.

    Of several processes the first writes, and all wait for it. `state` holds the weights where the model is in parts.
    """
    if processes.is_first():
        save_weights(model, tokenizer, out, base, state)
        write_json(out / "training.json", figures.to_json())  # last: who finds it finds the rest
    processes.together()


def save_weights(model: Any, tokenizer: Any, out: Path, base: str | None,
                 state: dict[str, torch.Tensor] | None = None) -> None:
    """`save` without the figures: what `load_model` loads."""
    tokenizer.save_pretrained(out)
    if base is None:
        model.save_pretrained(out, state_dict=state)
        return
    model.save_pretrained(out, selected_adapters=["default"], save_embedding_layers=False, state_dict=state)
    (out / "README.md").unlink(missing_ok=True)  # PEFT's empty form
    _stand_on(base, out)


def copy_model(folder: Path, out: Path) -> None:
    """Copies a model or an adapter that `save_weights` wrote, which stands on the same base from where it is then."""
    shutil.copytree(folder, out)
    if loading.is_adapter(str(folder)):
        _stand_on(loading.base_of(str(folder)), out)


def _stand_on(base: str, out: Path) -> None:
    """Has the adapter in `out` name its base."""
    path = out / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = loading.portable(base, out)
    for name, value in config.items():
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            config[name] = sorted(value)  # sets, written in an order that changes from process to process
    write_whole(path, json.dumps(config, indent=2, sort_keys=True) + "\n")
