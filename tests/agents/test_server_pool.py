"""Several servers behind one name: who is asked what, and what becomes of a run when one is killed. All are real HTTP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from dialogym import Ask, Position, Utterance
from dialogym.agents import server_pool
from dialogym.agents.backend import Request, Sampling
from dialogym.agents.by_name import model_agent
from dialogym.agents.language_model import LanguageModelAgent
from dialogym.agents.openai_backend import OpenAIBackend
from dialogym.agents.recording import Recorder, Replayer
from dialogym.agents.remote import BackendFailed, BudgetSpent, Limits
from dialogym.agents.server_pool import ServerPool, addresses
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import play, run
from tests.agents.faulty_server import FaultyServer, conversations
from tests.agents.small_server import process
from tests.toy import cast, texts

HASTY = Limits(timeout=60.0, tries=2)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def three() -> Iterator[list[FaultyServer]]:
    with ExitStack() as servers:
        yield [servers.enter_context(FaultyServer()) for _ in range(3)]


def pool(servers: Sequence[FaultyServer], shares: Sequence[float] = (1, 1, 1), limits: Limits = HASTY) -> ServerPool:
    named = [(server.base_url, share) for server, share in zip(servers, shares, strict=True)]
    return ServerPool("a-model", named, limits=limits)


def asked(count: int) -> list[Request]:
    return [Request((), seed, Sampling(max_new_tokens=5), chat=(("system", "Be kind."), ("user", f"I am {seed}.")))
            for seed in range(count)]


def wanted(count: int) -> list[list[str]]:
    with FaultyServer() as alone, OpenAIBackend("a-model", alone.base_url) as backend:
        return conversations(backend, count)


@pytest.mark.parametrize(("text", "found"), [
    ("", []), ("http://a/v1", [("http://a/v1", 1)]), (" http://a/v1 , ,https://b/v1/#share=2.5,", [("http://a/v1", 1),
                                                                                                  ("https://b/v1", 2.5)])])
def test_addresses_with_commas(text: str, found: list[tuple[str, float]]) -> None:
    assert addresses(text) == found


@pytest.mark.parametrize("text", ["http://a/v1#share=0", "http://a/v1#share=-1", "http://a/v1#share=x", "http://a#share=nan",
                                  "http://a#share=inf", "http://a/v1,http://a/v1", "http://a/v1/,http://a/v1"])
def test_shares_that_are_none_and_servers_named_twice_are_refused(text: str) -> None:
    with pytest.raises(InvalidConfig, match="share"):
        addresses(text)


def test_a_pool_of_one_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="http"):
        ServerPool("a-model", [("a/v1", 1)])
    with pytest.raises(InvalidConfig, match="at least one"):
        ServerPool("a-model", [])


def test_a_conversation_stays_with_its_server_and_all_get_some(three: list[FaultyServer]) -> None:
    with pool(three) as backend:
        assert conversations(backend, 24) == wanted(24)
        assert sum(traffic.requests for traffic in backend.by_server.values()) == backend.counts.requests
        assert backend.counts.requests == sum(len(server.bodies) for server in three)
    served: dict[str, set[int]] = {}
    for number, server in enumerate(three):
        assert server.bodies
        for body in server.bodies:
            words = [m["content"] for m in body["messages"] if m["role"] != "system"]
            if len(words) > 2:
                served.setdefault(json.dumps(words[:3]), set()).add(number)
    assert len(served) > 12
    assert {len(numbers) for numbers in served.values()} == {1}


def test_a_share_is_a_share(three: list[FaultyServer]) -> None:
    with pool(three, (4, 1, 1)) as backend:
        backend.complete(asked(300))
    counts = [len(server.bodies) for server in three]
    assert sum(counts) == 300
    assert 160 < counts[0] < 240, counts
    assert min(counts) > 25, counts


def test_a_server_killed_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    with ExitStack() as held:
        servers = [held.enter_context(process()) for _ in range(3)]
        backend = held.enter_context(ServerPool("a-model", [(address, 1.0) for _, address in servers], limits=HASTY))
        scenario = Persuasion()

        class Killer:
            """Kills the first server when the persuadee is about to speak for the third time."""

            times = 0

            def __init__(self) -> None:
                self.agent = cast(scenario)["persuadee"]

            def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
                self.times += 1
                if self.times == 3:
                    servers[0][0].kill()
                return self.agent.respond(asks)

        agents = {"persuadee": Killer(), "persuader": LanguageModelAgent(Recorder(backend, tmp_path / "run.jsonl", "a-model"))}
        found = [texts(end) for end in run(play, [Position.start(scenario, seed) for seed in range(12)], agents)]
        assert backend.down == [servers[0][1]]
        assert backend.by_server[servers[0][1]].faults["connection"] >= 1
    assert found == wanted(12)
    assert conversations(Replayer(tmp_path / "run.jsonl"), 12) == found


def test_a_server_that_is_up_again_gets_its_chats_back(three: list[FaultyServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_pool, "REST", 0.0)
    port = int(three[0].base_url.split(":")[2].partition("/")[0])
    with FaultyServer() as other:
        free = int(other.base_url.split(":")[2].partition("/")[0])
    assert port != free
    with ServerPool("a-model", [(f"http://127.0.0.1:{free}/v1", 1.0), (three[0].base_url, 1.0)], limits=HASTY) as backend:
        backend.complete(asked(20))
        assert backend.down == [f"http://127.0.0.1:{free}/v1"]
        assert len(three[0].bodies) == 20
        with FaultyServer(port=free) as again:
            backend.complete(asked(20))
            assert backend.down == []
            assert 0 < len(again.bodies) < 20


def test_when_none_is_left_what_had_arrived_is_kept() -> None:
    limits = Limits(timeout=60.0, tries=1)
    with FaultyServer(refuse=lambda body: (500, "broken") if body["seed"] > 6 else None) as one, FaultyServer(
            refuse=lambda body: (500, "broken") if body["seed"] > 6 else None) as two, \
            ServerPool("a-model", [(one.base_url, 1.0), (two.base_url, 1.0)], limits=limits) as backend:
        with pytest.raises(BackendFailed, match="broken") as failed:
            backend.complete(asked(10))
        arrived = len(failed.value.received)
        assert arrived >= 1
        before = len(one.bodies) + len(two.bodies)
        one.refuse = two.refuse = lambda body: None
        assert len(backend.complete(asked(10))) == 10
        assert len(one.bodies) + len(two.bodies) - before == 10 - arrived


def test_a_budget_is_no_failure_of_the_server(three: list[FaultyServer]) -> None:
    with pool(three, limits=Limits(requests=3)) as backend, pytest.raises(BudgetSpent):
        backend.complete(asked(30))
    assert sum(len(server.bodies) for server in three) <= 9


def test_the_environment_names_several_and_a_recording_does_not_care(
        three: list[FaultyServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", three[0].base_url)
    scenario = Persuasion()
    starts = [Position.start(scenario, seed) for seed in range(4)]

    def talks(count: int) -> list[list[str]]:
        agent = model_agent("openai:a-model", record=tmp_path / "run.jsonl")
        return [texts(end) for end in run(play, starts[:count], cast(scenario) | {"persuader": agent})]

    first = talks(2)
    monkeypatch.setenv("OPENAI_BASE_URL", ",".join(server.base_url for server in three))
    assert talks(4)[:2] == first
    assert Counter(bool(server.bodies) for server in three)[True] > 1
