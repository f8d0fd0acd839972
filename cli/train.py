"""One training by itself, in one process or in many: `accelerate launch -m dialogym train ...`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ..envs.errors import InvalidConfig, RunExists
from ..envs.registry import default, spec
from .shared import (
    COMMAND_LINE,
    Config,
    Corpus,
    Env,
    Options,
    Plugins,
    Quiet,
    bars,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)

KINDS = ("sft", "reward", "dpo")
COMMAND = "dialogym train"


def train(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="'sft', 'reward' or 'dpo'.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New, for the model.")],
    model: Annotated[str, typer.Option("--model", metavar="NAME", help=(
        "Where the training starts: 'embedded', 'smollm2', a folder (for 'reward' and 'dpo' that of an SFT model), or a hub "
        "id."))] = "embedded",
    pairs: Annotated[Path | None, typer.Option(metavar="FOLDER", help=(
        "Preference pairs for 'reward' and 'dpo': `pairs` in a run's folder, or the folder of a search, of which they are made."
        ))] = None,
    corpus: Annotated[Path | None, Corpus] = None,
    env: Env = None,
    seat: Annotated[str | None, typer.Option(metavar="SEAT", help="Who learns in 'sft' (default: interactive).")] = None,
    dialogues: Annotated[int, typer.Option(help="Scripted dialogues for 'sft' without a corpus.")] = 200,
    layout: Annotated[str, typer.Option(help="Of the prompts in 'sft': 'chat', 'strategy' or 'figure'.")] = "chat",
    config: Config = None,
    seed: Annotated[int | None, typer.Option("--seed", help="The same seed gives the same result.")] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """One training by itself: SFT, the reward model or DPO. Under `accelerate launch`, in many processes together."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.overrides import load, merge  # noqa: PLC0415 - torch only when it trains
    from ..alignment.training.settings import DpoSettings, RewardSettings, SftSettings  # noqa: PLC0415

    if kind not in KINDS:
        raise InvalidConfig(f"A training is one of {list(KINDS)}, got {kind!r}.")
    if (kind == "sft") != (pairs is None):
        raise InvalidConfig("'reward' and 'dpo' learn from --pairs FOLDER, 'sft' from a corpus or scripted dialogues.")
    import_plugins(plugin)
    settings: Any = {"sft": SftSettings, "reward": RewardSettings, "dpo": DpoSettings}[kind]()
    settings = load(config, settings) if config is not None else settings
    settings = merge(settings, {} if seed is None else {"seed": seed}, COMMAND_LINE)
    from ..agents.prompting import layout_of, note_layout, trained_layout, usual_tries  # noqa: PLC0415
    from ..alignment.progress import steps  # noqa: PLC0415
    from ..alignment.training import processes  # noqa: PLC0415
    from ..envs.claims import claimed  # noqa: PLC0415

    processes.settle()
    learn: Callable[..., Any]
    if pairs is not None:
        learn, written = _of_pairs(kind, model, pairs), trained_layout(model)
    else:
        written = layout_of(layout)
        learn = _of_chats(model, spec(environment_of(env) or default()).build(**given_options(option)), corpus, seat,
                          dialogues, written, settings.seed)
    made = {"kind": kind, "model": model, "pairs": pairs and str(pairs), "corpus": corpus and str(corpus), "env": env,
            "options": option, "seat": seat, "dialogues": dialogues, "layout": layout, **asdict(settings)}
    first = processes.is_first()
    if first:
        _clear(out, made)
    with claimed(out, COMMAND, made) if first else nullcontext(), bars(quiet or not first) as reporter:
        figures = learn(out, settings, steps(reporter, kind))
        if first:
            note_layout(out, written, usual_tries(model) if pairs is not None else 1)
    if first:
        out_console.print_json(data={**figures.to_json()["metrics"], "steps": figures.steps, "rows": figures.rows,
                                     "train_loss": figures.train_loss, "processes": processes.count()})


def _clear(out: Path, made: dict[str, Any]) -> None:
    """Takes away what the same training, killed, had begun to save. Raises RunExists where the folder is no such place."""
    from ..envs.claims import check_claim  # noqa: PLC0415

    check_claim(out, COMMAND, made)
    if (out / "training.json").exists():
        raise RunExists(f"{out} holds a finished training; choose another --out; nothing was changed.")
    if out.exists() and any(out.iterdir()):  # its own, as was just checked
        shutil.rmtree(out)


def _of_pairs(kind: str, model: str, folder: Path) -> Callable[..., Any]:
    """What trains on the pairs in a folder, or on those of the trees in it."""
    from ..agents.prompting import trained_layout  # noqa: PLC0415
    from ..alignment.preferences.mining import tree_pairs  # noqa: PLC0415
    from ..alignment.preferences.pair import load_pairs  # noqa: PLC0415
    from ..alignment.training.dpo import train_dpo  # noqa: PLC0415
    from ..alignment.training.reward import train_reward  # noqa: PLC0415
    from ..search.collect import TREES, trees  # noqa: PLC0415
    from ..search.pair_selection import PairSettings  # noqa: PLC0415

    if (folder / TREES).is_file():
        settings, layout = PairSettings(), trained_layout(model)
        found = [pair for number, tree in trees(folder / TREES)
                 for pair in tree_pairs(tree, f"search-{number}", settings, layout)]
    else:
        found = load_pairs(folder)
    trained: Callable[..., Any] = train_dpo if kind == "dpo" else train_reward
    return lambda out, settings, progress: trained(model, found, out, settings, progress)


def _of_chats(model: str, scenario: Any, corpus: Path | None, seat: str | None, dialogues: int, layout: Any,
              seed: int) -> Callable[..., Any]:
    """What trains on a corpus's dialogues, or on scripted ones, as a seat sees them."""
    from ..alignment.data.demonstrations import chats, scripted_episodes  # noqa: PLC0415
    from ..alignment.training.sft import train_sft  # noqa: PLC0415
    from ..envs.episodes import read_corpus  # noqa: PLC0415

    learner = seat or scenario.interactive
    if learner not in scenario.seats:
        raise InvalidConfig(f"{scenario.name!r} has the seats {list(scenario.seats)}, got {learner!r}.")
    episodes = read_corpus(scenario, corpus) if corpus is not None else scripted_episodes(scenario, dialogues, seed)
    learned, groups = chats(scenario, episodes, [learner], layout, corpus=corpus is not None)
    return lambda out, settings, progress: train_sft(model, learned, out, settings, progress, groups=groups)
