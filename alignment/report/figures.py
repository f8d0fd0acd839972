"""The figures of a report: matplotlib drawings as SVG that takes its colours and font from the page.

Every function returns one `<svg>` element. The bytes depend on the arguments alone. Colours are written as
CSS variables (`--ink`, `--line`, `--s0` for the first system, `--o0` for the first outcome, ...), so that one
drawing serves a light, a dark and a printed page.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

WIDTH = 5.0
"""Inches; a figure is stretched to its place on the page, where 10.5 points then read as 10 to 15 pixels."""
SYSTEM_COLOURS = 6
OUTCOME_COLOURS = 6

# Stand-ins that matplotlib accepts as colours; `_themed` turns each into the page's variable.
_INK, _MUTED, _LINE, _SURFACE, _GAIN, _LOSS = (f"#0a00{i:02}" for i in range(6))
_VARIABLES = {"#0a0000": "--ink", "#0a0001": "--muted", "#0a0002": "--line", "#0a0003": "--surface",
              "#0a0004": "--gain", "#0a0005": "--loss"}
_VARIABLES |= {f"#0b00{i:02}": f"--s{i}" for i in range(SYSTEM_COLOURS)}
_VARIABLES |= {f"#0c00{i:02}": f"--o{i}" for i in range(OUTCOME_COLOURS)}

_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "dialogym", "text.parse_math": False,
    "font.family": "DejaVu Sans", "font.size": 10.5, "text.color": _INK, "axes.labelcolor": _MUTED,
    "axes.edgecolor": _LINE, "axes.facecolor": "none", "figure.facecolor": "none", "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.linewidth": 0.8,
    "axes.grid": True, "axes.grid.axis": "x", "grid.color": _LINE, "grid.linewidth": 0.6,
    "xtick.color": _LINE, "xtick.labelcolor": _MUTED, "ytick.color": _LINE, "ytick.labelcolor": _INK,
    "xtick.labelsize": 9.5, "axes.labelsize": 9.5, "axes.titlesize": 10, "axes.titlecolor": _MUTED,
    "axes.titlelocation": "left", "xtick.major.size": 0, "ytick.major.size": 0, "axes.unicode_minus": True,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity of several systems, side by side with others.

    Attributes:
        title: what is drawn, with its unit.
        points: (mean, low, high) per system, in the unit shown; None where it is missing.
        show: a value in words, such as "$0.58".
    """

    title: str
    points: Sequence[tuple[float, float, float] | None]
    show: Callable[[float], str]


def system_colour(index: int) -> str:
    """The CSS variable of a system's colour, by its place in the table."""
    return f"--s{index % SYSTEM_COLOURS}"


def outcome_colour(index: int) -> str:
    """The CSS variable of an outcome's colour, best first."""
    return f"--o{index % OUTCOME_COLOURS}"


def intervals(names: Sequence[str], panels: Sequence[Panel], colours: Sequence[int],
              zero: bool = False, rows: int = 0) -> str:
    """A dot and its interval per system, a column of them per panel.

    Args:
        names: of the systems, top to bottom.
        panels: left to right.
        colours: which system's colour each row takes.
        zero: draw the line of no difference.
        rows: make the figure as high as one with this many rows.
    """
    with _canvas(0.85 + 0.5 * max(rows, len(names))) as (figure, done):
        for column, panel in enumerate(panels):
            axes: Axes = figure.add_subplot(1, len(panels), column + 1)
            axes.set_title(panel.title)
            for row, (point, colour) in enumerate(zip(panel.points, colours, strict=True)):
                if point is None:
                    continue
                mean, low, high = point
                axes.plot([low, high], [row, row], color=_system(colour), linewidth=2.2,
                          solid_capstyle="round")
                axes.plot([mean], [row], "o", color=_system(colour), markersize=7, markeredgecolor=_SURFACE)
                axes.annotate(panel.show(mean), (mean, row), (0, 8), textcoords="offset points", ha="center",
                              fontsize=9.5, fontweight="bold",
                              bbox={"facecolor": _SURFACE, "edgecolor": "none", "pad": 0.6})
            ends = [end for point in panel.points if point is not None for end in point] or [0.0]
            _fit(axes, min([0.0, *ends]), max([0.0, *ends]), centred=zero)
            if zero:
                axes.axvline(0, color=_MUTED, linewidth=1)
            _rows(axes, names if column == 0 else [""] * len(names))
            axes.xaxis.set_major_locator(MaxNLocator(3 if len(panels) > 1 else 6, steps=[1, 2, 5, 10]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _, show=panel.show: show(value)))
    return done()


