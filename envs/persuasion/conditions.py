"""The persuadee's hidden condition: a persona of psychological and demographic attributes (paper §4.2, §4.4).

Scales are those of the PersuasionForGood pre-task survey (Wang et al. 2019): Big Five and decision style 1-5,
moral foundations and Schwartz values 1-6. The means and standard deviations below, and the shares and correlations in
`persona_figures.py`, were fitted on the persuadees of that corpus by `benchmarks/fit_personas.py`; `mood` is ours.
docs/personas.md documents every attribute.
"""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import cos, inf, isfinite, log, pi, sqrt
from operator import mul
from pathlib import Path
from statistics import NormalDist
from typing import Any

from ..errors import InvalidConfig, InvalidCorpus
from ..keys import mix, text_key, uniform
from ..storage import parsed, write_whole
from .persona_figures import CORRELATIONS, LEVELS, ORDER, STEPS

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
DEMOGRAPHICS = ("age", "sex", "race", "edu", "marital", "employment", "religion", "ideology", "income")
"""The survey's demographics: age in years, income as the survey's code 1-12, the others as the survey's words."""
SURVEY = (*(name for name in SCALES if name != "mood"), *DEMOGRAPHICS)
"""What the corpus knows of a person."""
ALWAYS = ("age", "sex", "employment")
"""The demographics that every drawn persona has."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A persuadee: (attribute, value) pairs in the paper's format, such as ("extrovert", 2.33).

    Attributes:
        attributes: sorted by the order of `SCALES`, then demographics (age in years; sex, race, edu, marital,
            employment, religion, ideology as words; income as the survey's code 1-12). Missing ones are absent.
    """

    attributes: tuple[tuple[str, Value], ...]

    def __post_init__(self) -> None:
        """Writes every number as a float, zero without a sign, in one order. Raises ValueError on what is no finite number."""
        found = sorted(((name, _one_value(name, value)) for name, value in self.attributes), key=_place)
        object.__setattr__(self, "attributes", tuple(found))

    def z(self, name: str) -> float:
        """An attribute in standard deviations from the corpus's mean; 0.0 when it is missing."""
        scale, value = SCALES[name], dict(self.attributes).get(name)
        return (value - scale.mean) / scale.sd if isinstance(value, int | float) else 0.0

    def scores(self) -> dict[str, float]:
        """Every attribute of `SCALES` in standard deviations from the corpus's mean; 0.0 for a missing one."""
        found = dict.fromkeys(SCALES, 0.0)
        for name, value in self.attributes:
            if name in SCALES and isinstance(value, int | float):
                found[name] = (value - SCALES[name].mean) / SCALES[name].sd
        return found


def _one_value(name: str, value: Any) -> Value:
    """A number as a float, a word as it is. Raises ValueError."""
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"attribute {name!r} must be a number or a word, got {value!r}")
    try:
        number = float(value) + 0.0  # -0.0 + 0.0 is 0.0
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError(f"attribute {name!r} must be finite, got {number!r}")
    return number


def _place(attribute: tuple[str, Value]) -> tuple[int, str]:
    """Where an attribute stands: as in `SCALES` and `DEMOGRAPHICS`, then the others by name."""
    return _PLACES.get(attribute[0], len(_PLACES)), attribute[0]


_PLACES = {name: place for place, name in enumerate((*SCALES, *DEMOGRAPHICS))}


# -- drawn -----------------------------------------------------------------------------------------

_normal_quantile = NormalDist().inv_cdf
_JOINT, _MOOD = text_key("persona: joint"), text_key("persona: mood")
_Question = tuple[int, tuple[float, ...], tuple[Value | None, ...]]
"""A latent normal's place in `ORDER`, where it is cut, and the values between the cuts."""


