"""The log-probabilities that the in-process backend tells of the tokens that it drew."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from dialogym.agents.backend import Promises, Request
from dialogym.envs.errors import InvalidConfig
from tests.agents.engine.test_transformers_backend import KINDS, STOP, backend, model_of, requests


@KINDS
@pytest.mark.parametrize("heat", [1.0, 0.7])
def test_they_are_the_models_own_at_every_token_and_the_end(kind: str, heat: float) -> None:
    asked = [replace(r, logprobs=True, sampling=replace(r.sampling, temperature=heat)) for r in requests(10)]
    found = backend(kind).complete(asked)
    assert any(c.finished for c in found)
    for request, completion in zip(asked, found, strict=True):
        said = [*completion.tokens, *([completion.end] if completion.finished else [])]
        assert completion.end == (STOP if completion.finished else None)
        ids = torch.tensor([[*request.prompt, *said]])
        with torch.no_grad():
            logits = model_of(kind)(ids).logits[0, len(request.prompt) - 1:-1] / heat
        wanted = logits.log_softmax(-1).gather(-1, torch.tensor(said)[:, None])[:, 0]
        assert torch.allclose(torch.tensor(completion.logprobs), wanted, atol=1e-4)


@KINDS
def test_asking_changes_no_token_and_who_did_not_ask_is_told_none(kind: str) -> None:
    plain = requests(10)
    wanted = backend(kind).complete(plain)
    found = backend(kind).complete([replace(r, logprobs=i % 2 == 0) for i, r in enumerate(plain)])
    assert [(c.tokens, c.finished) for c in found] == [(c.tokens, c.finished) for c in wanted]
    assert [bool(c.logprobs) for c in found] == [i % 2 == 0 for i in range(len(plain))]
    assert found[1::2] == wanted[1::2]


def test_who_tells_none_says_so() -> None:
    with pytest.raises(InvalidConfig, match="tells no log-probabilities"):
        Promises(seeded=True, batch_invariant=True).check([Request((1,), 0, logprobs=True)])
