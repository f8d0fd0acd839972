"""Planning at a place whose number is not the true one: nobody has a candidate before they asked for it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from ..envs.keys import handed, text_key
from ..envs.position import Position
from ..envs.scenario import Ask
from .choice import Choice, Decider, Wants
from .driver import ScoreRequest

_VEIL = text_key("veil")


def veiled(ask: Ask) -> Ask:
    """The request with another place, of which no way leads back to its own: who has it cannot say the candidates there."""
    return Ask(ask.view, handed(ask.place ^ _VEIL), ask.index)


def unveiled(ask: Ask, true: Ask) -> Ask:
    """What is to be answered: at the place of `veiled(true)` the true candidate, elsewhere what was asked for."""
    here = ask.place == veiled(true).place and ask.view.seat == true.view.seat and ask.view.dialogue == true.view.dialogue
    return true.candidate(ask.index) if here else ask


@dataclass(frozen=True, slots=True)
class Veiled:
    """A decider that plans from a veiled place and is answered with the true candidates there.

    A planner of a process of its own (`referee.Refereed`) plans so, since it could make candidates with its own copy of a
    scripted policy. In this process it changes nothing but luck, so that a planner does the same in both.

    Attributes:
        decide: sees no condition (`belief.Imagining`).
    """

    decide: Decider

    def __call__(self, position: Position) -> Generator[Wants, Any, Choice]:
        """See `Decider`."""
        true = position.ask()
        place = veiled(true).place
        plan = self.decide(Position.facing(veiled(true)))
        try:
            request = next(plan)
            while True:
                if not isinstance(request, ScoreRequest):
                    request = [unveiled(ask, true) if ask.place == place else ask for ask in request]
                request = plan.send((yield request))
        except StopIteration as stop:
            found: Choice = stop.value
            return found
