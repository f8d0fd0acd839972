"""The whole way: corpus → SFT → i×MCTS → D_p → reward model → D_t → DPO → the table (paper §3, §5)."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from ..agents import prompting
from ..agents.by_name import check_answers, is_remote, model_agent, together
from ..agents.engine.loading import check_model, load_tokenizer
from ..agents.language_model import LanguageModelAgent
from ..agents.prompting import layout_of, messages
from ..envs.agent import Agent, ScriptedAgent
from ..envs.chat import Message, written
from ..envs.claims import claimed
from ..envs.dialogue import Dialogue, Utterance
from ..envs.episodes import read_corpus
from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.parts import Episode
from ..envs.position import Position
from ..envs.registry import EnvSpec, spec
from ..envs.scenario import Ask, Scenario, View
from ..envs.storage import Journal, write_json, write_whole
from ..search.best_of_n import BestOfN
from ..search.collect import TREES, collect, failures, rehearse, stored, trees
from ..search.openings import openings
from ..search.tree import ROOT
from .config import SCRIPTED, TRAINED, RunConfig
from .data.demonstrations import conversations
from .data.user_splits import split_users
from .evaluation import evaluate
from .preferences.mining import balanced, condition_hash, replay_pairs, summary, tree_pairs
from .preferences.pair import PreferencePair, load_pairs, save_pairs
from .report.page import write_report
from .run_folder import COMMAND, CONFIG, RESULTS, check_open
from .training.dpo import train_dpo
from .training.pretrain import PretrainConfig, learn_from_scratch
from .training.reward import RewardModel, train_reward
from .training.sft import train_sft
from .training.trainer import TrainingFigures

FIGURES, RECORDING = "training.json", "recording.jsonl"
KIND = ("dialogym_evaluation", 1)
SCRATCH = "scratch"
"""The model name that asks for a base trained in the run."""


Figures = TrainingFigures | dict[str, Any]


class Reporter(Protocol):
    """Shows progress: `stage` opens a stage of `total` steps and returns what is called with the steps done."""

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """A new stage."""
        ...

    def say(self, text: str) -> None:
        """A line of news."""
        ...


class Silent:
    """A reporter that shows nothing."""

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """See `Reporter.stage`."""
        return lambda done: None

    def say(self, text: str) -> None:
        """See `Reporter.say`."""


def align(config: RunConfig, out: Path, *, command: str = "", reporter: Reporter | None = None) -> dict[str, Any]:
    """Does the whole run into a new folder and returns what `results.json` holds.

    The folder gets config.yaml, trees.jsonl, pairs/ (a `datasets` dataset), models/, evaluation.jsonl, results.json,
    transcripts.json and report.html. Same seed, same machine, same results.json. A run that was killed goes on in its folder:
    models that are whole, trees and evaluated systems are kept, the rest is done.

    Raises:
        RunExists: the folder holds a finished run, one of another configuration, or something else.
        InvalidConfig, InvalidCorpus, InvalidModel, UnknownEnvironment, BackendFailed: before anything is written.
    """
    check_open(out, config)
    job = Run(config, out, reporter or Silent())
    with claimed(out, COMMAND, asdict(config)):
        write_whole(out / CONFIG, config.to_yaml())
        results = job.align()
        results["command"] = command
        write_json(out / RESULTS, results)
        write_report(out)
    return results


@dataclass(frozen=True, slots=True)
class _Played:
    """A system's finished conversations, and how many of its replies were to a dialogue cut to fit the window."""

    ends: list[Position]
    cut_replies: int


