"""The stages of a run (paper §3, §5), each a function of the run's inputs and of what earlier stages returned.

What a stage makes stands whole in the run's folder before it returns; a stage whose result is there already reads it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from ..agents.by_name import model_agent, together
from ..agents.language_model import LanguageModelAgent
from ..agents.prompting import note_layout
from ..envs.agent import Agent, ScriptedAgent
from ..envs.errors import InvalidConfig
from ..envs.position import Position
from ..envs.scenario import Scenario
from ..envs.storage import Journal, write_json
from ..search.best_of_n import BestOfN
from ..search.collect import TREES, collect, failures, stored, trees
from ..search.engines import LOCAL
from ..search.mcts import IxMCTS
from ..search.openings import openings
from ..search.tree import ROOT, Tree
from .baselines import ROWS, learned_from, trained_with
from .choice import Choice, Contender, choose
from .config import POLICY, SCRIPTED, SPEAKER
from .data.demonstrations import chats, imitated
from .evaluation import evaluate
from .evaluation.beside import beside
from .inputs import MODELS, Inputs
from .preferences.mining import balanced, tree_pairs
from .preferences.pair import PreferencePair, load_pairs, save_pairs
from .preferences.replay import contexts, replay_pairs, resampled
from .progress import Reporter, steps
from .run_folder import COMMAND, PAIRS
from .training.dpo import checkpoint, train_dpo
from .training.pretrain import PretrainConfig, learn_from_scratch
from .training.reward import RewardModel, train_reward
from .training.settings import DpoSettings
from .training.sft import train_sft
from .training.trainer import TrainingFigures, copy_model

FIGURES, RECORDING, EVALUATION = "training.json", "recording.jsonl", "evaluation.jsonl"
DEVELOPMENT = "development.jsonl"
FEWEST = 8
"""Pairs of a search below which nothing is learned from them."""
MOST = 64
"""A search that spends a number of generations stops at so many times `conversations`, where they cost nothing."""


class TooFewPairs(InvalidConfig):
    """A search was done, and what it found is too little to learn from."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model of the run: the stage that made it, its folder, and the figures of its training."""

    stage: str
    folder: Path
    figures: Mapping[str, Any]


# -- models ----------------------------------------------------------------------------------------


def _trained(run: Inputs, name: str, stage: str, train: Callable[[Path], TrainingFigures | dict[str, Any]]) -> Trained:
    """A model, trained unless a run that was killed left it whole; its figures are written last."""
    folder = run.out / MODELS / name
    if not (folder / FIGURES).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        figures = train(folder)
        note_layout(folder, run.layout, run.config.tries)
        if isinstance(figures, dict):
            write_json(folder / FIGURES, figures)  # the other trainers write it themselves, last of all
    return Trained(stage, folder, json.loads((folder / FIGURES).read_text(encoding="utf-8")))


def train_base(run: Inputs, show: Reporter) -> Trained:
    """A small base model, trained on the training dialogues as both seats see them."""
    config = run.config

    def learn(folder: Path) -> dict[str, Any]:
        learned, groups = chats(run.scenario, run.episodes, run.scenario.seats, run.layout, corpus=config.corpus is not None)
        settings = PretrainConfig(epochs=config.scratch_epochs, seed=config.seed)
        figures = learn_from_scratch(learned, folder, settings, steps(show, "Base model from scratch"), groups=groups)
        del figures["minutes"]  # results are the same for the same seed, the clock is not
        return figures

    return _trained(run, "base", "base", learn)


def fine_tune(run: Inputs, seat: str, show: Reporter) -> Trained:
    """The base model, fine-tuned for a seat: an adapter."""
    config = run.config
    settings = replace(config.sft if seat == run.scenario.interactive else config.simulator_sft, seed=config.seed)

    def learn(folder: Path) -> TrainingFigures:
        learned, groups = chats(run.scenario, run.episodes, [seat], run.layout, corpus=config.corpus is not None)
        return train_sft(run.base, learned, folder, settings, steps(show, f"SFT of the {seat}"), groups=groups)

    return _trained(run, f"{seat}-sft", f"{seat}_sft", learn)


def train_judge(run: Inputs, sft: Trained, d_p: Sequence[PreferencePair], show: Reporter) -> Trained:
    """The reward model: from π_SFT, on D_p (§3.3)."""
    settings = replace(run.config.reward, seed=run.config.seed)
    return _trained(run, "reward", "reward", lambda folder: train_reward(
        str(sft.folder), d_p, folder, settings, steps(show, "Reward model")))


def align_policy(run: Inputs, sft: Trained, pairs: Sequence[PreferencePair], user: Trained | None, show: Reporter) -> Trained:
    """The aligned policy: DPO from π_SFT on D, kept by the least held-out loss or by talking, in a round or several."""
    name = f"{run.scenario.interactive}-aligned"
    if run.config.choice.checkpoints:
        return _trained(run, name, "dpo", lambda folder: _align_in_rounds(run, sft, pairs, user, folder, show))
    return _trained(run, name, "dpo", lambda folder: _dpo(run, sft, pairs, folder, show))


