"""What a run's numbers say, in words: which way a difference goes and whether its interval excludes zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FEW_EPISODES = 30
"""Below this many episodes a bootstrap interval is rough, and the conclusions say so."""
GARBLED = 0.05
"""From this share of replies that no listener understands, the conclusions mention them."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure on which systems are compared: a measure of the scenario, or the engaged rate.

    Attributes:
        name: key under `differences`, and what prose calls it.
        label: column header.
        unit: "$" goes before a number; "%" means that results hold a fraction.
        mean, interval: keys of a system's entry.
    """

    name: str
    label: str
    unit: str
    mean: str
    interval: str

    @property
    def words(self) -> str:
        """The name in prose, such as "donation"."""
        return "engaged rate" if self.name == "engaged" else self.name.replace("_", " ")

    def scaled(self, value: float) -> float:
        """The value as it is shown: fractions become percent."""
        return 100 * value if self.unit == "%" else value

    def bare(self, value: float) -> str:
        """The number without its unit, for a column that names it; percent keeps its sign."""
        return f"{100 * value:.1f}%" if self.unit == "%" else f"{value:.2f}"

    def show(self, value: float) -> str:
        """The value with its unit, such as "$0.58"."""
        return ("−" if value < 0 else "") + self._unsigned(value)

    def change(self, value: float) -> str:
        """The value as a signed difference, such as "+$0.71" or "−3.1 points"."""
        shown = f"{abs(100 * value):.1f} points" if self.unit == "%" else self._unsigned(value)
        return ("−" if value < 0 else "+") + shown

    def span(self, low: float, high: float, between: str = ", ") -> str:
        """Two signed differences, such as "−$0.02, +$0.31" or "−3.1, +4.0 points"."""
        first = self.change(low)
        return (first.removesuffix(" points") if self.unit == "%" else first) + between + self.change(high)

    def _unsigned(self, value: float) -> str:
        if self.unit == "%":
            return f"{abs(100 * value):.1f}%"
        return f"${abs(value):.2f}" if self.unit == "$" else f"{abs(value):.2f} {self.unit}".strip()


def quantities(results: Mapping[str, Any]) -> list[Quantity]:
    """What the run compared: the scenario's measures in order, then the engaged rate."""
    found = []
    for measure in results.get("measures", []):
        name = measure["name"]
        found.append(Quantity(name, measure.get("label", name), measure.get("unit", ""),
                              f"{name}_mean", f"{name}_ci95"))
    return [*found, Quantity("engaged", "Engaged", "%", "engaged_rate", "engaged_ci95")]


def baseline(results: Mapping[str, Any]) -> str:
    """The system that the others are compared with: SFT, or the first."""
    systems = results["systems"]
    return "SFT" if "SFT" in systems else next(iter(systems), "")


def target(results: Mapping[str, Any]) -> str:
    """The system that the conclusions are about: Aligned, or the last."""
    systems = results["systems"]
    return "Aligned" if "Aligned" in systems else next(reversed(systems), "")


def direction(difference: tuple[float, float, float] | list[float]) -> int:
    """1 when the interval of (mean, low, high) lies above zero, -1 when below, 0 when it includes zero."""
    _, low, high = difference
    return 1 if low > 0 else -1 if high < 0 else 0


def conclude(results: Mapping[str, Any]) -> list[str]:
    """The headline, then paragraphs. Draws no conclusion that the intervals do not carry.

    Rows beside the trained systems, which have a note, stand in the table alone.
    """
    base, about = baseline(results), target(results)
    compared = results.get("differences", {})
    known = [q for q in quantities(results) if q.name in compared.get(about, {})]
    if not known:
        return ["No comparison was recorded.",
                "This run holds no paired differences between systems, so this page draws no conclusion."]
    first = known[0]
    sign = direction(compared[about][first.name])
    headline = {1: f"{about} does better than {base} on {first.words}.",
                -1: f"{about} does worse than {base} on {first.words}.",
                0: f"This run cannot tell {about} from {base} on {first.words}."}[sign]
    others = [_short(name, base, q, compared[name][q.name])
              for q in known for name in [about, *(n for n in compared if n != about)]
              if q.name in compared[name] and (name, q) != (about, first) and name not in results.get("notes", {})]
    return [headline, _detail(results, first, sign), *([" ".join(others)] if others else []),
            " ".join(_cautions(results))]


def _detail(results: Mapping[str, Any], quantity: Quantity, sign: int) -> str:
    base, about = baseline(results), target(results)
    systems = results["systems"]
    mean, low, high = results["differences"][about][quantity.name]
    episodes = systems[about].get("episodes")
    over = f"Over {episodes:,} episodes with" if episodes else "On"
    over += " the same users and seeds"
    levels = ""
    mine, theirs = systems[about].get(quantity.mean), systems.get(base, {}).get(quantity.mean)
    if mine is not None and theirs is not None:
        each = "" if quantity.unit == "%" else " per episode"
        levels = f"{about} reached {quantity.show(mine)}{each} and {base} {quantity.show(theirs)}. "
    meaning = {1: "which excludes zero: alignment helped.",
               -1: "which excludes zero, on the wrong side: alignment hurt.",
               0: "which includes zero: these episodes show neither a gain nor a loss."}[sign]
    start = f"{over}, {levels}The" if levels else f"{over}, the"
    return (f"{start} paired difference is {quantity.change(mean)}, with a 95% interval from "
            f"{quantity.span(low, high, ' to ')}, {meaning}")


def _short(name: str, base: str, quantity: Quantity, difference: list[float]) -> str:
    mean, low, high = difference
    zero = "includes" if direction(difference) == 0 else "excludes"
    return (f"{name} against {base} on {quantity.words}: {quantity.change(mean)} "
            f"({quantity.span(low, high, ' to ')}), which {zero} zero.")


def _cautions(results: Mapping[str, Any]) -> list[str]:
    systems = results["systems"]
    said = []
    garbled = {name: entry["garble_rate"] for name, entry in systems.items()
               if (entry.get("garble_rate") or 0) >= GARBLED}
    if garbled:
        listed = ", ".join(f"{100 * rate:.1f}% of {name}'s" for name, rate in garbled.items())
        said.append(f"Replies that no listener could understand: {listed}.")
    counted = [entry["episodes"] for entry in systems.values() if entry.get("episodes")]
    fewest = min(counted, default=FEW_EPISODES)
    if fewest < FEW_EPISODES:
        said.append(f"With only {fewest} episode{'s' * (fewest != 1)} per system the intervals are rough.")
    simulator = results.get("simulator")
    said.append(f"The users are simulated{f' ({simulator})' if simulator else ''}: "
                "the figures say how the systems fare with this simulator, not with people.")
    seen = results.get("condition_seen")
    if seen == "hidden":
        said.append("No system saw the user's condition while it spoke.")
    elif seen:
        said.append(f"What the systems saw of the user's condition while they spoke: {seen}.")
    return said
