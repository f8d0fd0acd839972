"""The leaderboard: every planner at equal budgets, on the same users with the same luck, on every family of simulators.

Each conversation is a line of `conversations.jsonl`, written when it ends: a killed run goes on where it stopped, and the table
of the finished run is the same. `leaderboard.json`, `leaderboard.md`, `transcripts.md` and `entry.json.gz`, which others can
check (`entries`), are made from the lines alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ...agents.backend import Sampling
from ...agents.prompting import trained_layout
from ...agents.recording import gather
from ...envs.claims import claimed, secret_for
from ...envs.errors import InvalidConfig, PluginFailed
from ...envs.finite import check_finite
from ...envs.registry import make
from ...envs.scenario import Scenario
from ...envs.storage import Journal, drafted, write_json, write_whole
from ...envs.storage import line as as_line
from ...search.belief import Imagining
from ...search.best_of_n import Score, Scored
from ...search.budget import Budget
from ...search.choice import Decider
from ...search.engines import LOCAL, Engine, Session
from ...search.planners import blind, is_ours, planner
from ...search.referee import Entry, Foul, Refereed
from ...search.veil import Veiled
from .budget_plot import budget_plot
from .entries import ENTRY, write_entry
from .intervals import mean_ci, paired_difference
from .leaderboard_pages import table, transcripts
from .players import Player, player, weights_of
from .talks import opening, played

LINES, FIGURES, TABLE, PLOT = "conversations.jsonl", "leaderboard.json", "leaderboard.md", "leaderboard.svg"
TRANSCRIPTS = "transcripts.md"
BEST_OF = re.compile(r"best-of-([1-9]\d*)")
"""The planners that take, of so many replies, the one that `BenchSettings.reward` likes best."""
KIND, COMMAND = ("dialogym_leaderboard", 1), "dialogym bench"
Done = dict[tuple[str, str, int, int], dict[str, Any]]
"""The conversations' lines, by (user, planner, budget, number)."""
CLOCKS = ("seconds", "own", "cpu")
"""Seconds of a conversation: all of it; those a referee waited for the planner; processor time of the planner's process."""
AHEAD = 4
"""Conversations that each worker of an engine is given at once."""
RECORDING = ".recording.jsonl"
BY_ACTS = ("open-loop",)
"""This package's planners that say what the phrase book says for an act, not what the policy proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """What is compared.

    Attributes:
        env: id of the environment.
        options: the scenario's.
        planners: names, entry points or import paths (`search.planners`); the first is what the others are compared with.
        budgets: generations of the policy per decision.
        users: who answers, scripted or a language model (`agents.by_name`); None: all of the scenario's families. A planner
            imagines the one that it plays with.
        policy: who speaks for the interactive seat and proposes candidates, likewise; None: the scenario's first scripted one.
        conversations: users met, the same for every planner and family.
        oracle: planners see the true condition: an upper line, labelled so. Otherwise they imagine it (`search.belief`).
        worlds: imagined users planned for; the budget is shared among them.
        reward: folder of a reward model, for the planners "best-of-3" (paper §5.1), "best-of-16" and so on.
        seed: of the users and their luck.
        referee: whether planners play in processes of their own, watched (`search.referee`): None, the default, those from
            outside this package; or all, or none. An oracle cannot be refereed: it is shown what a referee hides.
        patience: seconds that a refereed planner may take over a decision.
        temperature: of language models' replies; 0: the most likely words.
        max_new_tokens: the longest reply of a language model.
        label: what to call the policy on a page, where that is not its name.
        secret: under which they are drawn (see `envs/keys.py`). None: a fresh one, so that no planner brings a table of them;
            or that of the folder, when it goes on. It stands in what is written: given again, the same is played again.
    """

    env: str
    options: Mapping[str, Any]
    planners: tuple[str, ...] = ("sample", "greedy", "lookahead", "beam", "puct", "ixmcts")
    budgets: tuple[int, ...] = (24,)
    users: tuple[str, ...] | None = None
    policy: str | None = None
    conversations: int = 100
    oracle: bool = False
    worlds: int = 3
    reward: str | None = None
    seed: int = 0
    referee: bool | None = None
    patience: float = 60.0
    temperature: float = 1.0
    max_new_tokens: int = 128
    label: str | None = None
    secret: str | None = None

    def __post_init__(self) -> None:
        check_finite(self)
        if not self.planners or not self.budgets or self.conversations < 2 or self.worlds < 1 or min(self.budgets) < 1:
            raise InvalidConfig("A leaderboard needs planners, budgets of at least 1, 2 or more conversations and at least 1 "
                                f"world, got {self}.")
        if len(set(self.planners)) < len(self.planners) or len(set(self.budgets)) < len(self.budgets):
            raise InvalidConfig(f"Planners and budgets must differ from each other, got {self.planners} and {self.budgets}.")
        if any(map(BEST_OF.fullmatch, self.planners)) != (self.reward is not None):
            raise InvalidConfig("Best-of-N ('best-of-3') and a reward model go together; give both, or neither.")
        if self.oracle and self.referee:
            raise InvalidConfig("An oracle sees the true condition, so there is nothing to referee; leave out one of the two.")
        if not self.patience > 0:
            raise InvalidConfig(f"patience is more than 0 seconds per decision, got {self.patience}.")
        self.sampling  # noqa: B018 - refuses what is none

    @property
    def sampling(self) -> Sampling:
        """How language models speak."""
        return Sampling(temperature=self.temperature, max_new_tokens=self.max_new_tokens)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a served policy costs, in dollars per million tokens.

    Attributes:
        read: of prompts.
        written: of replies.
    """

    read: float = 0.0
    written: float = 0.0

    def __post_init__(self) -> None:
        check_finite(self)
        if self.read < 0 or self.written < 0:
            raise InvalidConfig(f"Prices are dollars per million tokens, 0 or more, got {self}.")