def outcomes(names: Sequence[str], statuses: Sequence[str], counts: Sequence[Mapping[str, int]]) -> str:
    """The share of every system's episodes that ended in each status, as bars of 100 percent."""
    with _canvas(0.35 + 0.72 * len(names)) as (figure, done):
        axes = figure.add_subplot()
        for row, count in enumerate(counts):
            total, left = sum(count.values()) or 1, 0.0
            for index, status in enumerate(statuses):
                share = 100 * count.get(status, 0) / total
                axes.barh(row, share, 0.62, left, color=_outcome(index), edgecolor=_SURFACE, linewidth=1)
                if share >= 8:
                    axes.text(left + share / 2, row, f"{share:.0f}%", ha="center", va="center",
                              color=_SURFACE, fontsize=9.5, fontweight="bold")
                left += share
        axes.set_xlim(0, 100)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}%"))
        _rows(axes, names)
    return done()


def amounts(names: Sequence[str], values: Sequence[Sequence[float]], most: float, label: str,
            bins: int = 8) -> str:
    """What each system's episodes came to: the share that came to nothing, then equal bins up to `most`."""
    width = most / bins
    with _canvas(0.7 + 0.72 * len(names)) as (figure, done):
        shares = [_histogram(found, width, bins) for found in values]
        top = max([1.0, *(share for row in shares for share in row)])
        for row, (name, share) in enumerate(zip(names, shares, strict=True)):
            axes = figure.add_subplot(len(names), 1, row + 1)
            places = [-0.75 * width] + [(i + 0.5) * width for i in range(bins)]
            bars = axes.bar(places, share, 0.86 * width, color=_system(row))
            bars[0].set_alpha(0.45)
            for place, value in zip(places, share, strict=True):
                if value > 0:
                    axes.annotate(f"{value:.0f}", (place, value), (0, 2), textcoords="offset points",
                                  ha="center", color=_MUTED, fontsize=8.5)
            axes.grid(False)
            axes.set_ylim(0, 1.25 * top)
            axes.set_yticks([])
            axes.set_ylabel(name, rotation=0, ha="right", va="center", color=_INK, fontsize=10.5)
            last = row == len(names) - 1
            ticks = [-0.75 * width] + [most * i / 4 for i in range(1, 5)]
            axes.set_xticks(ticks, ["none"] + [f"{tick:g}" for tick in ticks[1:]] if last else [""] * 5)
            if last:
                axes.set_xlabel(label)
    return done()


