"""What every stage of a run is given: the configuration and all that it names, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..agents.by_name import check_answers, is_remote, model_agent
from ..agents.engine.loading import check_model, load_tokenizer
from ..agents.language_model import LanguageModelAgent
from ..agents.prompting import Layout, layout_of
from ..envs.episodes import read_corpus
from ..envs.errors import InvalidConfig
from ..envs.keys import PUBLIC
from ..envs.parts import Episode
from ..envs.registry import spec
from ..envs.scenario import Scenario
from ..search.collect import rehearse
from ..search.engines import LOCAL, Engine
from .config import POLICY, SCRIPTED, SPEAKER, RunConfig
from .data.demonstrations import scripted_episodes
from .data.user_splits import UserSplits, split_users
from .overrides import load
from .run_folder import CONFIG, REPORT, RESULTS, settle

SCRATCH = "scratch"
"""The model name that asks for a base trained in the run."""
MODELS = "models"


@dataclass(frozen=True, slots=True)
class Inputs:
    """A run before its first stage. Nothing here changes; what a stage makes is what it returns.

    Attributes:
        config: as it was given, the evaluation's secret drawn.
        out: the run's folder.
        scenario: of the environment, with what the corpus says of itself where a model simulates its users.
        layout: how a dialogue becomes a prompt.
        base: name or folder of the model that is fine-tuned; trained in the run if the configuration says "scratch".
        episodes: dialogues to learn from, without those of users whom the evaluation meets.
        users: whom the run searches and evaluates on.
        left_out: how many dialogues to train on were left out for the evaluation's sake.
        secret: under which the evaluation draws.
        families: scripted users that a search talks to, in turn; empty where the simulator is no scripted one.
        engine: where conversations are searched and played; it changes no result.
    """

    config: RunConfig
    out: Path
    scenario: Scenario
    layout: Layout
    base: str
    episodes: tuple[Episode, ...]
    users: UserSplits
    left_out: int
    secret: str
    families: tuple[str, ...]
    engine: Engine = LOCAL

    def speaker(self, model: str) -> LanguageModelAgent:
        """A model of that name, which speaks as all of the run's do. Raises InvalidModel."""
        config = self.config
        return model_agent(model, config.sampling, self.layout, tries=config.tries, precision=config.precision)


def prepare(config: RunConfig, out: Path, engine: Engine = LOCAL) -> Inputs:
    """Reads what the configuration names and refuses what cannot work. Writes nothing.

    Raises:
        UnknownEnvironment, InvalidConfig, InvalidCorpus: something that is named is not there, or does not fit.
        InvalidModel, BackendFailed: a model cannot be loaded, or does not answer.
    """
    scenario = spec(config.environment).build(**config.options)
    layout = layout_of(config.layout)
    if config.model != SCRATCH:
        load_tokenizer(config.model)
        check_model(config.model)
    if is_remote(config.simulator):
        check_answers(config.simulator)
    scenario.scripted_policy(scenario.interactive, config.speaker)
    if config.searcher not in (POLICY, SPEAKER):
        scenario.scripted_policy(scenario.interactive, config.searcher)
    families = _families(scenario, config)
    rehearse(scenario, config.search)
    if config.corpus is not None:
        episodes = list(read_corpus(scenario, Path(config.corpus)))
        if config.simulator != SCRIPTED and scenario.corpus:
            scenario = scenario.replace(**scenario.corpus.options(episodes))
    else:
        episodes = scripted_episodes(scenario, config.dialogues, config.seed, config.speaker)
    users = split_users(scenario, config.conditions, episodes, config.seed, corpus=config.corpus is not None,
                        development=config.choice.checkpoints > 0)
    kept = users.strangers(episodes)
    if not any(episode.split == "train" for episode in kept):
        raise InvalidConfig("No training dialogue is left without the users of the evaluation; give other conditions.")
    base = str(out / MODELS / "base") if config.model == SCRATCH else config.model
    settled = settle(config, out)
    return Inputs(settled, out, scenario, layout, base, tuple(kept), users, len(episodes) - len(kept), settled.secret or PUBLIC,
                  families, engine)


def _families(scenario: Scenario, config: RunConfig) -> tuple[str, ...]:
    """See `Inputs.families`. Raises InvalidConfig for a family that there is not."""
    if config.simulator != SCRIPTED:
        return ()
    known, wanted = tuple(scenario.scripted[scenario.user]), config.search_families
    if isinstance(wanted, tuple):
        for name in wanted:
            scenario.scripted_policy(scenario.user, name)
        return wanted
    if wanted is not None and wanted > len(known):
        raise InvalidConfig(f"search_families is {wanted}, but the scripted users of {scenario.name!r} are {list(known)}.")
    return known[:1 if wanted is None else wanted]


def reopened(out: Path) -> Inputs:
    """The inputs of a finished run, for whoever asks its models for more. Raises InvalidConfig where there is none."""
    if not all((out / name).is_file() for name in (CONFIG, RESULTS, REPORT)):
        raise InvalidConfig(f"{out} holds no finished run; name the folder of a `dialogym run`, or let it come to its end.")
    return prepare(load(out / CONFIG, RunConfig()), out)
