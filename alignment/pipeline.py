"""The whole way: corpus → SFT → i×MCTS → D_p → reward model → D_t → DPO → the table (paper §3, §5)."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from ..agents.agent import Agent, ScriptedAgent
from ..agents.language_model import LanguageModelAgent
from ..agents.loading import load_model, load_tokenizer
from ..agents.prompting import Layout, Message, messages, written
from ..agents.transformers_backend import TransformersBackend
from ..envs.dialogue import Dialogue, Utterance
from ..envs.episodes import read_corpus
from ..envs.errors import InvalidConfig, RunExists
from ..envs.keys import mix, text_key
from ..envs.position import Ask, View
from ..envs.registry import EnvSpec, spec
from ..envs.scenario import Episode, Scenario
from ..search.best_of_n import BestOfN
from ..search.driver import run
from ..search.tree import Tree
from . import evaluate
from .config import RunConfig
from .dpo import train_dpo
from .files import write_atomic, write_json
from .pairs import balanced, replay_pairs, summary, tree_pairs
from .people import choose, openings
from .preferences import PreferencePair, save_pairs
from .pretrain import PretrainConfig, conversations, learn_from_scratch
from .report import write_report
from .reward import RewardModel, train_reward
from .sft import train_sft

SCRATCH = "scratch"
"""The model name that asks for a base trained in the run."""


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

    The folder gets config.yaml, pairs/ (a `datasets` dataset), trees.jsonl, models/, results.json, transcripts.json and
    report.html. Same seed, same machine, same results.json.

    Raises:
        RunExists: the folder already holds a run.
        InvalidConfig, InvalidCorpus, InvalidModel, UnknownEnvironment: before anything is written.
    """
    check_new(out)
    job = Run(config, out, reporter or Silent())
    out.mkdir(parents=True, exist_ok=True)
    write_atomic(out / "config.yaml", config.to_yaml())
    results = job.align()
    results["command"] = command
    write_json(out / "results.json", results)
    write_report(out)
    return results


