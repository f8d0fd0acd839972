"""From search trees to preference pairs: D_p (paper §3.2), and the choice of a balanced set."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import hypot, sqrt
from typing import Literal, get_args

from ..agents.prompting import Layout, Message, messages, written
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.position import View
from ..envs.scenario import Condition, Scenario
from ..search.tree import Tree
from .preferences import Candidate, PreferencePair

Valued = Literal["completed", "literal"]


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Which siblings make a pair.

    Attributes:
        min_gap: the least difference of the two values, in engagement (0 to 1).
        min_completions: the fewest finished trajectories behind a value; a reply that ended the dialogue is known exactly
            and needs only its own.
        min_visits: the fewest visits (N of eq. 2) of either reply.
        standard_errors: the gap must exceed this many standard errors of the difference (0: not asked).
        value: what a reply is worth: "completed", the mean over the completed trajectories below it (over the user's answers
            to it, where it has several); "literal", Q/N as eq. 2 prints it, which counts unfinished nodes as failures.
        limit: the most pairs kept, spread over situations (see `balanced`); 0: all.
        all_pairs: every pair of siblings that qualifies, or only best against worst.
    """

    min_gap: float = 0.1
    min_completions: int = 3
    min_visits: int = 1
    standard_errors: float = 0.0
    value: Valued = "completed"
    limit: int = 0
    all_pairs: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.min_gap <= 1 or min(self.min_completions, self.min_visits) < 1 or self.limit < 0:
            raise InvalidConfig("Pairs need 0 <= min_gap <= 1, min_completions >= 1, min_visits >= 1 and limit >= 0, got "
                                f"{self}.")
        if self.value not in get_args(Valued):
            raise InvalidConfig(f"A reply's value must be one of {get_args(Valued)}, got {self.value!r}.")


def tree_pairs(tree: Tree, conversation: str, settings: PairSettings, layout: Layout = "chat") -> list[PreferencePair]:
    """Chosen and rejected replies to the same context, by what the search found below each."""
    found: list[PreferencePair] = []
    person = condition_hash(tree.root.scenario, tree.root.condition)
    for parent, _ in tree.sibling_groups():
        known = [(value, choice) for choice in tree.choices(parent) if (value := _value(tree, choice, settings)) is not None]
        scored = sorted(known, key=lambda pair: (-pair[0], pair[1]))
        if len(scored) < 2:
            continue
        couples = ([(a, b) for i, a in enumerate(scored) for b in scored[i + 1:]] if settings.all_pairs
                   else [(scored[0], scored[-1])])
        view = tree.position[parent].view()
        context: tuple[tuple[str, str], ...] | None = None
        for (high, winner), (low, loser) in couples:
            if high - low < settings.min_gap or _words(tree, winner) == _words(tree, loser) or (
                    high - low <= settings.standard_errors * hypot(_bound(tree, winner), _bound(tree, loser))):
                continue  # the other seat hears the words alone: equal words in two states are one reply
            if context is None:
                context = tuple((m["role"], m["content"]) for m in messages(view, layout))
            found.append(PreferencePair(
                context, _candidate(tree, winner, high), _candidate(tree, loser, low), depth=tree.position[parent].turns,
                conversation=conversation, condition=person, origin="search", situation=view.scenario.situation(view.dialogue)))
    return found


def condition_hash(scenario: Scenario, condition: Condition) -> str:
    """16 hex digits that are the same for the same hidden condition."""
    value = scenario.condition_to_json(condition)
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _value(tree: Tree, choice: Sequence[int], settings: PairSettings) -> float | None:
    """What a candidate is worth; None when too little is known."""
    if sum(tree.visits[node] for node in choice) < settings.min_visits:
        return None
    if settings.value == "literal":
        return sum(tree.total_reward[node] for node in choice) / sum(tree.visits[node] for node in choice)
    if all(tree.over[node] for node in choice) or sum(tree.completions[node] for node in choice) >= settings.min_completions:
        return tree.choice_value(choice)
    return None


def _bound(tree: Tree, choice: Sequence[int]) -> float:
    """The most the standard error of a candidate's value can be: rewards in [0, 1] of mean v vary by at most v(1-v)."""
    open_ = [node for node in choice if tree.completions[node] and not tree.over[node]]
    variances = [(value := tree.value(node) or 0.0) * (1 - value) / tree.completions[node] for node in open_]
    return sqrt(sum(variances)) / len(choice)


