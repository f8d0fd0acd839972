"""Your own policy, measured: a rule-based persuader over 100 seeded episodes, beside the scripted ones.

A policy is a function from an ask to an utterance. The ask holds what the seat may see (`ask.view`) and
the key of its random choices (`ask.key`). Every policy meets the same 100 persuadees, so that the last
column compares like with like. No torch, and the same figures at every run.
"""

import numpy as np

import dialogym
from dialogym.search import play, run

ENV = "PersuasionForGood-v0"
EPISODES = 100

PLAN = (
    "Hello! How are you today?",
    "Have you heard of Save the Children?",
    "May I ask what matters to you when you think of a charity?",
)
APPEALS = {
    "figures": "Studies show that clean water protects thousands of children every year at a very low cost.",
    "trust": "It is a reputable charity, founded a hundred years ago and audited every year.",
    "heart": "Imagine a little girl who goes to bed hungry and afraid every night.",
    "story": "My neighbor volunteered with them and saw a whole village of children go back to school.",
}
HINTS = {
    "figures": ("fact", "figure", "number", "result"),
    "trust": ("trust", "rely", "record", "name"),
    "heart": ("heart", "feeling", "moves", "touches"),
    "story": ("stor", "real people", "experience", "lived through"),
}
READY = ("convince", "happy to help", "eager to help", "be of help", "ready to help")


def listener(ask: dialogym.Ask) -> dialogym.Utterance:
    """Asks what matters to the persuadee, speaks to that, and names a sum only when they sound ready."""
    view = ask.view
    mine = [u.text for u in view.dialogue if u.seat == view.seat]
    theirs = [u.text.lower() for u in view.dialogue if u.seat != view.seat]
    told = [name for text in theirs for name, words in HINTS.items() if any(word in text for word in words)]
    order = [APPEALS[name] for name in dict.fromkeys([*told, *APPEALS])]
    fresh = [text for text in (*PLAN, *order) if text not in mine]
    if theirs and any(word in theirs[-1] for word in READY) and "not convinced" not in theirs[-1]:
        text = "Would you be willing to donate one dollar of your payment to Save the Children?"
    elif fresh:
        text = fresh[0]
    else:
        text = "Even a few cents make a difference. Would you give fifty cents?"
    return dialogym.Utterance(view.seat, text)


def interval(values: np.ndarray, resamples: int = 10_000) -> str:
    """The mean with its 95% percentile bootstrap interval."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():5.2f} [{low:5.2f}, {high:5.2f}]"


def main() -> None:
    scenario = dialogym.make(ENV).scenario
    starts = [dialogym.Position.start(scenario, seed) for seed in range(EPISODES)]
    partner = dialogym.ScriptedAgent.of(scenario, scenario.user)
    policies = {
        name: dialogym.ScriptedAgent.of(scenario, "persuader", name) for name in scenario.scripted["persuader"]
    }
    policies["listener (yours)"] = dialogym.ScriptedAgent(listener)

    levels, lines = {}, []
    for name, policy in policies.items():
        ends = run(play, starts, {scenario.interactive: policy, scenario.user: partner})
        levels[name] = np.array([end.engagement.level for end in ends])
        turns = np.mean([end.turns for end in ends])
        lines.append((name, f"{100 * np.mean(levels[name] > 0):4.0f}%  {turns:5.1f}"))

    dollars = scenario.measures[0].scale
    print(f"{EPISODES} episodes of {ENV}, the same persuadees for every policy\n")
    print(f"{'persuader':<17}{'donation ($)':^20}{'engaged':>8}{'turns':>7}   {'$ against average':^20}")
    for name, rest in lines:
        gain = interval(dollars * (levels[name] - levels["average"]))
        print(f"{name:<17}{interval(dollars * levels[name]):<20}  {rest}   {gain}")


if __name__ == "__main__":
    main()
