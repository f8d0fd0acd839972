"""From search trees to preference pairs: D_p (paper §3.2), and the choice of a balanced set."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from hashlib import sha256
from math import hypot

from ...agents.prompting import Layout, messages
from ...envs.chat import Message, written
from ...envs.dialogue import Utterance
from ...envs.keys import mix, text_key
from ...envs.parts import Condition
from ...envs.scenario import Scenario, View
from ...search.pair_selection import PairSettings, Sibling, reply_of, sibling_pairs
from ...search.tree import Tree
from .pair import Candidate, PreferencePair


def tree_pairs(tree: Tree, conversation: str, settings: PairSettings, layout: Layout = "chat") -> list[PreferencePair]:
    """Chosen and rejected replies to the same context, by what the search found below each."""
    found: list[PreferencePair] = []
    scenario = tree.root.scenario
    person = condition_hash(scenario, tree.root.condition)
    contexts: dict[int, tuple[tuple[str, str], ...]] = {}
    for parent, better, worse in sibling_pairs(tree, settings):
        view = tree.position[parent].view()
        if parent not in contexts:
            contexts[parent] = tuple((m["role"], m["content"]) for m in messages(view, layout))
        found.append(PreferencePair(
            contexts[parent], _candidate(tree, better), _candidate(tree, worse), depth=tree.position[parent].turns,
            conversation=conversation, condition=person, origin="search", situation=scenario.situation(view.dialogue)))
    return found


def condition_hash(scenario: Scenario, condition: Condition) -> str:
    """16 hex digits that are the same for the same hidden condition."""
    value = scenario.condition_to_json(condition)
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _candidate(tree: Tree, sibling: Sibling) -> Candidate:
    choice, reply, scenario = sibling.choice, reply_of(tree, sibling.choice), tree.root.scenario
    errors = [tree.error(node) for node in choice]
    known = [error for error in errors if error is not None]
    return Candidate(
        written(scenario, reply)["content"], sibling.value, scenario.recognise(reply),
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
