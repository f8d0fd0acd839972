"""Plan, then say: a scripted user decides what a reply does, a language model puts it into words.

The mind stays exact, the language becomes natural. A wording that is not heard as its plan (another decision, another call) is
said again; after `tries` of them the simulator's own words are said, so that no model can change what a user decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..envs.chat import Message
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.keys import mix
from ..envs.scenario import Ask, Scenario
from .language_model import LanguageModelAgent

WORDED = "worded:"
"""What the name of a worded user begins with: "worded:MODEL" or "worded:FAMILY:MODEL"."""
TRIES = 3
"""Wordings asked for before the simulator's own words are said."""
_DIRECTION = ("(Stage direction, not heard by the other: {brief} Say it in your own words, in at most three sentences, and "
              "nothing else.)")
_AGAIN = 0x52455452


class WordedUser:
    """A scripted user whose words are a language model's.

    Args:
        scenario: whose user.
        model: who words the replies.
        family: the scripted user who decides; None: the first that can be planned.
        tries: wordings asked for, at least 1.

    Attributes:
        voice: the language model that words.

    Raises InvalidConfig when the scenario has no such planned user.
    """

    def __init__(self, scenario: Scenario, model: LanguageModelAgent, family: str | None = None, tries: int = TRIES) -> None:
        known = scenario.planned
        if not known:
            raise InvalidConfig(f"Scenario {scenario.name!r} has no user whom a model can word: give its class "
                                "`planned`.")
        if family is not None and family not in known:
            raise InvalidConfig(f"No {scenario.user} called {family!r} can be worded; choose one of {sorted(known)}.")
        if tries < 1:
            raise InvalidConfig(f"tries must be at least 1, got {tries}.")
        self.family = family or next(iter(known))
        self.tries = tries
        self._plan = known[self.family]
        self.voice = _Voice(model.backend, model.tokenizer, model.sampling, model.layout, model.adapter)

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        plans = [self._plan(ask) for ask in asks]
        said: dict[int, Utterance] = {}
        for attempt in range(self.tries):
            left = [place for place in range(len(asks)) if place not in said]
            again = [_Directed(asks[i].view, mix(asks[i].key, _AGAIN, attempt), asks[i].index, plans[i].brief) for i in left]
            for place, found in zip(left, self.voice.respond(again), strict=True):
                if plans[place].reads(found.text):
                    said[place] = replace(plans[place].own, text=found.text)
        return [said.get(place, plan.own) for place, plan in enumerate(plans)]


@dataclass(frozen=True, slots=True)
class _Directed(Ask):
    """A request for a reply that is told what it does."""

    brief: str = ""


class _Voice(LanguageModelAgent):
    """A language model that reads the direction of the reply after the dialogue."""

    def messages(self, ask: Ask, skip: int = 0) -> list[Message]:
        found = super().messages(ask, skip)
        direction = _DIRECTION.format(brief=ask.brief if isinstance(ask, _Directed) else "")
        if found[-1]["role"] == "user":
            return [*found[:-1], {"role": "user", "content": f"{found[-1]['content']}\n{direction}"}]
        return [*found, {"role": "user", "content": direction}]