def bench(settings: BenchSettings, out: Path, progress: Callable[[int, int], None] = lambda done, of: None,
          prices: Prices | None = None, engine: Engine = LOCAL) -> dict[str, Any]:
    """Plays what is not played yet, writes the table, and returns what `leaderboard.json` holds.

    Args:
        settings: what is compared; a folder that holds another comparison is refused.
        out: folder, new or of the same settings.
        progress: called with conversations finished and in all.
        prices: of the policy's tokens; they may differ from those of the folder's beginning.
        engine: where they are played; the lines are the same, but for the clocks in them.

    Raises:
        InvalidConfig: a planner, a user or a policy that there is not; what can be no secret.
        RunExists: the folder holds another comparison, or something else.
        PluginFailed: somebody else's planner cannot be made.
        BackendFailed: a model's server does not answer; what was played is kept.
    """
    scenario = make(settings.env, **settings.options).scenario
    users = settings.users or tuple(scenario.scripted[scenario.user])
    settings = replace(settings, secret=secret_for(out, COMMAND, settings.secret))
    cells, seats = _cells(settings, users, out), _seats(settings, scenario, users, out)
    with ExitStack() as processes:
        for name in settings.planners:
            _come_up(name, [found for _, other, _, found in cells if other == name and isinstance(found, Refereed)], processes)
        with claimed(out, COMMAND, {**asdict(settings), "version": scenario.version}):
            journal = Journal(out / LINES, KIND, {**asdict(settings), "version": scenario.version}, COMMAND)
            if engine is LOCAL:
                done = _played(settings, scenario, cells, seats, journal, progress)
            else:
                done = _shared_out(settings, scenario, out, journal, progress, engine)
            figures = {**_figures(settings, scenario, done, prices), "weights": weights_of(settings.policy)}
            write_whole(out / TABLE, table(figures))
            write_whole(out / PLOT, budget_plot(figures))
            write_whole(out / TRANSCRIPTS, transcripts(figures, scenario, done))
            write_entry(out / ENTRY, figures, done)
            write_json(out / FIGURES, figures)
    return figures


Cell = tuple[str, str, int, Decider]
"""A user's family, a planner's name, a budget, and who decides."""
Seats = tuple[Player, Mapping[str, Player]]
"""The policy, and the users by name."""


def _cells(settings: BenchSettings, users: Sequence[str], out: Path) -> list[Cell]:
    score = None if settings.reward is None else _judge(settings.reward)
    return [(user, name, budget, decider(settings, name, budget, score, out))
            for user in users for budget in settings.budgets for name in settings.planners]


