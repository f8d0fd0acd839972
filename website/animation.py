"""Draws docs/rewind-*.svg: a talk that is rewound and goes on otherwise, as it happened in the package.

    python website/animation.py            # writes them all again; the same seed gives the same bytes

One environment is stepped to a moment, a snapshot is taken, and players of different skill go on from it, one after the other:
same person, same words before, same luck. The pictures are SVG that moves by CSS alone, so that a page may show them as images;
where nothing moves (print, `prefers-reduced-motion`), the last branch stands. Those called "-narrow" are for phones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path

import dialogym

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH, CHAT, NARROW, MARGIN = 960, 630, 480, 20
"""Pixels: the picture, its left half, a picture that has no right one, what stays free at the edges."""
BUBBLE, LINE, TOP = 372, 18, 102
"""Pixels: a bubble's widest line, the height of a line, where the first bubble stands."""
WIDTHS = {**dict.fromkeys("ijl.,:;!'|I()", 5.0), **dict.fromkeys(" ftr-", 5.8), **dict.fromkeys("mwMW", 13.2)}
"""Pixels of a letter in the widest of the fonts; small ones that are not listed 8.6, capitals 9.6."""
STEP, PAUSE, HOLD = 1.15, 1.5, 5.0
"""Seconds: between utterances, before a rewind, at the end of the last branch."""
BRANCHES = ("#b8483e", "#c27c0e", "#2e7d5b")
CSS = """
text { font: 14px -apple-system, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2933 }
.dim { fill: #5b6875; font-size: 13px } .code { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.seat { fill: #5b6875; font-size: 11.5px } .said { fill: #fff } .head { font-weight: 600; font-size: 15px }
.told { font-weight: 600; font-size: 14px } .state { fill: #5b6875; font-size: 12px; font-style: italic }
@media (prefers-reduced-motion: reduce) { * { animation: none !important } }
"""


@dataclass(frozen=True, slots=True)
class Story:
    """A talk to draw.

    Attributes:
        env: id of the environment.
        seed: of the talk.
        before: utterances until the snapshot; the last of the players says its seat's.
        players: scripted players of the interactive seat who go on from it, each to the end, in order.
        shown: the most utterances of a branch that are drawn.
    """

    env: str
    seed: int
    before: int
    players: tuple[str, ...]
    shown: int = 6


STORIES = {
    "rewind-persuasion": Story("PersuasionForGood-v0", 450, 4, ("novice", "average", "expert")),
    "rewind-support": Story("EmotionalSupport-v0", 162, 3, ("adviser", "expert")),
}


@dataclass(frozen=True, slots=True)
class Branch:
    """How a player went on: the utterances after the snapshot that are drawn, how many are not, and what came of it."""

    player: str
    said: tuple[dialogym.Utterance, ...]
    left: int
    outcome: str
    colour: str


@dataclass(slots=True)
class Clock:
    """What is to be seen when: CSS animations over one round of the whole picture."""

    seconds: float
    rules: list[str] = field(default_factory=list)

    def seen(self, *spans: tuple[float, float], faded: float = 0.0) -> str:
        """The style of what is seen in these spans of seconds, and `faded` (an opacity) after them; else not at all."""
        name, frames, quick = f"k{len(self.rules)}", ["0%{opacity:0}"], 0.25
        for start, end in spans:
            frames += [f"{self._at(start)}{{opacity:{0 if start <= spans[0][0] else faded}}}",
                       f"{self._at(start + quick)}{{opacity:1}}", f"{self._at(end - quick)}{{opacity:1}}",
                       f"{self._at(end)}{{opacity:{faded}}}"]
        frames.append(f"100%{{opacity:{faded if spans[-1][1] < self.seconds else 1}}}")
        self.rules.append(f"@keyframes {name}{{{''.join(frames)}}}")
        last = spans[-1][1] >= self.seconds
        return f'style="opacity:{1 if last else faded};animation:{name} {self.seconds:.2f}s infinite"'

    def _at(self, second: float) -> str:
        return f"{100 * min(max(second, 0), self.seconds) / self.seconds:.2f}%"


