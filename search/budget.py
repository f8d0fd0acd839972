"""Equal budgets: a decider that stops its plan when the policy has generated so many replies."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from ..envs.errors import DialogymError, InvalidConfig
from ..envs.position import Position
from .choice import Choice, Decider, Wants
from .driver import ScoreRequest


class OutOfBudget(DialogymError):
    """Thrown into a plan at its request for more than the budget allows: an anytime plan returns what it has."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `generations` replies of the interactive seat per decision; the user's answers are free.

    A plan that wants more gets OutOfBudget where it yielded, and returns its choice so far (all planners of this package do).

    Attributes:
        decide: the decider that is held to the budget.
        generations: replies of the policy, for candidates and for simulated endings alike.
    """

    decide: Decider
    generations: int

    def __post_init__(self) -> None:
        if self.generations < 1:
            raise InvalidConfig(f"A budget is at least 1 generation per decision, got {self.generations}.")

    def __call__(self, position: Position) -> Generator[Wants, Any, Choice]:
        """See `Decider`. Raises InvalidConfig for a plan that goes on after OutOfBudget, or that has nothing to return."""
        plan = self.decide(position)
        used = 0
        try:
            request = next(plan)
            while True:
                used += 0 if isinstance(request, ScoreRequest) else sum(
                    ask.view.seat == position.scenario.interactive for ask in request)
                if used > self.generations:
                    plan.throw(OutOfBudget(f"{used} generations asked for, {self.generations} allowed"))
                    raise InvalidConfig(f"{self.decide!r} goes on without a budget; a planner must return when OutOfBudget is "
                                        "thrown at its yield.")
                answer = yield request
                request = plan.send(answer)
        except StopIteration as stop:
            found: Choice = stop.value
            return found
        except OutOfBudget as error:
            raise InvalidConfig(f"{self.decide!r} has nothing to say within {self.generations} generations ({error}); give it "
                                "a larger budget or fewer candidates.") from error
