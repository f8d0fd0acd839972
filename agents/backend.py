"""The seam between dialogues and language models: a batch of requests in, a completion for each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ..envs.errors import ContextTooLong, InvalidConfig
from ..envs.finite import check_finite

Chat = tuple[tuple[str, str], ...]
"""(role, content) of every message, the last one to be answered."""
Precision = Literal["exact", "fast"]
"""Of a model's numbers in this process: float32 on a CPU; or bfloat16 wherever the processor computes it itself."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are sampled.

    Attributes:
        temperature: > 0 samples, 0 takes the most likely token.
        top_p: nucleus mass in (0, 1].
        max_new_tokens: the longest reply.
        stop: strings that end a reply; a reply does not hold them.
    """

    temperature: float = 1.0
    top_p: float = 0.95
    max_new_tokens: int = 64
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_finite(self)
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.max_new_tokens < 1 or not all(self.stop):
            raise InvalidConfig("Sampling needs temperature >= 0, top_p in (0, 1], max_new_tokens >= 1 and no empty stop "
                                f"string, got {self}.")


@dataclass(frozen=True, slots=True)
class Request:
    """One completion wanted: of token ids or, from a backend that renders chats itself, of a chat.

    Attributes:
        prompt: token ids; () when `chat` says what is to be answered.
        seed: 64 bits; where the backend is seeded, the token at position t is drawn with a number that depends on
            (seed, t) alone.
        sampling: limits and temperature.
        adapter: name of the LoRA adapter that answers; None: the backend's own model.
        chat: the messages, for a backend that promises `chats`.
        logprobs: whether the log-probabilities of the reply's tokens are wanted, from a backend that promises them.
        opening: a number for how the conversation began, the same for all turns and branches that share it; 0 where too little
            was said. It changes no completion: a backend of several servers keeps those together that begin alike.
    """

    prompt: tuple[int, ...]
    seed: int
    sampling: Sampling = field(default_factory=Sampling)
    adapter: str | None = None
    chat: Chat = ()
    logprobs: bool = False
    opening: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if bool(self.prompt) == bool(self.chat):
            raise InvalidConfig("A request is of token ids or of a chat, exactly one of the two and not empty, got "
                                f"{len(self.prompt)} ids and {len(self.chat)} messages.")


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply.

    Attributes:
        tokens: the ids generated, without the stop token; () from a backend that does not tell them.
        finished: False when the limit cut the reply off.
        text: the reply in words, where the backend decodes it itself; None: decode `tokens`.
        logprobs: of each token at the request's temperature, before the nucleus is cut out, and last of `end` where there is
            one; () unless they were asked for.
        end: the stop token that ended the reply; None where another end came first, or logprobs were not asked for.
        usage: tokens of the prompt and of the reply as a server counts them; None: it did not tell, or `tokens` do.
    """

    tokens: tuple[int, ...]
    finished: bool
    text: str | None = None
    logprobs: tuple[float, ...] = ()
    end: int | None = None
    usage: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Promises:
    """What a backend vouches for.

    Attributes:
        seeded: the same schedule of calls gives the same replies.
        batch_invariant: a reply depends on its request alone, whatever it is batched with and in whatever order.
        chats: it takes `Request.chat` and answers with `Completion.text`; else it takes token ids and answers with them.
        adapters: names a request's `adapter` may have.
        window: tokens that a prompt and its reply may have together; None: not known.
        logprobs: it tells the log-probabilities of the tokens that it drew.
    """

    seeded: bool
    batch_invariant: bool
    chats: bool = False
    adapters: tuple[str, ...] = ()
    window: int | None = None
    logprobs: bool = False

    def check(self, requests: Sequence[Request]) -> None:
        """Raises InvalidConfig for what was not promised: the other kind of request, an adapter, logprobs; ContextTooLong."""
        for request in requests:
            if bool(request.chat) != self.chats:
                what = f"{len(request.chat)} messages" if request.chat else f"{len(request.prompt)} token ids"
                raise InvalidConfig(f"This backend takes {'chats' if self.chats else 'token ids'}, got {what}; "
                                    f"{'give the agent no tokenizer' if self.chats else 'render the chat first'}.")
            if request.adapter is not None and request.adapter not in self.adapters:
                raise InvalidConfig(f"There is no adapter {request.adapter!r}; this backend has {list(self.adapters)}.")
            if request.logprobs and not self.logprobs:
                raise InvalidConfig("This backend tells no log-probabilities; leave Request.logprobs out, or take a "
                                    "TransformersBackend.")
            if self.window is not None and len(request.prompt) + request.sampling.max_new_tokens > self.window:
                raise ContextTooLong(
                    f"A prompt of {len(request.prompt)} tokens and {request.sampling.max_new_tokens} for the reply do not fit "
                    f"the model's window of {self.window}; shorten the dialogue or take a model with a larger window.")


class Backend(Protocol):
    """Completes batches of requests."""

    @property
    def promises(self) -> Promises:
        """What it vouches for."""
        ...

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """One completion per request, in order.

        Raises:
            ContextTooLong: a prompt does not fit the window.
            InvalidConfig: a request is of the kind the backend does not take, or names an adapter it has not.
        """
        ...