def played(story: Story) -> tuple[dialogym.Position, list[Branch]]:
    """Plays a story: the position at the snapshot, and how each player went on from it."""
    env = dialogym.make(story.env)
    scenario = env.scenario
    user = dialogym.ScriptedAgent.of(scenario, scenario.user)

    def talk(player: str, utterances: int) -> None:
        agents = {scenario.interactive: dialogym.ScriptedAgent.of(scenario, scenario.interactive, player), scenario.user: user}
        for _ in range(utterances):
            if env.position.over:
                break
            env.step(agents[env.agent_selection].respond([env.ask()])[0])

    env.reset(seed=story.seed)
    talk(story.players[-1], story.before)
    mark, start, branches = env.snapshot(), env.position, []
    for player in story.players:
        talk(player, 2 * scenario.horizon)
        said = tuple(env.position.dialogue)[story.before:]
        colour = BRANCHES[-1] if player == story.players[-1] else BRANCHES[len(branches)]
        branches.append(Branch(player, said[:story.shown], len(said[story.shown:]), outcome(env.position), colour))
        env.restore(mark)
        if env.position != start:
            raise RuntimeError(f"{story.env} was not what it had been after restore.")
    return start, branches


def outcome(position: dialogym.Position) -> str:
    """What came of a talk, in the scenario's own measure where it has one."""
    found, measures = position.engagement, position.scenario.measures
    return f"{measures[0].unit}{found.level * measures[0].scale:.2f}" if measures else found.status


def wide(text: str) -> float:
    """Pixels that a line may take."""
    return sum(WIDTHS.get(letter, 9.6 if letter.isupper() else 8.6) for letter in text)


def wrapped(text: str, room: float) -> list[str]:
    """A text in lines no wider than so many pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if wide(longer) <= room else [*lines, word]
    return lines


def bubble(utterance: dialogym.Utterance, y: float, edge: float, style: str, colour: str) -> tuple[str, float]:
    """An utterance as a bubble whose top is at y, and where the next one's may be; at the right edge where that is not 0."""
    lines = wrapped(utterance.text, BUBBLE)
    width, height = max(map(wide, lines)) + 26, len(lines) * LINE + 14
    right = edge > 0
    x = edge - MARGIN - width if right else MARGIN
    kind, fill = ('class="said" ', colour) if right else ("", "#e8ecf1")
    spans = "".join(f'<text {kind}x="{x + 13:.0f}" y="{y + 20 + LINE * n:.0f}">{escape(line)}</text>'
                    for n, line in enumerate(lines))
    box = f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="12" fill="{fill}"/>'
    return f"<g {style}>{box}{spans}</g>", y + height + 7


def tree(story: Story, branches: list[Branch], times: list[list[float]], clock: Clock, height: float) -> list[str]:
    """The right half: a node an utterance, each branch in its colour, a ring around where the talk is."""
    left, right = CHAT + 78, WIDTH - 78
    pitch = min(44.0, (height - TOP - 100) / (max(len(branch.said) for branch in branches) + story.before))
    middle, top = (left + right) / 2, TOP + 16
    parts = trunk(story, times, clock, (middle, top), pitch)
    mark = (middle, top + pitch * (story.before - 1))
    for number, branch in enumerate(branches):
        x = left + (right - left) * number / max(1, len(branches) - 1)
        own, before = after_mark(story, times, number), mark
        back = own[-1] if number < len(branches) - 1 else clock.seconds
        for n in range(len(branch.said)):
            y = mark[1] + pitch * (n + 1.35)
            bend = pitch * 0.7
            edge = (f'<path d="M{before[0]:.0f},{before[1]:.0f} C{before[0]:.0f},{before[1] + bend:.0f} {x:.0f},{y - bend:.0f} '
                    f'{x:.0f},{y:.0f}" fill="none" stroke="{branch.colour}" stroke-width="2"/>')
            node = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="{branch.colour}"/>'
            parts.append(f"<g {clock.seen((own[n], back), faded=0.55)}>{edge}{node}</g>")
            parts.append(ring(x, y, clock, [(own[n], own[n + 1] if n + 1 < len(branch.said) else back)]))
            before = (x, y)
        parts.append(f"<g {clock.seen((own[len(branch.said) - 1] + 0.4, clock.seconds))}>{label(branch, *before)}</g>")
    return parts


