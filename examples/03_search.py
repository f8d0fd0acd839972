"""Look ahead: i×MCTS (paper §3.2) on one persuadee, with scripted agents at both ends.

The search talks the same conversation to its end many times. Each first reply is valued by the mean
engagement of the finished conversations below it. The search sees the persuadee's hidden condition, which
is right for making preference data and would be cheating when acting.
"""

import time

import dialogym
from dialogym.search import IxMCTS, Tree, play, run

ENV = "PersuasionForGood-v0"


def best_end(tree: Tree) -> int:
    """The finished conversation with the highest engagement, the shortest among equals."""
    ends = [node for node in range(len(tree)) if tree.over[node]]
    return max(ends, key=lambda node: (tree.position[node].engagement.level, -tree.depth[node]))


def main() -> None:
    scenario = dialogym.make(ENV).scenario
    agents = {
        "persuader": dialogym.ScriptedAgent.of(scenario, "persuader", "average"),
        "persuadee": dialogym.ScriptedAgent.of(scenario, "persuadee"),
    }
    position = dialogym.Position.start(scenario, 3)
    for line in ("Hello! How are you today?", "Tell me what you look for in a charity?"):
        position = dialogym.converse(position.say(line), agents, 1)
    print("Hidden:", scenario.describe_condition(position.condition))
    for utterance in position.dialogue:
        print(f"{utterance.seat:>9}: {utterance.text}")

    started = time.perf_counter()
    (tree,) = run(IxMCTS(width=6, keep=30), [position], agents)
    seconds = time.perf_counter() - started
    print(f"\n{len(tree)} nodes, {tree.completions[0]} finished conversations, {seconds:.1f} s")

    print("\nvalue  ends  first reply, best to worst")
    replies = [(tree.value(node), node) for node in tree.children[0]]
    for value, node in sorted(replies, key=lambda pair: -1 if pair[0] is None else pair[0], reverse=True):
        shown = "    -" if value is None else f"{value:5.2f}"
        print(f"{shown}  {tree.completions[node]:4}  {tree.reply[node].text}")

    node = best_end(tree)
    print("\nThe best line:")
    for utterance in list(tree.position[node].dialogue)[len(position.dialogue) :]:
        print(f"{utterance.seat:>9}: {utterance.text}")
    (plain,) = run(play, [position], agents)
    print(f"\nengagement: {tree.position[node].engagement.level:.3f} on the best line, "
          f"{plain.engagement.level:.3f} without looking ahead")


if __name__ == "__main__":
    main()
