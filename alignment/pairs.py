"""From search trees to preference pairs: D_p (paper §3.2), and the choice of a balanced set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from ..agents.prompting import Layout, Message, messages, written
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.position import View
from ..search.tree import Tree
from .preferences import PreferencePair


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Which siblings make a pair.

    Attributes:
        min_gap: the least difference of the two values, in engagement (0 to 1).
        min_completions: the fewest finished trajectories behind a value; a reply that ended the dialogue is known exactly
            and needs only its own.
        standard_errors: the gap must exceed this many standard errors of the difference (0: not asked).
        limit: the most pairs kept, spread over situations (see `balanced`); 0: all.
        all_pairs: every pair of siblings that qualifies, or only best against worst.
    """

    min_gap: float = 0.1
    min_completions: int = 3
    standard_errors: float = 0.0
    limit: int = 0
    all_pairs: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.min_gap <= 1 or self.min_completions < 1 or self.limit < 0:
            raise InvalidConfig(f"Pairs need 0 <= min_gap <= 1, min_completions >= 1 and limit >= 0, got {self}.")


def tree_pairs(tree: Tree, conversation: str, settings: PairSettings, layout: Layout = "chat") -> list[PreferencePair]:
    """Chosen and rejected replies to the same context, by the mean reward of the completed trajectories below each."""
    found: list[PreferencePair] = []
    for parent, children in tree.sibling_groups():
        scored = sorted(((v, n) for n in children if (v := _known(tree, n, settings)) is not None),
                        key=lambda pair: (-pair[0], pair[1]))
        if len(scored) < 2:
            continue
        couples = ([(a, b) for i, a in enumerate(scored) for b in scored[i + 1:]] if settings.all_pairs
                   else [(scored[0], scored[-1])])
        context: tuple[tuple[str, str], ...] | None = None
        for (high, winner), (low, loser) in couples:
            chosen, rejected = _reply(tree, winner), _reply(tree, loser)
            if high - low < settings.min_gap or chosen.text == rejected.text or _noisy(tree, winner, loser, settings):
                continue  # the other seat hears the words alone: equal words in two states are one reply
            if context is None:
                context = tuple((m["role"], m["content"]) for m in messages(tree.position[parent].view(), layout))
            scenario = tree.root.scenario
            found.append(PreferencePair(
                context=context, chosen=written(scenario, chosen)["content"],
                rejected=written(scenario, rejected)["content"], chosen_value=high, rejected_value=low,
                chosen_count=tree.completions[winner], rejected_count=tree.completions[loser],
                depth=tree.position[parent].turns, conversation=conversation, origin="search",
                chosen_acts=scenario.recognise(chosen), rejected_acts=scenario.recognise(rejected),
                situation=scenario.situation(tree.position[parent].view().dialogue)))
    return found


def _known(tree: Tree, node: int, settings: PairSettings) -> float | None:
    if tree.over[node] or tree.completions[node] >= settings.min_completions:
        return tree.value(node)
    return None


def _noisy(tree: Tree, a: int, b: int, settings: PairSettings) -> bool:
    """Whether the gap is within so many standard errors (a bound: rewards in [0, 1] of mean v vary by at most v(1-v))."""
    if not settings.standard_errors:
        return False
    variance = 0.0
    for node in (a, b):
        value = tree.value(node) or 0.0
        if not tree.over[node]:
            variance += value * (1 - value) / tree.completions[node]
    return abs((tree.value(a) or 0) - (tree.value(b) or 0)) <= settings.standard_errors * sqrt(variance)


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
    unique = list({(p.context, p.chosen, p.rejected): p for p in pairs}.values())
    ordered = sorted(range(len(unique)), key=lambda i: (mix(seed, text_key(unique[i].conversation), i), i))
    ranks: Counter[Hashable] = Counter()
    keyed = []
    for i in ordered:
        keyed.append((ranks[unique[i].situation], i))
        ranks[unique[i].situation] += 1
    return [unique[i] for _, i in (sorted(keyed)[:limit] if limit else keyed)]


def replay_pairs(views: Sequence[tuple[View, str]], replies: Sequence[Sequence[Utterance]], layout: Layout,
                 score: Callable[[Sequence[list[Message]]], list[float]], min_gap: float = 0.0) -> list[PreferencePair]:
    """D_t (§3.3): the policy's own replies to training contexts, ranked by the reward model; best against worst.

    Args:
        views: what the policy saw in its training dialogues, each with the conversation's id.
        replies: the policy's samples for each view.
        layout: of the prompts.
        score: the reward model, one number per chat that ends with the reply.
        min_gap: the least difference of the two scores.
    """
    prompts = [messages(view, layout) for view, _ in views]
    scores = iter(score([[*prompt, written(view.scenario, reply)]
                         for (view, _), prompt, said in zip(views, prompts, replies, strict=True) for reply in said]))
    found = []
    for (view, name), prompt, said in zip(views, prompts, replies, strict=True):
        ranked = sorted(((next(scores), reply) for reply in said), key=lambda pair: -pair[0])
        (high, chosen), (low, rejected) = ranked[0], ranked[-1]
        if chosen.text == rejected.text or high - low < min_gap:
            continue
        scenario = view.scenario
        found.append(PreferencePair(
            context=tuple((m["role"], m["content"]) for m in prompt), chosen=written(scenario, chosen)["content"],
            rejected=written(scenario, rejected)["content"], chosen_value=high, rejected_value=low,
            chosen_count=0, rejected_count=0,
            depth=sum(u.seat == view.seat for u in view.dialogue), conversation=name, origin="replay",
            chosen_acts=scenario.recognise(chosen), rejected_acts=scenario.recognise(rejected),
            situation=scenario.situation(view.dialogue)))
    return found


def summary(pairs: Iterable[PreferencePair]) -> dict[str, object]:
    """Counts by origin and depth, and the acts on each side: to be looked at before training."""
    listed = list(pairs)
    return {
        "search": sum(p.origin == "search" for p in listed),
        "replay": sum(p.origin == "replay" for p in listed),
        "depths": {str(d): n for d, n in sorted(Counter(p.depth for p in listed).items())},
        "chosen_acts": dict(sorted(Counter(a for p in listed for a in p.chosen_acts or ("(unreadable)",)).items())),
        "rejected_acts": dict(sorted(Counter(a for p in listed for a in p.rejected_acts or ("(unreadable)",)).items())),
        "situations": dict(sorted(Counter(p.situation for p in listed).items())),
        "mean_gap": round(sum(p.chosen_value - p.rejected_value for p in listed) / max(1, len(listed)), 6),
    }
