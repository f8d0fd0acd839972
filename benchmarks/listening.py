"""Whether a speaker listens: `python benchmarks/listening.py [SPEAKER ...] [--env ID] [--talks N] [--temperature T]`.

A SPEAKER is a scripted one or any language model by name; each talks with the scripted user. Printed of every speaker: the
share of turns with an open call (a persuadee's concern, a seeker's bid) in which they make the act that answers it; of a model
that thinks before it speaks (layout "strategy"), how often the moment it names is the one that is heard, its mood and its call
alone, and how often its words are the acts that it named, with those acts for which they are it least. And of the words that
it puts in quotation marks, how many the user did say.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dialogym import Agent, Ask, ScriptedAgent, Utterance
from dialogym.agents.backend import Completion, Request, Sampling
from dialogym.agents.by_name import model_agent
from dialogym.agents.prompting import layout_of
from dialogym.envs.emotional_support.bids import ANSWERS
from dialogym.envs.persuasion.reading.concerns import ANSWERED_BY
from dialogym.envs.registry import spec
from dialogym.search import play, run
from dialogym.search.openings import openings

CALLS = {**ANSWERS, **ANSWERED_BY}
"""By call, of either scenario, the act that answers it."""
OFTEN, POOREST = 10, 3
"""How often an act has to be named to be told of, and of how many."""
_QUOTED = re.compile('["“「]([^"“”「」]+)["”」]')
_THOUGHT = re.compile(r"\[(?:([a-z ]*)> )?([a-z, #0-9-]+)\]")


class Overheard:
    """A backend whose completions are kept."""

    def __init__(self, backend: Any, tokenizer: Any) -> None:
        """Of a backend that takes token ids or chats."""
        self.promises, self._backend, self._tokenizer = backend.promises, backend, tokenizer
        self.last: list[str] = []

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        found: list[Completion] = self._backend.complete(requests)
        self.last = [self._tokenizer.decode(c.tokens, skip_special_tokens=True) if c.text is None else c.text for c in found]
        return found


class Watched:
    """An agent whose every turn is counted."""

    def __init__(self, agent: Agent) -> None:
        """Of any agent."""
        self._agent, self.counts = agent, Counter[str]()
        self.acts = defaultdict[str, list[bool]](list)

    def poorest(self) -> str:
        """The acts that were named often and whose words were least that act."""
        often = sorted((sum(kept) / len(kept), act) for act, kept in self.acts.items() if len(kept) >= OFTEN)
        return ", ".join(f"{act} {share:.0%}" for share, act in often[:POOREST])

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        replies = list(self._agent.respond(asks))
        heard = getattr(getattr(self._agent, "backend", None), "last", [""] * len(asks))
        for ask, reply, whole in zip(asks, replies, heard, strict=True):
            self._count(ask, reply, whole)
        return replies

    def _count(self, ask: Ask, reply: Utterance, whole: str) -> None:
        scenario, acts = ask.view.scenario, ask.view.scenario.recognise(reply)
        moment = scenario.moment(ask.view.dialogue).split()
        call = moment[-1] if moment else ""
        self.counts.update({"turns": 1, "unreadable": not acts, "calls": call in CALLS,
                            "answered": call in CALLS and CALLS[call] in acts})
        said = " ".join(u.text for u in ask.view.dialogue if u.seat == scenario.user)
        quoted = _QUOTED.findall(reply.text)
        self.counts.update({"quoted": len(quoted), "said": sum(words in said for words in quoted)})
        if thought := _THOUGHT.search(whole):
            named, does = (thought[1] or "").split(), {name for name in thought[2].split(", ") if not name.startswith("#")}
            self.counts.update({"thoughts": 1, "moment": named == moment, "mood": named[:1] == moment[:1],
                                "call": named[-1:] == moment[-1:], "as named": does == set(acts)})
            if len(does) == 1:
                (act,) = does
                self.acts[act].append(does == set(acts))


def main(given: argparse.Namespace) -> None:
    """Prints a line per speaker."""
    scenario = spec(given.env).build()
    sampling = replace(Sampling(max_new_tokens=128), temperature=given.temperature)
    for name in given.speakers:
        if name in scenario.scripted[scenario.interactive]:
            agent: Any = ScriptedAgent.of(scenario, scenario.interactive, name)
        else:
            agent = model_agent(name, sampling, given.layout and layout_of(given.layout))
            agent.backend = Overheard(agent.backend, agent.tokenizer)
        watched = Watched(agent)
        ends = run(play, openings(scenario, "listening", given.talks, 0),
                   {scenario.interactive: watched, scenario.user: ScriptedAgent.of(scenario, scenario.user)})
        counts, levels = watched.counts, [end.engagement.level for end in ends]
        told = [f"answers {counts['answered'] / max(1, counts['calls']):.0%} of {counts['calls']} calls",
                f"engagement {sum(levels) / len(levels):.3f}", f"engaged {sum(x > 0 for x in levels) / len(levels):.0%}",
                f"{counts['turns'] / len(ends):.1f} turns", f"unreadable {counts['unreadable'] / counts['turns']:.1%}"]
        if counts["quoted"]:
            told += [f"{counts['said'] / counts['quoted']:.0%} of {counts['quoted']} quotes were said"]
        if counts["thoughts"]:
            told += [f"{what} {counts[what] / counts['thoughts']:.0%}" for what in ("mood", "call", "moment", "as named")]
        if poorest := watched.poorest():
            told += [f"least as named: {poorest}"]
        print(f"{scenario.name}, {name}: {', '.join(told)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("speakers", nargs="*", default=["random", "novice", "average", "embedded"])
    parser.add_argument("--env", default="PersuasionForGood-v0")
    parser.add_argument("--talks", type=int, default=100)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--layout", help="Of a model's prompts (default: the one it was trained with).")
    main(parser.parse_args())
