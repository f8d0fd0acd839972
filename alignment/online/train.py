"""GRPO on a language model by talking: what `dialogym train-online` does."""

from __future__ import annotations

import platform
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl import GRPOConfig, GRPOTrainer

from ...agents import prompting
from ...agents.backend import Sampling
from ...agents.by_name import model_agent
from ...agents.engine.loading import EMBEDDED, check_model, load_model, load_tokenizer
from ...agents.prompting import Layout, layout_of, note_layout, trained_layout
from ...envs.agent import Agent
from ...envs.claims import check_claim, claimed
from ...envs.registry import scenario_for
from ...envs.storage import Journal, drafted, parsed, write_json
from ...search.openings import openings
from ..evaluation.evaluate import KIND, Played, differences, measure, play_systems
from ..evaluation.intervals import mean_ci, paired_difference
from ..progress import Reporter, Silent
from ..training.settings import TrainSettings
from ..training.trainer import lora, save_weights, session
from .episodes import engagement, prompts
from .rollout import Rollout
from .settings import OnlineSettings

COMMAND = "dialogym train-online"
MODEL, STEPS, TALKS, CURVE, RESULTS = "model", "steps", "talks.jsonl", "curve.json", "results.json"
BEFORE, AFTER = "Before", "After"
PACKAGED: Layout = "strategy"
"""The layout in which the packaged model listens; it knows the others too."""


class Curve(TrainerCallback):
    """What the talks of each update came to; kept beside the checkpoints, so that a resumed training has the whole."""

    def __init__(self, rollout: Rollout, shown: Callable[[int], None]) -> None:
        self.rows: list[dict[str, float]] = []
        self._rollout, self._shown = rollout, shown

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Adds an update's row."""
        self.rows.append({"step": state.global_step, **self._rollout.figures})
        self._shown(state.global_step)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Writes the rows into the checkpoint."""
        write_json(Path(args.output_dir) / f"checkpoint-{state.global_step}" / CURVE, self.rows)

    def resume(self, checkpoint: str) -> None:
        """Takes the rows of a checkpoint up."""
        self.rows = list(parsed((Path(checkpoint) / CURVE).read_bytes()))
        self._shown(len(self.rows))


def train_online(settings: OnlineSettings, out: Path, *, command: str = "",
                 reporter: Reporter | None = None) -> dict[str, Any]:
    """Trains a LoRA adapter by GRPO on conversations and measures what it brought, with people set aside for it.

    A call that was killed goes on where its last checkpoint was, and ends with what it would have come to.

    Args:
        settings: of the training.
        out: folder for `model` (the adapter, with its tokenizer and layout), `curve.json` (a row per update), `talks.jsonl`
            (the conversations before and after) and `results.json`; new, or one that this began with the same settings.
        command: as it was given, for the results.
        reporter: shows progress.

    Returns:
        What `results.json` holds: "before" and "after" (`measure`), "engagement" of both with intervals, "gain" (paired, by
        person: [mean, low, high]), "generations" (replies that were trained on), "curve", versions and settings.

    Raises:
        RunExists: the folder holds something else, or was begun otherwise.
        InvalidConfig, InvalidModel, UnknownEnvironment: before anything is written.
    """
    show = reporter or Silent()
    scenario = scenario_for(settings.environment, **settings.options)
    layout = layout_of(settings.layout or (PACKAGED if settings.model == EMBEDDED else trained_layout(settings.model)))
    rollout = Rollout(scenario, user=settings.user, layout=layout, max_new_tokens=settings.max_new_tokens,
                      secret=settings.secret)
    check_claim(out, COMMAND, asdict(settings))
    check_model(settings.model)
    with claimed(out, COMMAND, asdict(settings)):
        if not (out / RESULTS).is_file():
            before = _talk(settings, rollout, out, {BEFORE: settings.model}, show)
            if not (out / MODEL).is_dir():
                _train(settings, rollout, out, show)
            after = _talk(settings, rollout, out, {AFTER: str(out / MODEL)}, show)
            shutil.rmtree(out / STEPS, ignore_errors=True)  # checkpoints, which nobody goes on from any more
            write_json(out / RESULTS, {**_results(settings, rollout, out, before, after), "command": command})
    found: dict[str, Any] = parsed((out / RESULTS).read_bytes())
    return found


def _talk(settings: OnlineSettings, rollout: Rollout, out: Path, named: Mapping[str, str], show: Reporter) -> Played:
    """The talks of a model, named as a system, with the people set aside."""
    [(system, model)], scenario = named.items(), rollout.scenario

    def speakers() -> tuple[Agent, Agent]:
        sampling = Sampling(max_new_tokens=settings.max_new_tokens)
        return model_agent(model, sampling, rollout.layout, tries=1), rollout.user  # one try before and after, as in training

    positions = openings(scenario, "development", settings.talks, settings.seed, secret=settings.secret)
    journal = Journal(out / TALKS, KIND, {"talks": settings.talks, "seed": settings.seed}, COMMAND)
    with closing(journal):
        return play_systems({system: speakers}, positions, journal, show)[system]


def _train(settings: OnlineSettings, rollout: Rollout, out: Path, show: Reporter) -> None:
    """Trains, from the last checkpoint where there is one, and leaves model and curve."""
    rows = prompts(rollout.scenario, settings.steps * settings.people, settings.seed, layout=rollout.layout)
    with session(TrainSettings(seed=settings.seed, quiet=settings.quiet)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*experimental feature.*", UserWarning)
        tokenizer = load_tokenizer(settings.model)
        trainer = GRPOTrainer(
            model=load_model(settings.model), processing_class=tokenizer, args=_arguments(settings, out / STEPS),
            train_dataset=Dataset.from_list(rows), reward_funcs=engagement, rollout_func=rollout,
            peft_config=lora(settings.lora, "CAUSAL_LM"),
        )  # fmt: skip
        curve = Curve(rollout, show.stage("GRPO", settings.steps))
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(curve)
        checkpoint = get_last_checkpoint(str(out / STEPS)) if (out / STEPS).is_dir() else None  # type: ignore[no-untyped-call]
        if checkpoint is not None:
            curve.resume(checkpoint)
        trainer.train(resume_from_checkpoint=checkpoint)
        write_json(out / CURVE, curve.rows)
        with drafted(out / MODEL) as folder:  # last: who finds it finds the rest
            folder.mkdir()
            save_weights(trainer.model, tokenizer, folder, settings.model)
            note_layout(folder, rollout.layout)


def _arguments(settings: OnlineSettings, out: Path) -> GRPOConfig:
    """The settings as TRL's."""
    gpu = torch.cuda.is_available()
    return GRPOConfig(
        output_dir=str(out), max_steps=settings.steps, per_device_train_batch_size=settings.batch,
        gradient_accumulation_steps=settings.people * settings.group // settings.batch, num_generations=settings.group,
        learning_rate=settings.learning_rate, warmup_steps=settings.warmup, lr_scheduler_type="cosine", beta=settings.beta,
        temperature=settings.temperature, top_p=1.0, shuffle_dataset=False, gradient_checkpointing=False, bf16=gpu,
        use_cpu=not gpu, save_strategy="steps", save_steps=settings.checkpoint, save_total_limit=1, logging_steps=1,
        report_to="none", disable_tqdm=settings.quiet, remove_unused_columns=False, seed=settings.seed,
        data_seed=settings.seed,
    )  # fmt: skip


