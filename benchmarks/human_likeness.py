"""How the scripted speakers compare with people: a card for each family and language, as a table.

    python benchmarks/human_likeness.py [--corpus DIR ...] [--talks N] [--json FILE]

A corpus is ESConv (English seekers), CPsyCounD or PsyDTCorpus (Chinese), or PersuasionForGood; without any, the figures that
need no people are printed. Every figure is of a seat's words before their last ones: a corpus's decision is voiced by its
loader, and a talk's last words tell its outcome. Each family talks to the crowd of `persuadee_calibration` (calibrated) or to
the scripted ladder of skill (the others); "supporters" and "persuaders" are that ladder.

- AUC word, class, chain: how well a cross-validated naive Bayes (`likeness.separability`) tells one utterance, the classes of
  a talk, or its pairs of successive classes from people's; .5 is not at all. The people's own line tells one half from the
  other. Classes are what the scenario's readers hear in the words, on both sides: bids, moods, items and questions of seekers,
  concerns, moods and questions of persuadees, acts of the interactive seat. For `calibrated` they are its plans, and the
  labels that people put to the annotated talks.
- Leak: how well the same model predicts who gives from the words, or classes, before the decision.
- Duplicates, vocabulary and lengths are over N talks; Chinese is counted in characters.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any

from fit_persuadee import talks as annotated
from likeness import chained, coverage, duplicates, lengths, separability, tokens, words
from persuadee_calibration import STRATEGIES, TRAITS, Played, persona_effects, simulate, strategy_effects

from dialogym import Dialogue, Position, Scenario, ScriptedAgent, Utterance
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.emotional_support.acts import read_mood, told_items
from dialogym.envs.emotional_support.bids import read_bid
from dialogym.envs.emotional_support.corpora import load_corpus as load_support
from dialogym.envs.emotional_support.parts import trouble_of
from dialogym.envs.errors import DialogymError
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.corpus import load_corpus as load_persuasion
from dialogym.envs.persuasion.reading.concerns import read_concern
from dialogym.envs.persuasion.simulators import corpus_figures
from dialogym.envs.persuasion.simulators import moods as persuadee_moods
from dialogym.search import play, run

LADDER = ("novice", "average", "expert")
LADDERS = {"supporter": "supporters", "persuader": "persuaders"}
FIRST = 50_000
"""The first seed: no test and no fit uses it."""
_KNOWN = 5.0
"""A coefficient with a larger standard error is not printed: the talks are too few to know it."""
ANNOTATED = "calibrated"
"""The family whose plans have the classes of the annotated talks."""


@dataclass(frozen=True)
class Group:
    """Talks of one kind of speakers.

    Attributes:
        texts: by talk, what they said before their last words.
        classes: by talk and utterance, the classes heard in it.
        gave: by talk, whether they gave in; empty where nobody can.
    """

    texts: Sequence[Sequence[str]]
    classes: Sequence[Sequence[Sequence[str]]]
    gave: Sequence[bool] = ()


@dataclass(frozen=True)
class Card:
    """The figures of one kind of speakers; nan, printed as a dash, is what could not be measured."""

    speakers: str
    language: str
    talks: int
    utterances: int
    word_auc: float
    class_auc: float
    chain_auc: float
    duplicates: float
    vocabulary: int
    bigrams: int
    coverage: float
    length: Mapping[str, float]
    leak_words: float
    leak_classes: float


def of_seeker(text: str) -> list[str]:
    """The classes of a seeker's utterance: their bid, their mood, the fields they tell, whether they ask."""
    found = [f"bid {bid}"] if (bid := read_bid(text)) else []
    found += [f"tells {field}" for field, _ in told_items(text)]
    return [*found, read_mood(text), *(["asks"] if "?" in text or "？" in text else [])]


def of_persuadee(text: str) -> list[str]:
    """The classes of a persuadee's utterance: their concern, their mood, whether they ask."""
    concern = read_concern(text)
    return [*([f"concern {concern}"] if concern else []), persuadee_moods.read_mood(text), *(["asks"] if "?" in text else [])]


def classifier(scenario: Scenario, seat: str) -> Callable[[str], Sequence[str]]:
    """What hears the classes of a seat's words."""
    if seat == scenario.interactive:
        return lambda text: scenario.recognise(Utterance(seat, text))
    return of_seeker if isinstance(scenario, EmotionalSupport) else of_persuadee


