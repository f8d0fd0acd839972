"""A study file: what is asked of whom, about which systems. Read and refused whole before anything is served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from ..envs.errors import InvalidConfig
from ..envs.registry import default, spec
from ..envs.scenario import Scenario

LANGUAGES = ("en", "zh")
"""The site's languages."""
PARTS = ("comparison", "talks", "pairs", "authorship")
"""What a study can ask of people."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,39}")
Words = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True, slots=True)
class System:
    """One of the systems that are compared; its name is in the study file and nowhere on the site.

    Attributes:
        agent: who speaks: a scripted speaker, a model's folder or name (`agents.by_name`); None: the scenario's first.
        planner: a planner by name that chooses what the agent says, without seeing the person's condition; None for none.
        budget: generations of the agent per decision of the planner.
        worlds: people the planner imagines.
        control: a talk about nothing of the sort, beside which the others are measured; the rest is ignored.
    """

    agent: str | None = None
    planner: str | None = None
    budget: int = 9
    worlds: int = 3
    control: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Blind comparison: one person, two systems, the same problem.

    Attributes:
        systems: the two, by name; the first is the one that the other is measured against.
        problems: what the talks are about: texts by language, or how many to draw off the scenario.
        least: messages a person writes to each system before they may rate.
        most: messages after which they must.
        same: whether one message goes to both systems; else each gets its own after the first.
    """

    systems: tuple[str, str]
    problems: int | Mapping[str, tuple[str, ...]] = 4
    least: int = 3
    most: int = 10
    same: bool = False


@dataclass(frozen=True, slots=True)
class Talks:
    """User study: one system per person, talks over days.

    Attributes:
        quotas: how many people each system is to meet.
        days: how long the personal link is good for after consent.
        least: messages before a talk may be rated.
        most: messages after which it must be.
    """

    quotas: Mapping[str, int]
    days: int = 7
    least: int = 3
    most: int = 20


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pair annotation.

    Attributes:
        file: what `dialogym pairs` wrote (a folder), or JSON lines with "context", "chosen", "rejected".
        annotators: how many people see each pair.
        count: how many pairs are taken, drawn by the study's seed; None: all.
        each: how many pairs one person is given at most.
    """

    file: str
    annotators: int = 2
    count: int | None = None
    each: int = 160


@dataclass(frozen=True, slots=True)
class Authorship:
    """Conversations of people and of simulators, to be told apart (A.3).

    Attributes:
        human: a file of episodes of people with a supporter.
        simulated: a file of episodes of the simulator with a supporter; None: as many are simulated.
        user: the simulated user then.
        policy: whom they talk to.
        count: conversations of each kind.
        annotators: how many people see each.
    """

    human: str
    simulated: str | None = None
    user: str | None = None
    policy: str | None = None
    count: int = 50
    annotators: int = 3


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """A study file.

    Attributes:
        name: of the study, for its operator.
        env: the environment; its interactive seat is the systems', the user's seat the person's.
        options: of its scenario; a "language" is the person's.
        seed: of every order and draw.
        languages: of the site, the first by default.
        database: a URL; None: an SQLite file beside the study file.
        reply_seconds: replies are shown at multiples of it, so that speed tells nothing.
        retention_days: after which what a person left is deleted.
        longest: characters a message may have.
        belief, choice: whether people say after each message how far they are won over, and make a real choice in the end.
        open: the part that anybody may join without a personal link; None: nobody.
        contact: whom people can write to, by language.
        consent: the text they agree to, by language; the site's own where it is left out.
        crisis: what is said to who writes of harming themselves, by language.
        help_lines: local help, by language, each line "name: number".
        wording: of single texts of the site, by key and language, as in `study/en.yaml`.
    """

    name: str
    systems: Mapping[str, System]
    path: Path
    env: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    languages: tuple[str, ...] = LANGUAGES
    database: str | None = None
    reply_seconds: float = 4.0
    retention_days: int = 180
    longest: int = 2_000
    belief: bool = False
    choice: bool = False
    open: str | None = None
    contact: Words = field(default_factory=dict)
    consent: Words = field(default_factory=dict)
    crisis: Words = field(default_factory=dict)
    help_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wording: Mapping[str, Words] = field(default_factory=dict)
    comparison: Comparison | None = None
    talks: Talks | None = None
    pairs: Pairs | None = None
    authorship: Authorship | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the study has."""
        return tuple(part for part in PARTS if getattr(self, part) is not None)

    @property
    def url(self) -> str:
        """The database's URL."""
        if self.database is None:
            return f"sqlite:///{self.path.resolve().with_suffix('.db')}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", self.database)

    def scenario(self, language: str) -> Scenario:
        """The scenario as it is played with somebody of a language."""
        plain = spec(self.env).build(**self.options)
        return plain if "language" not in vars(plain) else spec(self.env).build(**{**self.options, "language": language})

    def length(self, part: str) -> tuple[int, int]:
        """The least and the most messages of a talk. Raises InvalidConfig for a part without talks."""
        found = self.comparison if part == "comparison" else self.talks
        if found is None:
            raise InvalidConfig(f"The part {part!r} of this study has no talks.")
        return found.least, found.most


