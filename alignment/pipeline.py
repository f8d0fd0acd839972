"""The whole way: corpus → SFT → i×MCTS → D_p → reward model → D_t → DPO → the table (paper §3, §5)."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..agents import prompting
from ..agents.recording import gather
from ..envs.claims import claimed
from ..envs.storage import parsed, write_json, write_whole
from ..search.engines import LOCAL, Engine
from . import stages
from .config import TRAINED, RunConfig
from .evaluation import beside, evaluate
from .evaluation.audit import audit
from .inputs import SCRATCH, Inputs, prepare
from .preferences.mining import summary
from .preferences.pair import PreferencePair
from .progress import Reporter, Silent
from .report.page import write_report
from .run_folder import COMMAND, CONFIG, RESULTS, check_open
from .training.reward import RewardModel

TRANSCRIPTS = "transcripts.json"


def align(config: RunConfig, out: Path, *, command: str = "", reporter: Reporter | None = None,
          engine: Engine = LOCAL) -> dict[str, Any]:
    """Does the whole run into a new folder and returns what `results.json` holds.

    The folder gets config.yaml, trees.jsonl, pairs/ (a `datasets` dataset), models/, linear.json, development.jsonl where
    weights are chosen by talking, evaluation.jsonl, results.json, transcripts.json, trees/ (pages of the trees that the report
    links to), index.html and report.html. Same seed and secret, same machine, same results.json. A run that was killed goes on
    in its folder: models that are whole, trees and evaluated systems are kept, the rest is done. An engine of many workers
    searches and plays conversations, on machines that all see the folder; models are trained in this process.

    Raises:
        RunExists: the folder holds a finished run, one of another configuration, or something else.
        InvalidConfig, InvalidCorpus, InvalidModel, UnknownEnvironment, BackendFailed: before anything is written.
    """
    check_open(out, config)
    if (out / RESULTS).is_file():  # killed between its results and its report
        found: dict[str, Any] = parsed((out / RESULTS).read_bytes())
        write_report(out)
        return found
    run, show = prepare(config, out, engine), reporter or Silent()
    config = run.config
    if run.left_out:
        show.say(f"Left out {run.left_out} training dialogues of users in the evaluation")
    with claimed(out, COMMAND, asdict(config)):
        write_whole(out / CONFIG, config.to_yaml())
        base = stages.train_base(run, show) if config.model == SCRATCH else None
        sft = stages.fine_tune(run, run.scenario.interactive, show)
        user = stages.fine_tune(run, run.scenario.user, show) if config.simulator == TRAINED else None
        searched = stages.search(run, sft, user, show)
        d_p = stages.mine_pairs(run, searched, show)
        judge = stages.train_judge(run, sft, d_p, show)
        pairs = stages.add_replays(run, sft, judge, d_p, show)
        aligned = stages.align_policy(run, sft, pairs, user, show)
        others = stages.train_baselines(run, sft, pairs, user, show)
        played = stages.play_table(run, sft, judge, {"Aligned": aligned, **others}, user, show)
        gather(out / stages.RECORDING)
        write_json(out / TRANSCRIPTS, evaluate.transcripts({name: found.ends for name, found in played.items()}))
        models = [model for model in (base, sft, user, judge, aligned, *others.values()) if model is not None]
        results = {**_results(run, played, pairs, models, searched), "command": command}
        write_json(out / RESULTS, results)
        write_report(out)
    return results


def _results(run: Inputs, played: Mapping[str, evaluate.Played], pairs: Sequence[PreferencePair],
             models: Sequence[stages.Trained], searched: Mapping[str, Any]) -> dict[str, Any]:
    """What `results.json` holds: what was run, how every system fared, and what was learned from."""
    config, scenario, seed = run.config, run.scenario, run.config.seed
    ends = {name: found.ends for name, found in played.items()}
    judge = RewardModel.load(next(model.folder for model in models if model.stage == "reward")).judge(run.layout)
    told = beside.notes(run)
    return {
        "scenario": scenario.name, "environment": config.environment, "versions": _versions(run),
        "seed": seed, "secret": run.secret, "simulator": config.simulator,
        "conditions": run.users.origin, "condition_seen": "hidden",
        "interactive": scenario.interactive, "statuses": list(scenario.statuses), "acts": list(scenario.acts),
        "config": asdict(config), "measures": [asdict(measure) for measure in scenario.measures],
        "systems": {name: {**evaluate.measure(found.ends, seed), "cut_replies": found.cut_replies}
                    for name, found in played.items()},
        "notes": told, "linear": beside.told(beside.linear_of(run), config.ceiling),
        "differences": evaluate.differences(ends, "SFT", seed),
        "audit": audit(ends, judge, [name for name in ends if name not in told]),
        "pairs": summary(pairs), "training": {model.stage: model.figures for model in models}, "search": searched,
    }


def _versions(run: Inputs) -> dict[str, Any]:
    libraries = {name: version(name) for name in ("torch", "transformers", "trl", "peft")}
    return {"dialogym": version("dialogym"), "scenario": run.scenario.version, "prompts": prompting.VERSION,
            "model": run.config.model, **libraries, "python": platform.python_version()}