def group(scenario: Scenario, seat: str, dialogues: Sequence[Dialogue]) -> Group:
    """The words of a seat in some dialogues, heard by the scenario's readers."""
    hear = classifier(scenario, seat)
    texts = [[one.text for one in dialogue if one.seat == seat][:-1] for dialogue in dialogues]
    gave = []
    if isinstance(scenario, Persuasion) and seat == scenario.user:
        gave = [scenario.engagement(dialogue).level > 0 for dialogue in dialogues]
    return Group(texts, [[hear(text) for text in talk] for talk in texts], gave)


def simulated(scenario: Scenario, family: str, count: int) -> list[Position]:
    """The ends of talks of a family with those that it is meant for."""
    if family == ANNOTATED:
        return list(simulate(count, FIRST).ends)
    ends: list[Position] = []
    for at, skill in enumerate(LADDER):
        agents = {scenario.user: ScriptedAgent.of(scenario, scenario.user, family),
                  scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, skill)}
        starts = [Position.start(scenario, FIRST + seed) for seed in range(at, count, len(LADDER))]
        ends += run(play, starts, agents)
    return ends


def card(speakers: str, language: str, ours: Group, people: Group | None = None, labels: tuple[Any, Any] | None = None) -> Card:
    """The figures of a group, beside people's where there are any.

    Args:
        speakers: what they are called.
        language: theirs.
        ours: whom it describes.
        people: whom they are told apart from.
        labels: classes of ours and of people by talk and utterance, instead of those that are heard.
    """
    texts = [text for talk in ours.texts for text in talk]
    said = [word for text in texts for word in words(text, language)]
    aucs = [float("nan")] * 3
    covered = float("nan")
    if people is not None:
        mine, theirs = labels or (ours.classes, people.classes)
        spoken = [[[tokens(text, language) for text in talk] for talk in side.texts] for side in (ours, people)]
        aucs = [separability(*spoken), separability(*([[_flat(talk)] for talk in side] for side in (mine, theirs)), mean=True),
                separability(*([[chained(talk)] for talk in side] for side in (mine, theirs)), mean=True)]
        covered = coverage(set(said), [word for talk in people.texts for text in talk for word in words(text, language)])
    told = [[tokens(text, language) for text in talk] for talk in ours.texts]
    pairs = {pair for text in texts for pair in pairwise(words(text, language))}
    return Card(speakers, language, len(ours.texts), len(texts), *aucs, duplicates(texts), len(set(said)), len(pairs), covered,
                lengths([len(words(text, language)) for text in texts]), leak(told, ours.gave),
                leak(labels[0] if labels else ours.classes, ours.gave))


def _flat(talk: Sequence[Sequence[str]]) -> list[str]:
    return [one for utterance in talk for one in utterance]


def leak(talks: Sequence[Sequence[Sequence[str]]], gave: Sequence[bool]) -> float:
    """How well the talks of those who give are told from the others', before anybody decides; nan where nobody can give."""
    if not gave:
        return float("nan")
    givers, others = ([[_flat(talk)] for talk, one in zip(talks, gave, strict=True) if one is side] for side in (True, False))
    return separability(givers, others, mean=True)


def halves(whole: Group) -> tuple[Group, Group]:
    """A group in two, talk by talk."""
    one, other = (Group(whole.texts[at::2], whole.classes[at::2], whole.gave[at::2]) for at in (0, 1))
    return one, other


