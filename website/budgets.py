"""Draws docs/budget-persuasion.svg from the table "At other budgets" of docs/benchmark.md: dollars by generations, few lines.

    python website/budgets.py            # after a change of the table; the same table gives the same bytes
"""

from __future__ import annotations

import math
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEADING = "### At other budgets"
TITLE, AXIS = "More generations help who looks to the end", "generations of the policy a decision"
SERIES = {"lookahead-scripted": "#2e7d5b", "greedy": "#2b5aa8", "ixmcts-rollouts": "#c27c0e", "sample": "#5b6875"}
"""The lines that are drawn, and their colours."""
DOLLARS = 2.0
"""What engagement 1 is worth."""
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 360, 66, 156, 74, 56
"""Pixels: the picture, and what stands around the lines."""
APART = 34
"""Pixels between the names of two lines."""
STYLE = ('text { font: 14px -apple-system, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2933 } '
         ".dim { fill: #5b6875; font-size: 13px } .head { font-weight: 600; font-size: 16px } .name { font-weight: 600 }")
_ROW = re.compile(r"^\| (\d+) \| `([\w-]+)` \| ([\d.]+) \[([\d.]+), ([\d.]+)\]", re.MULTILINE)
Point = tuple[int, float, float, float]


def lines(page: str) -> dict[str, list[Point]]:
    """Of each planner its budgets, in order, with dollars and their interval, as the table has them."""
    table = page.partition(HEADING)[2].partition("\n#")[0]
    found: dict[str, list[Point]] = {name: [] for name in SERIES}
    for budget, name, *level in _ROW.findall(table):
        if name in found:
            mean, low, high = (DOLLARS * float(value) for value in level)
            found[name].append((int(budget), mean, low, high))
    return {name: sorted(points) for name, points in found.items()}


def drawn(page: str) -> str:
    """The picture of the page's table, as SVG."""
    found = lines(page)
    budgets = sorted({point[0] for points in found.values() for point in points})
    top = math.ceil(max(point[3] for points in found.values() for point in points) * 10) / 10
    across = math.log(budgets[-1] / budgets[0])

    def x(budget: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(budget / budgets[0]) / across

    def y(dollars: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * dollars / top

    parts = [f'<text x="20" y="32" class="head">{TITLE}</text>',
             '<text x="20" y="53" class="dim">pledged, mean of 60 people, with its 95% interval</text>',
             f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle" class="dim">{AXIS}</text>']
    for tenth in range(0, round(top * 10) + 1, 2):
        height = y(tenth / 10)
        parts.append(f'<line x1="{LEFT - 10}" y1="{height:.1f}" x2="{WIDTH - RIGHT + 10}" y2="{height:.1f}" stroke="#e4e8ec"/>'
                     f'<text x="{LEFT - 16}" y="{height + 5:.1f}" text-anchor="end" class="dim">${tenth / 10:.2f}</text>')
    parts += [f'<text x="{x(budget):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{budget}</text>'
              for budget in budgets]
    places = spread({name: y(points[-1][1]) for name, points in found.items()})
    for name, points in found.items():
        way = " ".join(f"{x(budget):.1f},{y(mean):.1f}" for budget, mean, _, _ in points)
        parts.append(f'<g stroke="{SERIES[name]}" fill="none" stroke-width="2.5"><polyline points="{way}"/>')
        parts += [f'<path d="M{x(budget):.1f},{y(low):.1f} V{y(high):.1f}" stroke-width="5" stroke-opacity=".25"/>'
                  f'<circle cx="{x(budget):.1f}" cy="{y(mean):.1f}" r="4" fill="{SERIES[name]}" stroke="none"/>'
                  for budget, mean, low, high in points]
        side, height = WIDTH - RIGHT + 16, places[name]
        parts.append(f'</g><text x="{side}" y="{height:.1f}" class="name" style="fill:{SERIES[name]}">{name}</text>'
                     f'<text x="{side}" y="{height + 16:.1f}" class="dim">${points[-1][1]:.2f} at {budgets[-1]}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img">\n<title>{TITLE}</title>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="14" fill="#fbfcfd" stroke="#d5dbe1"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def spread(wanted: dict[str, float]) -> dict[str, float]:
    """Heights for names near the wanted ones, from below upwards, none over another."""
    found: dict[str, float] = {}
    free = math.inf
    for name in sorted(wanted, key=wanted.__getitem__, reverse=True):
        found[name] = free = min(wanted[name], free - APART)
    return found


def main() -> None:
    """Writes the picture."""
    page = (DOCS / "benchmark.md").read_text(encoding="utf-8")
    (DOCS / "budget-persuasion.svg").write_text(drawn(page), encoding="utf-8")


if __name__ == "__main__":
    main()
