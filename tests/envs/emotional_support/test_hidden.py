"""Hidden is hidden: nothing the supporter gets to see holds an item that the seeker has not said."""

from __future__ import annotations

import json
from typing import Any

import pytest

import dialogym
from dialogym import DialogueEnv, Utterance
from dialogym.agents.prompting import messages
from dialogym.envs.emotional_support import Trouble
from tests.toy import cast

# Words that nobody says by chance: if one shows up, it leaked.
SECRETS = {
    "en": Trouble("en", "", ("the zork broke", "the plum froze over"), ("quailish", "brindled"),
                  ("the moss judges me", "I owe the tide"), ("a velvet hour",), ("a word with the heron",)),
    "zh": Trouble("zh", "", ("蓝鲸走丢了", "风筝忘了回家"), ("鲭鲭然", "蕨蕨然"),
                  ("苔藓在审判我", "我欠潮水一封信"), ("一小时的丝绒",), ("和苍鹭说句话",)),
}


def visible(env: DialogueEnv) -> str:
    """Everything the supporter can get hold of, as one text (a rendering is a spectator's: it shows states and is left out)."""
    view = env.view("supporter")
    seen: list[Any] = [env.observe("supporter"), env.infos.get("supporter"), repr(view),
                       [[u.text, u.state] for u in view.dialogue]]
    seen += [messages(view, layout) for layout in ("chat", "figure")]
    return json.dumps(seen, ensure_ascii=False)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("skill", ["novice", "average", "expert", "random"])
@pytest.mark.parametrize("seed", range(12))
def test_the_supporter_sees_no_item_before_it_is_said(language: str, skill: str, seed: int) -> None:
    trouble = SECRETS[language]
    env = dialogym.make("EmotionalSupport-v0", language=language)
    env.reset(seed=seed, options={"condition": trouble})
    agents = cast(env.scenario, supporter=skill)
    items = [text for _, text in (("", trouble.troubles[0]), *trouble.items)]
    said = ""
    while True:
        hidden = [item for item in items if item not in said and env.scenario.name not in item]
        seen = visible(env)
        assert not [item for item in hidden if item in seen]
        if not env.agents or any(env.terminations.values()):
            break
        reply = agents[env.agent_selection].respond([env.ask()])[0]
        if reply.seat == "seeker":
            said += reply.text
            assert all(item in reply.state for item in items), "the seeker's own state lists everything"
        env.step(reply)


def test_the_seeker_does_not_see_the_supporters_guess() -> None:
    env = dialogym.make("EmotionalSupport-v0")
    env.reset(seed=0)
    env.step("Hello, I am so tired.")
    env.step(Utterance("supporter", "Tell me more.", "a private guess"))
    view = env.view("seeker")
    for layout in ("chat", "figure"):
        assert "a private guess" not in json.dumps(messages(view, layout))
    assert "a private guess" not in json.dumps(env.observe("seeker")) + repr(view)
