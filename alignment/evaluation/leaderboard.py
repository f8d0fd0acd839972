"""The leaderboard: every planner at equal budgets, on the same users with the same luck, on every family of simulators.

Each conversation is a line of `conversations.jsonl`, written when it ends: a killed run goes on where it stopped, and the table
of the finished run is the same. `leaderboard.json` and `leaderboard.md` are made from the lines alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...envs.agent import ScriptedAgent
from ...envs.claims import claimed, secret_for
from ...envs.errors import DialogymError, InvalidConfig, PluginFailed
from ...envs.finite import check_finite
from ...envs.keys import PUBLIC, mix, text_key
from ...envs.position import Position
from ...envs.registry import make
from ...envs.scenario import Scenario
from ...envs.storage import Journal, write_json, write_whole
from ...search.belief import Imagining
from ...search.best_of_n import Score, Scored
from ...search.budget import Budget
from ...search.choice import Decider, Talk
from ...search.driver import Failed, Plan, Planner, ScoreRequest, stream
from ...search.planners import FEWEST, blind, is_ours, planner
from ...search.referee import Entry, Foul, Refereed
from ...search.veil import Veiled
from .budget_plot import budget_plot
from .intervals import mean_ci, paired_difference

LINES, FIGURES, TABLE, PLOT = "conversations.jsonl", "leaderboard.json", "leaderboard.md", "leaderboard.svg"
BEST_OF = re.compile(r"best-of-([1-9]\d*)")
"""The planners that take, of so many replies, the one that `BenchSettings.reward` likes best."""
KIND, COMMAND = ("dialogym_leaderboard", 1), "dialogym bench"
CLOCKS = ("seconds", "own", "cpu")
"""Seconds of a conversation: all of it; those a referee waited for the planner; processor time of the planner's process."""
ORACLE = " (oracle)"
BY_ACTS = ("open-loop",)
"""This package's planners that say what the phrase book says for an act, not what the policy proposed."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """What is compared.

    Attributes:
        env: id of the environment.
        options: the scenario's.
        planners: names, entry points or import paths (`search.planners`); the first is what the others are compared with.
        budgets: generations of the policy per decision.
        users: the scripted policies that answer, None for all of the scenario's families. A planner imagines the family
            that it plays with.
        policy: the scripted policy that speaks for the interactive seat and proposes candidates.
        conversations: users met, the same for every planner and family.
        oracle: planners see the true condition: an upper line, labelled so. Otherwise they imagine it (`search.belief`).
        worlds: imagined users planned for; the budget is shared among them.
        reward: folder of a reward model, for the planners "best-of-3" (paper §5.1), "best-of-16" and so on.
        seed: of the users and their luck.
        referee: whether planners play in processes of their own, watched (`search.referee`): None, the default, those from
            outside this package; or all, or none. An oracle cannot be refereed: it is shown what a referee hides.
        patience: seconds that a refereed planner may take over a decision.
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


@dataclass(frozen=True, slots=True)
class Metered(Generic[R]):
    """A plan that returns how many replies of the interactive seat it asked for, too."""

    plan: Planner[R]

    def __call__(self, position: Position) -> Plan[tuple[R, int]]:
        """See `Planner`."""
        plan, count = self.plan(position), 0
        try:
            request = next(plan)
            while True:
                if not isinstance(request, ScoreRequest):
                    count += sum(ask.view.seat == position.scenario.interactive for ask in request)
                answer = yield request
                request = plan.send(answer)
        except StopIteration as stop:
            return stop.value, count


