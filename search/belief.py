"""Planning without seeing the user's condition (law 5): imagine users, weigh them by what the user said, plan for several."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from ..envs.agent import Agent
from ..envs.dialogue import Dialogue, Utterance
from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite
from ..envs.keys import mix, text_key, uniform
from ..envs.parts import Condition
from ..envs.position import Position
from ..envs.scenario import Ask
from .choice import Choice, Decider, Wants, merged
from .driver import Plan, run

_DRAWN, _WEIGHED, _TAKEN, _THOUGHT = (text_key(f"belief: {name}") for name in ("drawn", "heard", "taken", "thought"))


@dataclass(frozen=True, slots=True)
class Imagining:
    """A decider that never sees the true condition: it plans for imagined ones and merges the choices.

    Conditions are drawn by the scenario's generator. Each is weighed by how well it explains the user's last replies: the
    user is asked, with that condition, what they would have said there, and the share of answers that sound like the reply
    (`Scenario.situation` says the same word) is its likelihood, smoothed by half an answer. `worlds` conditions are then
    taken by systematic resampling, and the decider plans for each with the same luck, which is not the true position's: only
    the candidates here are those that the policy would say (`Position.facing`). Where users have private states, each
    world's user is asked what they would have thought with their last words: pruning by eq. 4 compares with that.

    Attributes:
        decide: the decider that plans in an imagined world.
        worlds: conditions planned for.
        drawn: conditions weighed; `worlds` or more.
        samples: answers asked for per condition and reply; 0: conditions are not weighed.
        memory: how many of the user's last replies they are weighed by.
    """

    decide: Decider
    worlds: int = 4
    drawn: int = 24
    samples: int = 2
    memory: int = 4

    def __post_init__(self) -> None:
        check_finite(self)
        if not 1 <= self.worlds <= self.drawn or self.samples < 0 or self.memory < 0:
            raise InvalidConfig("Imagining needs 1 <= worlds <= drawn, samples >= 0 and memory >= 0, got "
                                f"{self.worlds}, {self.drawn}, {self.samples} and {self.memory}.")

    def __call__(self, position: Position) -> Plan[Choice]:
        """Decides from what the seat to speak may see of the position."""
        blind = Position.facing(position.ask())
        key = blind.key
        conditions = [position.scenario.draw_condition(mix(key, _DRAWN, n)) for n in range(self.drawn)]
        weights = yield from self._weigh(blind, conditions)
        worlds = yield from _thinking(blind, resample(conditions, weights, self.worlds, mix(key, _TAKEN)))
        choices: list[Choice] = []
        for world in worlds:
            choices += [(yield from self.decide(world))]
        return merged(choices)

    def _weigh(self, blind: Position, conditions: Sequence[Condition]) -> Generator[Wants, Any, list[float]]:
        """The likelihood of what the user said last, per condition."""
        weights = [1.0] * len(conditions)
        past = user_replies(blind.dialogue, blind.scenario.user)
        for number, (spoken, said) in enumerate(past[max(0, len(past) - self.memory):] if self.samples else ()):
            wanted = blind.scenario.situation(spoken.say(said))
            there = [Position(blind.scenario, c, spoken, mix(blind.key, _WEIGHED, number), imagined=True) for c in conditions]
            replies = yield [p.ask(sample) for p in there for sample in range(self.samples)]
            for place in range(len(conditions)):
                mine = replies[place * self.samples:(place + 1) * self.samples]
                like = sum(blind.scenario.situation(spoken.say(reply)) == wanted for reply in mine)
                weights[place] *= (like + 0.5) / (self.samples + 1)
        return weights


def _thinking(blind: Position, conditions: Sequence[Condition]) -> Generator[Wants, Any, list[Position]]:
    """The position with each condition, the user's last words with the state that user would have had."""
    scenario, dialogue = blind.scenario, blind.dialogue
    said, before = dialogue.last, dialogue.parent
    if said is None or before is None or said.seat != scenario.user:
        return [replace(blind, condition=condition) for condition in conditions]
    there = [Position(scenario, condition, before, mix(blind.key, _THOUGHT), imagined=True) for condition in conditions]
    replies = yield [position.ask() for position in there]
    thought = [before.say(replace(said, state=reply.state)) if reply.state else dialogue for reply in replies]
    return [replace(blind, condition=condition, dialogue=spoken) for condition, spoken in zip(conditions, thought, strict=True)]


def user_replies(dialogue: Dialogue, user: str) -> list[tuple[Dialogue, Utterance]]:
    """Every reply of the user with the dialogue before it, from first to last."""
    found: list[tuple[Dialogue, Utterance]] = []
    before = Dialogue.EMPTY
    for utterance in dialogue:
        if utterance.seat == user:
            found.append((before, utterance))
        before = before.say(utterance)
    return found


def resample(conditions: Sequence[Condition], weights: Sequence[float], count: int, key: int) -> list[Condition]:
    """`count` conditions in proportion to their weights, by systematic resampling: one number off the key decides all."""
    sums = list(accumulate(weights))
    step = sums[-1] / count
    taken, place = [], 0
    for number in range(count):
        target = (uniform(key) + number) * step
        while place < len(sums) - 1 and sums[place] <= target:
            place += 1
        taken.append(conditions[place])
    return taken


class PlanningAgent:
    """A decider as an agent: it plans at every ask, in imagined worlds, with agents of its own for both seats.

    Whoever can be asked to `respond` can be evaluated, sat at a table or set against a person; so can a search.
    """

    def __init__(self, decide: Decider, agents: Mapping[str, Agent], *, window: int | None = None) -> None:
        """Raises InvalidConfig for a decider that would see the condition: wrap it in `Imagining`."""
        if not isinstance(decide, Imagining):
            raise InvalidConfig(f"A planning agent must not see the hidden condition; give Imagining({decide!r}).")
        self._decide, self._agents, self._window = decide, agents, window

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        heres = [Position.facing(ask) for ask in asks]
        # The first candidate is what `Talk` with this decider would say here; any other is planned with other luck.
        positions = [replace(here, key=ask.key) if ask.index else here for here, ask in zip(heres, asks, strict=True)]
        choices = run(self._decide, positions, self._agents, window=self._window)
        return [choice.replies[choice.best] for choice in choices]
