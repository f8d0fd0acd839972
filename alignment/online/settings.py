"""Settings of an online training: plain values, so that a configuration can be read and refused without loading a framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...agents.prompting import layout_of
from ...envs.errors import InvalidConfig
from ...envs.finite import check_finite
from ...envs.keys import PUBLIC
from ..training.settings import LoraSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineSettings:
    """What `train_online` does: GRPO (Shao et al. 2024) with whole conversations, against one simulated user.

    Attributes:
        environment: its id.
        options: of its scenario.
        model: what is trained: "embedded", "smollm2", a folder (an adapter is added into its base first), or a hub id.
        user: who sits in the user's seat, by name; None: the scripted default.
        layout: how a dialogue becomes a prompt, "chat" or "strategy"; None: what the model was trained with, and "strategy" for
            the packaged one.
        steps: updates.
        people: users met per update, none twice.
        group: talks with each of them, which are compared with one another.
        batch: talks per forward pass; people * group is a multiple of it.
        learning_rate: the highest, after warm-up; then it falls along a cosine to 0.
        warmup: share of the updates in which the learning rate rises, in [0, 1).
        beta: weight of the divergence from the start.
        temperature: of the talks trained on.
        max_new_tokens: longest reply.
        lora: size of the adapter.
        checkpoint: updates after which a killed training can go on.
        talks: conversations before and after, with people set aside for it.
        seed: of the people, the adapter's start and the order.
        secret: under which people and their luck are drawn.
        quiet: no notes of the libraries.
    """

    environment: str
    options: dict[str, Any] = field(default_factory=dict)
    model: str = "embedded"
    user: str | None = None
    layout: str | None = None
    steps: int = 24
    people: int = 6
    group: int = 8
    batch: int = 8
    learning_rate: float = 1e-3
    warmup: float = 0.1
    beta: float = 0.02
    temperature: float = 1.0
    max_new_tokens: int = 64
    lora: LoraSettings = field(default_factory=LoraSettings)
    checkpoint: int = 5
    talks: int = 128
    seed: int = 0
    secret: str = PUBLIC
    quiet: bool = True

    def __post_init__(self) -> None:
        """Raises InvalidConfig on a value that makes no sense."""
        check_finite(self)
        counts = ("steps", "people", "batch", "checkpoint", "talks", "max_new_tokens")
        checks = [(name, "1 or more", getattr(self, name) >= 1) for name in counts]
        checks += [(name, "above 0", getattr(self, name) > 0) for name in ("learning_rate", "temperature")]
        checks += [("group", "2 or more, to compare", self.group >= 2), ("warmup", "in [0, 1)", 0 <= self.warmup < 1),
                   ("beta", "0 or more", self.beta >= 0)]
        for name, wanted, fine in checks:
            if not fine:
                raise InvalidConfig(f"{name} of OnlineSettings is {getattr(self, name)!r}; it must be {wanted}.")
        if self.people * self.group % self.batch:
            raise InvalidConfig(f"An update has people * group = {self.people * self.group} talks, which batch={self.batch} "
                                "does not divide; choose a batch that does.")
        if self.layout is not None and layout_of(self.layout) == "figure":
            raise InvalidConfig("layout 'figure' writes the whole dialogue anew each turn, so that a talk is not one sequence; "
                                "take 'chat' or 'strategy'.")
