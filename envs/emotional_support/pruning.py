"""Which nodes a search keeps: those whose supporter read the seeker well (paper §4.5, eq. 4).

A model that predicts the seeker's state as the seeker's own simulator wrote it understands them; its reply is worth
following.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..dialogue import Dialogue
from ..encoders import encode_cached


def state_similarity(dialogues: Sequence[Dialogue], interactive: str, encoder_name: str) -> list[float]:
    """Eq. 4 of each dialogue's last supporter turn, in [-1, 1]; the states of all dialogues are encoded in one call.

    Args:
        dialogues: usually search nodes, [..., seeker, supporter, seeker]; a dialogue may also end with the supporter.
        interactive: the supporter's seat name.
        encoder_name: v, see `encoders.encoder`.

    Returns:
        One cosine per dialogue, rounded to 4 decimals: on a GPU the last bits of a vector depend on the batch, and a
        search may not (law 2). 0.0 where the supporter has not spoken or either of the two states is missing.
    """
    pairs = [_states(dialogue, interactive) for dialogue in dialogues]
    texts = [text for pair in pairs if pair for text in pair]
    if not texts:
        return [0.0] * len(pairs)
    vectors = encode_cached(encoder_name, texts)
    # v(s_sim^{i-1})·v(s_llm^i) / (‖v(s_sim^{i-1})‖ ‖v(s_llm^i)‖). The paper prints ‖v(s_llm^{i-1})‖ in the denominator:
    # a misprint for i, as a cosine has the same two vectors above and below. The norms are 1.
    cosines = iter((vectors[::2].astype(np.float64) * vectors[1::2]).sum(axis=1).tolist())
    return [round(next(cosines), 4) + 0.0 if pair else 0.0 for pair in pairs]  # + 0.0: no -0.0


def _states(dialogue: Dialogue, interactive: str) -> tuple[str, str] | None:
    """The state the seeker wrote at turn i-1 and the one the supporter predicted at turn i; None without either."""
    node: Dialogue | None = dialogue
    while node is not None and node.last is not None and node.last.seat != interactive:
        node = node.parent
    if node is None or node.last is None or node.parent is None or node.parent.last is None:
        return None
    told, read = node.parent.last.state, node.last.state
    return (told, read) if told and read else None
