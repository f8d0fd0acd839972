"""The vLLM backend against a recorded contract: a small `vllm` with the names and arguments that vLLM 0.11.2 and 0.33.0 share.

The contract was read off the sources; it takes nothing that they do not. What only the engine can show, that it answers as
transformers do, is in the one slow test, which runs where vLLM is installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from dialogym import Position
from dialogym.agents.backend import Completion, Promises, Request, Sampling
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.recording import Recorder, Replayer
from dialogym.agents.vllm_backend import SEEDS, VLLMBackend
from dialogym.envs.errors import ContextTooLong, InvalidConfig, InvalidModel
from dialogym.envs.keys import mix, text_key
from dialogym.search import play, run
from tests.toy import Guessing, cast, texts

WINDOW = 400
FREE = Sampling(max_new_tokens=8)


@cache
def tokenizer() -> Any:
    from dialogym.alignment.training.pretrain import make_tokenizer

    return make_tokenizer(["You are the guesser.", "Is it red? Is it green? Is it blue? Warm. Cold."], 300)


@dataclass
class SamplingParams:
    """As vllm.SamplingParams, less what nobody passes."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: list[str] | None = None
    max_tokens: int | None = 16
    detokenize: bool = True

    def __post_init__(self) -> None:
        if self.seed is not None and not -SEEDS <= self.seed < SEEDS:
            raise OverflowError("Python int too large to convert to C long")
        if self.stop and not self.detokenize:
            raise ValueError("stop strings are only supported when detokenize is True. Set detokenize=True to use stop.")


@dataclass
class LoRARequest:
    """As vllm.lora.request.LoRARequest."""

    lora_name: str
    lora_int_id: int
    lora_path: str = ""

    def __post_init__(self) -> None:
        if self.lora_int_id < 1:
            raise ValueError(f"id must be > 0, got {self.lora_int_id}")
        assert self.lora_path, "lora_path cannot be empty"


@dataclass
class CompletionOutput:
    """As vllm.outputs.CompletionOutput; a stop token is the last of `token_ids`, and names itself only if it is no EOS."""

    text: str
    token_ids: list[int]
    finish_reason: str
    stop_reason: int | str | None = None


def answer(prompt: Sequence[int], params: SamplingParams, adapter: str | None) -> CompletionOutput:
    """The engine's reply: a function of these alone."""
    luck = params.seed if params.temperature else 0
    key = mix(text_key(f"{tuple(prompt)} {adapter}"), luck)
    said: list[int] = []
    while len(said) < params.max_tokens:
        said.append(tokenizer().eos_token_id if len(said) == key % 13 else 10 + mix(key, len(said)) % 200)
        if said[-1] == tokenizer().eos_token_id:
            return CompletionOutput(tokenizer().decode(said[:-1]) if params.detokenize else "", said, "stop")
        text = tokenizer().decode(said) if params.detokenize else ""
        for stop in params.stop or ():
            if stop in text:
                return CompletionOutput(text.partition(stop)[0], said, "stop", stop)
    return CompletionOutput(text, said, "length")


