"""Who speaks: scripted agents, language models and their backends.

What needs torch (`TransformersBackend`, `load_model`, `load_tokenizer`) is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..envs.agent import Agent, ScriptedAgent
from ..envs.lazy import lazily
from .backend import Backend, Completion, Promises, Request, Sampling
from .by_name import agent_for, chat_model, model_agent
from .language_model import LanguageModelAgent
from .openai_backend import OpenAIBackend
from .recording import Recorder, Replayer
from .remote import BackendFailed, BudgetSpent, Limits
from .scripted_model import ScriptedModel
from .server_pool import ServerPool
from .vllm_backend import VLLMBackend

if TYPE_CHECKING:
    from .engine.loading import load_model, load_tokenizer
    from .engine.transformers_backend import TransformersBackend

__getattr__ = lazily(__name__, {"TransformersBackend": "engine.transformers_backend", "load_model": "engine.loading",
                                "load_tokenizer": "engine.loading"})

__all__ = [
    "Agent", "Backend", "BackendFailed", "BudgetSpent", "Completion", "LanguageModelAgent", "Limits", "OpenAIBackend",
    "Promises", "Recorder", "Replayer", "Request", "Sampling", "ScriptedAgent", "ScriptedModel", "ServerPool",
    "TransformersBackend", "VLLMBackend", "agent_for", "chat_model", "load_model", "load_tokenizer", "model_agent",
]
