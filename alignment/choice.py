"""Which of several weights of a policy is kept: the one that talks best with people set aside for it.

Accuracy on held-out pairs follows what a policy reaches only near the reference, then turns against it (arXiv 2405.19534). So
weights are judged by conversations, and held to the fluency of the model that they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..envs.errors import InvalidConfig
from .evaluation.evaluate import Played, measure
from .evaluation.intervals import mean_ci, paired_difference
from .training.settings import ChoiceSettings


@dataclass(frozen=True, slots=True)
class Contender:
    """Weights that could be kept.

    Attributes:
        round: in which they were trained, from 1.
        folder: of the model.
        figures: "step", and what held-out pairs said of it.
        system: whose weights they could be; "" for Aligned.
    """

    round: int
    folder: Path
    figures: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""

    @property
    def name(self) -> str:
        """What its talks are kept under, and shown as."""
        step = f"step {self.figures['step']}"
        if self.system:
            return f"{self.system}, {step}"
        return step.capitalize() if self.round == 1 else f"Round {self.round}, {step}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and why.

    Attributes:
        index: of the contender that is kept.
        start: how the model that all came from talked.
        rows: of every contender: its figures and how it talked; "gain" is the paired difference to `start`, with its interval,
            and "fluent" says whether it stayed within the bounds.
    """

    index: int
    start: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def gains(self) -> bool:
        """Whether what is kept stayed within the bounds and reached more than the start."""
        kept = self.rows[self.index]
        return bool(kept["fluent"] and kept["gain"][0] > 0)

    def told(self) -> dict[str, Any]:
        """For the figures of the training."""
        kept = self.rows[self.index]
        return {"kept": {"round": kept["round"], "step": kept["step"]}, "gains": self.gains, "start": dict(self.start),
                "checkpoints": [dict(row) for row in self.rows]}


def choose(contenders: Sequence[Contender], start: Played, played: Sequence[Played], settings: ChoiceSettings,
           seed: int) -> Choice:
    """The contender of most engagement among those as fluent as the start; where none is, the most fluent one.

    Args:
        contenders: at least one; of equals the first is kept.
        start: the talks of the model that all came from.
        played: theirs, with the same people.
        settings: the bounds.
        seed: of the intervals.

    Raises InvalidConfig when divergence is bounded and no pairs were held out to measure it on.
    """
    base = _fared(start, seed)
    rows = []
    for contender, talks in zip(contenders, played, strict=True):
        found = _fared(talks, seed)
        mean, (low, high) = paired_difference(_levels(talks), _levels(start), seed)
        fluent = found["garbled"] <= base["garbled"] + settings.garbled + 1e-9 and _near(contender, settings)
        rows.append({"round": contender.round, **contender.figures, **found, "gain": [mean, low, high], "fluent": fluent})
    fit = [i for i, row in enumerate(rows) if row["fluent"]]
    index = (max(fit, key=lambda i: (rows[i]["engagement"], -i)) if fit else
             min(range(len(rows)), key=lambda i: (rows[i]["garbled"], -rows[i]["engagement"], i)))
    return Choice(index, base, tuple(rows))


def _fared(played: Played, seed: int) -> dict[str, Any]:
    """How a system's talks went."""
    mean, interval = mean_ci(_levels(played), seed)
    return {"engagement": mean, "engagement_ci95": list(interval), "garbled": measure(played.ends, seed)["garble_rate"]}


def _levels(played: Played) -> list[float]:
    return [end.engagement.level for end in played.ends]


def _near(contender: Contender, settings: ChoiceSettings) -> bool:
    """Whether a contender is near enough to the start."""
    if settings.kl is None:
        return True
    if "kl_per_reply" not in contender.figures:
        raise InvalidConfig("choice.kl bounds the divergence on held-out pairs, but none were held out; raise dpo.held_out, or "
                            "leave choice.kl out.")
    return bool(contender.figures["kl_per_reply"] <= settings.kl)