def _dpo(run: Inputs, sft: Trained, pairs: Sequence[PreferencePair], folder: Path, show: Reporter, *,
         settings: DpoSettings | None = None, name: str = "DPO") -> TrainingFigures:
    wanted, count = replace(settings or run.config.dpo, seed=run.config.seed), run.config.choice.checkpoints
    return train_dpo(str(sft.folder), pairs, folder, wanted, steps(show, name), checkpoints=count)


def _align_in_rounds(run: Inputs, sft: Trained, d: Sequence[PreferencePair], user: Trained | None, out: Path,
                     show: Reporter) -> dict[str, Any]:
    """Puts the weights that talk best into `out`; the figures of their training, and of the choice."""
    pairs, rounds, trained = list(d), [], []
    contenders: list[Contender] = []
    choice: Choice | None = None
    for number in range(1, run.config.rounds + 1):
        told: dict[str, Any] = {}
        if choice is not None:
            policy = Trained("dpo", contenders[choice.index].folder, {})
            added, told = further_pairs(run, policy, number, user, show)
            if not added:
                break
            pairs += added
        suffix = "" if number == 1 else f"-{number}"
        dpo = _trained(run, f"{run.scenario.interactive}-dpo{suffix}", "dpo", partial(_dpo, run, sft, pairs, show=show))
        trained.append(dpo.figures)
        rounds.append({"round": number, "pairs": len(pairs), **told})
        contenders += _contenders(dpo, number)
        choice = choose_by_talking(run, sft, contenders, user, show)
        if contenders[choice.index].round < number:
            show.say(f"Round {number} gains nothing, so it is the last")
            break
    if choice is None:  # pragma: no cover - a run has at least one round
        raise InvalidConfig(f"A run has at least one round, got {run.config.rounds}.")
    kept = contenders[choice.index]
    copy_model(kept.folder, out)
    return {**trained[kept.round - 1], **choice.told(), "rounds": rounds}


def _contenders(trained: Trained, number: int, system: str = "") -> list[Contender]:
    """The weights that a training of round `number` saved on its way."""
    return [Contender(number, checkpoint(trained.folder, row["step"]), row, system) for row in trained.figures["checkpoints"]]


def train_baselines(run: Inputs, sft: Trained, d: Sequence[PreferencePair], user: Trained | None,
                    show: Reporter) -> dict[str, Trained]:
    """What other methods make of π_SFT with the pairs of all rounds (see `baselines`), by the names of their rows."""
    further = [run.out / f"{PAIRS}-{number}" for number in range(2, run.config.rounds + 1)]
    pairs = [*d, *(pair for folder in further if folder.is_dir() for pair in load_pairs(folder))]
    return {ROWS[name]: _trained(run, f"{run.scenario.interactive}-{name}", name, partial(
        _baseline, run, name, sft, pairs, user, show=show)) for name in run.config.baselines}


def _baseline(run: Inputs, name: str, sft: Trained, d: Sequence[PreferencePair], user: Trained | None, out: Path, *,
              show: Reporter) -> TrainingFigures | dict[str, Any]:
    """Puts a baseline's weights into `out`, kept by the least held-out loss or by talking, as those of Aligned are."""
    learn = partial(_dpo, run, sft, learned_from(name, d), show=show, settings=trained_with(name, run.config.dpo),
                    name=ROWS[name])
    if not run.config.choice.checkpoints:
        return learn(out)
    trained = _trained(run, f"{out.name}-steps", name, learn)
    contenders = _contenders(trained, 1, ROWS[name])
    choice = choose_by_talking(run, sft, contenders, user, show)
    copy_model(contenders[choice.index].folder, out)
    return {**trained.figures, **choice.told()}


def choose_by_talking(run: Inputs, sft: Trained, contenders: Sequence[Contender], user: Trained | None,
                      show: Reporter) -> Choice:
    """Has π_SFT and each of the contenders talk with the same people, whom search and evaluation never meet."""
    wanted, seed = run.config.choice, run.config.seed
    positions = openings(run.scenario, "development", wanted.talks, seed, run.users.development)
    journal = Journal(run.out / DEVELOPMENT, evaluate.KIND, {"talks": wanted.talks, "seed": seed}, COMMAND)
    models = {"SFT": sft, **{each.name: Trained("dpo", each.folder, {}) for each in contenders}}
    systems = {f"{name}, development": partial(_speakers, run, model, user) for name, model in models.items()}
    with closing(journal):
        played = evaluate.play_systems(systems, positions, journal, show, run.engine)
    start, *others = (played[name] for name in systems)
    choice = choose(contenders, start, others, wanted, seed)
    reached, before = choice.rows[choice.index]["engagement"], choice.start["engagement"]
    show.say(f"{contenders[choice.index].name} is kept: engagement {reached:.3f}, SFT {before:.3f}"
             f"{'' if choice.gains else '; none did better within the bounds'}")
    return choice


