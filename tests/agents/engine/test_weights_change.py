"""A backend whose model goes on learning answers as a fresh one would: no key or value of older weights is used again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers import AutoModelForCausalLM

from dialogym.agents.backend import Completion, Request, Sampling
from dialogym.agents.engine.transformers_backend import TransformersBackend
from dialogym.envs.keys import mix
from tests.tiny import save_model

FREE = Sampling(temperature=1.0, top_p=0.95, max_new_tokens=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def model(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def asked(model: Any, adapter: str | None = None) -> list[Request]:
    """24 prompts of three beginnings."""
    vocab = model.config.vocab_size - 8
    return [Request(tuple(8 + mix(i % 3, t) % vocab for t in range(32 + i // 3)), mix(9, i), FREE, adapter) for i in range(24)]


def train(model: Any, optimiser: type[torch.optim.Optimizer] = torch.optim.AdamW, **options: Any) -> None:
    """One real step of an optimiser on the trainable weights."""
    model.train()
    tokens = torch.arange(8, 40)[None]
    step = optimiser([p for p in model.parameters() if p.requires_grad], lr=0.02, **options)
    model(input_ids=tokens, labels=tokens).loss.backward()
    step.step()


def load(model: Any) -> None:
    model.load_state_dict({name: value * 1.2 for name, value in model.state_dict().items()})


def swap(model: Any) -> None:
    for weight in model.parameters():
        weight.data = weight.data * 1.2


def write(model: Any) -> None:
    for weight in model.parameters():
        weight.data.mul_(1.2)


def replace(model: Any) -> None:
    layer = model.model.layers[0].mlp.up_proj
    model.model.layers[0].mlp.up_proj = torch.nn.Linear(layer.in_features, layer.out_features, bias=False)


CHANGES: list[Callable[[Any], None]] = [
    train, lambda model: train(model, foreach=True), lambda model: train(model, fused=True),
    lambda model: train(model, torch.optim.SGD), load, swap, write, replace]


def fresh(model: Any, requests: list[Request]) -> list[Completion]:
    return TransformersBackend(model).complete(requests)


@pytest.mark.parametrize("change", CHANGES, ids=["adamw", "foreach", "fused", "sgd", "load", "swap", "write", "replace"])
def test_replies_are_those_of_a_fresh_backend_after_the_weights_changed(model: Any, change: Callable[[Any], None]) -> None:
    backend, requests = TransformersBackend(model), asked(model)
    before = backend.complete(requests)
    for _ in range(3):
        change(model)
        found = backend.complete(requests)
        assert found == fresh(model, requests)
        assert found != before
        before = found
    prompts = [request.prompt for request in requests]
    old = backend.last_outputs(prompts)
    change(model)
    found = backend.last_outputs(prompts)
    assert torch.equal(found, TransformersBackend(model).last_outputs(prompts))
    assert not torch.equal(found, old)


def test_an_adapter_that_learns_or_is_loaded_anew_is_noticed(model: Any) -> None:
    config = LoraConfig(r=4, target_modules=["q_proj", "k_proj", "v_proj"], init_lora_weights=False, lora_dropout=0.5)
    adapted = get_peft_model(model, config, adapter_name="one")
    backend, requests = TransformersBackend(adapted), asked(model, "one")
    before = backend.complete(requests)
    saved = {name: value.clone() for name, value in get_peft_model_state_dict(adapted, adapter_name="one").items()}
    adapted.set_adapter("one")
    train(adapted)
    learned = backend.complete(requests)
    assert learned == fresh(adapted, requests)
    assert learned != before
    set_peft_model_state_dict(adapted, saved, adapter_name="one")
    assert backend.complete(requests) == before


def test_weights_that_stay_keep_the_cache(model: Any) -> None:
    backend, requests = TransformersBackend(model), asked(model)
    first = backend.complete(requests)
    prefilled = backend.counts.prefilled
    model.train()
    assert backend.complete(requests) == first
    assert model.training, "the model is handed back in the mode it came in"
    assert backend.counts.prefilled - prefilled < prefilled / 2


def test_anybody_may_make_it_forget(model: Any) -> None:
    backend, requests = TransformersBackend(model), asked(model)
    first = backend.complete(requests)
    cold = backend.counts.prefilled
    backend.forget()
    assert backend.complete(requests) == first
    assert backend.counts.prefilled == 2 * cold
    with torch.no_grad():
        model.model.embed_tokens.weight.data[9] = 0.0  # a write to a single row, past every book-keeping of torch
    backend.forget()
    assert backend.complete(requests) == fresh(model, requests)