def _seats(settings: BenchSettings, scenario: Scenario, users: Sequence[str], out: Path) -> Seats:
    policy = player(scenario, scenario.interactive, settings.policy, settings.sampling, out / f"policy{RECORDING}")
    return policy, {name: player(scenario, scenario.user, name, settings.sampling, out / f"user-{number}{RECORDING}")
                    for number, name in enumerate(users)}


def _come_up(name: str, seats: Sequence[Refereed], processes: ExitStack) -> None:
    """Refuses a planner that there is not. One that is refereed is imported in its own process only, so that is started."""
    for seat in seats:
        processes.callback(seat.close)
    if seats and not BEST_OF.fullmatch(name) and not is_ours(name):
        try:
            seats[0].start()
        except Foul as foul:
            raise PluginFailed(f"The planner {name!r} does not come up in a process of its own: {foul}.") from foul


def _played(settings: BenchSettings, scenario: Scenario, cells: Sequence[Cell], seats: Seats, journal: Journal,
            progress: Callable[[int, int], None]) -> Done:
    """Every conversation's line: those of the journal, and the others played, by a policy and users by name, and appended."""
    policy, users = seats
    done = {(line["user"], line["planner"], line["budget"], line["number"]): line for line in journal.values()}
    for user, name, budget, found in cells:
        missing = [n for n in range(settings.conversations) if (user, name, budget, n) not in done]
        starts = [(n, opening(scenario, settings.seed, n, settings.secret)) for n in missing]
        with closing(journal), found if isinstance(found, Refereed) else nullcontext():
            for number, line in played(starts, found, policy, users[user]) if starts else ():
                whole = {"user": user, "planner": name, "budget": budget, "number": number, **line}
                journal.append(whole)
                done[user, name, budget, number] = whole
                progress(len(done), len(cells) * settings.conversations)
    return done


def _shared_out(settings: BenchSettings, scenario: Scenario, out: Path, journal: Journal,
                progress: Callable[[int, int], None], engine: Engine) -> Done:
    """`_played`, by the workers of an engine; they finish in no order, and in the end the lines stand in that of `_played`."""
    users = settings.users or tuple(scenario.scripted[scenario.user])
    done = {(line["user"], line["planner"], line["budget"], line["number"]): line for line in journal.values()}
    order = [(user, name, budget, number) for user in users for budget in settings.budgets for name in settings.planners
             for number in range(settings.conversations)]
    job = partial(_playing, settings, scenario, users, out)
    with closing(journal):
        for item, line in engine.work(job, [i for i, place in enumerate(order) if place not in done], AHEAD):
            journal.append(line)
            done[order[item]] = line
            progress(len(done), len(order))
        if list(done) != order:
            with drafted(journal.path) as draft:
                with journal.path.open("rb") as old:
                    first = old.readline()
                draft.write_bytes(b"".join([first, *(as_line(done[place]) for place in order)]))
    for name in ("policy", *(f"user-{number}" for number in range(len(users)))):
        gather(out / f"{name}{RECORDING}")
    return {place: done[place] for place in order}


def _playing(settings: BenchSettings, scenario: Scenario, users: Sequence[str], out: Path) -> Session[dict[str, Any]]:
    """A worker's session: conversations by their place in the order of all; a planner's process lives while its cell lasts."""
    cells, (policy, seated) = _cells(settings, users, out), _seats(settings, scenario, users, out)

    def work(items: Iterator[int | None]) -> Iterator[tuple[int, dict[str, Any]]]:
        here = -1
        with ExitStack() as process:
            for item in items:
                if item is None:  # pragma: no cover - never while nothing is in hand
                    continue
                cell, number = divmod(item, settings.conversations)
                user, name, budget, found = cells[cell]
                if cell != here:
                    process.close()
                    process.enter_context(found if isinstance(found, Refereed) else nullcontext())
                    here = cell
                start = opening(scenario, settings.seed, number, settings.secret)
                for _, line in played([(number, start)], found, policy, seated[user]):
                    yield item, {"user": user, "planner": name, "budget": budget, "number": number, **line}

    return work