def trunk(story: Story, times: list[list[float]], clock: Clock, top: tuple[float, float], pitch: float) -> list[str]:
    """The talk before the snapshot, and the snapshot."""
    parts, x = [], top[0]
    for n in range(story.before):
        y = top[1] + pitch * n
        edge = f'<path d="M{x:.0f},{y - pitch + 7:.0f} V{y - 7:.0f}" stroke="#8795a1" stroke-width="2"/>' if n else ""
        parts.append(f'<g {clock.seen((times[0][n], clock.seconds))}>{edge}<circle cx="{x:.0f}" cy="{y:.0f}" r="7" '
                     f'fill="#52606d"/></g>')
        here = [(times[0][n], times[0][n + 1])]
        if n == story.before - 1:
            here += [(own[-1], after[0]) for own, after in pairwise(times)]
        parts.append(ring(x, y, clock, here))
    parts.append(f'<g {clock.seen((times[0][story.before] - PAUSE, clock.seconds))} stroke="#2b5aa8">'
                 f'<rect x="{x - 15:.0f}" y="{y - 15:.0f}" width="30" height="30" rx="7" fill="none" stroke-width="2.5"/>'
                 f'<text x="{x + 23:.0f}" y="{y + 4:.0f}" class="code" stroke="none" style="fill:#2b5aa8">mark</text></g>')
    return parts


def after_mark(story: Story, times: list[list[float]], number: int) -> list[float]:
    """When the utterances of a branch are said, and when the talk is rewound after it."""
    return times[number][0 if number else story.before:]


def label(branch: Branch, x: float, y: float) -> str:
    """What came of a branch, below its last node."""
    more = f" ({branch.left} more said)" if branch.left else ""
    at = f'x="{x:.0f}" text-anchor="middle"'
    return (f'<text {at} y="{y + 28:.0f}" class="told" style="fill:{branch.colour}">{escape(branch.outcome)}</text>'
            f'<text {at} y="{y + 45:.0f}" class="seat">{escape(branch.player)}{more}</text>')


def ring(x: float, y: float, clock: Clock, spans: list[tuple[float, float]]) -> str:
    """Around the node where the talk is."""
    return (f'<circle cx="{x:.0f}" cy="{y:.0f}" r="11" fill="none" stroke="#1f2933" stroke-width="1.5" '
            f'{clock.seen(*spans)}/>')


def schedule(story: Story, branches: list[Branch]) -> tuple[list[list[float]], float]:
    """Seconds at which each utterance is said: per branch, the first with the talk before it; and the length of a round."""
    now, times = 0.4, []
    for number, branch in enumerate(branches):
        own = []
        for n in range(len(branch.said) + (story.before if number == 0 else 0)):
            if number == 0 and n == story.before:
                now += PAUSE  # the snapshot
            own.append(now)
            now += STEP
        now += PAUSE
        own.append(now)  # back to the mark
        times.append(own)
        now += 0.7
    return times, now + HOLD


def captions(story: Story, branches: list[Branch], times: list[list[float]], clock: Clock, at: tuple[int, int]) -> list[str]:
    """The line of code that is run, in a bar whose upper left corner is given."""
    saved = times[0][story.before]
    spans = [("env.step(reply)", times[0][0], saved - PAUSE), ("mark = env.snapshot()", saved - PAUSE, saved)]
    for number, branch in enumerate(branches):
        own = after_mark(story, times, number)
        last = number == len(branches) - 1
        spans.append((f"env.step(reply)  # {branch.player}", own[0], clock.seconds if last else own[-1] - 1.0))
        if not last:
            spans.append(("env.restore(mark)", own[-1] - 1.0, times[number + 1][0]))
    (x, y), parts = at, []
    for code, start, end in spans:
        white, blue = ' style="fill:#fff"', "mark" in code
        ground = f'<rect x="{x}" y="{y}" width="290" height="30" rx="8" fill="{"#2b5aa8" if blue else "#e8ecf1"}"/>'
        parts.append(f'<g {clock.seen((start, end))}>{ground}<text x="{x + 14}" y="{y + 20}" class="code"'
                     f'{white if blue else ""}>{escape(code)}</text></g>')
    return parts


