"""The backend against a server that others wrote: `transformers serve` with a tiny model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogym import Position
from dialogym.agents.backend import Request, Sampling
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.openai_backend import OpenAIBackend
from dialogym.agents.recording import Recorder, Replayer
from dialogym.agents.remote import BackendFailed, Limits
from dialogym.search import play, run
from tests.tiny import save_model
from tests.toy import Guessing, cast, texts

pytest.importorskip("uvicorn", reason="wants transformers[serving]")

START = 600  # seconds, on a busy machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The model's name and the address of a server that answers."""
    folder = save_model(tmp_path_factory.mktemp("served") / "tiny")
    options = folder / "generation_config.json"
    options.write_text(json.dumps({**json.loads(options.read_text()), "do_sample": True}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("transformers"), "serve", folder, "--host", "127.0.0.1", "--port", str(port),
               "--device", "cpu"]
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    try:
        _await(process, f"http://127.0.0.1:{port}/health", folder.parent / "log")
        yield str(folder), f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(300)


def _await(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(START):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(1)
    pytest.fail(f"no answer within {START} s: {log.read_text()}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_real_server_talks_the_same_for_the_same_seeds_and_is_recorded(server: tuple[str, str], tmp_path: Path) -> None:
    model, address = server
    sampling = Sampling(max_new_tokens=12, top_p=1.0)
    asked = [Request((), seed, sampling, chat=(("user", "what is near"),)) for seed in range(6)]
    starts = [Position.start(Guessing(2), seed) for seed in range(2)]
    with OpenAIBackend(model, address, limits=Limits(concurrency=1, timeout=60.0), seeded=True) as backend:
        found = backend.complete(asked)
        assert backend.complete(asked) == found
        assert len({completion.text for completion in found}) > 1
        assert all(completion.text for completion in found)
        assert any(not completion.finished for completion in found)
        assert backend.counts.completion_tokens <= 12 * 12
        assert backend.counts.prompt_tokens > 0
        recorder = Recorder(backend, tmp_path / "run.jsonl", model)
        agent = LanguageModelAgent(recorder, sampling=sampling)
        talks = [texts(end) for end in run(play, starts, cast(starts[0].scenario) | {"guesser": agent})]
        end = found[0].text[2]
        (cut,) = backend.complete([Request((), 0, Sampling(max_new_tokens=12, top_p=1.0, stop=(end,)), chat=asked[0].chat)])
        assert cut.text == found[0].text.partition(end)[0]
    agent = LanguageModelAgent(Replayer(tmp_path / "run.jsonl"), sampling=sampling)
    assert [texts(end) for end in run(play, starts, cast(starts[0].scenario) | {"guesser": agent})] == talks


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_real_server_does_not_have_every_model(server: tuple[str, str]) -> None:
    _, address = server
    with (OpenAIBackend("nobody/nothing", address, limits=Limits(tries=1)) as backend,
          pytest.raises(BackendFailed, match="nobody/nothing")):
        backend.complete([Request((), 0, chat=(("user", "what is near"),))])
