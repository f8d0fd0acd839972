"""D_t (paper §3.3): the policy's own replies in contexts of its training dialogues, ranked by the reward model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...agents.prompting import Layout, messages, written
from ...envs.agent import Agent
from ...envs.chat import Message
from ...envs.dialogue import Utterance, turns
from ...envs.keys import mix, text_key
from ...envs.parts import Episode
from ...envs.scenario import Ask, Scenario, View
from ..data.user_splits import condition_hash
from .pair import Candidate, PreferencePair

ScoreChats = Callable[[Sequence[list[Message]]], list[float]]
"""How good the reply is that each chat ends with; higher is better."""


def contexts(scenario: Scenario, episodes: Sequence[Episode], count: int, seed: int) -> list[tuple[View, str, str]]:
    """What the policy saw before `count` of its turns in training dialogues (at most all), drawn by the seed.

    Each with the conversation's id ("train-" and its place among the episodes) and the condition's hash.
    """
    seat = scenario.interactive
    places = [(number, before) for number, episode in enumerate(episodes) if episode.split == "train"
              for before, _ in turns(episode.dialogue, seat)]
    key = mix(text_key("replay"), seed)
    chosen = sorted(range(len(places)), key=lambda i: mix(key, i))[:count]
    return [(View(scenario, seat, None, before.seen_by(seat)), f"train-{number}",
             condition_hash(scenario, episodes[number].condition)) for number, before in (places[i] for i in chosen)]


def resampled(policy: Agent, views: Sequence[View], samples: int, seed: int) -> list[list[Utterance]]:
    """The policy's replies in each view, `samples` of them, by keys that belong to no conversation."""
    key = mix(text_key("replay"), seed)
    asks = [Ask(view, mix(key, 1, i), j) for i, view in enumerate(views) for j in range(samples)]
    replies = policy.respond(asks)
    return [replies[i * samples:(i + 1) * samples] for i in range(len(views))]


def replay_pairs(views: Sequence[tuple[View, str, str]], replies: Sequence[Sequence[Utterance]], layout: Layout,
                 score: ScoreChats, min_gap: float = 0.0) -> list[PreferencePair]:
    """D_t (§3.3): the policy's own replies to training contexts, ranked by the reward model; best against worst.

    Args:
        views: what the policy saw in its training dialogues, each with the conversation's id and the condition's hash.
        replies: the policy's samples for each view.
        layout: of the prompts.
        score: the reward model, one number per chat that ends with the reply.
        min_gap: the least difference of the two scores.
    """
    prompts = [messages(view, layout) for view, _, _ in views]
    scores = iter(score([[*prompt, written(view, reply, layout)]
                         for (view, _, _), prompt, said in zip(views, prompts, replies, strict=True) for reply in said]))
    found = []
    for (view, name, condition), prompt, said in zip(views, prompts, replies, strict=True):
        ranked = sorted(((next(scores), reply) for reply in said), key=lambda pair: -pair[0])
        best, worst = ranked[0], ranked[-1]
        if best[1].text == worst[1].text or best[0] - worst[0] < min_gap:
            continue
        chosen, rejected = (Candidate(written(view, reply, layout)["content"], mark, view.scenario.recognise(reply))
                            for mark, reply in (best, worst))
        found.append(PreferencePair(
            tuple((m["role"], m["content"]) for m in prompt), chosen, rejected,
            depth=sum(u.seat == view.seat for u in view.dialogue), conversation=name, condition=condition, origin="replay",
            situation=view.scenario.moment(view.dialogue)))
    return found