def _candidate(tree: Tree, choice: Sequence[int], value: float) -> Candidate:
    reply = _reply(tree, choice[0])
    scenario = tree.root.scenario
    errors = [tree.error(node) for node in choice]
    known = [error for error in errors if error is not None]
    return Candidate(
        written(scenario, reply)["content"], value, scenario.recognise(reply),
        count=sum(tree.completions[node] for node in choice), error=hypot(*known) / len(known) if len(known) == len(errors)
        else None, visits=sum(tree.visits[node] for node in choice), reward=sum(tree.total_reward[node] for node in choice),
        continuation=_continuation(tree, choice))


def _continuation(tree: Tree, choice: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """What was said after a candidate, down the child with the most completed trajectories, first among equals."""
    node = here = max(choice, key=lambda n: tree.completions[n])
    while tree.children[here]:
        here = max(tree.children[here], key=lambda n: tree.completions[n])
    spoken = len(tree.position[tree.parent[node]].dialogue) + 1
    return tuple((u.seat, u.text) for u in list(tree.position[here].dialogue)[spoken:])


def _words(tree: Tree, choice: Sequence[int]) -> str:
    return _reply(tree, choice[0]).text


def _reply(tree: Tree, node: int) -> Utterance:
    reply = tree.reply[node]
    if reply is None:
        raise InvalidConfig("The root of a tree is no reply.")
    return reply


def balanced(pairs: Sequence[PreferencePair], limit: int, seed: int) -> list[PreferencePair]:
    """At most `limit` pairs (0: all), duplicates dropped, spread evenly over situations, drawn at random within each.

    A search spends most of its nodes where talks go well. Taken as they come, most pairs show one situation (a persuadee
    who is ready) with one lesson (ask now), and the cheapest way to fit them is to do it everywhere: "ask now" takes over.
    Choosing by act instead would bend what is better *within* a situation. So situations get equal room, and inside
    each the pairs keep their proportions.
    """
    unique = list({(p.context, p.chosen.text, p.rejected.text): p for p in pairs}.values())
    ordered = sorted(range(len(unique)), key=lambda i: (mix(seed, text_key(unique[i].conversation), i), i))
    ranks: Counter[Hashable] = Counter()
    keyed = []
    for i in ordered:
        keyed.append((ranks[unique[i].situation], i))
        ranks[unique[i].situation] += 1
    return [unique[i] for _, i in (sorted(keyed)[:limit] if limit else keyed)]


def replay_pairs(views: Sequence[tuple[View, str, str]], replies: Sequence[Sequence[Utterance]], layout: Layout,
                 score: Callable[[Sequence[list[Message]]], list[float]], min_gap: float = 0.0) -> list[PreferencePair]:
    """D_t (§3.3): the policy's own replies to training contexts, ranked by the reward model; best against worst.

    Args:
        views: what the policy saw in its training dialogues, each with the conversation's id and the condition's hash.
        replies: the policy's samples for each view.
        layout: of the prompts.
        score: the reward model, one number per chat that ends with the reply.
        min_gap: the least difference of the two scores.
    """
    prompts = [messages(view, layout) for view, _, _ in views]
    scores = iter(score([[*prompt, written(view.scenario, reply)]
                         for (view, _, _), prompt, said in zip(views, prompts, replies, strict=True) for reply in said]))
    found = []
    for (view, name, condition), prompt, said in zip(views, prompts, replies, strict=True):
        ranked = sorted(((next(scores), reply) for reply in said), key=lambda pair: -pair[0])
        best, worst = ranked[0], ranked[-1]
        if best[1].text == worst[1].text or best[0] - worst[0] < min_gap:
            continue
        chosen, rejected = (Candidate(written(view.scenario, reply)["content"], mark, view.scenario.recognise(reply))
                            for mark, reply in (best, worst))
        found.append(PreferencePair(
            tuple((m["role"], m["content"]) for m in prompt), chosen, rejected,
            depth=sum(u.seat == view.seat for u in view.dialogue), conversation=name, condition=condition, origin="replay",
            situation=view.scenario.situation(view.dialogue)))
    return found


def summary(pairs: Iterable[PreferencePair]) -> dict[str, object]:
    """Counts by origin and depth, and the acts on each side: to be looked at before training."""
    listed = list(pairs)
    return {
        "search": sum(p.origin == "search" for p in listed),
        "replay": sum(p.origin == "replay" for p in listed),
        "depths": {str(d): n for d, n in sorted(Counter(p.depth for p in listed).items())},
        "chosen_acts": dict(sorted(Counter(a for p in listed for a in p.chosen.acts or ("(unreadable)",)).items())),
        "rejected_acts": dict(sorted(Counter(a for p in listed for a in p.rejected.acts or ("(unreadable)",)).items())),
        "situations": dict(sorted(Counter(p.situation for p in listed).items())),
        "mean_gap": round(sum(p.gap for p in listed) / max(1, len(listed)), 6),
    }