def _agents(run: Inputs, *models: Trained) -> list[LanguageModelAgent]:
    """The models as agents; they stand beside one base in memory if the run says so."""
    config = run.config
    folders = {model.folder.name: str(model.folder) for model in models}
    if config.share_base:
        found = together(run.base, folders, config.sampling, run.layout, config.tries, config.precision)
        return [found[name] for name in folders]
    return [run.speaker(folder) for folder in folders.values()]


def _speakers(run: Inputs, policy: Trained, user: Trained | None) -> tuple[LanguageModelAgent, Agent]:
    """Policy and simulator."""
    if user is not None:
        speaker, simulator = _agents(run, policy, user)
        return speaker, simulator
    [speaker] = _agents(run, policy)
    return speaker, user_of(run, None)


def user_of(run: Inputs, user: Trained | None) -> Agent:
    """Who sits in the user's seat."""
    if user is not None:
        return _agents(run, user)[0]
    if run.config.simulator == SCRIPTED:
        return ScriptedAgent.of(run.scenario, run.scenario.user)
    return model_agent(run.config.simulator, run.config.sampling, run.layout, run.out / RECORDING)


def _searcher(run: Inputs, sft: Trained, user: Trained | None) -> tuple[Agent, Agent]:
    """Whose replies the search tries, and the simulator that answers them."""
    if run.config.searcher == POLICY:
        return _speakers(run, sft, user)
    name = run.config.speaker if run.config.searcher == SPEAKER else run.config.searcher
    return ScriptedAgent.of(run.scenario, run.scenario.interactive, name), user_of(run, user)


# -- search and preferences ------------------------------------------------------------------------


