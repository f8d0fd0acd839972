"""What SFT learns from: the chats of a layout, as the model of the seat reads and writes them."""

from __future__ import annotations

from typing import get_args

import pytest

from dialogym.agents.prompting import Layout, messages, thought_of, written
from dialogym.alignment.data.demonstrations import chats, scripted_episodes
from dialogym.envs.dialogue import turns
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.scenario import Scenario, View


@pytest.mark.parametrize("layout", get_args(Layout))
@pytest.mark.parametrize("scenario", [Persuasion(), EmotionalSupport()], ids=["persuasion", "support"])
def test_every_turn_is_learned_as_it_is_asked_for(scenario: Scenario, layout: Layout) -> None:
    seat, episodes = scenario.interactive, scripted_episodes(scenario, 3, 0)
    learned, groups = chats(scenario, episodes, [seat], layout)
    asked = [(View(scenario, seat, None, before.seen_by(seat)), said)
             for episode in episodes for before, said in turns(episode.dialogue, seat)]
    if layout == "figure":
        assert learned == [[*messages(view, layout), written(view, said, layout)] for view, said in asked]
    replies = [m for chat in learned for m in chat if m["role"] == "assistant"]
    assert replies == [written(view, said, layout) for view, said in asked]
    assert all(bool(thought_of(reply["content"])) == (layout == "strategy") for reply in replies)
    assert len(learned) == len(groups)
    if layout == "figure":
        return
    for chat, episode in zip(learned, episodes, strict=True):  # and what the model is asked is the beginning of what it learned
        for before, _ in turns(episode.dialogue, seat):
            prompt = messages(View(scenario, seat, None, before.seen_by(seat)), layout)
            assert chat[:len(prompt)] == prompt
