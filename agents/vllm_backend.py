"""A model in vLLM's offline engine as a backend: token ids in and out, LoRA adapters side by side, prefixes shared.

vLLM asks for more of a machine than this package does, so the tests hold this file to a recorded contract: what the sources of
vLLM 0.11.2 and 0.33.0 both take and give. One test, marked slow, runs vLLM itself where it is installed; it has passed with a
CPU build of 0.32.0, and has not been run on a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..envs.errors import InvalidConfig, InvalidModel
from .backend import Completion, Promises, Request

SEEDS = 2**63
"""Seeds are taken modulo this: vLLM keeps them as signed integers of 64 bits, and -1 means "random"."""
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The values of `max_lora_rank` that every version takes."""
SHOWN = 300
"""Characters of what vLLM says that a message repeats."""


class VLLMBackend:
    """Completes requests with a `vllm.LLM` of its own.

    All requests of a call go to the engine at once, each a sample of its own with its own seed. The engine shares what prompts
    have in common, within a call and across calls, for each adapter apart.

    Promise: seeded where VLLM_ENABLE_V1_MULTIPROCESSING=0 is set, on the same machine and version. Otherwise the engine runs in
    a process of its own, and what it batches together depends on time, which can change the last bits of a logit and so a
    token, whatever the seed: record what must be repeated (`recording.Recorder`). Batch invariance is never promised; vLLM has
    it in beta (VLLM_BATCH_INVARIANT=1, on some GPUs). Source: vLLM's documentation, "Reproducibility", "Batch Invariance".

    A reply that a stop string ended comes as `text`; its `tokens` are all that were generated, the stop string's among them.

    Close the backend to free the engine; `contextlib.closing` does.

    Args:
        model: "embedded", "smollm2", a folder with a model, or a hub id.
        adapters: the folder of each LoRA adapter on it, by the name that requests will use; all are loaded at once.
        **options: more arguments of `vllm.LLM`, such as `max_model_len`; they win over those chosen here.
    """

    def __init__(self, model: str, *, adapters: Mapping[str, str] | None = None, **options: Any) -> None:
        """Raises InvalidConfig without vLLM or on an option it does not know, InvalidModel when it cannot run the model."""
        if "trust_remote_code" in options:
            raise InvalidConfig("VLLMBackend runs no code of a model's folder; leave trust_remote_code out, and take a model "
                                "that vLLM knows.")
        try:
            from vllm import LLM, envs  # noqa: PLC0415 - an extra
            from vllm.lora.request import LoRARequest  # noqa: PLC0415
        except ImportError as error:
            raise InvalidConfig(f"VLLMBackend needs vLLM ({error}): pip install 'dialogym[vllm]'.") from error
        from .engine.loading import PACKAGED  # noqa: PLC0415 - torch, which vLLM has loaded by now

        folders = dict(adapters or {})
        chosen = {"enable_prefix_caching": True, **_lora_options(model, folders), **options}
        self._loras = {name: LoRARequest(name, number, folder) for number, (name, folder) in enumerate(folders.items(), 1)}
        try:
            source = str(PACKAGED[model]()) if model in PACKAGED else model
            self._engine: Any = LLM(model=source, trust_remote_code=False, **chosen)
            for lora in self._loras.values():
                self._engine.llm_engine.add_lora(lora)
        except TypeError as error:
            raise InvalidConfig(f"vLLM does not take these options ({_said(error)}); name arguments of vllm.LLM.") from error
        except (OSError, RuntimeError, ValueError) as error:
            raise InvalidModel(f"vLLM cannot run {model!r} with the options {sorted(chosen)} and the adapters {list(folders)} "
                               f"({_said(error)}); change what it objects to.") from error
        self.promises = Promises(seeded=not envs.VLLM_ENABLE_V1_MULTIPROCESSING, batch_invariant=False, adapters=tuple(folders),
                                 window=self._engine.llm_engine.model_config.max_model_len)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`. Raises InvalidConfig after `close`, too."""
        self.promises.check(requests)
        if self._engine is None:
            raise InvalidConfig("This VLLMBackend is closed; make another one.")
        from vllm import TokensPrompt  # noqa: PLC0415 - an extra

        found = self._engine.generate([TokensPrompt(prompt_token_ids=list(r.prompt)) for r in requests],
                                      [_sampling(r) for r in requests], use_tqdm=False,
                                      lora_request=[None if r.adapter is None else self._loras[r.adapter] for r in requests])
        return [_completion(each.outputs[0]) for each in found]

    def close(self) -> None:
        """Ends the engine and gives its memory back."""
        if self._engine is not None:
            self._engine.llm_engine.engine_core.shutdown()
            self._engine = None


def _lora_options(model: str, adapters: Mapping[str, str]) -> dict[str, Any]:
    """Room for all adapters side by side. Raises InvalidModel for one of another base, or that is no LoRA adapter."""
    from .engine.loading import adapter_config, check_base  # noqa: PLC0415 - with torch

    most = 0
    for name, folder in adapters.items():
        check_base(name, folder, model)
        config = adapter_config(folder)
        if not isinstance(rank := config.get("r"), int):
            raise InvalidModel(f"The adapter {name!r} in {folder!r} has no rank but {rank!r}; name LoRA adapters.")
        most = max(most, rank)
    room = next((rank for rank in RANKS if rank >= most), most)
    slots = len(adapters) + 1  # CPU kernels before 0.33 lend the last slot to requests without adapter (vLLM #48421): empty
    return {"enable_lora": True, "max_loras": slots, "max_lora_rank": room} if adapters else {}


def _sampling(request: Request) -> Any:
    """What vLLM calls the request's sampling; text is made only where stop strings must be found in it."""
    from vllm import SamplingParams  # noqa: PLC0415 - an extra

    sampling = request.sampling
    return SamplingParams(seed=request.seed % SEEDS, temperature=sampling.temperature, top_p=sampling.top_p,
                          max_tokens=sampling.max_new_tokens, stop=list(sampling.stop), detokenize=bool(sampling.stop))


def _completion(said: Any) -> Completion:
    """The reply in a `CompletionOutput`; the token that stopped it is its last."""
    tokens, finished = tuple(said.token_ids), said.finish_reason == "stop"
    if isinstance(said.stop_reason, str):
        return Completion(tokens, finished, said.text)
    return Completion(tokens[:-1] if finished else tokens, finished)


def _said(error: Exception) -> str:
    """What another library's error says, on one line."""
    return " ".join(str(error).split())[:SHOWN]