class LLM:
    """As vllm.LLM, of which `made` is the last."""

    made: ClassVar[LLM]

    def __init__(self, model: str, *, enable_prefix_caching: bool | None = None, enable_lora: bool = False, max_loras: int = 1,
                 max_lora_rank: int = 16, max_model_len: int = WINDOW, trust_remote_code: bool = False) -> None:
        assert trust_remote_code is False
        if model.startswith("/nowhere"):
            raise OSError(f"{model} is not a local folder\nand is not a valid model identifier")
        if max_lora_rank not in {1, 8, 16, 32, 64, 128, 256, 320, 512}:
            raise ValueError("1 validation error for LoRAConfig\nmax_lora_rank\n  Input should be 1, 8, 16, 32, ...")
        self.model, self.lora, self.cached = model, (enable_lora, max_loras, max_lora_rank), enable_prefix_caching
        self.loaded: list[LoRARequest] = []
        self.calls: list[Any] = []
        self.running = True
        self.llm_engine = SimpleNamespace(model_config=SimpleNamespace(max_model_len=max_model_len), add_lora=self._load,
                                          engine_core=SimpleNamespace(shutdown=self._stop))
        LLM.made = self

    def _load(self, lora_request: LoRARequest) -> bool:
        assert self.lora[0]
        if "modules_to_save" in (Path(lora_request.lora_path) / "adapter_config.json").read_text():
            raise ValueError("vLLM only supports modules_to_save being None.")
        self.loaded.append(lora_request)
        return True

    def _stop(self) -> None:
        assert self.running
        self.running = False

    def generate(self, prompts: Sequence[dict[str, Any]], sampling_params: Sequence[SamplingParams], *, use_tqdm: bool = True,
                 lora_request: Sequence[LoRARequest | None]) -> list[SimpleNamespace]:
        assert self.running
        assert not use_tqdm, "bars are for people"
        if not len(prompts) == len(sampling_params) == len(lora_request):
            raise ValueError("The lengths of prompts, params and lora_request must be the same.")
        found = []
        for prompt, params, lora in zip(prompts, sampling_params, lora_request, strict=True):
            (ids,) = prompt.values()
            assert type(ids) is list
            assert lora is None or lora in self.loaded
            if len(ids) >= self.llm_engine.model_config.max_model_len:
                raise ValueError("The decoder prompt is longer than the maximum model length.")
            self.calls.append((ids, params, lora))
            found.append(SimpleNamespace(outputs=[answer(ids, params, lora.lora_name if lora else None)]))
        return found


