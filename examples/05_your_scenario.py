"""A scenario of your own: haggling over a bicycle, registered, played, and searched.

The rules are one class of pure functions and two scripted speakers. The environment, its snapshots, the
agents and the search then work with it unchanged. Engagement is the price agreed on, over $100.
`dialogym new-scenario NAME` writes such a scenario as a package, which needs no `register` once it is installed.
"""

import re
from typing import ClassVar

import dialogym
from dialogym import Measure, pick
from dialogym.search import IxMCTS, play, run

MOST = 100
PRICE = re.compile(r"\$(\d+)")


def price(text: str) -> int:
    found = PRICE.findall(text)
    return int(found[-1]) if found else MOST


def seller(ask: dialogym.Ask) -> dialogym.Utterance:
    """Starts high and comes down by a random step each turn."""
    mine = [price(u.text) for u in ask.view.dialogue if u.seat == "seller"]
    offer = max(10, (mine[-1] if mine else MOST) - pick(ask.key, (5, 15, 25)))
    return dialogym.Utterance("seller", f"I would let it go for ${offer}.")


def buyer(ask: dialogym.Ask) -> dialogym.Utterance:
    """Takes what is within the hidden budget, and walks away from the third price that is not."""
    offers = [price(u.text) for u in ask.view.dialogue if u.seat == "seller"]
    if offers[-1] <= ask.view.condition:
        return dialogym.Utterance("buyer", pick(ask.key, ("Deal at ${}!", "${} it is. Deal!")).format(offers[-1]))
    if len(offers) >= 3:
        return dialogym.Utterance("buyer", "No deal, I am leaving.")
    return dialogym.Utterance("buyer", f"${offers[-1]} is too much for me.")


class Haggle(dialogym.Scenario):
    """A seller names prices, a buyer with a hidden budget takes one or leaves."""

    name, version = "haggle", 0
    interactive, user, opener = "seller", "buyer", "seller"
    statuses, acts = ("sold", "open", "left"), ("offer",)
    measures = (Measure("price", "Price ($)", "$", MOST),)
    scripted: ClassVar = {"seller": {"patient": seller}, "buyer": {"scripted": buyer}}

    def __init__(self, horizon: int = 5) -> None:
        self.horizon = horizon

    def draw_condition(self, key: int) -> int:
        """The budget, in dollars."""
        return pick(key, range(30, 90))

    def describe_condition(self, condition: int) -> str:
        """What the buyer knows, in words."""
        return f"You would pay ${condition} at most."

    def condition_to_json(self, condition: int) -> int:
        """For snapshots; the next method is its inverse."""
        return condition

    def condition_from_json(self, value: int) -> int:
        """See `condition_to_json`."""
        return int(value)

    def engagement(self, dialogue: dialogym.Dialogue) -> dialogym.Engagement:
        """Reads the outcome off the buyer's last words."""
        said = dialogue.last.text if dialogue.last and dialogue.last.seat == self.user else ""
        if "leaving" in said:
            return dialogym.Engagement(0.0, True, "left", said)
        if "eal" in said:
            return dialogym.Engagement(price(said) / MOST, True, "sold", said)
        return dialogym.Engagement(0.0, False, "open")

    def pruning_score(self, dialogue: dialogym.Dialogue) -> float:
        """The price last named: a search that prunes drops the lowest."""
        return float(price(dialogue.last.text)) if dialogue.last else 0.0

    def recognise(self, utterance: dialogym.Utterance) -> tuple[str, ...]:
        """The dialogue acts heard in an utterance."""
        return ("offer",) if PRICE.search(utterance.text) else ()


def main() -> None:
    dialogym.register("Haggle-v0", Haggle)
    env = dialogym.make("Haggle-v0", render_mode="ansi")
    agents = {seat: dialogym.ScriptedAgent.of(env.scenario, seat) for seat in env.possible_agents}
    env.reset(seed=3)
    print("Only the buyer knows:", env.observe("buyer")["condition"], "\n")
    while not env.position.over:
        env.step(agents[env.agent_selection].respond([env.ask()])[0])
    print(env.render())

    starts = [dialogym.Position.start(env.scenario, seed) for seed in range(200)]
    sold = [end.engagement.level * MOST for end in run(play, starts, agents)]
    best = [
        max(p.engagement.level for p in tree.position) * MOST for tree in run(IxMCTS(keep=9), starts, agents)
    ]
    print(f"\n200 buyers pay ${sum(sold) / 200:.2f} on average; on the best line a search found, ${sum(best) / 200:.2f}")


if __name__ == "__main__":
    main()