def drawn(story: Story, narrow: bool = False) -> str:
    """The picture; a narrow one has the chat alone, with what came of each branch below."""
    start, branches = played(story)
    scenario, edge = start.scenario, NARROW if narrow else CHAT
    times, seconds = schedule(story, branches)
    clock = Clock(seconds)
    hidden = wrapped(f"Only the {scenario.user} knows: {scenario.describe_condition(start.condition)}", edge - 2 * MARGIN)
    most, y, lowest = (3, TOP + 62.0, 0.0) if narrow else (2, float(TOP), 0.0)
    if len(hidden) > most:
        hidden[most - 1] += " ..."
    chat = [f'<text x="{MARGIN}" y="36" class="head">{story.env}, seed {story.seed}</text>',
            *(f'<text x="{MARGIN}" y="{60 + 18 * n}" class="dim">{escape(line)}</text>'
              for n, line in enumerate(hidden[:most]))]
    for n, utterance in enumerate(start.dialogue):
        mine = edge if utterance.seat == scenario.interactive else 0
        part, y = bubble(utterance, y, mine, clock.seen((times[0][n], seconds)), "#52606d")
        chat.append(part)
    for number, branch in enumerate(branches):
        own, below = after_mark(story, times, number), y
        back = own[-1] if number < len(branches) - 1 else seconds
        for n, utterance in enumerate(branch.said):
            mine = edge if utterance.seat == scenario.interactive else 0
            part, below = bubble(utterance, below, mine, clock.seen((own[n], back)), branch.colour)
            chat.append(part)
        lowest = max(lowest, below)
    if narrow:
        side = [*captions(story, branches, times, clock, (MARGIN, TOP + 14)), *outcomes(story, branches, times, clock, lowest)]
        return framed(story, [*chat, *side], clock, NARROW, lowest + 66)
    line = f'<line x1="{CHAT}" y1="24" x2="{CHAT}" y2="{lowest - 2:.0f}" stroke="#d5dbe1"/>'
    side = [line, *captions(story, branches, times, clock, (CHAT + MARGIN, 22)),
            *tree(story, branches, times, clock, lowest + 22)]
    return framed(story, [*chat, *side], clock, WIDTH, lowest + 22)


def outcomes(story: Story, branches: list[Branch], times: list[list[float]], clock: Clock, y: float) -> list[str]:
    """What came of every branch so far, in a row."""
    parts = []
    for number, branch in enumerate(branches):
        said = after_mark(story, times, number)[len(branch.said) - 1]
        x = MARGIN + (NARROW - 2 * MARGIN) * (number + 0.5) / len(branches)
        parts.append(f"<g {clock.seen((said + 0.4, clock.seconds))}>{label(branch, x, y - 14)}</g>")
    return parts


def framed(story: Story, parts: list[str], clock: Clock, width: int, height: float) -> str:
    """The parts as an SVG of its own."""
    title = f"A talk of {story.env} is rewound to a snapshot and goes on in {len(story.players)} ways"
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}" '
            f'role="img" aria-label="{title}">\n<title>{title}</title>\n<style>{CSS}{"".join(clock.rules)}</style>\n'
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2:.0f}" rx="14" fill="#fbfcfd" stroke="#d5dbe1"/>\n'
            f"{body}\n</svg>\n")


def pictures() -> dict[str, str]:
    """Every picture by the name of its file."""
    return {f"{name}{'-narrow' if narrow else ''}.svg": drawn(story, narrow)
            for name, story in STORIES.items() for narrow in (False, True)}


def main() -> None:
    """Writes every picture."""
    for name, text in pictures().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(DOCS / name)


if __name__ == "__main__":
    main()