def draw(key: int, names: Sequence[str] = DRAWN) -> Persona:
    """A synthetic persona, drawn from the joint distribution of the corpus's persuadees: a Gaussian copula.

    Every survey attribute has a latent standard normal, correlated with the others' as `CORRELATIONS` says; cutting it where
    the shares of the corpus's answers say gives an answer that people gave, as often as they gave it. Religion takes up to
    three questions (see `persona_figures.LEVELS`). Mood is independent of all else: a normal clipped to its scale.
    What an attribute comes out as depends on the key alone, not on what else is drawn. About 20 µs for `DRAWN`.

    Args:
        key: 64 bits that decide everything.
        names: what the persona carries, besides `ALWAYS`.

    Raises:
        InvalidConfig: a name is no attribute.
    """
    plan, depth = _plan(tuple(names))
    child = mix(key, _JOINT)
    noise = [_normal_quantile(uniform(child, index) or 2.0**-54) for index in range(depth)]
    factor = _factor()
    attributes: list[tuple[str, Value]] = []
    for name, questions in plan:
        if not questions:
            attributes.append((name, _mood(mix(key, _MOOD))))
        for index, cuts, values in questions:
            value = values[bisect(cuts, sum(map(mul, factor[index], noise)))]
            if value is not None:
                attributes.append((name, value))
                break
    return Persona(tuple(attributes))


def personas(count: int = 700, seed: int = 0) -> tuple[Persona, ...]:
    """A synthetic population with every attribute: for seed 0, the same people for everybody.

    The paper simulates about 700 synthetic personas (§4.2, §4.4) and publishes none; these are ours.

    Args:
        count: how many, ≥ 0. The first of them do not depend on it.
        seed: another seed is another population.
    """
    key = mix(text_key("population of personas"), seed)
    return tuple(draw(mix(key, index), (*SCALES, *DEMOGRAPHICS)) for index in range(count))


def _mood(key: int) -> float:
    """A clipped normal with the moments of `SCALES`, to one decimal."""
    scale = SCALES["mood"]
    normal = sqrt(-2 * log(1 - uniform(key))) * cos(2 * pi * uniform(key, 1))
    return round(float(min(scale.high, max(scale.low, scale.mean + scale.sd * normal))), 1)


@lru_cache(maxsize=256)
def _plan(names: tuple[str, ...]) -> tuple[tuple[tuple[str, tuple[_Question, ...]], ...], int]:
    """What to draw, in the order of a persona's attributes (no questions: mood), and how many latents that takes."""
    known = (*SCALES, *DEMOGRAPHICS)
    if unknown := [name for name in names if name not in known]:
        raise InvalidConfig(f"A persona has no attribute {unknown[0]!r}; choose among {', '.join(known)}.")
    plan = tuple((name, _questions(name)) for name in known if name in names or name in ALWAYS)
    return plan, 1 + max(index for _, questions in plan for index, _, _ in questions)


def _questions(name: str) -> tuple[_Question, ...]:
    found: list[_Question] = []
    for index, latent in enumerate(ORDER):
        if latent.partition(":")[0] == name:
            values, shares = levels(latent)
            total = sum(shares)
            cuts = tuple(_normal_quantile(share / total) for share in accumulate(shares[:-1]))
            found.append((index, cuts, values))
    return tuple(found)


def levels(latent: str) -> tuple[tuple[Value | None, ...], tuple[float, ...]]:
    """The values of one question of the survey, in order, and their shares (they sum to about 1000).

    Args:
        latent: an entry of `persona_figures.ORDER`.
    """
    if latent in LEVELS:
        return LEVELS[latent]
    first, steps, shares = STEPS[latent]
    return tuple(round(first + index / steps, 2) for index in range(len(shares))), shares


@lru_cache(maxsize=1)
def _factor() -> tuple[tuple[float, ...], ...]:
    """The lower Cholesky factor of `CORRELATIONS`; row i has i + 1 numbers. A few milliseconds, once."""
    factor: list[tuple[float, ...]] = []
    for hundredths in CORRELATIONS:
        row: list[float] = []
        for other, target in zip(factor, hundredths, strict=True):
            row.append((target / 100 - sum(map(mul, row, other))) / other[-1])
        factor.append((*row, sqrt(1 - sum(map(mul, row, row)))))
    return tuple(factor)


# -- in words --------------------------------------------------------------------------------------

