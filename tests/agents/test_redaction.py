"""The key is cut out of what a server says where it stands, and not out of words that share its letters."""

from __future__ import annotations

import pytest

from dialogym.agents.backend import Request
from dialogym.agents.openai_backend import OpenAIBackend, redacted
from dialogym.agents.remote import BackendFailed
from tests.agents.faulty_server import FaultyServer

KEY = "sk-private-1234567890"


@pytest.mark.parametrize(("key", "said", "shown"), [
    ("a", "a bad day at a server", "a bad day at a server"),
    ("test", "test: the latest test-run of a contest (test)", "[key]: the latest test-run of a contest ([key])"),
    ("no-key", "there is no-key here", "there is no-key here"),
    (KEY, f"key_{KEY}x", "key_[key]x"),
    ("s+ret", "Bearer s+ret, not s+rets", "Bearer [key], not s+rets"),
])
def test_a_key_is_cut_out_where_it_stands(key: str, said: str, shown: str) -> None:
    assert redacted(said, key) == shown


@pytest.mark.parametrize(("key", "shown"), [("a", "an odd parameter: a"), ("para", "an odd parameter: a")])
def test_a_short_key_leaves_the_words_of_a_message_alone(key: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with (FaultyServer(refuse=lambda body: (400, {"message": "an odd parameter: a"})) as server,
          OpenAIBackend("tiny", server.base_url) as backend, pytest.raises(BackendFailed, match=shown)):
        backend.complete([Request((), 0, chat=(("user", "Hello."),))])
