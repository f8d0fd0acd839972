"""Pairs of a scenario with states: what the policy wrote is compared, what the user heard decides."""

from __future__ import annotations

from collections.abc import Sequence

from dialogym import Position, Utterance
from dialogym.agents.prompting import messages
from dialogym.alignment.preferences.mining import tree_pairs
from dialogym.alignment.preferences.replay import replay_pairs
from dialogym.envs.chat import Message
from dialogym.search.pair_selection import PairSettings
from dialogym.search.tree import ROOT, Tree
from tests.toy import Thinking, cast, talk

TOY = Thinking()
LOOSE = PairSettings(min_gap=0.01, min_completions=1)


def grown(*replies: Utterance) -> Tree:
    """A tree of one step: every reply, and the thinker's answer."""
    start = Position.start(TOY, 0, condition="red")
    tree = Tree.start(start)
    for index, reply in enumerate(replies):
        after = start.say(reply, index)
        then = talk(after, cast(TOY), 1)
        child = tree.add(ROOT, index, reply, then)
        tree.back_propagate(child, then.engagement.level, completed=True)
    return tree


def test_pairs_of_a_tree_hold_state_and_words() -> None:
    (pair,) = tree_pairs(grown(Utterance("guesser", "Is it red?", "Mood: sure\nPlan: red"), Utterance("guesser", "Hm.")),
                         "talk", LOOSE)
    assert pair.chosen.text == "Mood: sure\nPlan: red\nResponse: Is it red?"
    assert pair.rejected.text == "Response: Hm."
    assert (pair.chosen.acts, pair.rejected.acts) == (("guess",), ())


def test_equal_words_are_no_pair_whatever_was_thought() -> None:
    tree = grown(Utterance("guesser", "Is it red?", "Mood: sure"), Utterance("guesser", "Is it red?", "Mood: unsure"))
    tree.completed_reward[2] = 0.0
    assert tree.value(1) != tree.value(2)
    assert tree_pairs(tree, "talk", LOOSE) == []


def test_replayed_pairs_are_scored_with_their_states() -> None:
    view = Position.start(TOY, 0).view()
    replies = [Utterance("guesser", "Hm.", "Mood: low"), Utterance("guesser", "Is it red?", "Mood: high"),
               Utterance("guesser", "Is it red?", "Mood: higher")]
    seen: list[list[Message]] = []

    def score(chats: Sequence[list[Message]]) -> list[float]:
        seen.extend(chats)
        return [float(len(chat[-1]["content"])) for chat in chats]

    (pair,) = replay_pairs([(view, "train-0", "a"), (view, "train-1", "b")], [replies, replies[1:]], "chat", score)
    assert [chat[:-1] for chat in seen] == [messages(view)] * 5
    assert [chat[-1]["content"] for chat in seen[:2]] == ["Mood: low\nResponse: Hm.", "Mood: high\nResponse: Is it red?"]
    assert (pair.chosen.text, pair.rejected.text) == ("Mood: higher\nResponse: Is it red?", "Mood: low\nResponse: Hm.")
    assert (pair.conversation, pair.chosen.acts, pair.rejected.acts) == ("train-0", ("guess",), ())
