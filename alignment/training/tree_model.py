"""A causal model run on packs: log-probabilities and scores of every reply, each shared beginning computed once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from ...envs.errors import InvalidModel
from .packing import Pack, Row, pack_pairs
from .settings import PairTrainSettings, Trainer
from .tree_attention import attend_as_before, attend_in_blocks, blocked, blocks, without_adapter


def inputs(pack: Pack, model: Any) -> dict[str, Any]:
    """What a transformers model reads of a pack: one sequence of n tokens.

    "position_ids" is the depth, so that rotary positions are those of the rows. "attention_mask" (1, 1, n, n) is added to the
    attention's scores, 0 where a token sees another and the least number elsewhere; transformers takes a mask of four
    dimensions as it is (`masking_utils._preprocess_mask_arguments`), for eager attention and for sdpa alike. A model that
    attends in blocks (`tree_attention`) reads "tree_blocks" in its place.
    """
    device, dtype = model.device, model.dtype
    found = {"input_ids": _tensor(pack.tokens, model)[None], "position_ids": _tensor(pack.depth, model)[None],
             "use_cache": False}
    if blocked(model):  # the mask is in the blocks
        return {**found, "attention_mask": torch.zeros(1, 1, 1, 1, dtype=dtype), "tree_blocks": blocks(pack)}
    hidden = torch.from_numpy(~pack.sees()).to(device)
    mask = torch.zeros(hidden.shape, dtype=dtype, device=device).masked_fill_(hidden, torch.finfo(dtype).min)
    return {**found, "attention_mask": mask[None, None]}


def reply_logits(model: Any, pack: Pack) -> torch.Tensor:
    """(s, vocabulary), float32: the outputs at the pack's sources; the output layer is run nowhere else."""
    found: torch.Tensor = model(**inputs(pack, model), logits_to_keep=_tensor(pack.sources, model)).logits[0]
    return found.float()


def reply_log_probs(model: Any, pack: Pack) -> torch.Tensor:
    """(2p,), float32: the log-probability of every side's reply."""
    return log_probs(reply_logits(model, pack), pack)[1]


def log_probs(logits: torch.Tensor, pack: Pack) -> torch.Tensor:
    """(2, 2p): the log-probability of what is judged of every side's reply, and of the whole reply, of `reply_logits`."""
    source, token, edge, side = (torch.from_numpy(a).to(logits.device)
                                 for a in (pack.edge_source, pack.edge_token, pack.use_edge, pack.use_side))
    predicted = logits[source, token] - logits.logsumexp(-1)[source]
    whole = predicted[edge]
    judged = whole * torch.from_numpy(pack.use_judged).to(logits.device)
    return logits.new_zeros(2, len(pack.ends)).index_add(1, side, torch.stack([judged, whole]))


def reply_divergences(new: torch.Tensor, old: torch.Tensor, pack: Pack) -> torch.Tensor:
    """(2p,): KL(new‖old) in nats summed over every side's reply, exact over the vocabulary, of two models' `reply_logits`."""
    log_new, log_old = new.log_softmax(-1), old.log_softmax(-1)
    divergence = (log_new.exp() * (log_new - log_old)).sum(-1)
    source, edge, side = (torch.from_numpy(a).to(new.device) for a in (pack.edge_source, pack.use_edge, pack.use_side))
    return divergence.new_zeros(len(pack.ends)).index_add(0, side, divergence[source[edge]])


def reply_scores(model: Any, pack: Pack) -> torch.Tensor:
    """(2p,), float32: what a sequence classifier's head gives at the last token of every side."""
    whole = without_adapter(model)
    states = whole.base_model(**inputs(pack, model)).last_hidden_state[0]
    found: torch.Tensor = whole.score(states[_tensor(pack.ends, model)])[:, 0]
    return found.float()


def takes_trees(model: Any, longest: int, run: Callable[[Any, Pack], torch.Tensor]) -> bool:
    """Whether a model gives on a trie what it gives on its rows alone, found out on a small one.

    Not so models that keep a state instead of attending, attention kernels that take no mask, and layers whose window is
    shorter than the longest row, which a mask of ancestors does not know.

    Args:
        model: in any mode.
        longest: tokens of the longest row.
        run: `reply_scores`, or what gives the log-probabilities of a pack's sides.
    """
    config = model.config.get_text_config()
    kinds, reach = set(getattr(config, "layer_types", None) or ()), getattr(config, "sliding_window", None)
    if reach and reach < longest and kinds != {"full_attention"}:
        return False
    tokens = [token % config.vocab_size for token in range(1, 25)]
    rows = Row((*tokens[:8], *tokens[8:16]), 4), Row((*tokens[:8], *tokens[16:]), 4)
    [fork, one, other] = [pack_pairs([pair], [""])[0] for pair in (rows, (rows[0],) * 2, (rows[1],) * 2)]
    training = model.training
    try:
        model.eval()
        with torch.no_grad():
            ours, alone = run(model, fork), torch.stack([run(model, one)[0], run(model, other)[1]])
    except (TypeError, ValueError, RuntimeError, AttributeError):
        return False
    finally:
        model.train(training)
    near = 1e-4 if model.dtype == torch.float32 else 0.02
    return bool(((ours - alone).abs() <= near * (1 + alone.abs())).all())


def chosen_trainer(settings: PairTrainSettings, model: Any, longest: int, run: Callable[[Any, Pack], torch.Tensor]) -> Trainer:
    """The trainer that the settings ask for: "trl" in place of "tree" where the model cannot, with a warning that says so.

    On the processor a model that "tree" trains attends in blocks from then on, where it can.

    Raises InvalidModel when something is asked for that only the trainer "tree" does.
    """
    if settings.trainer != "tree":
        return settings.trainer
    if takes_trees(model, longest, run):
        before = attend_in_blocks(model)
        if before is not None and not takes_trees(model, longest, run):
            attend_as_before(model, before)
        return settings.trainer
    cannot = f"A {model.config.model_type} does not compute on tries what it computes on rows"
    if settings.needs_trees():
        raise InvalidModel(f"{cannot}, so it cannot be trained with {', '.join(settings.needs_trees())}; leave that out.")
    warnings.warn(f"{cannot}, so it is trained by TRL, row by row.", stacklevel=3)
    return "trl"


def _tensor(values: Any, model: Any) -> torch.Tensor:
    return torch.from_numpy(values).to(model.device)