def _figures(settings: BenchSettings, scenario: Scenario, done: Done, prices: Prices | None) -> dict[str, Any]:
    users = settings.users or tuple(scenario.scripted[scenario.user])
    scripted = {name for speakers in scenario.scripted.values() for name in speakers}
    figures = {"settings": json.loads(json.dumps(asdict(settings))), "scenario": scenario.name, "version": scenario.version,
               "models": [name for name in (settings.policy, *users) if name is not None and name not in scripted],
               "rows": list(rows_of(settings, scenario, done))}
    if prices is not None:
        figures["prices"] = asdict(prices)
        for row in figures["rows"]:
            read, written = row.get("tokens", (0, 0))
            row["dollars"] = round((read * prices.read + written * prices.written) / 1e6, 6)
    return figures


def _judge(folder: str) -> Score:
    from ..training.reward import RewardModel  # noqa: PLC0415 - torch only when a reward model judges

    return RewardModel.load(folder).judge(trained_layout(folder))


def refereed(settings: BenchSettings, name: str) -> bool:
    """Whether a planner plays in a process of its own."""
    if settings.referee is None:
        return not settings.oracle and not BEST_OF.fullmatch(name) and not is_ours(name)
    return settings.referee


def _entry(settings: BenchSettings, name: str, budget: int, out: Path) -> Entry:
    best = BEST_OF.fullmatch(name)
    return Entry(planner=name, budget=budget, worlds=settings.worlds, seconds=settings.patience,
                 best_of=min(budget, int(best[1])) if best else 0, acts=name in BY_ACTS, closed=(out,))


def decider(settings: BenchSettings, name: str, budget: int, score: Score | None, out: Path) -> Decider:
    """The planner, held to its budget, imagining unless it is an oracle."""
    if refereed(settings, name):
        return Refereed(settings.env, settings.options, _entry(settings, name, budget, out), score)
    if (best := BEST_OF.fullmatch(name)) and score is not None:  # looks at the words alone: there is nothing to imagine
        return Veiled(Imagining(Scored(score, min(budget, int(best[1]))), worlds=1, drawn=1, samples=0))
    if settings.oracle:
        return Budget(planner(name, budget), budget)
    return Veiled(blind(name, budget, settings.worlds))


def rows_of(settings: BenchSettings, scenario: Scenario, done: Done) -> Iterator[dict[str, Any]]:
    """A row per user, budget and planner, compared with the first planner over the conversations both finished."""
    for user in settings.users or tuple(scenario.scripted[scenario.user]):
        for budget in settings.budgets:
            talks = {name: [done[user, name, budget, number] for number in range(settings.conversations)]
                     for name in settings.planners}
            for name, lines in talks.items():
                row = {"user": user, "budget": budget, "planner": name, "refereed": refereed(settings, name),
                       **_row(lines, settings.seed)}
                both = [(a["level"], b["level"]) for a, b in zip(lines, talks[settings.planners[0]], strict=True)
                        if "failed" not in a and "failed" not in b]
                if both and name != settings.planners[0]:
                    row["difference"] = paired_difference([a for a, _ in both], [b for _, b in both], settings.seed)
                yield row


def _row(lines: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """The figures of a cell. `failed` counts what did not end, `fouls` those of them that count as without engagement."""
    fine = [line for line in lines if "failed" not in line]
    ended = [line for line in fine if "foul" not in line]
    reasons = sorted({str(line.get("failed", line.get("foul"))) for line in lines if line not in ended})
    row: dict[str, Any] = {"failed": len(lines) - len(ended), "fouls": len(fine) - len(ended), "reasons": reasons[:5]}
    if fine:
        row |= {"level": mean_ci([line["level"] for line in fine], seed),
                "engaged": mean_ci([float(line["level"] > 0) for line in fine], seed)}
    if ended:
        row |= {"generations": sum(line["generations"] for line in ended) / sum(line["turns"] for line in ended),
                **{clock: sum(line[clock] for line in ended) / len(ended) for clock in CLOCKS if clock in ended[0]}}
    for name in ("tokens", "user_tokens"):
        if told := [line[name] for line in lines if name in line]:
            row[name] = [sum(read for read, _ in told), sum(written for _, written in told)]
    return row