@pytest.fixture(autouse=True)
def contract(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> SimpleNamespace:
    """Puts the contract where vLLM would be, and gives its switches."""
    envs = SimpleNamespace(VLLM_ENABLE_V1_MULTIPROCESSING=True)
    if "slow" not in request.keywords:
        parts: dict[str, dict[str, Any]] = {
            "vllm": {"LLM": LLM, "SamplingParams": SamplingParams, "envs": envs,
                     "TokensPrompt": lambda *, prompt_token_ids: {"prompt_token_ids": prompt_token_ids}},
            "vllm.lora": {}, "vllm.lora.request": {"LoRARequest": LoRARequest}}
        for name, attributes in parts.items():
            module = ModuleType(name)
            vars(module).update(attributes)
            monkeypatch.setitem(sys.modules, name, module)
    return envs


def requests(count: int, sampling: Sampling = FREE, adapters: Sequence[str | None] = (None,)) -> list[Request]:
    return [Request(tuple(range(10, 20 + i % 4)), mix(7, i // 2), sampling, adapters[i % len(adapters)]) for i in range(count)]


def adapter(folder: Path, rank: int | None = 4, base: str = "/models/base", **more: Any) -> str:
    folder.mkdir()
    config = {"peft_type": "LORA", "r": rank, "base_model_name_or_path": base, **more}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder)


def test_replies_come_in_order_each_for_its_own_request() -> None:
    backend, asked = VLLMBackend("/models/base"), requests(40)
    found = backend.complete(asked)
    for request, completion in zip(asked, found, strict=True):
        said = answer(request.prompt, SamplingParams(seed=request.seed % SEEDS, max_tokens=8, detokenize=False), None)
        stopped = said.finish_reason == "stop"
        assert completion == Completion(tuple(said.token_ids[:len(said.token_ids) - stopped]), stopped)
        assert tokenizer().eos_token_id not in completion.tokens
    assert {c.finished for c in found} == {True, False}
    assert backend.complete(asked[::-1]) == found[::-1]
    assert [backend.complete([request])[0] for request in asked] == found
    assert backend.complete([]) == []


def test_each_request_has_its_own_sampling() -> None:
    samplings = [Sampling(0.0, 1.0, 5), Sampling(0.7, 0.9, 3, ("a", "b")), FREE]
    asked = [Request((11, 12), seed, sampling) for seed, sampling in zip((1, 2**63, 2**64 - 1), samplings, strict=True)]
    VLLMBackend("/models/base").complete(asked)
    assert [(ids, asdict(params)) for ids, params, _ in LLM.made.calls] == [([11, 12], {
        "temperature": s.temperature, "top_p": s.top_p, "seed": seed, "stop": list(s.stop), "max_tokens": s.max_new_tokens,
        "detokenize": bool(s.stop)}) for s, seed in zip(samplings, (1, 0, 2**63 - 1), strict=True)]


def test_a_stop_string_ends_a_reply_and_is_left_out() -> None:
    backend = VLLMBackend("/models/base")
    whole = backend.complete(requests(20, Sampling(max_new_tokens=12)))
    stops = [tokenizer().decode(c.tokens)[3:5] or "never" for c in whole]
    cut = backend.complete([replace(r, sampling=Sampling(max_new_tokens=12, stop=(stop,)))
                            for r, stop in zip(requests(20), stops, strict=True)])
    for before, after, stop in zip(whole, cut, stops, strict=True):
        text = tokenizer().decode(before.tokens)
        assert after == (before if stop == "never" else replace(after, finished=True, text=text.partition(stop)[0]))
        assert after.tokens == before.tokens[:len(after.tokens)]
    assert {c.text is None for c in cut} == {True, False}


def test_a_prompt_that_does_not_fit_is_refused_before_anything_is_generated() -> None:
    backend = VLLMBackend("/models/base", max_model_len=50)
    assert backend.promises.window == 50
    fits = Request((11,) * 42, 1, FREE)
    with pytest.raises(ContextTooLong, match=r"prompt of 43 tokens and 8 for the reply.*window of 50"):
        backend.complete([fits, replace(fits, prompt=(11,) * 43)])
    assert LLM.made.calls == []
    assert len(backend.complete([fits])) == 1


def test_it_promises_what_vllm_does(contract: SimpleNamespace) -> None:
    assert VLLMBackend("/models/base").promises == Promises(seeded=False, batch_invariant=False, window=WINDOW)
    contract.VLLM_ENABLE_V1_MULTIPROCESSING = False
    assert VLLMBackend("/models/base").promises == Promises(seeded=True, batch_invariant=False, window=WINDOW)


def test_options_go_to_the_engine_and_win() -> None:
    VLLMBackend("/models/base")
    assert (LLM.made.model, LLM.made.cached, LLM.made.lora) == ("/models/base", True, (False, 1, 16))
    VLLMBackend("/models/base", enable_prefix_caching=False)
    assert LLM.made.cached is False
    VLLMBackend("embedded")
    assert (Path(LLM.made.model) / "config.json").is_file()


def test_the_engine_is_given_back_and_then_gone() -> None:
    with closing(VLLMBackend("/models/base")) as backend:
        backend.complete(requests(1))
    assert not LLM.made.running
    backend.close()
    with pytest.raises(InvalidConfig, match="closed; make another"):
        backend.complete(requests(1))


def test_what_cannot_be_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidConfig, match=r"unexpected keyword argument 'max_len'.*vllm\.LLM"):
        VLLMBackend("/models/base", max_len=5)
    with pytest.raises(InvalidModel, match=r"'/nowhere/x' with .*\(/nowhere/x is not a local folder and is not"):
        VLLMBackend("/nowhere/x")
    with pytest.raises(InvalidConfig, match="takes token ids, got 1 messages"):
        VLLMBackend("/models/base").complete([Request((), 1, FREE, chat=(("user", "Hello"),))])
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(InvalidConfig, match=r"pip install 'dialogym\[vllm\]'"):
        VLLMBackend("/models/base")


class TestAdapters:
    def test_one_batch_of_three_speakers(self, tmp_path: Path) -> None:
        folders = {"policy": adapter(tmp_path / "policy", 12), "simulator": adapter(tmp_path / "simulator", 40)}
        backend = VLLMBackend("/models/base", adapters=folders)
        assert backend.promises.adapters == ("policy", "simulator")
        assert LLM.made.lora == (True, 3, 64)
        loras = [LoRARequest("policy", 1, folders["policy"]), LoRARequest("simulator", 2, folders["simulator"])]
        assert LLM.made.loaded == loras
        asked = requests(30, adapters=(None, "policy", "simulator"))
        found = backend.complete(asked)
        assert [lora for _, _, lora in LLM.made.calls] == [None, *loras] * 10
        assert found[::3] == backend.complete(asked[::3])
        assert len({backend.complete([replace(asked[0], adapter=name)])[0].tokens for name in (None, *folders)}) == 3

    def test_an_unknown_adapter_is_refused_by_name(self, tmp_path: Path) -> None:
        backend = VLLMBackend("/models/base", adapters={"policy": adapter(tmp_path / "policy")})
        with pytest.raises(InvalidConfig, match=r"no adapter 'critic'.*\['policy'\]"):
            backend.complete([replace(requests(1)[0], adapter="critic")])

    @pytest.mark.parametrize(("more", "message"), [
        ({"base": "/models/other"}, "trained on '/models/other', not on '/models/base'"),
        ({"rank": 513}, "max_lora_rank Input should be"),
        ({"modules_to_save": ["lm_head"]}, "only supports modules_to_save being None"),
        ({"rank": None}, "'policy' in .* has no rank but None"),
    ])
    def test_one_that_vllm_cannot_run_is_refused_at_once(self, tmp_path: Path, more: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidModel, match=message):
            VLLMBackend("/models/base", adapters={"policy": adapter(tmp_path / "policy", **more)})

    def test_a_folder_without_one_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidModel, match=r"adapter_config\.json"):
            VLLMBackend("/models/base", adapters={"policy": str(tmp_path)})


def test_a_conversation_can_be_recorded_and_replayed(tmp_path: Path) -> None:
    def conversations(backend: Any) -> list[list[str]]:
        guesser = LanguageModelAgent(backend, tokenizer(), Sampling(max_new_tokens=10, stop=("?",)), adapter="policy")
        starts = [Position.start(Guessing(3), seed) for seed in range(4)]
        return [texts(end) for end in run(play, starts, cast(Guessing(3)) | {"guesser": guesser})]

    backend = VLLMBackend("/models/base", adapters={"policy": adapter(tmp_path / "policy")})
    wanted = conversations(Recorder(backend, tmp_path / "run.jsonl", "base"))
    assert conversations(backend) == wanted
    assert conversations(Replayer(tmp_path / "run.jsonl")) == wanted
    assert len({text for talk in wanted for text in talk}) > 8


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_vllm_itself_answers_as_transformers_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vllm", reason="wants vLLM, and what it runs on")
    import torch
    from peft import LoraConfig, get_peft_model

    from dialogym.agents.engine.loading import load_model, load_tokenizer
    from dialogym.agents.engine.transformers_backend import TransformersBackend

    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    adapters = {name: str(tmp_path / name) for name in ("policy", "simulator")}
    for seed, folder in enumerate(adapters.values()):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            options = LoraConfig(r=12, lora_alpha=24, init_lora_weights=False, target_modules=["q_proj", "v_proj", "down_proj"])
            made = get_peft_model(load_model("embedded", dtype=torch.float32), options)
        made.peft_config["default"].base_model_name_or_path = "embedded"
        made.save_pretrained(folder)
    words = load_tokenizer("embedded")
    prompts = [tuple(words(f"<|user|>{text}<|end|><|assistant|>")["input_ids"]) for text in ("Hello!", "Would you?", "Why?")]
    greedy = [Request(prompts[i % 3], i, Sampling(0.0, 1.0, 12), (None, *adapters)[i // 3]) for i in range(9)]
    free = [Request(prompts[0], seed, Sampling(1.5, 1.0, 12)) for seed in (1, 2, 3, 1, 2, 3, 2**64 - 1)]
    with closing(VLLMBackend("embedded", adapters=adapters, dtype="float32", max_model_len=512, enforce_eager=True)) as backend:
        assert backend.promises == Promises(seeded=True, batch_invariant=False, adapters=("policy", "simulator"), window=512)
        found = backend.complete(greedy)
        assert found == TransformersBackend.with_adapters("embedded", adapters).complete(greedy)
        assert backend.complete(greedy[::-1]) == found[::-1]
        assert len(set(found)) == 9
        drawn = backend.complete(free)
        assert drawn[:3] == drawn[3:6]
        assert len({c.tokens for c in drawn}) == 4
        stop = words.decode(found[0].tokens)[2:4]
        (cut,) = backend.complete([replace(greedy[0], sampling=replace(greedy[0].sampling, stop=(stop,)))])
        assert (cut.text, cut.finished) == (words.decode(found[0].tokens)[:2], True)
        with pytest.raises(ContextTooLong):
            backend.complete([Request((9,) * 501, 1, Sampling(max_new_tokens=12))])
        assert backend.complete([]) == []