_EDU = {
    "Less than four-year college": "without a college degree",
    "Four-year college": "with a four-year college degree",
    "Postgraduate": "with a postgraduate degree",
}
_FAITH = {
    "Atheist": "You are an atheist.",
    "Other religion": "Your faith is neither Protestant nor Catholic.",
}


@lru_cache(maxsize=4096)
def describe(persona: Persona) -> str:
    """The persona in words: demographics, then every attribute that stands out by 0.6 deviations or more.

    Income stands out at the survey's codes 1-3 (low) and 9-12 (high). Numbers are never told, but for the age.
    """
    values = dict(persona.attributes)
    who = {"Female": "woman", "Male": "man"}.get(str(values.get("sex")), "person")
    age = values.get("age")
    lines = [", ".join([f"You are a {age:.0f}-year-old {who}" if isinstance(age, int | float) else f"You are a {who}",
                        *_standing(values)]) + "."]
    traits = []
    for scale, z in zip(SCALES.values(), persona.scores().values(), strict=True):
        if abs(z) >= 0.6:
            words = scale.high_words if z > 0 else scale.low_words
            traits.append(f"very {words}" if abs(z) >= 1.4 and not words.startswith(("not ", "in ")) else words)
    if traits:
        lines.append(f"You are {_join(traits)}.")
    if "ideology" in values:
        lines.append(f"Your politics are {str(values['ideology']).lower()}.")
    if "religion" in values:
        faith = str(values["religion"])
        lines.append(_FAITH.get(faith, f"Your faith is {faith}."))
    return " ".join(lines)


def _standing(values: dict[str, Value]) -> list[str]:
    """Race, schooling, marriage, work and income, as far as they are known."""
    parts = []
    if "race" in values:
        race = str(values["race"]).lower()
        parts.append("not white" if race == "other" else race)
    if "edu" in values:
        edu = str(values["edu"])
        parts.append(_EDU.get(edu, f"educated to {edu}"))
    if values.get("marital") in ("Married", "Unmarried"):
        parts.append(str(values["marital"]).lower())
    if values.get("employment") == "Employed for wages":
        parts.append("working for wages")
    income = values.get("income")
    if isinstance(income, int | float) and not 3 < income < 9:
        parts.append("on a low income" if income <= 3 else "on a high income")
    return parts


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


# -- in files --------------------------------------------------------------------------------------


def to_json(persona: Persona) -> Any:
    """The (attribute, value) pairs as a JSON object."""
    return dict(persona.attributes)


def from_json(value: Any) -> Persona:
    """The inverse of `to_json`. Raises ValueError or TypeError on anything else."""
    if not isinstance(value, dict):
        raise TypeError(f"a persona must be an object of attributes, got {type(value).__name__}")
    return Persona(tuple((str(name), item) for name, item in value.items()))


def read_file(path: Path) -> list[Persona]:
    """The personas in a file: a JSON object of attributes on every line (blank ones apart), or a JSON list of such objects.

    Raises:
        InvalidCorpus: it cannot be read or holds something else; the message names the file and the line or item (from 1).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidCorpus(f"Cannot read {str(path)!r} ({error}); expected personas, a JSON object a line.") from error
    if text.lstrip().startswith("["):
        try:
            items = parsed(text)
        except ValueError as error:
            raise InvalidCorpus(f"{path.name}: not a JSON list ({error}); expected a list of personas.") from error
        return [_read_one(f"{path.name}, item {number}", item) for number, item in enumerate(items, 1)]
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{path.name}, line {number}"
            try:
                item = parsed(line)
            except ValueError as error:
                raise InvalidCorpus(f"{where}: not JSON ({error}); expected an object of attributes.") from error
            found.append(_read_one(where, item))
    return found


def write_file(path: Path, people: Iterable[Persona]) -> None:
    """Writes personas so that `read_file` gives them back: UTF-8, one JSON object of attributes a line."""
    lines = (json.dumps(to_json(persona), ensure_ascii=False, allow_nan=False) for persona in people)
    write_whole(path, "".join(f"{line}\n" for line in lines))


def _read_one(where: str, item: Any) -> Persona:
    try:
        return from_json(item)
    except (TypeError, ValueError) as error:
        raise InvalidCorpus(f"{where}: not a persona ({error}).") from error