def load_study(path: Path) -> StudyConfig:
    """Reads a study file. Raises InvalidConfig, naming what is wrong and what was wanted."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidConfig(f"The study file {path} cannot be read ({error.strerror}); name a YAML file.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidConfig(f"The study file {path} is not YAML ({str(error).splitlines()[0]}).") from error
    try:
        return _study(raw, path)
    except InvalidConfig as error:
        raise InvalidConfig(f"{path}: {error}") from None


def _study(raw: Any, path: Path) -> StudyConfig:
    raw = dict(_mapping(raw, "a study file"))
    raw.setdefault("name", path.stem)
    systems = {str(name): _build(System, _mapping(each or {}, f"system {name!r}"), f"system {name!r}")
               for name, each in _mapping(raw.pop("systems", {}), "systems").items()}
    for name in systems:
        if not _NAME.fullmatch(name):
            raise InvalidConfig(f"A system's name is letters, digits, '.', '-' and '_', at most 40, got {name!r}.")
    made: dict[str, Any] = {"systems": systems, "path": path}
    for part, kind in (("comparison", Comparison), ("talks", Talks), ("pairs", Pairs), ("authorship", Authorship)):
        if raw.get(part) is not None:
            made[part] = _build(kind, _mapping(raw.pop(part), part), part)
    raw["env"] = raw.get("env") or default()
    wins_over = spec(str(raw["env"])).build(**dict(_mapping(raw.get("options") or {}, "options"))).name == "persuasion"
    raw.setdefault("belief", wins_over)
    raw.setdefault("choice", wins_over)
    found: StudyConfig = _build(StudyConfig, {**raw, **made}, "a study file")
    _check(found)
    return found


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidConfig(f"{what} is a mapping of names to values, got {str(value)[:60]!r}.")
    return value


def _build(kind: Any, values: Mapping[str, Any], what: str) -> Any:
    """One of the classes above from a mapping: no name that it lacks, lists as tuples, numbers as numbers."""
    known = {one.name: one for one in fields(kind)}
    for name in values:
        if name not in known:
            raise InvalidConfig(f"{what} has no option {name!r}; it has {sorted(set(known) - {'path'})}.")
    kept = {name: _frozen(value) for name, value in values.items()}
    for name, value in kept.items():
        wanted = str(known[name].type)
        if wanted in ("int", "float") and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise InvalidConfig(f"{name} of {what} is a number of 0 or more, got {value!r}.")
        if wanted == "bool" and not isinstance(value, bool):
            raise InvalidConfig(f"{name} of {what} is true or false, got {value!r}.")
        if wanted == "int" and int(value) != value:
            raise InvalidConfig(f"{name} of {what} is a whole number, got {value!r}.")
        if wanted == "str | None" and value is not None and not isinstance(value, str):
            raise InvalidConfig(f"{name} of {what} is a text, got {value!r}.")
    try:
        return kind(**kept)
    except TypeError:
        lacks = [name for name, one in known.items() if name not in kept and _required(one)]
        raise InvalidConfig(f"{what} lacks {lacks[0] if lacks else 'something'!r}.") from None


def _required(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    return {key: _frozen(each) for key, each in value.items()} if isinstance(value, dict) else value


def _check(study: StudyConfig) -> None:
    """What no single option shows. Raises InvalidConfig."""
    if not study.parts:
        raise InvalidConfig(f"A study asks something of people: give one or more of {', '.join(PARTS)}.")
    if study.open is not None and study.open not in study.parts:
        raise InvalidConfig(f"open names a part of the study ({', '.join(study.parts)}), got {study.open!r}.")
    if not study.languages or not set(study.languages) <= set(LANGUAGES):
        raise InvalidConfig(f"languages are of {LANGUAGES}, got {study.languages!r}.")
    if study.reply_seconds <= 0 or study.longest < 1 or study.longest > 8_000:
        raise InvalidConfig("reply_seconds is above 0 and longest from 1 to 8000, got "
                            f"{study.reply_seconds} and {study.longest}.")
    if missing := sorted(set(_named(study)) - set(study.systems)):
        raise InvalidConfig(f"the system {missing[0]!r} is named but not described; systems has {sorted(study.systems)}.")
    for part in {"comparison", "talks"} & set(study.parts):
        least, most = study.length(part)
        horizon = study.scenario(study.languages[0]).horizon
        if not 1 <= least <= most < horizon:
            raise InvalidConfig(f"{part} needs 1 <= least <= most < {horizon} (the scenario's turns), got {least} and {most}.")
    for words in (study.contact, study.consent, study.crisis, study.help_lines, *study.wording.values()):
        _mapping(words, "a text by language")


def _named(study: StudyConfig) -> tuple[str, ...]:
    """The systems that people meet. Raises InvalidConfig for what the parts say of them."""
    named: tuple[str, ...] = ()
    if study.comparison is not None:
        named += study.comparison.systems
        if len(set(study.comparison.systems)) != 2 or len(study.comparison.systems) > 2:
            raise InvalidConfig(f"comparison has two different systems, got {study.comparison.systems!r}.")
        _check_problems(study, study.comparison.problems)
    if study.talks is not None:
        quotas = _mapping(study.talks.quotas, "quotas of talks")
        named += tuple(quotas)
        if not quotas or any(not isinstance(n, int) or n < 0 for n in quotas.values()):
            raise InvalidConfig(f"quotas of talks say how many people each system meets, got {dict(quotas)!r}.")
    return named


def _check_problems(study: StudyConfig, problems: Any) -> None:
    if isinstance(problems, int) and not isinstance(problems, bool) and problems > 0:
        return
    found = _mapping(problems, "problems, where it is no number above 0,")
    lengths = {language: len(found.get(language) or ()) for language in study.languages}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise InvalidConfig(f"problems are as many in each language of the site, got {lengths}.")