def dots(labels: Sequence[str], rows: Sequence[Sequence[float]]) -> str:
    """A row per label with a dot per system, in percent; a long line between them is a difference."""
    with _canvas(0.5 + 0.27 * len(labels)) as (figure, done):
        axes = figure.add_subplot()
        for row, shares in enumerate(rows):
            axes.plot([min(shares), max(shares)], [row, row], color=_MUTED, linewidth=1.4, alpha=0.5)
            for system, share in enumerate(shares):
                aside = 0.26 * (system / max(1, len(shares) - 1) - 0.5)  # keeps equal shares apart
                axes.plot([share], [row + aside], "o", color=_system(system), markersize=7,
                          markeredgecolor=_SURFACE, markeredgewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlim(left=min(-0.5, axes.get_xlim()[0]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}%"))
        _rows(axes, labels, pad=0.7)
    return done()


def columns(labels: Sequence[str], counts: Sequence[int], label: str) -> str:
    """A column per label, its count on top."""
    with _canvas(2.3) as (figure, done):
        axes = figure.add_subplot()
        axes.bar(range(len(counts)), counts, 0.72, color=_system(2))
        size = 9.5 if len(counts) <= 12 else 7
        for place, count in enumerate(counts):
            axes.annotate(f"{count:,}", (place, count), (0, 3), textcoords="offset points", ha="center",
                          color=_MUTED, fontsize=size)
        axes.grid(False)
        axes.set_yticks([])
        axes.set_ylim(0, 1.15 * max([1, *counts]))
        axes.set_xticks(range(len(labels)), list(labels), fontsize=size)
        axes.set_xlabel(label)
    return done()


def curve(losses: Sequence[float], held_out: Sequence[tuple[float, float]]) -> str:
    """A training loss at every update, its running mean, and (update, loss) on held-out rows as dots. For a narrow card."""
    with _canvas(1.9, 0.72 * WIDTH) as (figure, done):
        axes = figure.add_subplot()
        steps = range(1, len(losses) + 1)
        window = max(1, len(losses) // 20)
        means = [sum(part) / len(part) for part in (losses[max(0, i - window):i] for i in steps)]
        axes.plot(steps, losses, color=_LINE, linewidth=1)
        axes.plot(steps, means, color=_MUTED, linewidth=1.8)
        axes.plot([step for step, _ in held_out], [loss for _, loss in held_out], "-o", color=_system(2),
                  linewidth=1.2, markersize=5.5, markeredgecolor=_SURFACE)
        axes.grid(True, axis="y")
        axes.grid(False, axis="x")
        axes.set_xlabel("updates")
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.tick_params(axis="y", labelcolor=_MUTED, labelsize=9.5)
    return done()


def butterfly(labels: Sequence[str], left: Sequence[float], right: Sequence[float],
              titles: tuple[str, str]) -> str:
    """Bars that grow to the left and to the right of a middle line, in percent."""
    with _canvas(0.75 + 0.27 * len(labels)) as (figure, done):
        axes = figure.add_subplot()
        rows = range(len(labels))
        axes.barh(rows, [-share for share in left], 0.68, color=_LOSS)
        axes.barh(rows, right, 0.68, color=_GAIN)
        for row in rows:
            for share, sign, side in ((left[row], -1, "right"), (right[row], 1, "left")):
                axes.annotate(f"{share:.0f}", (sign * share, row), (sign * 3, 0), textcoords="offset points",
                              ha=side, va="center", color=_MUTED, fontsize=8.5)
        reach = 1.2 * max([1.0, *left, *right])
        axes.set_xlim(-reach, reach)
        axes.axvline(0, color=_SURFACE, linewidth=1.5)
        axes.text(0.25, 1.01, titles[0], ha="center", va="bottom", transform=axes.transAxes, color=_LOSS,
                  fontweight="bold")
        axes.text(0.75, 1.01, titles[1], ha="center", va="bottom", transform=axes.transAxes, color=_GAIN,
                  fontweight="bold")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}%"))
        axes.xaxis.set_major_locator(MaxNLocator(5, symmetric=True))
        _rows(axes, labels, pad=0.6)
    return done()


def _system(index: int) -> str:
    return f"#0b00{index % SYSTEM_COLOURS:02}"


def _outcome(index: int) -> str:
    return f"#0c00{index % OUTCOME_COLOURS:02}"


def _rows(axes: Axes, labels: Sequence[str], pad: float = 0.62) -> None:
    """Names the rows, the first on top."""
    axes.set_yticks(range(len(labels)), list(labels))
    axes.set_ylim(len(labels) - 1 + pad, -pad)


def _fit(axes: Axes, low: float, high: float, centred: bool) -> None:
    """Limits that show zero and leave room for the numbers at both ends."""
    spread = (high - low) or 1.0
    left = low - 0.16 * spread if centred or low < 0 else 0.0
    axes.set_xlim(left, high + 0.16 * spread)


def _histogram(values: Sequence[float], width: float, bins: int) -> list[float]:
    """Percent of values that are zero, then in each bin ((i - 1) * width, i * width]."""
    counts = [0] * (bins + 1)
    for value in values:
        # The small slack puts 0.5 into the bin that ends there, whatever its last bit.
        counts[0 if value <= 0 else min(bins, int(value / width - 1e-9) + 1)] += 1
    return [100 * count / max(1, len(values)) for count in counts]


@contextmanager
def _canvas(height: float, width: float = WIDTH) -> Iterator[tuple[Figure, Callable[[], str]]]:
    """A figure in the house style and the function that turns it into SVG once the block is left."""
    text: list[str] = []
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the page's font draws it
        figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.13))
        yield figure, lambda: text[0]
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        text.append(_themed(buffer.getvalue()))


def _themed(text: str) -> str:
    """The `<svg>` element alone: no size, namespaces or clipping, own ids, colours and font of the page."""
    unique = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = text[text.index("<svg"):].strip()
    for pattern, replacement in (
        (r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*|<clipPath.*?</clipPath>\s*", ""),
        (r"<defs>\s*</defs>\s*", ""),
        (r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">'),
        (r' clip-path="[^"]*"| transform="rotate\(-0 [^"]*"|(?<=<g) id="[^"]*"', ""),
        (r"font-family: [^;\"]*;? ?", ""),
        (r' id="(\w+)"', rf' id="{unique}-\1"'),
        (r'xlink:href="#', f'href="#{unique}-'),
    ):
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return re.sub(r"#0[abc]00\d\d", lambda found: f"var({_VARIABLES.get(found[0], '--ink')})", text)