class Run:
    """One run's stages. Construction checks everything that can be checked before anything is written."""

    def __init__(self, config: RunConfig, out: Path, reporter: Reporter) -> None:
        self.config, self.out, self.reporter = config, out, reporter
        self.spec: EnvSpec = spec(config.environment)
        self.scenario: Scenario = self.spec.build(**config.options)
        self.layout = layout_of(config.layout)
        self.base = config.model
        if config.model == SCRATCH:
            self.base = str(out / "models" / "base")
        else:
            load_tokenizer(config.model)
            check_model(config.model)
        if is_remote(config.simulator):
            check_answers(config.simulator)
        self.scenario.scripted_policy(self.scenario.interactive, config.speaker)
        rehearse(self.scenario, config.search)
        self.episodes = self._episodes()
        if config.corpus is not None and config.simulator != SCRIPTED:
            described = self.scenario.corpus.options(self.episodes) if self.scenario.corpus else {}
            self.scenario = self.scenario.replace(**described)
        self.people = split_users(self.scenario, config.conditions, self.episodes, config.seed,
                                  corpus=config.corpus is not None)
        self.episodes = self._strangers()
        self.training: dict[str, Any] = {}

    def align(self) -> dict[str, Any]:
        """All stages in order; returns the results."""
        seat = self.scenario.interactive
        if self.config.model == SCRATCH:
            self._model("base", "base", self._scratch)
        sft = self._sft(seat)
        user = self._sft(self.scenario.user) if self.config.simulator == TRAINED else None
        pairs, searched = self._preferences(sft, user)
        reward = self._reward(sft, [pair for pair in pairs if pair.origin == "search"])
        aligned = self._model(f"{seat}-aligned", "dpo", lambda out: train_dpo(
            str(sft), pairs, out, replace(self.config.dpo, seed=self.config.seed), self._progress("DPO")))
        return self._evaluate({"SFT": sft, "BoN": sft, "Aligned": aligned}, user, reward, searched, pairs)

    # -- data ----------------------------------------------------------------------------------

    def _episodes(self) -> list[Episode]:
        config = self.config
        if config.corpus is not None:
            return list(read_corpus(self.scenario, Path(config.corpus)))
        skills = [config.speaker] if config.speaker else [next(iter(self.scenario.scripted[self.scenario.interactive]))]
        played = conversations(self.scenario, config.dialogues, mix(text_key("sft"), config.seed), skills)
        return [Episode(p.condition, p.dialogue, "train", f"scripted-{i}") for i, p in enumerate(played)]

    def _strangers(self) -> list[Episode]:
        """The dialogues, without those of users whom the evaluation meets."""
        kept = self.people.strangers(self.episodes)
        if len(kept) < len(self.episodes):
            self.reporter.say(f"Left out {len(self.episodes) - len(kept)} training dialogues of users in the evaluation")
        if not any(episode.split == "train" for episode in kept):
            raise InvalidConfig("No training dialogue is left without the users of the evaluation; give other conditions.")
        return kept

    def _chats(self, *seats: str) -> tuple[list[list[Message]], list[str]]:
        """Training chats as the seats see them (whole conversations in layout "chat", one per turn in "figure"), with groups.

        A group is never split by validation: a corpus's person, known by the condition, or a conversation where conditions
        are drawn, of which two alike are no one person's.
        """
        chats: list[list[Message]] = []
        groups: list[str] = []
        people: dict[str, str] = {}
        for number, episode in enumerate(e for e in self.episodes if e.split == "train"):
            name = f"chat {number}"
            if self.config.corpus is not None:
                name = people.setdefault(condition_hash(self.scenario, episode.condition), name)
            for seat in seats:
                rows = self._rows(episode, seat)
                chats += rows
                groups += [name] * len(rows)
        return chats, groups

    def _rows(self, episode: Episode, seat: str) -> list[list[Message]]:
        """What a seat learns from one conversation."""
        condition = episode.condition if seat == self.scenario.user else None
        if self.layout == "chat":
            return [messages(View(self.scenario, seat, condition, episode.dialogue.seen_by(seat)))]
        return [[*messages(View(self.scenario, seat, condition, before.seen_by(seat)), "figure"), written(self.scenario, said)]
                for before, said in _turns(episode.dialogue, seat)]

    # -- models --------------------------------------------------------------------------------

    def _model(self, name: str, stage: str, train: Callable[[Path], Figures]) -> Path:
        """The folder of a model, trained unless a run that was killed left it whole; its figures are written last."""
        folder = self.out / "models" / name
        if not (folder / FIGURES).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            figures = train(folder)
            if isinstance(figures, dict):
                write_json(folder / FIGURES, figures)  # the other trainers write it themselves, last of all
        self.training[stage] = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        return folder

    def _scratch(self, folder: Path) -> dict[str, Any]:
        """Trains a small base model on the training dialogues, as both seats see them."""
        chats, groups = self._chats(*self.scenario.seats)
        settings = PretrainConfig(epochs=self.config.scratch_epochs, seed=self.config.seed)
        figures = learn_from_scratch(chats, folder, settings, self._progress("Base model from scratch"), groups=groups)
        del figures["minutes"]  # results are the same for the same seed, the clock is not
        return figures

    def _sft(self, seat: str) -> Path:
        """Fine-tunes the base model for a seat; returns the adapter's folder."""
        interactive = seat == self.scenario.interactive
        settings = replace(self.config.sft if interactive else self.config.simulator_sft, seed=self.config.seed)

        def learn(folder: Path) -> TrainingFigures:
            chats, groups = self._chats(seat)
            return train_sft(self.base, chats, folder, settings, self._progress(f"SFT of the {seat}"), groups=groups)

        return self._model(f"{seat}-sft", f"{seat}_sft", learn)

    def _reward(self, sft: Path, d_p: Sequence[PreferencePair]) -> RewardModel:
        return RewardModel.load(str(self._model("reward", "reward", lambda folder: train_reward(
            str(sft), d_p, folder, replace(self.config.reward, seed=self.config.seed), self._progress("Reward model")))))

    def _agents(self, policy: Path, user: Path | None) -> tuple[LanguageModelAgent, Agent]:
        """Policy and simulator; their models stand beside one base in memory if the run says so."""
        sampling, layout = self.config.sampling, self.layout
        models = {folder.name: str(folder) for folder in (policy, user) if folder is not None}
        found = (together(self.base, models, sampling, layout) if self.config.share_base
                 else {name: model_agent(folder, sampling, layout) for name, folder in models.items()})
        if user is not None:
            return found[policy.name], found[user.name]
        if self.config.simulator == SCRIPTED:
            return found[policy.name], ScriptedAgent.of(self.scenario, self.scenario.user)
        return found[policy.name], model_agent(self.config.simulator, sampling, layout, self.out / RECORDING)

    def _progress(self, name: str) -> Callable[[int, int, object], None]:
        """A stage that opens with its first step, when the number of steps is known."""
        update: list[Callable[[int], None]] = []

        def step(done: int, total: int, figures: object) -> None:
            if not update:
                update.append(self.reporter.stage(name, total))
            update[0](done)

        return step

    # -- search and preferences ----------------------------------------------------------------

    def _preferences(self, sft: Path, user: Path | None) -> tuple[list[PreferencePair], dict[str, Any]]:
        """The pairs, and what is counted of the search; the models that speak are dropped before the next is trained."""
        policy, simulator = self._agents(sft, user)
        searched = self._search(policy, simulator)
        return self._pairs(sft, policy, searched), searched

    def _search(self, policy: Agent, simulator: Agent) -> dict[str, Any]:
        """Searches the conversations that are not in trees.jsonl yet; returns what is counted of them all."""
        config, scenario = self.config, self.scenario
        agents = {scenario.interactive: policy, scenario.user: simulator}
        starts = openings(scenario, "search", config.conversations, config.seed, self.people.search)
        settings = {"seed": config.seed, "search": asdict(config.search)}
        counts = collect(config.search, starts, agents, self.out / TREES, settings,
                         window=config.window,
                         progress=self.reporter.stage(f"i×MCTS, {len(starts)} conversations", len(starts)))
        for number, reason in failures(self.out / TREES):
            self.reporter.say(f"Conversation {number} of the search failed: {reason}")
        found = dict.fromkeys(("nodes", "visits", "completions", "pruned"), 0)
        for tree in (line.tree for line in stored(self.out / TREES) if line.tree is not None):
            found["nodes"] += len(tree["parent"])
            found["visits"] += tree["visits"][ROOT]
            found["completions"] += tree["completions"][ROOT]
            found["pruned"] += sum(tree["pruned"])
        return {**counts, **found, "condition_seen": "true (preference data only)"}

    def _pairs(self, sft: Path, policy: LanguageModelAgent, searched: dict[str, Any]) -> list[PreferencePair]:
        """D = D_p + D_t (§3.3), from the trees and, by the reward model, from training contexts."""
        folder, config = self.out / "pairs", self.config
        if folder.is_dir():
            return load_pairs(folder)
        d_p = balanced([p for number, tree in trees(self.out / TREES)
                        for p in tree_pairs(tree, f"search-{number}", config.pairs, self.layout)],
                       config.pairs.limit, config.seed)
        if len(d_p) < 8:
            raise InvalidConfig(f"The search found only {len(d_p)} preference pairs, too few to learn from; search more "
                                "conversations, or lower pairs.min_gap.")
        self.reporter.say(f"D_p: {len(d_p)} pairs from {searched['conversations']} trees of {searched['nodes']} nodes")
        d_t = self._replay(policy, self._reward(sft, d_p))
        self.reporter.say(f"D_t: {len(d_t)} pairs from training contexts")
        save_pairs(d_p + d_t, folder)
        return d_p + d_t

    def _replay(self, policy: LanguageModelAgent, reward: RewardModel) -> list[PreferencePair]:
        """D_t: the policy's replies in contexts of its own training dialogues, ranked by the reward model (§3.3)."""
        config, seat = self.config, self.scenario.interactive
        places = [(number, before) for number, episode in enumerate(self.episodes) if episode.split == "train"
                  for before, _ in _turns(episode.dialogue, seat)]
        key = mix(text_key("replay"), config.seed)
        chosen = sorted(range(len(places)), key=lambda i: mix(key, i))[:config.replay_contexts]
        views = [View(self.scenario, seat, None, places[i][1].seen_by(seat)) for i in chosen]
        n = config.replay_samples
        asks = [Ask(view, mix(key, 1, i, 0)).candidate(j) for i, view in enumerate(views) for j in range(n)]
        replies = policy.respond(asks)
        named = [(view, f"train-{(number := places[i][0])}", condition_hash(self.scenario, self.episodes[number].condition))
                 for i, view in zip(chosen, views, strict=True)]
        return replay_pairs(named, [replies[i * n:(i + 1) * n] for i in range(len(views))], self.layout, reward.score,
                            config.replay_gap)

    # -- evaluation ----------------------------------------------------------------------------

    def _evaluate(self, models: Mapping[str, Path], user: Path | None, reward: RewardModel, searched: dict[str, Any],
                  pairs: Sequence[PreferencePair]) -> dict[str, Any]:
        config = self.config
        seed = config.seed
        played = self._played(models, user, reward)
        ends = {name: found.ends for name, found in played.items()}
        write_json(self.out / "transcripts.json", evaluate.transcripts(ends))
        return {
            "scenario": self.scenario.name, "environment": config.environment, "versions": self._versions(),
            "seed": seed, "simulator": config.simulator, "conditions": self.people.origin, "condition_seen": "hidden",
            "interactive": self.scenario.interactive, "statuses": list(self.scenario.statuses),
            "acts": list(self.scenario.acts), "config": asdict(config),
            "measures": [asdict(m) for m in self.scenario.measures],
            "systems": {name: {**evaluate.measure(found.ends, seed), "cut_replies": found.cut_replies}
                        for name, found in played.items()},
            "differences": evaluate.differences(ends, "SFT", seed),
            "pairs": summary(pairs), "training": self.training, "search": searched,
        }

    def _played(self, models: Mapping[str, Path], user: Path | None, reward: RewardModel) -> dict[str, _Played]:
        """What every system came to; what evaluation.jsonl holds is not played again."""
        config = self.config
        positions = evaluate.starts(self.scenario, config.episodes, config.seed, self.people.evaluation)
        journal = Journal(self.out / "evaluation.jsonl", KIND, {"episodes": config.episodes, "seed": config.seed}, COMMAND)
        found = {line["system"]: _Played([Position.from_json(end, self.scenario) for end in line["ends"]], line["cut_replies"])
                 for line in journal.values()}
        for name, model in models.items():
            if name not in found:
                policy, simulator = self._agents(model, user)
                agent = BestOfN(policy, reward.judge(self.layout), config.best_of) if name == "BoN" else policy
                show = self.reporter.stage(f"Evaluating {name}", len(positions))
                talks = evaluate.play_all(positions, agent, simulator, show)
                found[name] = _Played(talks, evaluate.cut_replies(talks))
                journal.append({"system": name, "ends": [end.to_json() for end in found[name].ends],
                                "cut_replies": found[name].cut_replies})
        return found

    def _versions(self) -> dict[str, Any]:
        libraries = {name: version(name) for name in ("torch", "transformers", "trl", "peft")}
        return {"dialogym": version("dialogym"), "scenario": self.scenario.version, "prompts": prompting.VERSION,
                "model": self.config.model, **libraries, "python": platform.python_version()}


def _turns(dialogue: Dialogue, seat: str) -> list[tuple[Dialogue, Utterance]]:
    """Every turn of a seat: the dialogue before it and what was said, first to last."""
    found = []
    node = dialogue
    while node.parent is not None and node.last is not None:
        if node.last.seat == seat:
            found.append((node.parent, node.last))
        node = node.parent
    return found[::-1]