def bench(settings: BenchSettings, out: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> dict[str, Any]:
    """Plays what is not played yet, writes the table, and returns what `leaderboard.json` holds.

    Args:
        settings: what is compared; a folder that holds another comparison is refused.
        out: folder, new or of the same settings.
        progress: called with conversations finished and in all.

    Raises:
        InvalidConfig: a planner, a user or a policy that there is not; what can be no secret.
        RunExists: the folder holds another comparison, or something else.
        PluginFailed: somebody else's planner cannot be made.
    """
    scenario = make(settings.env, **settings.options).scenario
    users = settings.users or tuple(scenario.scripted[scenario.user])
    for user in users:
        scenario.scripted_policy(scenario.user, user)  # refuses an unknown one before anything is played
    scenario.scripted_policy(scenario.interactive, settings.policy)
    settings = replace(settings, secret=secret_for(out, COMMAND, settings.secret))
    score = None if settings.reward is None else _judge(settings.reward)
    cells = [(user, name, budget, _decider(settings, name, budget, score, out))
             for user in users for budget in settings.budgets for name in settings.planners]
    with ExitStack() as processes:
        for name in settings.planners:
            _come_up(name, [found for _, other, _, found in cells if other == name and isinstance(found, Refereed)], processes)
        with claimed(out, COMMAND, {**asdict(settings), "version": scenario.version}):
            return _bench(settings, scenario, users, cells, out, progress)


def _come_up(name: str, seats: Sequence[Refereed], processes: ExitStack) -> None:
    """Refuses a planner that there is not. One that is refereed is imported in its own process only, so that is started."""
    for seat in seats:
        processes.callback(seat.close)
    if seats and not BEST_OF.fullmatch(name) and not is_ours(name):
        try:
            seats[0].start()
        except Foul as foul:
            raise PluginFailed(f"The planner {name!r} does not come up in a process of its own: {foul}.") from foul


def _bench(settings: BenchSettings, scenario: Scenario, users: Sequence[str], cells: Sequence[tuple[str, str, int, Decider]],
           out: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """`bench` in its own folder."""
    journal = Journal(out / LINES, KIND, {**asdict(settings), "version": scenario.version}, COMMAND)
    done = {(line["user"], line["planner"], line["budget"], line["number"]): line for line in journal.values()}
    for user, name, budget, decider in cells:
        with closing(journal), decider if isinstance(decider, Refereed) else nullcontext():
            for number in range(settings.conversations):
                if (user, name, budget, number) in done:
                    continue
                line = _played(settings, scenario, user, decider, number)
                line = {"user": user, "planner": name, "budget": budget, "number": number, **line}
                journal.append(line)
                done[user, name, budget, number] = line
                progress(len(done), len(cells) * settings.conversations)
    figures = {"settings": json.loads(json.dumps(asdict(settings))), "scenario": scenario.name, "version": scenario.version,
               "rows": list(_rows(settings, scenario, users, done))}
    write_whole(out / TABLE, table(figures))
    write_whole(out / PLOT, budget_plot(figures))
    write_json(out / FIGURES, figures)
    return figures


def _judge(folder: str) -> Score:
    from ..training.reward import RewardModel  # noqa: PLC0415 - torch only when a reward model judges

    return RewardModel.load(folder).judge()


def _refereed(settings: BenchSettings, name: str) -> bool:
    """Whether a planner plays in a process of its own."""
    if settings.referee is None:
        return not settings.oracle and not BEST_OF.fullmatch(name) and not is_ours(name)
    return settings.referee


def _entry(settings: BenchSettings, name: str, budget: int, out: Path) -> Entry:
    best = BEST_OF.fullmatch(name)
    return Entry(planner=name, budget=budget, worlds=settings.worlds, seconds=settings.patience,
                 best_of=min(budget, int(best[1])) if best else 0, acts=name in BY_ACTS, closed=(out,))


def _decider(settings: BenchSettings, name: str, budget: int, score: Score | None, out: Path) -> Decider:
    """The planner, held to its budget, imagining unless it is an oracle."""
    if _refereed(settings, name):
        return Refereed(settings.env, settings.options, _entry(settings, name, budget, out), score)
    if (best := BEST_OF.fullmatch(name)) and score is not None:  # looks at the words alone: there is nothing to imagine
        return Veiled(Imagining(Scored(score, min(budget, int(best[1]))), worlds=1, drawn=1, samples=0))
    if settings.oracle:
        return Budget(planner(name, budget), budget)
    return Veiled(blind(name, budget, settings.worlds))


def _played(settings: BenchSettings, scenario: Scenario, user: str, decider: Decider, number: int) -> dict[str, Any]:
    """One conversation.

    One that fails is noted with its reason, and is nobody's failure to engage; but a refereed planner's own failure counts as a
    talk without engagement, lest it pays to break down before users who are hard to engage.
    """
    start = Position.start(scenario, mix(text_key("leaderboard"), settings.seed, number), secret=settings.secret or PUBLIC)
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, settings.policy),
              scenario.user: ScriptedAgent.of(scenario, scenario.user, user)}
    seat = decider if isinstance(decider, Refereed) else None
    try:
        if seat:
            seat.start()  # a process starts on nobody's time
    except DialogymError as error:
        return {"foul": str(error), "level": 0.0}
    began, own, cpu = time.perf_counter(), seat.own if seat else 0.0, seat.cpu if seat else 0.0
    _, found = next(stream(Metered(_Whistled(Talk(decider))), [(number, start)], agents))
    if isinstance(found, Failed):
        return {"foul": found.reason, "level": 0.0} if seat and seat.imagining else {"failed": found.reason}
    end, generations = found
    if isinstance(end, Foul):
        return {"foul": str(end), "level": 0.0}
    line = {"level": end.engagement.level, "turns": end.turns, "generations": generations,
            "seconds": round(time.perf_counter() - began, 4)}
    return {**line, "own": round(seat.own - own, 4), "cpu": round(seat.cpu - cpu, 4)} if seat else line


