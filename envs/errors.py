"""The one error family of the package.

    DialogymError
    ├── UnknownEnvironment        an id that is not in the registry
    ├── InvalidAction             an action the environment cannot take
    ├── InvalidSnapshot           a snapshot of another environment, version, or a damaged one
    ├── InvalidCorpus             a corpus file that is missing or malformed
    ├── InvalidModel              a path or hub id that is not a usable language model
    ├── ContextTooLong            a prompt that does not fit the model's window
    ├── InvalidConfig             an option or configuration value that makes no sense
    │   ├── InvalidArgument       an argument that a constructor does not take; also a TypeError
    │   └── TooFewPairs           a search that found too little to learn from (alignment/stages.py)
    ├── NonconformingEnvironment  an environment that breaks one of the laws
    ├── RunExists                 an output folder that holds what the command did not write
    ├── PluginFailed              code of somebody else's scenario, planner or plug-in raised
    └── RunStopped                what ends a run and is no conversation's fault
        ├── Unavailable           a package or a model that every conversation needs (InvalidConfig, too)
        └── BackendFailed         a server was asked in vain (agents/remote.py)
            └── BudgetSpent       the requests or tokens allowed are used up

A message says what came, what was wanted, and what to do.
"""

from __future__ import annotations

from typing import Any


class DialogymError(Exception):
    """Base of every error this package raises on purpose."""


class UnknownEnvironment(DialogymError, LookupError):
    """The environment id is not registered."""


class InvalidAction(DialogymError, ValueError):
    """The action is of the wrong type, empty, too long, not Unicode text, or came after the end."""


class InvalidSnapshot(DialogymError, ValueError):
    """The snapshot belongs to another environment or version, or is damaged."""


class InvalidCorpus(DialogymError, ValueError):
    """A corpus file is missing or malformed; the message names file, line and what was expected."""


class InvalidModel(DialogymError, ValueError):
    """The path or hub id does not hold a usable causal language model."""


class ContextTooLong(DialogymError, ValueError):
    """A prompt does not fit the model's window."""


class InvalidConfig(DialogymError, ValueError):
    """An option or a configuration value makes no sense."""


class InvalidArgument(InvalidConfig, TypeError):
    """A constructor does not take this argument, or not this value of it.

    Also a TypeError, which is what Python raises and other libraries catch when they try out what an environment takes.
    """


class NonconformingEnvironment(DialogymError, AssertionError):
    """An environment breaks a law that `dialogym.check_env` holds it to.

    Attributes: `law` (its name), `saw` (what happened), `wanted` (what should have).
    """

    def __init__(self, environment: str, law: str, saw: str, wanted: str) -> None:
        super().__init__(f"{environment} breaks the law {law!r}: saw {saw}; wanted {wanted}.")
        self.environment, self.law, self.saw, self.wanted = environment, law, saw, wanted

    def __reduce__(self) -> tuple[type[NonconformingEnvironment], tuple[str, str, str, str]]:
        return type(self), (self.environment, self.law, self.saw, self.wanted)


class RunExists(DialogymError, FileExistsError):
    """The output folder holds a finished run, or what another command, other settings or somebody else wrote."""


class PluginFailed(DialogymError, RuntimeError):
    """Code from outside this package raised; the message names the error, its file and its line."""


class RunStopped(DialogymError, RuntimeError):
    """A run cannot go on, through no fault of the conversation it was in; what is done is kept."""


class Unavailable(RunStopped, InvalidConfig):
    """What every conversation of the run needs is not there: a package that an extra brings, an encoder's weights."""


def fail(env: Any, law: str, saw: str, wanted: str) -> None:
    """Raises NonconformingEnvironment."""
    inner = env.unwrapped
    name = str(getattr(inner, "id", None) or type(inner).__name__)
    saw = " ".join(saw.split())
    raise NonconformingEnvironment(name, law, saw if len(saw) < 600 else saw[:600] + "…", wanted)
