"""The page of an experiment: a sentence for each comparison, then plain tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .conclusions import Quantity, direction
from .markdown import NONE, count, head, line, mean, span, stamp
from .reproduction import families_rows

_MATCHED = {"generations": "Each other variant's search spends as many replies of its speaker as the first one's did with the "
                           "same seed, so their numbers of conversations differ.",
            "pairs": "Each other variant learns from at most as many pairs of its search as the first did with the same seed.",
            None: "The search is the same in all, and so is what it cost."}


def conclusions(figures: Mapping[str, Any]) -> list[str]:
    """What came out, a sentence each; none says more than its interval carries.

    Args:
        figures: what `experiment.json` holds, but for these.
    """
    results = figures["results"]
    few = [f"{name}: with some seed its search found too few pairs to learn from, so it is left out." for name in results
           if "across" not in results[name]]
    if "cross" in figures:
        return [*_of_tasks(figures["cross"]), *few]
    base = next(iter(results))
    first = Quantity(**results[base]["quantities"][0])
    found = [f"{name}: alignment changes {first.words} by {_said(first, entry['across'][first.name]['gains']['Aligned'])}."
             for name, entry in results.items() if "across" in entry]
    found += [_compared(name, base, first, gain[first.name], "") for name, gain in figures["against"].items()]
    for family, gains in figures["families_against"].items():
        met = [name for name, entry in results.items() if "families" in entry and entry["families"][family]["searched"]]
        whose = f" with {family} users ({'searched by ' + ' and '.join(met) if met else 'never searched'})"
        found += [_compared(name, base, first, gain[first.name], whose) for name, gain in gains.items()]
    return [*found, *few]


def _compared(name: str, base: str, quantity: Quantity, gain: Mapping[str, Any], whose: str) -> str:
    sign = direction([gain["mean"], *_interval(gain)])
    meaning = {1: f"{name} teaches more than {base}", -1: f"{name} teaches less than {base}",
               0: "these runs show no difference"}[sign]
    return f"{name} against {base}{whose}: the gain in {quantity.words} differs by {_said(quantity, gain)}: {meaning}."


def _of_tasks(cross: Mapping[str, Any]) -> Iterator[str]:
    for home, entry in cross.items():
        quantity = Quantity(**entry["quantities"][0])
        for guest, gain in entry["gains"].items():
            yield (f"Seated in {home}, what is aligned on {guest} differs from its own SFT in {quantity.words} by "
                   f"{_said(quantity, gain[quantity.name])}; what is aligned on {home} itself by "
                   f"{_said(quantity, entry['own'][quantity.name])}.")


def _said(quantity: Quantity, gain: Mapping[str, Any]) -> str:
    """A difference with its interval over seeds (of one seed: over its people), and whether that excludes zero."""
    interval = _interval(gain)
    zero = "excludes" if direction([gain["mean"], *interval]) else "includes"
    of = "" if gain["t"] is not None else " over the people of the one seed"
    return f"{quantity.change(gain['mean'])} (95%{of} {quantity.span(*interval, ' to ')}), which {zero} zero"


def _interval(gain: Mapping[str, Any]) -> tuple[float, float]:
    low, high = gain["t"] if gain["t"] is not None else gain["bootstrap"]
    return low, high


def page(figures: Mapping[str, Any]) -> str:
    """Everything that `experiment.json` says, in words and tables."""
    lines = [f"# {figures['experiment']}: {count(len(figures['seeds']), 'seed')}", "", figures["question"], "",
             *(f"- {sentence}" for sentence in figures["conclusions"]), ""]
    made = {name: entry for name, entry in figures["results"].items() if "across" in entry}
    if "cross" in figures:
        for home, entry in figures["cross"].items():
            for given in entry["quantities"]:
                lines += [f"## {home}: {Quantity(**given).label}", "", *_seats(home, entry, Quantity(**given)), ""]
    else:
        for given in next(iter(made.values()))["quantities"]:
            lines += [f"## {Quantity(**given).label}", "", *_variants(figures, made, Quantity(**given)), ""]
    lines += ["## What it cost", "", *_costs(figures), ""]
    for name, entry in made.items():
        for given in entry["quantities"] if "families" in entry else ():
            lines += [f"## {name}: {Quantity(**given).label}, per family of users ({entry['family_episodes']} people each)", "",
                      *families_rows(entry["families"], Quantity(**given)), ""]
    return "\n".join([*lines, "## How it was made", "", *_made(figures, made)]) + "\n"


def _variants(figures: Mapping[str, Any], made: Mapping[str, Any], quantity: Quantity) -> Iterator[str]:
    base = next(iter(made))
    yield from head(["variant", "SFT", "Aligned", "gain", "95%, t over seeds", "95%, bootstrap", "gain per seed",
                     f"gain minus {base}'s", "95%, t over seeds", "95%, bootstrap", "Linear's gain",
                     "unreadable (SFT, Aligned)"])
    for name, entry in made.items():
        systems, gains = entry["systems"], entry["across"][quantity.name]["gains"]
        gain, other = gains["Aligned"], figures["against"].get(name, {}).get(quantity.name)
        compared = [NONE] * 3 if other is None else [quantity.change(other["mean"]), span(quantity, other["t"]),
                                                     span(quantity, other["bootstrap"])]
        yield line([name, *(quantity.show(mean(systems[system][quantity.name])) for system in ("SFT", "Aligned")),
                    quantity.change(gain["mean"]), span(quantity, gain["t"]), span(quantity, gain["bootstrap"]),
                    ", ".join(quantity.change(value) for value in gain["seeds"]), *compared,
                    quantity.change(gains["Linear"]["mean"]) if "Linear" in gains else NONE,
                    ", ".join(f"{100 * mean(systems[system]['garble_rate']):.1f}%" for system in ("SFT", "Aligned"))])


def _seats(home: str, entry: Mapping[str, Any], quantity: Quantity) -> Iterator[str]:
    yield from head([f"in the seat of {home}", "mean", "gain over its own SFT", "95%, t over seeds", "95%, bootstrap",
                     "gain per seed", "unreadable"])
    gains = {"Aligned": entry["own"], **{f"Aligned of {guest}": gain for guest, gain in entry["gains"].items()}}
    for name, system in entry["systems"].items():
        gain = gains[name][quantity.name] if name in gains else None
        told = [NONE] * 4 if gain is None else [
            quantity.change(gain["mean"]), span(quantity, gain["t"]), span(quantity, gain["bootstrap"]),
            ", ".join(quantity.change(value) for value in gain["seeds"])]
        label = f"{name} of {home} itself" if name in ("SFT", "Aligned") else name
        yield line([label, quantity.show(mean(system[quantity.name])), *told, f"{100 * mean(system['garble_rate']):.1f}%"])


def _costs(figures: Mapping[str, Any]) -> Iterator[str]:
    yield from head(["variant", "what is changed", "conversations searched", "replies its search spent", "pairs of the search",
                     "pairs of D_t"])
    for name, entry in figures["results"].items():
        yield line([name, _changes(figures["variants"][name]),
                    *(_each(entry[what]) for what in ("conversations", "generations", "search", "replay"))])


def _changes(changes: Mapping[str, Any], before: str = "") -> str:
    """What a variant changes, as options are written, such as `search.keep: null`."""
    found = []
    for name, value in changes.items():
        if isinstance(value, Mapping):
            found.append(_changes(value, f"{before}{name}."))
        else:
            found.append(f"`{before}{name}: {'null' if value is None else value}`")
    return ", ".join(found) or "nothing"


def _each(numbers: Sequence[int | None]) -> str:
    """A number per seed; a dash for a search that found too little."""
    return ", ".join(NONE if number is None else f"{number:,}" for number in numbers)


def _made(figures: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(made.values()))
    yield from stamp(figures, first["simulator"], first["versions"])
    told = (f"all variants with the settings in `experiment.json`, but for what is changed. {_MATCHED[figures['matched']]}"
            if "cross" not in figures else "every task with its own settings, which stand in each run's `config.yaml`.")
    yield f"- Seeds {', '.join(map(str, figures['seeds']))}; {told}"
    yield (f"- Gains are paired by person: the same people met every system{' of every variant' * ('cross' not in figures)}. "
           "Intervals: Student's t over the seeds' mean gains; and the percentiles of a bootstrap that draws seeds and, within "
           "each, people.")
    if "cross" in figures:
        return
    yield ("- Linear: eight samples of SFT ranked by a linear model of the variant's pairs, which no training can spoil: what "
           "the pairs hold.")
