"""The configuration of a run: one frozen tree of dataclasses, read from and written to YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from ..agents.backend import Precision, Sampling
from ..agents.by_name import is_remote
from ..agents.prompting import layout_of
from ..envs.errors import DialogymError, InvalidConfig, UnknownEnvironment
from ..envs.finite import check_finite
from ..envs.keys import PUBLIC, mark_of
from ..envs.registry import default, registry, spec
from ..envs.scenario import Scenario
from ..search.mcts import IxMCTS
from ..search.pair_selection import PairSettings
from .baselines import check_baselines
from .overrides import load, merge, read_mapping
from .training.settings import ChoiceSettings, DpoSettings, RewardSettings, SftSettings

SCRIPTED, TRAINED = "scripted", "model"
"""Simulators that a run has itself."""
POLICY, SPEAKER = "model", "speaker"
"""Who a search can ask for candidates besides a scripted speaker by name: π_SFT, or whomever it imitates."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides a run's results, besides the corpus's text and the model's weights.

    Attributes:
        environment: id of the environment (default: the one registered first).
        options: arguments of its scenario, such as {"horizon": 15}.
        corpus: folder of the scenario's corpus, or a .jsonl file of episodes (`dialogym annotate` writes such); None: dialogues
            of the scripted pair.
        conditions: whom the run searches and evaluates on, never the same and never those it trains on: "drawn"; a file that
            the scenario reads; None: the corpus's own people where the scenario offers them, else drawn.
        model: "embedded", "smollm2", a folder or a hub id of a causal LM, or "scratch": a small one trained in the run on the
            whole text of the training dialogues, both seats (see `scratch_epochs`).
        scratch_epochs: passes over that text.
        simulator: who sits in the user's seat: "scripted"; "model", trained in this run; "openai:MODEL", a model behind a
            server, which is told the user's condition and recorded in the run's folder; or "replay:FILE", such a recording (see
            `agents.by_name`).
        share_base: policy and simulator speak as two adapters beside one base, which is in memory once; else each adapter is
            added into weights of its own, which is faster and needs twice the memory.
        speaker: the scripted speaker of the interactive seat whose dialogues SFT learns without a corpus.
        layout: how a dialogue becomes a prompt, "chat", "strategy" or "figure" (`agents.prompting`).
        seed: of everything.
        secret: under which the evaluation's people and their luck are drawn (see `envs/keys.py`), which training never meets.
            None: a fresh one, that no table of seeds knows, written into the run's config.yaml and results.json: given again,
            it gives the same evaluation again. "public": the one that everybody knows; the run is a function of its seed alone.
        dialogues: conversations of the scripted pair to learn from, without a corpus.
        conversations: conversations searched, each with a fresh condition.
        searcher: whose replies the search tries: "model", π_SFT (the paper); "speaker", the run's `speaker` (by default the
            scenario's first), which costs nothing and is close to a model that learned from it; or another scripted speaker
            of the interactive seat by name.
        window: trees in flight at once.
        replay_contexts: training contexts for D_t.
        replay_samples: replies sampled for each of them.
        replay_gap: the least difference of reward-model scores in D_t.
        best_of: N of best-of-N.
        ceiling: samples of SFT that the linear model of D_p re-ranks for the table's row "Linear"; 0: no such row, which is the
            dearest of the table.
        episodes: evaluation conversations per system (the paper: 128).
        sampling: how the language models' replies are drawn.
        tries: how often at most the words of π_θ are drawn until they are the acts that its thought names, in layout "strategy"
            (`agents.LanguageModelAgent`): the same for every system that speaks with a model.
        precision: of the numbers of models that speak: "exact", float32 on a CPU, where a reply depends on its request alone;
            "fast", bfloat16 wherever the processor computes it itself, in half the memory, where a reply depends on its batch
            in the last bits, so that a run that was killed goes on, but not always to the same figures.
        search: i×MCTS, which makes the preference data.
        pairs: which siblings of its trees make a preference pair.
        sft: training of the policy on the dialogues.
        simulator_sft: training of the simulator on the same dialogues, where it is "model".
        reward: training of the reward model on the pairs.
        dpo: training of the policy on the pairs (eq. 3).
        choice: which of its weights are kept.
        rounds: the most times that pairs are searched and learned from. From the second on, the policy kept so far proposes
            the replies and the run's `speaker` plays unfinished talks to their ends (unless `search.rollout` names another
            player); the new pairs are added to all before, π_SFT learns from all of them anew, and the talks of `choice` say
            what is kept. A round whose weights do not talk better than those kept before is the last.
        round_conversations: conversations searched in each round after the first.
        baselines: what else is trained on the same search, for rows beside Aligned: "filtered", the likelihood of the replies
            that it found best; "kto", KTO on the pairs that Aligned learns from. Their weights are chosen as Aligned's are.
        search_families: families of scripted users that a search talks to, dealt out to its conversations in turn: their names,
            or how many, from the scenario's first on; None: the simulator, whoever that is.
        generations: replies of the searched speaker that the first search spends, those in endings of its own among them: as
            many conversations are searched as come to that; None: `conversations` of them, whatever they cost.
        pairs_from: share of the searched conversations whose trees pairs are made of, the first of them; None: all.
    """

    environment: str = field(default_factory=default)
    options: dict[str, Any] = field(default_factory=dict)
    corpus: str | None = None
    conditions: str | None = None
    model: str = "embedded"
    scratch_epochs: int = 4
    simulator: str = "scripted"
    share_base: bool = False
    speaker: str | None = None
    layout: str = "chat"
    seed: int = 0
    secret: str | None = None
    dialogues: int = 400
    conversations: int = 64
    searcher: str = POLICY
    window: int = 64
    replay_contexts: int = 128
    replay_samples: int = 4
    replay_gap: float = 0.0
    best_of: int = 3
    ceiling: int = 8
    episodes: int = 256
    sampling: Sampling = field(default_factory=Sampling)
    tries: int = 1
    precision: Precision = "exact"
    search: IxMCTS = field(default_factory=lambda: IxMCTS(keep=9))
    pairs: PairSettings = field(default_factory=PairSettings)
    sft: SftSettings = field(default_factory=SftSettings)
    simulator_sft: SftSettings = field(default_factory=SftSettings)
    reward: RewardSettings = field(default_factory=RewardSettings)
    dpo: DpoSettings = field(default_factory=DpoSettings)
    choice: ChoiceSettings = field(default_factory=ChoiceSettings)
    rounds: int = 1
    round_conversations: int = 64
    baselines: tuple[str, ...] = ()
    search_families: int | tuple[str, ...] | None = None
    generations: int | None = None
    pairs_from: float | None = None

    def __post_init__(self) -> None:
        check_finite(self)
        if self.simulator not in (SCRIPTED, TRAINED) and not is_remote(self.simulator):
            raise InvalidConfig("simulator (--user) must be 'scripted' or 'model', or a model behind a server as "
                                f"'openai:MODEL', got {self.simulator!r}.")
        for name in ("sft", "simulator_sft", "dpo"):
            if self.share_base and getattr(self, name).full:
                raise InvalidConfig(f"share_base keeps adapters beside one base, and {name}.full makes a whole model; leave "
                                    "one out.")
        if self.rounds > 1 and not self.choice.checkpoints:
            raise InvalidConfig("Rounds end when talks no longer gain; set choice.checkpoints above 0, or rounds to 1.")
        if self.choice.kl is not None and not (self.choice.checkpoints and self.dpo.held_out):
            raise InvalidConfig("choice.kl bounds the checkpoints' divergence on held-out pairs; set choice.checkpoints and "
                                "dpo.held_out above 0, or leave it out.")
        if self.tries > 1 and layout_of(self.layout) != "strategy":
            raise InvalidConfig(f"tries are of the words after a thought, which only layout 'strategy' has, and layout is "
                                f"{self.layout!r}; set layout to strategy, or tries to 1.")
        for name in ("reward", "dpo"):
            if layout_of(self.layout) != "strategy" and getattr(self, name).thoughts:
                raise InvalidConfig(f"{name}.thoughts learns the thoughts that only layout 'strategy' has, and layout is "
                                    f"{self.layout!r}; set layout to strategy, or {name}.thoughts to false.")
        check_baselines(self.baselines)
        if self.secret is not None:
            mark_of(self.secret)  # refuses what is none
        for name in ("dialogues", "conversations", "window", "best_of", "episodes", "rounds", "round_conversations",
                     "tries"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} must be at least 1, got {getattr(self, name)}.")
        if self.replay_contexts < 0 or self.replay_samples < 2:
            raise InvalidConfig("replay_contexts must be at least 0 and replay_samples at least 2, got "
                                f"{self.replay_contexts} and {self.replay_samples}.")
        self._check_search()

    def _check_search(self) -> None:
        """Raises InvalidConfig on what makes no sense of the last three options, of `ceiling` or of `precision`."""
        if self.precision not in get_args(Precision):
            raise InvalidConfig(f"precision must be one of {get_args(Precision)}, got {self.precision!r}.")
        if self.ceiling < 0 or self.ceiling == 1:
            raise InvalidConfig(f"ceiling must be 0 (no such row) or at least 2 samples to choose from, got {self.ceiling}.")
        families = self.search_families
        named = isinstance(families, tuple) and all(isinstance(name, str) for name in families) and 0 < len(
            set(families)) == len(families)
        if not (families is None or named or (isinstance(families, int) and families > 0)):
            raise InvalidConfig("search_families must be one or more different names of scripted users, or how many of them, "
                                f"got {families!r}.")
        if families is not None and self.simulator != SCRIPTED:
            raise InvalidConfig(f"search_families are scripted users, but the simulator is {self.simulator!r}; leave one out.")
        if self.generations is not None and self.generations < 1:
            raise InvalidConfig(f"generations must be at least 1, or None, got {self.generations}.")
        if self.pairs_from is not None and not 0 < self.pairs_from <= 1:
            raise InvalidConfig(f"pairs_from must be above 0 and at most 1, or None, got {self.pairs_from}.")

    def to_yaml(self) -> str:
        """The whole configuration; `load` reads it back equal."""
        return yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True)


def preset(corpus: bool, scenario: Scenario | None = None) -> RunConfig:
    """The defaults of `dialogym run`: the demo on two cores in minutes, or the longer run on a real corpus.

    What the scenario says suits its talk (`Scenario.presets`) is put over them. Raises InvalidConfig on an odd setting.
    """
    found = CORPUS if corpus else DEMO
    if scenario is None:
        return found
    return merge(found, presets(scenario).get("corpus" if corpus else "demo", {}), str(scenario.presets))


_defaults = preset  # the name is an argument of `resolve`


def presets(scenario: Scenario) -> dict[str, Mapping[str, Any]]:
    """The run settings that a scenario brings, by name; none for one without a file. Raises InvalidConfig."""
    if scenario.presets is None:
        return {}
    found = read_mapping(scenario.presets)
    for name, settings in found.items():
        if not isinstance(settings, Mapping):
            raise InvalidConfig(f"{scenario.presets}: {name!r} must be a mapping of options, got {settings!r}.")
    return found


def resolve(*, preset: str | None = None, file: Path | None = None, environment: str | None = None,
            options: Mapping[str, Any] | None = None, given: Mapping[str, Any] | None = None) -> RunConfig:
    """The whole configuration of what was asked for; nothing is run, and nothing written.

    What comes later goes over what comes before: the defaults, or those of a preset; the file; the arguments.

    Args:
        preset: name of published settings; None: the defaults for the environment, with or without a corpus.
        file: YAML file of options, as `RunConfig.to_yaml` writes it.
        environment: id of the environment.
        options: of its scenario; they are added to those of preset and file.
        given: other fields of `RunConfig` by name; None stands for one that was not given.

    Raises:
        InvalidConfig: an option or a preset that there is not, or a value that makes no sense.
        UnknownEnvironment: an environment that there is not.
    """
    fields = {name: value for name, value in (given or {}).items() if value is not None}
    base = published(preset) if preset is not None else RunConfig()
    asked = load(file, base) if file is not None else base
    id, wanted = environment or asked.environment, options or {}
    try:
        built = spec(id).build(**{**asked.options, **wanted})
    except (InvalidConfig, UnknownEnvironment) as error:
        line = None if file is None or wanted else read_mapping(file).lines.get(
            "options" if isinstance(error, InvalidConfig) else "environment")
        if line is None:
            raise
        raise type(error)(f"{file}, line {line}: {error}") from error
    if preset is None:
        base = _defaults("corpus" in fields or asked.corpus is not None, built)
    chosen = load(file, base) if file is not None else base
    return merge(chosen, {"environment": id, "options": {**chosen.options, **wanted}, **fields}, "the command line")


def published(name: str) -> RunConfig:
    """The published settings of the paper for a scenario, by the name under which its `presets` hold them.

    Raises InvalidConfig, naming those there are.
    """
    known, broken = [], []
    for id, environment in registry.items():
        try:
            found = presets(environment.build())
        except DialogymError as error:
            if not environment.package:  # an installed one that does not work is its users' trouble alone
                raise
            broken.append(str(error))
            continue
        known += [preset for preset in found if preset not in ("demo", "corpus")]
        if name in known:
            return merge(replace(PAPER, environment=id), found[name], f"the preset {name!r}")
    raise InvalidConfig(" ".join([f"There is no preset {name!r}; choose one of {sorted(set(known))}, or none for the default "
                                  "settings.", *broken]))


DEMO = RunConfig(
    secret=PUBLIC,  # who runs the demo is to see the table that is printed of it, by the seed alone
    layout="strategy", dialogues=100, conversations=140, searcher=SPEAKER, episodes=64,
    replay_contexts=24, pairs=PairSettings(limit=1_200, min_gap=0.1, all_pairs=True),
    # No held-out rows: the base already speaks this language, so held-out loss cannot tell one speaker from another.
    sft=SftSettings(epochs=1.0, learning_rate=1e-3, batch_size=8, held_out=0.0),
    reward=RewardSettings(trainer="tree", full=True, max_steps=40, accumulation=2, learning_rate=1e-3, held_out=0.05,
                          evaluations=2),
    dpo=DpoSettings(trainer="tree", full=True, thoughts=True, accumulation=2, learning_rate=4e-4, beta=0.3, sft_weight=1.0,
                    held_out=0.05, evaluations=2, patience=0),
    choice=ChoiceSettings(checkpoints=3, talks=64),
)
"""Sized for two cores and a model of 3 million parameters: searched with the scripted speaker that it imitates, which is free,
and trained whole, because an adapter hardly moves it, on the thoughts of what a search of 140 conversations finds."""

CORPUS = RunConfig(
    model="scratch", simulator="model", conversations=16, window=16, episodes=64, replay_contexts=48, search=IxMCTS(keep=4),
    pairs=PairSettings(limit=300, min_gap=0.05, min_completions=2),
    sft=SftSettings(epochs=1.0, learning_rate=1e-3, batch_size=8, evaluations=1),
    simulator_sft=SftSettings(epochs=1.0, learning_rate=1e-3, batch_size=8, evaluations=1),
    reward=RewardSettings(epochs=1.0, learning_rate=1e-3, batch_size=8, evaluations=1),
    dpo=DpoSettings(epochs=1.0, learning_rate=8e-4, batch_size=8, beta=0.3, sft_weight=1.0, evaluations=1),
)
"""Sized for half an hour on two cores with a model of a few million parameters; raise everything for a real one."""

_ADAPTED = SftSettings(learning_rate=1e-4, epochs=2.0, batch_size=4, accumulation=4, checkpointing=True)
PAPER = RunConfig(
    simulator="model", share_base=True, window=64, best_of=3, episodes=128, replay_contexts=2_000, search=IxMCTS(),
    sft=_ADAPTED, simulator_sft=_ADAPTED,
    reward=RewardSettings(learning_rate=1e-4, batch_size=4, accumulation=4, checkpointing=True),
    dpo=DpoSettings(learning_rate=5e-6, batch_size=2, accumulation=8, beta=0.1, checkpointing=True),
)
"""e = 3, K = 81, c = √2, N = 3, 128 episodes, LoRA for every model (§4.3 to §5.3). What the paper does not print is ours:
learning rates, epochs, batches, β, the size of D_t. A scenario adds its model, horizon and number of conversations."""