def people_of(scenario: Scenario, dialogues: Sequence[Dialogue], name: str, code: str,
              count: int) -> dict[str, tuple[Group, Card]]:
    """By seat, people's words in `count` talks and their card; what is told apart are the halves of all, leaks are of all."""
    found = {}
    for seat in scenario.seats:
        everybody = group(scenario, seat, dialogues)
        step = max(1, len(dialogues) // count)
        some = Group(everybody.texts[::step][:count], everybody.classes[::step][:count], everybody.gave[::step][:count])
        one, other = halves(everybody)
        apart, plain = card("", code, one, other), card(f"people of {name} ({seat}s)", code, some)
        words_leak = leak([[tokens(text, code) for text in talk] for talk in everybody.texts], everybody.gave)
        values = {**{key: getattr(plain, key) for key in Card.__dataclass_fields__}, "leak_words": words_leak,
                  "leak_classes": leak(everybody.classes, everybody.gave),
                  **{key: getattr(apart, key) for key in ("word_auc", "class_auc", "chain_auc", "coverage")}}
        found[seat] = (some, Card(**values))
    return found


def cards_of(scenario: Scenario, code: str, people: Mapping[str, tuple[Group, Card]], count: int,
             labelled: Sequence[Any] = ()) -> tuple[list[Card], dict[str, Any]]:
    """The cards of a scenario's families, and for persuasion the effects of traits and strategies on giving, by family."""
    found, effects = [one for _, one in people.values()], {}
    beside = {seat: known for seat, (known, _) in people.items()}
    for family in scenario.scripted[scenario.user]:
        ends = simulated(scenario, family, count)
        dialogues = [end.dialogue for end in ends]
        labels = None
        if family == ANNOTATED and labelled:
            plans = [[plan.acts for plan in talk][:-1] for talk in _plans(count)]
            labels = (plans, [[ee for _, ee in talk.turns if "decision" not in ee] for talk in labelled])
        found.append(card(family, code, group(scenario, scenario.user, dialogues), beside.get(scenario.user), labels))
        if family == next(iter(scenario.scripted[scenario.user])):
            found.append(card(LADDERS[scenario.interactive], code, group(scenario, scenario.interactive, dialogues),
                              beside.get(scenario.interactive)))
        if isinstance(scenario, Persuasion):
            played = Played(ends, ())
            effects[family] = {"traits": persona_effects(played), "strategies": strategy_effects(played)}
    return found, effects


def _plans(count: int) -> list[list[Any]]:
    """By talk, what the calibrated persuadee planned, in the talks of `simulated`."""
    played = simulate(count, FIRST)
    steps = iter(played.steps)
    return [[next(steps)[1] for _ in range(end.turns)] for end in played.ends]


def measure(folders: Sequence[Path], count: int) -> dict[str, Any]:
    """All cards, `{"cards": [...], "effects": {...}}`. Raises InvalidCorpus when a folder holds no corpus."""
    support: dict[str, tuple[str, list[Dialogue]]] = {}
    persuasion: list[Dialogue] = []
    labelled: Sequence[Any] = ()
    for folder in folders:
        if (folder / "full_dialog.csv").is_file():
            persuasion = [episode.dialogue for episode in load_persuasion(folder)]
            labelled = annotated(folder) if (folder / "300_dialog.csv").is_file() else ()
        else:
            episodes = load_support(folder)
            code = trouble_of(episodes[0].condition).language
            support[code] = (folder.name, [episode.dialogue for episode in episodes])
    cards: list[Card] = []
    for code in ("en", "zh"):
        scenario: Scenario = EmotionalSupport(language=code)
        name, dialogues = support.get(code, ("", []))
        people = people_of(scenario, dialogues, name, code, count) if dialogues else {}
        cards += cards_of(scenario, code, people, count)[0]
    scenario = Persuasion().under("PersuasionForGood-v0")
    people = people_of(scenario, persuasion, "persuasionforgood", "en", count) if persuasion else {}
    found, effects = cards_of(scenario, "en", people, count, labelled)
    if persuasion:
        effects["people"] = {"traits": corpus_figures.TRAITS_ON_PAID, "strategies": corpus_figures.STRATEGIES_ON_PAID}
    return {"cards": [asdict(one) for one in (*cards, *found)], "effects": effects}


def table(found: Mapping[str, Any]) -> str:
    """The cards, and the effects on giving, as two markdown tables."""
    def number(value: float, form: str) -> str:
        return "–" if isnan(value) else format(value, form)

    lines = ["| speakers | | AUC word | class | chain | duplicates | vocabulary (pairs) | coverage | length, sd (10, 50, 90%) "
             "| leak words | classes |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for one in found["cards"]:
        size = one["length"]
        quantiles = ", ".join(format(size[name], ".0f") for name in ("p10", "p50", "p90"))
        lines.append(" | ".join(["| " + one["speakers"], one["language"],
                                 *(number(one[name], ".3f") for name in ("word_auc", "class_auc", "chain_auc")),
                                 number(one["duplicates"], ".1%"), f"{one['vocabulary']:,} ({one['bigrams']:,})",
                                 number(one["coverage"], ".0%"),
                                 f"{size['mean']:.1f}, {size['sd']:.1f} ({quantiles})",
                                 number(one["leak_words"], ".2f"), number(one["leak_classes"], ".2f")]) + " |")
    families = list(found["effects"])
    lines += ["", "| effect on giving, logits ± se | " + " | ".join(families) + " |", "|---" * (len(families) + 1) + "|"]
    for kind, names in (("traits", TRAITS), ("strategies", STRATEGIES)):
        for name in names:
            values = [found["effects"][family][kind].get(name, (float("nan"), float("nan"))) for family in families]
            lines.append(f"| {name} | " + " | ".join(f"{b:+.2f} ± {se:.2f}" if se < _KNOWN else "–" for b, se in values) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; returns the exit status, 2 for a bad corpus."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], metavar="DIR", help="folders of people's talks")
    parser.add_argument("--talks", type=int, default=200, help="talks of each family (default 200)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(arguments)
    try:
        found = measure(options.corpus, options.talks)
    except DialogymError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
