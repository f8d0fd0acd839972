"""A third scenario, as a user would add one: one class and one registration. Every sweep of the tests takes it in.

A seller names prices, a buyer with a hidden budget hints whether they are near, and buys or walks away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import dialogym
from dialogym import Ask, Dialogue, Engagement, Scenario, Utterance
from dialogym.envs.keys import mix, pick, uniform
from dialogym.envs.parts import Speech
from dialogym.envs.scenario import Measure

ID = "Haggling-v0"
PRICE = re.compile(r"(\d+) coins")


@dataclass(frozen=True, slots=True)
class Budget:
    coins: int
    offers: int


def price_of(text: str) -> int | None:
    found = PRICE.search(text)
    return int(found[1]) if found else None


def sell(ask: Ask) -> Utterance:
    """Starts high, comes down faster when the buyer says that it is far off."""
    named = [price for u in ask.view.dialogue if u.seat == "seller" and (price := price_of(u.text)) is not None]
    last = ask.view.dialogue.last
    step = 30 if last is not None and "far" in last.text else 10
    price = max(5, (named[-1] if named else 120) - step + int(8 * uniform(ask.key)))
    words = pick(mix(ask.key, 1), ("I could let it go for {} coins.", "How about {} coins?", "For you, {} coins."))
    return Utterance("seller", words.format(price))


def buy(ask: Ask) -> Utterance:
    budget = ask.view.condition
    if not isinstance(budget, Budget):
        raise TypeError("a buyer needs a Budget")
    offers = [price for u in ask.view.dialogue if u.seat == "seller" and (price := price_of(u.text)) is not None]
    if not offers:
        return Utterance("buyer", pick(ask.key, ("Hello, what does this lamp cost?", "Good day, how much is the lamp?")))
    if offers[-1] <= budget.coins:
        return Utterance("buyer", f"Agreed, {offers[-1]} coins it is.")
    if len(offers) >= budget.offers:
        return Utterance("buyer", pick(ask.key, ("No, I am leaving.", "Too much for me, I am leaving.")))
    far = "far from" if offers[-1] > budget.coins + 30 else "near"
    return Utterance("buyer", f"That is {far} what I can pay{pick(ask.key, ('.', ', sorry.', ', alas.'))}")


class Haggling(Scenario):
    name, version = "haggling", 1
    interactive, user, opener = "seller", "buyer", "buyer"
    measures = (Measure("price", "Price (coins)", "", 100.0),)
    statuses = ("sold", "open", "walked")
    acts = ("offer",)
    teachers = ("plain",)
    scripted: ClassVar = {"seller": {"plain": sell}, "buyer": {"scripted": buy}}

    def __init__(self, horizon: int = 6) -> None:
        self.horizon = horizon

    def draw_condition(self, key: int) -> Budget:
        return Budget(20 + int(100 * uniform(key, 1)), 3 + int(4 * uniform(key, 2)))

    def describe_condition(self, condition: Any) -> str:
        if not isinstance(condition, Budget):
            raise TypeError("not a budget")
        return f"You can pay {condition.coins} coins and will hear {condition.offers} offers."

    def condition_to_json(self, condition: Any) -> Any:
        return [condition.coins, condition.offers]

    def condition_from_json(self, value: Any) -> Budget:
        coins, offers = value
        if not isinstance(coins, int) or not isinstance(offers, int):
            raise TypeError("a budget is two whole numbers")
        return Budget(coins, offers)

    def engagement(self, dialogue: Dialogue) -> Engagement:
        last = dialogue.last
        if last is not None and last.seat == "buyer" and last.text.startswith("Agreed"):
            return Engagement(min(1.0, (price_of(last.text) or 0) / 100), True, "sold", last.text)
        if last is not None and last.seat == "buyer" and "leaving" in last.text:
            return Engagement(0.0, True, "walked", last.text)
        return Engagement(0.0, False, "open", "no deal yet")

    def pruning_score(self, dialogue: Dialogue) -> float:
        return float(sum("near" in u.text for u in dialogue))

    def situation(self, dialogue: Dialogue) -> str:
        return "near" if dialogue.last is not None and "near" in dialogue.last.text else "far"

    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        return ("offer",) if price_of(utterance.text) is not None else ()

    @property
    def speech(self) -> Speech:
        return HagglingSpeech()


class HagglingSpeech(Speech):
    def system_prompt(self, seat: str, condition: Any) -> str:
        return f"You are the {seat} of a lamp." + ("" if condition is None else f" {Haggling().describe_condition(condition)}")


if ID not in dialogym.registry:
    dialogym.register(ID, Haggling)