def check_new(out: Path) -> None:
    """Raises RunExists unless `out` is absent or an empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunExists(f"{out} already exists and is not empty; choose another --out, nothing was changed.")


class Run:
    """One run's stages. Construction checks everything that can be checked before anything is written."""

    def __init__(self, config: RunConfig, out: Path, reporter: Reporter) -> None:
        self.config, self.out, self.reporter = config, out, reporter
        self.spec: EnvSpec = spec(config.environment)
        self.scenario: Scenario = self.spec.build(**config.options)
        self.layout: Layout = "figure" if config.layout == "figure" else "chat"
        self.base = config.model
        if config.model == SCRATCH:
            self.base = str(out / "models" / "base")
        else:
            load_tokenizer(config.model)
            load_model(config.model)
        self.scenario.behaviour(self.scenario.interactive, config.speaker)
        self.episodes = self._episodes()
        if config.corpus is not None and config.simulator == "model":
            self.scenario = self.scenario.for_corpus(self.episodes)
        self.people = choose(self.scenario, config.conditions, self.episodes, config.seed, corpus=config.corpus is not None)
        self.episodes = self._strangers()
        self.training: dict[str, Any] = {}

    def align(self) -> dict[str, Any]:
        """All stages in order; returns the results."""
        seat = self.scenario.interactive
        if self.config.model == SCRATCH:
            self._scratch()
        sft = self._sft(seat)
        simulator = self._simulator()
        policy = self._agent(sft)
        trees = self._search(policy, simulator)
        d_p = balanced([p for i, tree in enumerate(trees) for p in tree_pairs(tree, f"search-{i}", self.config.pairs,
                                                                              self.layout)],
                       self.config.pairs.limit, self.config.seed)
        if len(d_p) < 8:
            raise InvalidConfig(f"The search found only {len(d_p)} preference pairs, too few to learn from; search more "
                                "conversations, or lower pairs.min_gap.")
        self.reporter.say(f"D_p: {len(d_p)} pairs from {len(trees)} trees of {sum(map(len, trees))} nodes")
        reward = self._reward(sft, d_p)
        pairs = d_p + self._replay(policy, reward)
        save_pairs(pairs, self.out / "pairs")
        self.reporter.say(f"D_t: {len(pairs) - len(d_p)} pairs from training contexts")
        aligned = self._dpo(sft, pairs)
        return self._evaluate(sft, aligned, reward, simulator, trees, pairs)

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

    def _chats(self, seat: str) -> list[list[Message]]:
        """Training chats of a seat: whole conversations in layout "chat", one per turn in layout "figure"."""
        chats = []
        for episode in self.episodes:
            if episode.split != "train":
                continue
            condition = episode.condition if seat == self.scenario.user else None
            if self.layout == "chat":
                chats.append(messages(View(self.scenario, seat, condition, episode.dialogue.seen_by(seat))))
            else:
                chats += [[*messages(View(self.scenario, seat, condition, before.seen_by(seat)), "figure"),
                           written(self.scenario, said)]
                          for before, said in _turns(episode.dialogue, seat)]
        return chats

    # -- models --------------------------------------------------------------------------------

    def _scratch(self) -> None:
        """Trains a small base model on the training dialogues, as both seats see them."""
        chats = [chat for pair in zip(*(self._chats(seat) for seat in self.scenario.seats), strict=True) for chat in pair]
        settings = PretrainConfig(epochs=self.config.scratch_epochs, seed=self.config.seed)
        figures = learn_from_scratch(chats, Path(self.base), settings, self._progress("Base model from scratch"))
        del figures["minutes"]  # results are the same for the same seed, the clock is not
        self.training["base"] = figures

    def _sft(self, seat: str) -> Path:
        """Fine-tunes the base model for a seat; returns the adapter's folder."""
        config = self.config
        interactive = seat == self.scenario.interactive
        folder = self.out / "models" / f"{seat}-sft"
        settings = replace(config.sft if interactive else config.simulator_sft, seed=config.seed)
        figures = train_sft(self.base, self._chats(seat), folder, settings, self._progress(f"SFT of the {seat}"))
        self.training[f"{seat}_sft"] = figures.to_json()
        return folder

    def _simulator(self) -> Agent:
        if self.config.simulator == "scripted":
            return ScriptedAgent.of(self.scenario, self.scenario.user)
        return self._agent(self._sft(self.scenario.user))

    def _agent(self, model: Path) -> LanguageModelAgent:
        name = str(model)
        return LanguageModelAgent(TransformersBackend(load_model(name)), load_tokenizer(name), self.config.sampling,
                                  self.layout)

    def _progress(self, name: str) -> Callable[[int, int, object], None]:
        """A stage that opens with its first step, when the number of steps is known."""
        update: list[Callable[[int], None]] = []

        def step(done: int, total: int, figures: object) -> None:
            if not update:
                update.append(self.reporter.stage(name, total))
            update[0](done)

        return step

    # -- search and preferences ----------------------------------------------------------------

    def _search(self, policy: Agent, simulator: Agent) -> list[Tree]:
        config, scenario = self.config, self.scenario
        agents = {scenario.interactive: policy, scenario.user: simulator}
        starts = openings(scenario, config.environment, "search", config.conversations, config.seed, self.people.search)
        show = self.reporter.stage(f"i×MCTS, {len(starts)} conversations", len(starts))
        trees: list[Tree] = run(config.search, starts, agents, window=config.window, progress=show)
        with (self.out / "trees.jsonl").open("w", encoding="utf-8") as file:
            for tree in trees:
                file.write(json.dumps(tree.to_json(), ensure_ascii=False) + "\n")
        return trees

    def _reward(self, sft: Path, d_p: Sequence[PreferencePair]) -> RewardModel:
        folder = self.out / "models" / "reward"
        figures = train_reward(str(sft), d_p, folder, replace(self.config.reward, seed=self.config.seed),
                               self._progress("Reward model"))
        self.training["reward"] = figures.to_json()
        return RewardModel.load(str(folder))

    def _replay(self, policy: LanguageModelAgent, reward: RewardModel) -> list[PreferencePair]:
        """D_t: the policy's replies in contexts of its own training dialogues, ranked by the reward model (§3.3)."""
        config, seat = self.config, self.scenario.interactive
        places = [(number, before) for number, episode in enumerate(self.episodes) if episode.split == "train"
                  for before, _ in _turns(episode.dialogue, seat)]
        key = mix(text_key("replay"), config.seed)
        chosen = sorted(range(len(places)), key=lambda i: mix(key, i))[:config.replay_contexts]
        views = [View(self.scenario, seat, None, places[i][1].seen_by(seat)) for i in chosen]
        n = config.replay_samples
        asks = [Ask(view, mix(key, 1, i, j)) for i, view in enumerate(views) for j in range(n)]
        replies = policy.respond(asks)
        named = [(view, f"train-{places[i][0]}") for i, view in zip(chosen, views, strict=True)]
        return replay_pairs(named, [replies[i * n:(i + 1) * n] for i in range(len(views))], self.layout, reward.score,
                            config.replay_gap)

    def _dpo(self, sft: Path, pairs: Sequence[PreferencePair]) -> Path:
        folder = self.out / "models" / f"{self.scenario.interactive}-aligned"
        figures = train_dpo(str(sft), pairs, folder, replace(self.config.dpo, seed=self.config.seed),
                            self._progress("DPO"))
        self.training["dpo"] = figures.to_json()
        return folder

    # -- evaluation ----------------------------------------------------------------------------

    def _evaluate(self, sft: Path, aligned: Path, reward: RewardModel, simulator: Agent, trees: Sequence[Tree],
                  pairs: Sequence[PreferencePair]) -> dict[str, Any]:
        config = self.config
        seed = config.seed
        positions = evaluate.starts(self.scenario, config.environment, config.episodes, seed, self.people.evaluation)
        policy = self._agent(sft)
        layout = self.layout

        def score(replies: Sequence[tuple[View, Utterance]]) -> list[float]:
            return reward.score([[*messages(view, layout), written(view.scenario, u)] for view, u in replies])

        systems: dict[str, Agent] = {"SFT": policy, "BoN": BestOfN(policy, score, config.best_of),
                                     "Aligned": self._agent(aligned)}
        ends = {}
        for name, agent in systems.items():
            show = self.reporter.stage(f"Evaluating {name}", len(positions))
            ends[name] = evaluate.play_all(positions, agent, simulator, show)
        write_json(self.out / "transcripts.json", evaluate.transcripts(ends))
        visits = sum(tree.visits[0] for tree in trees)
        return {
            "scenario": self.scenario.name, "environment": config.environment, "versions": self._versions(),
            "seed": seed, "simulator": config.simulator, "conditions": self.people.origin, "condition_seen": "hidden",
            "interactive": self.scenario.interactive, "statuses": list(self.scenario.statuses),
            "acts": list(self.scenario.acts), "config": asdict(config),
            "measures": [asdict(m) for m in self.scenario.measures],
            "systems": {name: evaluate.measure(found, seed) for name, found in ends.items()},
            "differences": evaluate.differences(ends, "SFT", seed),
            "pairs": summary(pairs), "training": self.training,
            "search": {"conversations": len(trees), "nodes": sum(len(t) for t in trees), "visits": visits,
                       "completions": sum(t.completions[0] for t in trees),
                       "pruned": sum(sum(t.pruned) for t in trees), "condition_seen": "true (preference data only)"},
        }

    def _versions(self) -> dict[str, Any]:
        libraries = {name: version(name) for name in ("torch", "transformers", "trl", "peft")}
        return {"dialogym": version("dialogym"), "scenario": self.scenario.version, "model": self.config.model,
                **libraries, "python": platform.python_version()}


def _turns(dialogue: Dialogue, seat: str) -> list[tuple[Dialogue, Utterance]]:
    """Every turn of a seat: the dialogue before it and what was said, first to last."""
    found = []
    node = dialogue
    while node.parent is not None and node.last is not None:
        if node.last.seat == seat:
            found.append((node.parent, node.last))
        node = node.parent
    return found[::-1]