def _results(settings: OnlineSettings, rollout: Rollout, out: Path, before: Played, after: Played) -> dict[str, Any]:
    scenario = rollout.scenario
    curve: Sequence[Mapping[str, float]] = parsed((out / CURVE).read_bytes())
    interval = partial(mean_ci, seed=settings.seed)
    levels = {name: [end.engagement.level for end in found.ends] for name, found in (("before", before), ("after", after))}
    mean, (low, high) = paired_difference(levels["after"], levels["before"], settings.seed)
    reached = {name: interval(found) for name, found in levels.items()}
    ends = {BEFORE: before.ends, AFTER: after.ends}
    return {
        "scenario": scenario.name, "environment": settings.environment, "layout": rollout.layout,
        "versions": {"dialogym": version("dialogym"), "scenario": scenario.version, "prompts": prompting.VERSION,
                     "model": settings.model, **{name: version(name) for name in ("torch", "transformers", "trl", "peft")},
                     "python": platform.python_version()},
        "settings": asdict(settings), "secret": settings.secret, "seed": settings.seed, "condition_seen": "hidden",
        "measures": [asdict(one) for one in scenario.measures],
        "talks_trained_on": settings.steps * settings.people * settings.group,
        "generations": int(sum(row["generations"] for row in curve)),
        "engagement": {name: [value, *ends_] for name, (value, ends_) in reached.items()}, "gain": [mean, low, high],
        "before": {**measure(before.ends, settings.seed), "cut_replies": before.cut_replies},
        "after": {**measure(after.ends, settings.seed), "cut_replies": after.cut_replies},
        "differences": differences(ends, BEFORE, settings.seed)[AFTER], "curve": list(curve),
    }
