"""Other ways to learn from what a run's search found, each a row beside Aligned: no method gets more replies than another.

"filtered" is filtered behaviour cloning, one step of expert iteration: π_SFT learns by plain likelihood what the search found
best. Its targets are those of Anthony et al. 2017 (expert iteration, arXiv 1705.08439, chosen-action targets): in every context
the best of the replies that the search tried there. To filter by reward and imitate what is left is also the inner step of ReST
(Gulcehre et al. 2023, arXiv 2308.08998). %BC (Chen et al. 2021, Decision Transformer, arXiv 2106.01345) filters whole episodes,
which is what there is without a tree; with one, every reply is judged by all the talks below it, and none is imitated merely
because it stood in a talk that ended well.

"kto" is Kahneman-Tversky optimisation (Ethayarajh et al. 2024, arXiv 2402.01306): of the pairs that Aligned learns from, the
chosen replies are desirable and the rejected ones are not, whichever belong together (see `training.objectives.kto_losses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..envs.errors import InvalidConfig
from .preferences.pair import PreferencePair
from .training.settings import DpoSettings

ROWS = {"filtered": "Filtered", "kto": "KTO"}
"""The systems of the table, by the names that a configuration has for them."""


def check_baselines(names: Sequence[str]) -> None:
    """Raises InvalidConfig on a baseline that there is not, or that is named twice."""
    for place, name in enumerate(names):
        if name not in tuple(ROWS) or name in names[:place]:
            raise InvalidConfig(f"baselines may hold {' and '.join(map(repr, ROWS))}, each once, got {list(names)!r}.")


def learned_from(name: str, pairs: Sequence[PreferencePair]) -> list[PreferencePair]:
    """The pairs of a run that a baseline learns from.

    For "filtered" those of the search, not the reward model's, whose chosen reply is worse than no other in its context: where
    all siblings are paired, the chosen reply of one pair is the rejected one of another. Such a reply counts once for every
    sibling that it beat.
    """
    if name != "filtered":
        return list(pairs)
    searched = [pair for pair in pairs if pair.origin == "search"]
    beaten = {(pair.conversation, pair.context, pair.rejected.text) for pair in searched}
    return [pair for pair in searched if (pair.conversation, pair.context, pair.chosen.text) not in beaten]


def trained_with(name: str, dpo: DpoSettings) -> DpoSettings:
    """The settings that a baseline is trained with: those of Aligned, with another loss.

    "kto" keeps the likelihood term (`sft_weight`) that Aligned has, so that the two differ in what they make of preferences
    alone, and is trained on trees. What only DPO's loss has is left out.
    """
    plain = replace(dpo, offset=0.0, visit_smoothing=False, gap_weights=False)
    if name == "filtered":
        return replace(plain, loss_type="sft", sft_weight=0.0)
    return replace(plain, loss_type="kto", trainer="tree")