@dataclass(frozen=True, slots=True)
class _Whistled:
    """A talk that ends with the foul where there is one."""

    talk: Talk

    def __call__(self, position: Position) -> Plan[Position | Foul]:
        try:
            return (yield from self.talk(position))
        except Foul as foul:
            return foul


def _rows(settings: BenchSettings, scenario: Scenario, users: Sequence[str],
          done: Mapping[tuple[str, str, int, int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row per user family, budget and planner, compared with the first planner over the conversations both finished."""
    for user in users:
        for budget in settings.budgets:
            played = {name: [done[user, name, budget, number] for number in range(settings.conversations)]
                      for name in settings.planners}
            for name, lines in played.items():
                fine = [line for line in lines if "failed" not in line]
                ended = [line for line in fine if "foul" not in line]
                reasons = sorted({str(line.get("failed", line.get("foul"))) for line in lines if line not in ended})
                row: dict[str, Any] = {"user": user, "budget": budget, "planner": name, "refereed": _refereed(settings, name),
                                       "failed": len(lines) - len(ended), "fouls": len(fine) - len(ended),
                                       "reasons": reasons[:5]}
                both = [(a["level"], b["level"]) for a, b in zip(lines, played[settings.planners[0]], strict=True)
                        if "failed" not in a and "failed" not in b]
                if fine:
                    row |= {"level": mean_ci([line["level"] for line in fine], settings.seed),
                            "engaged": mean_ci([float(line["level"] > 0) for line in fine], settings.seed)}
                if ended:
                    row |= {"generations": sum(line["generations"] for line in ended) / sum(line["turns"] for line in ended),
                            **{clock: sum(line[clock] for line in ended) / len(ended) for clock in CLOCKS if clock in ended[0]}}
                if both and name != settings.planners[0]:
                    row["difference"] = paired_difference([a for a, _ in both], [b for _, b in both], settings.seed)
                yield row


def table(figures: Mapping[str, Any]) -> str:
    """The leaderboard as a Markdown page."""
    settings = figures["settings"]
    first, many = settings["planners"][0], len(settings["budgets"]) > 1
    seen = ("the true condition (oracle)" if settings["oracle"] else
            f"imagined users only, {settings['worlds']} per decision, which share the budget")
    if small := [b for b in settings["budgets"] if b // settings["worlds"] < FEWEST and not settings["oracle"]]:
        seen += f" (one, not weighed by what was heard, at a budget of {' or '.join(map(str, small))})"
    of = ", ".join(f"{name}={value}" for name, value in settings["options"].items()) or "default options"
    watched = any(row["refereed"] for row in figures["rows"])
    more = " own CPU a talk | fouls |" if watched else ""
    lines = [f"`{settings['env']}` (version {figures['version']}, {of}), policy `{settings['policy'] or 'default'}`, "
             f"{settings['conversations']} conversations per row, seed {settings['seed']}, secret `{settings['secret']}`; "
             f"planners see {seen}.", "",
             f"| users |{' budget |' if many else ''} planner | engagement | engaged | minus `{first}` | generations a turn | "
             f"seconds a talk | failed |{more}", "|---|" + "---|" * (7 + many + 2 * watched)]
    for row in figures["rows"]:
        cells = [f"`{row['user']}`", *([str(row["budget"])] if many else []),
                 f"`{row['planner']}`{ORACLE if settings['oracle'] else ''}", _cell(row.get("level")),
                 _cell(row.get("engaged")), _cell(row.get("difference"), signed=True),
                 f"{row['generations']:.1f}" if "generations" in row else "–",
                 f"{row['seconds']:.2f}" if "seconds" in row else "–", str(row["failed"] or "–")]
        if watched:
            cells += [f"{row['cpu']:.2f}" if "cpu" in row else "–", str(row["fouls"]) if row["refereed"] else "not refereed"]
        lines.append("| " + " | ".join(cells) + " |")
    reasons = sorted({reason for row in figures["rows"] for reason in row["reasons"]})
    if reasons:
        said = "; a refereed planner's own (`fouls`) counts as a talk without engagement" if watched else ""
        lines += ["", f"Failed, and counted for nobody{said}:", "", *(f"- {reason}" for reason in reasons)]
    return "\n".join(lines) + "\n"


def _cell(found: Any, signed: bool = False) -> str:
    if found is None:
        return "–"
    mean, (low, high) = found
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" if signed else f"{mean:.3f} [{low:.3f}, {high:.3f}]"
