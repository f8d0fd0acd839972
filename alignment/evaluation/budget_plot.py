"""Engagement against budget as one picture: a panel per family of users, a line per planner."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f", "#882255", "#999933")
"""Okabe and Ito's, which the colour-blind can tell apart, and two more."""
MARKERS = "osD^vPX*<>"
_STYLE: Any = {"svg.hashsalt": "dialogym", "text.parse_math": False, "svg.fonttype": "path", "font.size": 9,
               "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd",
               "grid.linewidth": 0.6, "axes.titlelocation": "left", "axes.titlesize": 10}


def budget_plot(figures: Mapping[str, Any]) -> str:
    """The leaderboard's figures as a self-contained SVG; equal figures give equal bytes.

    Means with 95% bootstrap intervals; a planner with one budget is a point.
    """
    settings, rows = figures["settings"], figures["rows"]
    users = list(dict.fromkeys(row["user"] for row in rows))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(2.6 + 2.6 * len(users), 3.2), layout="constrained")
        panels = figure.subplots(1, len(users), sharey=True, squeeze=False)[0]
        for axes, user in zip(panels, users, strict=True):
            for place, name in enumerate(settings["planners"]):
                found = [(row["budget"], *row["level"]) for row in rows
                         if (row["user"], row["planner"]) == (user, name) and "level" in row]
                budgets = [budget * 1.02 ** (place - len(settings["planners"]) / 2) for budget, _, _ in found]
                means = [mean for _, mean, _ in found]
                spread = [[mean - low for _, mean, (low, _) in found], [high - mean for _, mean, (_, high) in found]]
                axes.errorbar(budgets, means, spread, label=name, color=COLOURS[place % len(COLOURS)], capsize=2, linewidth=1.4,
                              marker=MARKERS[place % len(MARKERS)], markersize=5, elinewidth=0.9)
            axes.set_title(user)
            axes.set_xscale("log")
            axes.set_xticks(settings["budgets"], [str(budget) for budget in settings["budgets"]])
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_xlabel("generations per decision")
        panels[0].set_ylabel("engagement")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()
