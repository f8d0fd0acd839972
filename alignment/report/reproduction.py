"""The page of a reproduction: plain tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .conclusions import Quantity
from .markdown import NONE, count, head, line, mean, span, stamp


def page(figures: Mapping[str, Any]) -> str:
    """Everything that `reproduction.json` says, in tables: per seed, across seeds, per family of users, and how it was made."""
    wanted = [Quantity(**quantity) for quantity in figures["quantities"]]
    lines = [f"# {figures['environment']}: {count(len(figures['seeds']), 'seed')}, {figures['episodes']} people each", ""]
    for quantity in wanted:
        lines += [f"## {quantity.label}, per seed", "", *_per_seed(figures, quantity), ""]
    lines += ["## Across seeds", "", *_across(figures, wanted), ""]
    if figures.get("families"):
        for quantity in wanted:
            lines += [f"## {quantity.label}, per family of users ({figures['family_episodes']} people each)", "",
                      *families_rows(figures["families"], quantity), ""]
    lines += ["## How it was made", "", *_made(figures)]
    return "\n".join(lines) + "\n"


def _per_seed(figures: Mapping[str, Any], quantity: Quantity) -> Iterator[str]:
    systems, notes = figures["systems"], figures["notes"]
    yield from head(["seed", *(f"{name} ({notes[name]})" if name in notes else name for name in systems)])
    for place, seed in enumerate(figures["seeds"]):
        yield line([str(seed), *(quantity.show(row[quantity.name][place]) for row in systems.values())])
    yield line(["mean", *(quantity.show(mean(row[quantity.name])) for row in systems.values())])


def _across(figures: Mapping[str, Any], wanted: Sequence[Quantity]) -> Iterator[str]:
    yield from head(["", "mean", "95%, t over seeds", "95%, bootstrap of seeds and people", "between seeds (SD)",
                     "shown with 80% power"])
    for quantity in wanted:
        found = figures["across"][quantity.name]
        for name, gain in found["gains"].items():
            yield _gain(f"{quantity.words}: {name} − SFT", gain, quantity)
        if "minus_expert" in found:
            yield _gain(f"{quantity.words}: Aligned − expert", found["minus_expert"], quantity)
        for key, label in (("ratio", "Aligned over SFT"), ("share_of_ceiling", "share of the linear ceiling's gain")):
            if key in found:
                value, (low, high) = found[key]
                yield line([f"{quantity.words}: {label}", NONE if value is None else f"{value:.2f}", NONE,
                            f"[{low:.2f}, {high:.2f}]".replace("-", "−"), NONE, NONE])
    for name in ("SFT", "Aligned"):
        row = figures["systems"][name]
        turns = [value for value in row["turns_engaged_mean"] if value is not None]
        yield line([f"unreadable replies: {name}", f"{100 * mean(row['garble_rate']):.2f}%",
                    f"at most {100 * max(row['garble_rate']):.2f}%", NONE, NONE, NONE])
        yield line([f"turns of engaging talks: {name}", f"{mean(turns):.1f}" if turns else NONE, NONE, NONE, NONE, NONE])


def families_rows(families: Mapping[str, Any], quantity: Quantity) -> Iterator[str]:
    """A table of what SFT and Aligned reach with each family, and of the gain across seeds."""
    yield from head(["family", "SFT", "Aligned", "gain", "95%, t over seeds", "95%, bootstrap", "gain per seed",
                     "unreadable (SFT, Aligned)"])
    for name, entry in families.items():
        gain = entry["across"][quantity.name]["gains"]["Aligned"]
        sft, aligned = (entry["systems"][system] for system in ("SFT", "Aligned"))
        yield line([f"{name} ({'searched' if entry['searched'] else 'never searched'})",
                    *(quantity.show(mean(row[quantity.name])) for row in (sft, aligned)), quantity.change(gain["mean"]),
                    span(quantity, gain["t"]), span(quantity, gain["bootstrap"]),
                    ", ".join(quantity.change(value) for value in gain["seeds"]),
                    ", ".join(f"{100 * mean(row['garble_rate']):.1f}%" for row in (sft, aligned))])


def _made(figures: Mapping[str, Any]) -> Iterator[str]:
    yield from stamp(figures, figures["simulator"], figures["versions"])
    yield (f"- Seeds {', '.join(map(str, figures['seeds']))}, all with the settings in `reproduction.json`; each seed trained "
           "its own models and met its own people, the same for every system.")
    yield ("- Intervals: Student's t over the seeds' mean paired gains; and the percentiles of a bootstrap that draws seeds "
           "and, within each, people.")
    yield ("- Shown with 80% power: (t.975 + t.8) · s / √S with S − 1 degrees of freedom, s the SD of the S seeds' mean gains; "
           "s² = σ²(between seeds) + σ²(within) / people. Of one seed: (z.975 + z.8) · σ(within) / √people.")


def _gain(label: str, gain: Mapping[str, Any], quantity: Quantity) -> str:
    return line([label, quantity.change(gain["mean"]), span(quantity, gain["t"]), span(quantity, gain["bootstrap"]),
                 quantity.change(gain["between"]).removeprefix("+"), quantity.change(gain["detectable"])])
