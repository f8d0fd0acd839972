"""The leaderboard: every planner at equal budgets, on the same users with the same luck, on every family of simulators.

Each conversation is a line of `conversations.jsonl`, written when it ends: a killed run goes on where it stopped, and the table
of the finished run is the same. `leaderboard.json` and `leaderboard.md` are made from the lines alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...envs.agent import ScriptedAgent
from ...envs.claims import claimed, secret_for
from ...envs.errors import InvalidConfig
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
from ...search.planners import planner
from .budget_plot import budget_plot
from .intervals import mean_ci, paired_difference

LINES, FIGURES, TABLE, PLOT = "conversations.jsonl", "leaderboard.json", "leaderboard.md", "leaderboard.svg"
BEST_OF = re.compile(r"best-of-([1-9]\d*)")
"""The planners that take, of so many replies, the one that `BenchSettings.reward` likes best."""
KIND, COMMAND = ("dialogym_leaderboard", 1), "dialogym bench"
ORACLE = " (oracle)"
FEWEST = 3
"""Generations per imagined user below which a planner plans for one user only, who is not weighed."""


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
    secret: str | None = None

    def __post_init__(self) -> None:
        if not self.planners or not self.budgets or self.conversations < 2 or self.worlds < 1 or min(self.budgets) < 1:
            raise InvalidConfig("A leaderboard needs planners, budgets of at least 1, 2 or more conversations and at least 1 "
                                f"world, got {self}.")
        if len(set(self.planners)) < len(self.planners) or len(set(self.budgets)) < len(self.budgets):
            raise InvalidConfig(f"Planners and budgets must differ from each other, got {self.planners} and {self.budgets}.")
        if any(map(BEST_OF.fullmatch, self.planners)) != (self.reward is not None):
            raise InvalidConfig("Best-of-N ('best-of-3') and a reward model go together; give both, or neither.")


@dataclass(frozen=True, slots=True)
class Metered:
    """A plan that returns how many replies of the interactive seat it asked for, too."""

    plan: Planner[Position]

    def __call__(self, position: Position) -> Plan[tuple[Position, int]]:
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
    cells = [(user, name, budget, Talk(_decider(settings, name, budget, score)))
             for user in users for budget in settings.budgets for name in settings.planners]
    with claimed(out, COMMAND, {**asdict(settings), "version": scenario.version}):
        return _bench(settings, scenario, users, cells, out, progress)


def _bench(settings: BenchSettings, scenario: Scenario, users: Sequence[str], cells: Sequence[tuple[str, str, int, Talk]],
           out: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """`bench` in its own folder."""
    journal = Journal(out / LINES, KIND, {**asdict(settings), "version": scenario.version}, COMMAND)
    done = {(line["user"], line["planner"], line["budget"], line["number"]): line for line in journal.values()}
    for user, name, budget, talk in cells:
        for number in range(settings.conversations):
            if (user, name, budget, number) in done:
                continue
            line = _played(settings, scenario, user, talk, number)
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


def _decider(settings: BenchSettings, name: str, budget: int, score: Score | None) -> Decider:
    """The planner, held to its budget, imagining unless it is an oracle."""
    if (best := BEST_OF.fullmatch(name)) and score is not None:  # looks at the words alone: there is nothing to imagine
        return Imagining(Scored(score, min(budget, int(best[1]))), worlds=1, drawn=1, samples=0)
    if settings.oracle:
        return Budget(planner(name, budget), budget)
    each = max(1, budget // settings.worlds)
    # One world for what looks at no user at all, so that the budget is not spent on the same candidates again.
    if each < FEWEST or name == "sample":
        return Imagining(Budget(planner(name, budget), budget), worlds=1, drawn=1, samples=0)
    return Imagining(Budget(planner(name, each), each), worlds=settings.worlds)


def _played(settings: BenchSettings, scenario: Scenario, user: str, talk: Talk, number: int) -> dict[str, Any]:
    """One conversation. One that fails is noted with its reason, and is nobody's failure to engage."""
    start = Position.start(scenario, mix(text_key("leaderboard"), settings.seed, number), secret=settings.secret or PUBLIC)
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, settings.policy),
              scenario.user: ScriptedAgent.of(scenario, scenario.user, user)}
    began = time.perf_counter()
    _, found = next(stream(Metered(talk), [(number, start)], agents))
    if isinstance(found, Failed):
        return {"failed": found.reason}
    end, generations = found
    return {"level": end.engagement.level, "turns": end.turns, "generations": generations,
            "seconds": round(time.perf_counter() - began, 4)}


def _rows(settings: BenchSettings, scenario: Scenario, users: Sequence[str],
          done: Mapping[tuple[str, str, int, int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row per user family, budget and planner, compared with the first planner over the conversations both finished."""
    for user in users:
        for budget in settings.budgets:
            played = {name: [done[user, name, budget, number] for number in range(settings.conversations)]
                      for name in settings.planners}
            for name, lines in played.items():
                fine = [line for line in lines if "failed" not in line]
                reasons = sorted({line["failed"] for line in lines if "failed" in line})
                row: dict[str, Any] = {"user": user, "budget": budget, "planner": name, "failed": len(lines) - len(fine),
                                       "reasons": reasons[:5]}
                both = [(a["level"], b["level"]) for a, b in zip(lines, played[settings.planners[0]], strict=True)
                        if "failed" not in a and "failed" not in b]
                if fine:
                    row |= {"level": mean_ci([line["level"] for line in fine], settings.seed),
                            "engaged": mean_ci([float(line["level"] > 0) for line in fine], settings.seed),
                            "generations": sum(line["generations"] for line in fine) / sum(line["turns"] for line in fine),
                            "seconds": sum(line["seconds"] for line in fine) / len(fine)}
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
    lines = [f"`{settings['env']}` (version {figures['version']}, {of}), policy `{settings['policy'] or 'default'}`, "
             f"{settings['conversations']} conversations per row, seed {settings['seed']}, secret `{settings['secret']}`; "
             f"planners see {seen}.", "",
             f"| users |{' budget |' if many else ''} planner | engagement | engaged | minus `{first}` | generations a turn | "
             "seconds a talk | failed |", "|---|" + "---|" * (8 if many else 7)]
    for row in figures["rows"]:
        cells = [f"`{row['user']}`", *([str(row["budget"])] if many else []),
                 f"`{row['planner']}`{ORACLE if settings['oracle'] else ''}", _cell(row.get("level")),
                 _cell(row.get("engaged")), _cell(row.get("difference"), signed=True),
                 f"{row['generations']:.1f}" if "generations" in row else "–",
                 f"{row['seconds']:.2f}" if "seconds" in row else "–", str(row["failed"] or "–")]
        lines.append("| " + " | ".join(cells) + " |")
    reasons = sorted({reason for row in figures["rows"] for reason in row["reasons"]})
    if reasons:
        lines += ["", "Failed, and counted for nobody:", "", *(f"- {reason}" for reason in reasons)]
    return "\n".join(lines) + "\n"


def _cell(found: Any, signed: bool = False) -> str:
    if found is None:
        return "–"
    mean, (low, high) = found
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" if signed else f"{mean:.3f} [{low:.3f}, {high:.3f}]"
