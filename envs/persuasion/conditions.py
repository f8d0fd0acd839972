"""The persuadee's hidden condition: a persona of psychological and demographic attributes (paper §4.2, §4.4).

Scales are those of the PersuasionForGood pre-task survey (Wang et al. 2019): Big Five and decision style 1-5,
moral foundations and Schwartz values 1-6. The means and standard deviations below were fitted on the persuadees of
that corpus by `benchmarks/fit_personas.py`; `mood` is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, isfinite, log, pi, sqrt
from typing import Any

from ..keys import mix, pick, uniform

Value = float | str


@dataclass(frozen=True, slots=True)
class Scale:
    """One numeric attribute: its range, the corpus's mean and deviation, and how high and low values read."""

    low: float
    high: float
    mean: float
    sd: float
    high_words: str
    low_words: str


SCALES: dict[str, Scale] = {
    "extrovert": Scale(1, 5, 3.17, 0.93, "outgoing", "reserved"),
    "agreeable": Scale(1, 5, 3.91, 0.86, "agreeable", "not easily won over"),
    "conscientious": Scale(1, 5, 3.89, 0.72, "conscientious", "easygoing about duties"),
    "neurotic": Scale(1, 5, 2.57, 0.98, "prone to worry", "calm"),
    "open": Scale(1, 5, 3.63, 0.71, "open to new ideas", "set in your ways"),
    "care": Scale(1, 6, 4.56, 0.92, "moved by the suffering of others", "unsentimental about others"),
    "fairness": Scale(1, 6, 4.81, 0.89, "keen on fairness", "relaxed about fairness"),
    "loyalty": Scale(1, 6, 3.49, 1.15, "loyal to your own group", "not tied to any group"),
    "authority": Scale(1, 6, 3.86, 1.17, "respectful of authority", "wary of authority"),
    "purity": Scale(1, 6, 3.61, 1.42, "devoted to purity", "relaxed about purity"),
    "freedom": Scale(1, 6, 4.47, 1.10, "protective of your freedom", "not protective of your freedom"),
    "conform": Scale(1, 6, 3.84, 1.52, "careful to follow rules", "not one to follow rules"),
    "tradition": Scale(1, 6, 3.52, 1.56, "traditional", "untraditional"),
    "benevolence": Scale(1, 6, 4.45, 1.44, "eager to help people", "not quick to help"),
    "universalism": Scale(1, 6, 4.54, 1.46, "concerned for the whole world", "concerned with your own circle"),
    "self_direction": Scale(1, 6, 4.46, 1.38, "independent in your choices", "glad to be guided"),
    "stimulation": Scale(1, 6, 3.76, 1.42, "fond of excitement", "fond of quiet"),
    "hedonism": Scale(1, 6, 3.54, 1.37, "fond of pleasure", "modest in pleasures"),
    "achievement": Scale(1, 6, 3.67, 1.46, "ambitious", "not ambitious"),
    "power": Scale(1, 6, 3.61, 1.42, "fond of influence", "not after influence"),
    "security": Scale(1, 6, 4.22, 1.44, "careful about safety", "unworried about safety"),
    "rational": Scale(1, 5, 4.05, 0.78, "swayed by facts", "not swayed by figures"),
    "intuitive": Scale(1, 5, 3.05, 1.01, "led by your feelings", "not led by feelings"),
    "mood": Scale(1, 5, 3.00, 0.90, "in a generous mood", "in a hurry"),
}
DRAWN = ("agreeable", "care", "neurotic", "rational", "intuitive", "freedom", "mood")
"""What a drawn persona carries: the attributes the scripted persuadee acts on."""
SURVEY = tuple(name for name in SCALES if name != "mood")
"""What the corpus knows of a person."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A persuadee: (attribute, value) pairs in the paper's format, such as ("extrovert", 2.33).

    Attributes:
        attributes: sorted by the order of `SCALES`, then demographics (age in years; sex, race, edu, marital,
            employment, religion, ideology as words; income as the survey's code 1-12). Missing ones are absent.
    """

    attributes: tuple[tuple[str, Value], ...]

    def z(self, name: str) -> float:
        """An attribute in standard deviations from the corpus's mean; 0.0 when it is missing."""
        scale = SCALES[name]
        value = dict(self.attributes).get(name)
        return (value - scale.mean) / scale.sd if isinstance(value, int | float) else 0.0


def draw(key: int, names: Sequence[str] = DRAWN) -> Persona:
    """A synthetic persona: independent clipped normals with the corpus's moments, age, sex and employment."""
    attributes: list[tuple[str, Value]] = []
    for index, name in enumerate(names):
        scale = SCALES[name]
        child = mix(key, index)
        normal = sqrt(-2 * log(1 - uniform(child))) * cos(2 * pi * uniform(child, 1))
        value = min(scale.high, max(scale.low, scale.mean + scale.sd * normal))
        attributes.append((name, round(float(value), 1)))
    attributes.append(("age", float(18 + int(47 * uniform(key, 101)))))
    attributes.append(("sex", pick(key, ("Female", "Male"), 102)))
    attributes.append(("employment", pick(key, ("Employed for wages", "Employed for wages", "Other"), 103)))
    return Persona(tuple(attributes))


@lru_cache(maxsize=4096)
def describe(persona: Persona) -> str:
    """The persona in words: demographics, then every attribute that stands out by 0.6 deviations or more."""
    values = dict(persona.attributes)
    who = {"Female": "woman", "Male": "man"}.get(str(values.get("sex")), "person")
    age = values.get("age")
    parts = [f"You are a {age:.0f}-year-old {who}" if isinstance(age, int | float) else f"You are a {who}"]
    if values.get("marital") in ("Married", "Unmarried"):
        parts.append(str(values["marital"]).lower())
    if values.get("employment") == "Employed for wages":
        parts.append("working for wages")
    lines = [", ".join(parts) + "."]
    traits = []
    for name, scale in SCALES.items():
        z = persona.z(name)
        if abs(z) >= 0.6:
            words = scale.high_words if z > 0 else scale.low_words
            traits.append(f"very {words}" if abs(z) >= 1.4 and not words.startswith(("not ", "in ")) else words)
    if traits:
        lines.append(f"You are {_join(traits)}.")
    views = [str(values[name]).lower() for name in ("ideology",) if name in values]
    if views:
        lines.append(f"Your politics are {views[0]}.")
    return " ".join(lines)


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def to_json(persona: Persona) -> Any:
    """The (attribute, value) pairs as a JSON object."""
    return dict(persona.attributes)


def from_json(value: Any) -> Persona:
    """The inverse of `to_json`. Raises ValueError or TypeError on anything else."""
    if not isinstance(value, dict):
        raise TypeError(f"a persona must be an object of attributes, got {type(value).__name__}")
    pairs: list[tuple[str, Value]] = []
    for name, item in value.items():
        if not isinstance(item, int | float | str) or isinstance(item, bool):
            raise ValueError(f"attribute {name!r} must be a number or a word, got {item!r}")
        if not isinstance(item, str) and not isfinite(item):
            raise ValueError(f"attribute {name!r} must be finite, got {item!r}")
        pairs.append((str(name), item if isinstance(item, str) else float(item)))
    return Persona(tuple(pairs))
