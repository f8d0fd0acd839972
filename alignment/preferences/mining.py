"""From search trees to preference pairs: D_p (paper §3.2), and the choice of a balanced set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from math import hypot

from ...agents.prompting import Layout, messages, written
from ...envs.keys import mix, text_key
from ...envs.scenario import View
from ...search.pair_selection import PairSettings, Sibling, reply_of, sibling_pairs
from ...search.tree import Tree
from ..data.user_splits import condition_hash
from .pair import UNREADABLE, Candidate, PreferencePair


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
            contexts[parent], _candidate(tree, better, view, layout), _candidate(tree, worse, view, layout),
            depth=tree.position[parent].turns, conversation=conversation, condition=person, origin="search",
            situation=scenario.moment(view.dialogue)))
    return found


def _candidate(tree: Tree, sibling: Sibling, view: View, layout: Layout) -> Candidate:
    choice, reply, scenario = sibling.choice, reply_of(tree, sibling.choice), tree.root.scenario
    errors = [tree.error(node) for node in choice]
    known = [error for error in errors if error is not None]
    return Candidate(
        written(view, reply, layout)["content"], sibling.value, scenario.recognise(reply),
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


def summary(pairs: Iterable[PreferencePair]) -> dict[str, object]:
    """Counts by origin and depth, and the acts on each side: to be looked at before training."""
    listed = list(pairs)
    return {
        "search": sum(p.origin == "search" for p in listed),
        "replay": sum(p.origin == "replay" for p in listed),
        "depths": {str(d): n for d, n in sorted(Counter(p.depth for p in listed).items())},
        "chosen_acts": dict(sorted(Counter(a for p in listed for a in p.chosen.acts or (UNREADABLE,)).items())),
        "rejected_acts": dict(sorted(Counter(a for p in listed for a in p.rejected.acts or (UNREADABLE,)).items())),
        "situations": dict(sorted(Counter(p.situation for p in listed).items())),
        "mean_gap": round(sum(p.gap for p in listed) / max(1, len(listed)), 6),
    }