def search(run: Inputs, sft: Trained, user: Trained | None, show: Reporter) -> dict[str, Any]:
    """i×MCTS in the conversations that are not in trees.jsonl yet; returns what is counted of them all.

    Where the configuration says what to spend, conversations are added until it is spent, the same ones whatever was killed.
    """
    config, agents = run.config, partial(_searcher, run, sft, user)
    if run.engine is LOCAL:
        agents = partial(_as_they_are, agents())  # once for all rounds
    count = config.conversations if config.generations is None else max(1, config.conversations // 8)
    while True:
        starts = openings(run.scenario, "search", count, config.seed, run.users.search)
        found = _search(run, config.search, starts, agents, run.out / TREES, searcher=config.searcher, show=show)
        more = 0 if config.generations is None else _further(found["generations"], config.generations, count)
        if not more or count > MOST * config.conversations:
            return found
        count += more


def _further(spent: int, wanted: int, count: int) -> int:
    """How many conversations to search after `count`: half as many as would spend the rest, so that little is overspent."""
    return 0 if spent >= wanted else max(1, int(count * (wanted - spent) / max(1, spent) / 2))


def _as_they_are(agents: tuple[Agent, Agent]) -> tuple[Agent, Agent]:
    return agents


def _seated(scenario: Scenario, load: evaluate.Load, family: str | None) -> dict[str, Agent]:
    """The agents of a search, the user of a family where one is named."""
    policy, user = load()
    return {scenario.interactive: policy,
            scenario.user: user if family is None else ScriptedAgent.of(scenario, scenario.user, family)}


def _search(run: Inputs, planner: IxMCTS, starts: Sequence[Position], agents: evaluate.Load, path: Path,
            *, searcher: str, show: Reporter) -> dict[str, Any]:
    config, scenario, counts = run.config, run.scenario, {"conversations": 0, "failed": 0}
    people: list[str | None] = [None]
    settings: dict[str, Any] = {"seed": config.seed, "searcher": searcher, "search": asdict(planner)}
    if config.search_families is not None:
        people = list(run.families)
        settings["families"] = list(run.families)
    progress = show.stage(f"i×MCTS, {len(starts)} conversations", len(starts))
    for place, family in enumerate(people):
        counts = collect(planner, starts, partial(_seated, scenario, agents, family), path, settings,
                         numbers=range(place, len(starts), len(people)), window=config.window, progress=progress,
                         engine=run.engine)
    for number, reason in failures(path):
        show.say(f"Conversation {number} of the search failed: {reason}")
    found = dict.fromkeys(("nodes", "visits", "completions", "pruned", "generations"), 0)
    for tree in (line.tree for line in stored(path) if line.tree is not None and line.number < len(starts)):
        found["nodes"] += len(tree["parent"])
        found["visits"] += tree["visits"][ROOT]
        found["completions"] += tree["completions"][ROOT]
        found["pruned"] += sum(tree["pruned"])
        found["generations"] += Tree.generations(tree)
    return {**counts, **found, "condition_seen": "true (preference data only)"}


def mine_pairs(run: Inputs, searched: Mapping[str, Any], show: Reporter) -> list[PreferencePair]:
    """D_p (§3.2), from the trees."""
    if (run.out / PAIRS).is_dir():
        return [pair for pair in load_pairs(run.out / PAIRS) if pair.origin == "search"]
    d_p = _mined(run, run.out / TREES, "search", searched["conversations"])
    if len(d_p) < FEWEST:
        raise TooFewPairs(f"The search found only {len(d_p)} preference pairs, too few to learn from; search more "
                            "conversations, or lower pairs.min_gap.")
    show.say(f"D_p: {len(d_p)} pairs from {searched['conversations']} trees of {searched['nodes']} nodes")
    return d_p


def _mined(run: Inputs, path: Path, name: str, searched: int) -> list[PreferencePair]:
    """The pairs of the trees in a file, balanced; `name` is that of their conversations, of which there are `searched`."""
    settings, share = run.config.pairs, run.config.pairs_from
    used = searched if share is None else ceil(share * searched)
    mined = [pair for number, tree in trees(path) if number < used
             for pair in tree_pairs(tree, f"{name}-{number}", settings, run.layout)]
    return balanced(mined, settings.limit, run.config.seed)


def further_pairs(run: Inputs, policy: Trained, number: int, user: Trained | None,
                  show: Reporter) -> tuple[list[PreferencePair], dict[str, Any]]:
    """The pairs of a later round, from conversations searched with a policy of the round before, and what was counted."""
    config, scenario, path = run.config, run.scenario, run.out / f"trees-{number}.jsonl"
    speaker = imitated(scenario, config.speaker)
    planner = config.search if config.search.rollout else replace(config.search, rollout=speaker)
    starts = openings(scenario, f"search {number}", config.round_conversations, config.seed, run.users.search)
    name = f"{policy.folder.parent.name}/{policy.folder.name}"
    searched = _search(run, planner, starts, partial(_speakers, run, policy, user), path, searcher=name, show=show)
    folder = run.out / f"{PAIRS}-{number}"
    if folder.is_dir():
        return load_pairs(folder), searched
    pairs = _mined(run, path, f"search-{number}", searched["conversations"])
    if pairs:
        save_pairs(pairs, folder)
    show.say(f"Round {number}: {len(pairs)} pairs from {searched['conversations']} trees of {searched['nodes']} nodes")
    return pairs, searched


def add_replays(run: Inputs, sft: Trained, judge: Trained, d_p: list[PreferencePair],
                show: Reporter) -> list[PreferencePair]:
    """D = D_p + D_t (§3.3): beside the search's pairs, π_SFT's replies in training contexts, ranked by the reward model."""
    config = run.config
    if (run.out / PAIRS).is_dir():
        return load_pairs(run.out / PAIRS)
    [policy] = _agents(run, sft)
    places = contexts(run.scenario, run.episodes, config.replay_contexts, config.seed)
    replies = resampled(policy, [view for view, _, _ in places], config.replay_samples, config.seed)
    d_t = replay_pairs(places, replies, run.layout, RewardModel.load(judge.folder).score, config.replay_gap)
    show.say(f"D_t: {len(d_t)} pairs from training contexts")
    save_pairs(d_p + d_t, run.out / PAIRS)
    return d_p + d_t


# -- evaluation ------------------------------------------------------------------------------------


def play_table(run: Inputs, sft: Trained, judge: Trained, learned: Mapping[str, Trained], user: Trained | None,
               show: Reporter) -> dict[str, evaluate.Played]:
    """The conversations of SFT, BoN, what learned from the search, and the rows beside, with the same fresh users (§5)."""
    config = run.config
    positions = evaluate.starts(run.scenario, config.episodes, config.seed, run.users.evaluation, secret=run.secret)
    settings = {"episodes": config.episodes, "seed": config.seed, "secret": run.secret}
    journal = Journal(run.out / EVALUATION, evaluate.KIND, settings, COMMAND)

    unaligned = partial(_speakers, run, sft, user)

    def best_of_n() -> tuple[Agent, Agent]:
        policy, simulator = unaligned()
        return BestOfN(policy, RewardModel.load(judge.folder).judge(run.layout), config.best_of), simulator

    systems: dict[str, Callable[[], tuple[Agent, Agent]]] = {
        "SFT": unaligned, "BoN": best_of_n, **{name: partial(_speakers, run, model, user) for name, model in learned.items()},
        **beside(run, unaligned)}
    with closing(journal):
        return evaluate.play_systems(systems, positions, journal, show, run.engine)
