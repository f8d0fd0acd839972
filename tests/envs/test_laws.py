"""Laws 1 to 4 on every registered environment: seeded, order-free, rewindable, and hidden is hidden."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.utils.wrappers import BaseWrapper, OrderEnforcingWrapper

import dialogym
from dialogym import DialogueEnv, Position, Utterance
from dialogym.agents.prompting import messages
from dialogym.envs.errors import InvalidAction, InvalidSnapshot
from dialogym.envs.persuasion import Persona
from dialogym.envs.shells.snapshots import seal
from tests.third import ID as THIRD
from tests.toy import Guessing, cast, speak, state_of, talk, texts, toy_env

ROOT = Path(__file__).resolve().parents[2]
IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)


def started(id: str, seed: int | None = 5, steps: int = 0) -> DialogueEnv:
    env = dialogym.make(id)
    env.reset(seed=seed)
    speak(env, steps)
    return env


class TestLaw1Seeded:
    @EVERY
    def test_a_transcript_is_a_function_of_id_seed_and_agents(self, id: str) -> None:
        one, other = started(id, 5, 10_000), started(id, 5, 10_000)
        assert state_of(one) == state_of(other)
        assert one.position == talk(Position.start(one.scenario, 5), cast(one.scenario))

    @EVERY
    def test_reset_forgets_what_was_before(self, id: str) -> None:
        env = started(id, 1, 7)
        env.reset(seed=5)
        assert state_of(env) == state_of(started(id, 5))

    @EVERY
    def test_other_seeds_give_other_episodes(self, id: str) -> None:
        ends = [started(id, seed, 10_000).position for seed in range(60)]
        assert len({tuple(texts(end)) for end in ends}) == 60
        assert len({end.condition for end in ends}) > 20

    @EVERY
    def test_reset_without_a_seed_follows_from_the_episode_before(self, id: str) -> None:
        chains = []
        for steps in (0, 3):
            env = started(id, 5)
            chain = [env.position]
            for _ in range(4):
                speak(env, steps)  # how far an episode was played does not matter
                env.reset()
                chain.append(env.position)
            chains.append(chain)
        assert chains[0] == chains[1]
        assert len({position.key for position in chains[0]}) == 5

    @EVERY
    def test_the_very_first_reset_without_a_seed_is_unforeseen(self, id: str) -> None:
        assert len({started(id, None).position.key for _ in range(5)}) == 5

    def test_the_id_enters_the_seed(self) -> None:
        assert len({Position.start(Guessing().under(name), 5).key for name in ("Guessing-v0", "Guessing-v1")}) == 2


def walk(root: Position, order: list[int], strangers: int = 0) -> dict[tuple[int, ...], list[str]]:
    """All paths of two siblings over four plies, explored in an order, asked in batches beside strangers' asks."""
    agents = cast(root.scenario)
    others = [Position.start(root.scenario, 100 + i) for i in range(strangers)]
    found = {(): root}
    for length in range(4):
        asked = [(path, index) for path in found if len(path) == length and not found[path].over for index in (0, 1)]
        asked = [asked[i % len(asked)] for i in sorted(range(len(asked)), key=lambda i: (order[i % len(order)], i))]
        asks = [p.ask() for p in others if p.seat == next(iter(found.values())).seat]
        asks += [found[path].ask(index) for path, index in asked]
        for seat in root.scenario.seats:
            chosen = [a for a in asks if a.view.seat == seat]
            replies = agents[seat].respond(chosen)
            spoken = dict(zip([a.key for a in chosen], replies, strict=True))
            for path, index in asked:
                if found[path].seat == seat:
                    found[(*path, index)] = found[path].say(spoken[found[path].ask(index).key], index)
    return {path: texts(position) for path, position in found.items()}


class TestLaw2OrderFree:
    @EVERY
    @settings(max_examples=15, deadline=None)
    @given(order=st.permutations(range(16)), strangers=st.integers(0, 3))
    def test_a_nodes_content_depends_on_its_path_alone(self, id: str, order: list[int], strangers: int) -> None:
        root = talk(Position.start(dialogym.make(id).scenario, 6), cast(dialogym.make(id).scenario), 2)
        plain = walk(root, list(range(16)))
        assert len(plain) == 31
        assert walk(root, order, strangers) == plain
        one_by_one = root
        for index in (1, 0, 1):
            reply = cast(root.scenario)[one_by_one.seat].respond([one_by_one.ask(index)])[0]
            one_by_one = one_by_one.say(reply, index)
        assert texts(one_by_one) == plain[1, 0, 1]

    @EVERY
    def test_siblings_differ(self, id: str) -> None:
        root = Position.start(dialogym.make(id).scenario, 5)
        agent = cast(root.scenario)[root.seat]
        assert len({u.text for u in agent.respond([root.ask(index) for index in range(30)])}) > 1

    @EVERY
    def test_interleaved_environments_do_not_touch(self, id: str) -> None:
        pair = [started(id, seed) for seed in (1, 2)]
        while any(env.agents for env in pair):
            for env in pair:
                speak(env, 1)
        assert [env.position for env in pair] == [started(id, seed, 10_000).position for seed in (1, 2)]


class TestLaw3Snapshot:
    @EVERY
    @pytest.mark.parametrize("through", ["object", "json", "pickle"])
    def test_every_moment_of_an_episode_can_be_restored(self, id: str, through: str) -> None:
        env = started(id)
        marks, states = [], []
        while True:
            mark = env.snapshot()
            marks.append({"object": mark, "json": mark.to_json(), "pickle": pickle.loads(pickle.dumps(mark))}[through])
            states.append(state_of(env))
            if not env.agents:
                break
            speak(env, 1)
        for fresh, (mark, state) in product((False, True), zip(reversed(marks), reversed(states), strict=True)):
            again = dialogym.make(id) if fresh else env
            again.restore(mark)  # without a reset when fresh
            assert state_of(again) == state
            speak(again)
            assert state_of(again) == states[-1]

    @EVERY
    def test_serialising_is_a_fixed_point(self, id: str) -> None:
        env = started(id, steps=4)
        text = env.snapshot().to_json()
        env.restore(text)
        assert env.snapshot().to_json() == text

    @EVERY
    def test_the_next_episode_after_a_restore_is_the_same_too(self, id: str) -> None:
        env = started(id, steps=2)
        mark = env.snapshot().to_json()
        env.reset()
        after = env.position
        other = dialogym.make(id)
        other.restore(mark)
        other.reset()
        assert other.position == after

    @EVERY
    def test_another_process_goes_on_exactly(self, id: str) -> None:
        env = started(id, steps=4)
        code = ("import sys, json, dialogym, tests.third\n"
                "env = dialogym.make(sys.argv[1]); env.restore(sys.stdin.read())\n"
                "agents = {s: dialogym.ScriptedAgent.of(env.scenario, s) for s in env.possible_agents}\n"
                "while not env.position.over: env.step(agents[env.agent_selection].respond([env.ask()])[0])\n"
                "print(env.snapshot().to_json())")
        found = subprocess.run([sys.executable, "-c", code, id], input=env.snapshot().to_json(), capture_output=True,
                               text=True, check=True, encoding="utf-8", cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "1"})
        speak(env, len(talk(env.position, cast(env.scenario)).dialogue) - len(env.position.dialogue))
        assert found.stdout.rstrip("\n") == env.snapshot().to_json()

    @EVERY
    def test_a_snapshot_shares_the_position_whatever_the_length(self, id: str) -> None:
        env = started(id)
        while env.agents:
            mark = env.snapshot()
            assert mark.position is env.position  # nothing is copied
            env.restore(mark)
            assert env.position is mark.position
            speak(env, 1)

    def test_a_snapshot_is_not_changed_by_what_follows(self) -> None:
        env = started(IDS[0], steps=3)
        mark = env.snapshot()
        text = mark.to_json()
        speak(env)
        env.infos.clear()
        assert mark.to_json() == text

    def test_private_states_are_kept(self) -> None:
        env = toy_env()
        env.reset(seed=1)
        speak(env, 3)
        other = toy_env()
        other.restore(env.snapshot().to_json())
        assert state_of(other) == state_of(env)
        assert [u.state for u in other.position.dialogue] == [u.state for u in env.position.dialogue] != ["", "", ""]

    @pytest.mark.parametrize("wrap", [OrderEnforcingWrapper, lambda env: BaseWrapper(OrderEnforcingWrapper(env))])
    @pytest.mark.parametrize("as_json", [False, True])
    def test_wrapped_environments_rewind_through_reset(self, wrap: Any, as_json: bool) -> None:
        env = wrap(dialogym.make(IDS[0]))
        env.reset(seed=5)
        speak(env, 4)
        mark = env.snapshot()
        speak(env)
        end = env.unwrapped.position
        fresh = wrap(dialogym.make(IDS[0]))
        for again in (env, fresh):
            again.reset(options={"snapshot": mark.to_json() if as_json else mark})
            assert again.unwrapped.position == mark.position
            for _ in again.agent_iter():
                speak(again, 1)
            assert again.unwrapped.position == end

    def test_an_order_enforcing_wrapper_that_was_reset_takes_a_bare_restore(self) -> None:
        env = OrderEnforcingWrapper(dialogym.make(IDS[0]))
        env.reset(seed=5)
        speak(env, 4)
        mark = env.snapshot()
        speak(env, 2)
        env.restore(mark)
        assert env.unwrapped.position is mark.position
        speak(env)
        assert not env.agents

    def test_a_snapshot_and_a_seed_contradict_each_other(self) -> None:
        env = started(IDS[0])
        with pytest.raises(InvalidAction, match="alone"):
            env.reset(seed=1, options={"snapshot": env.snapshot()})


def refused(env: DialogueEnv, snapshot: Any, message: str) -> None:
    before = state_of(env)
    with pytest.raises(InvalidSnapshot, match=message):
        env.restore(snapshot)
    assert state_of(env) == before


class TestForeignSnapshots:
    @pytest.mark.parametrize("as_json", [False, True])
    def test_of_another_environment(self, as_json: bool) -> None:
        toy = toy_env()
        toy.reset(seed=0)
        mark = toy.snapshot()
        refused(started(IDS[0]), mark.to_json() if as_json else mark, "'Guessing-v0', this environment is")

    @pytest.mark.parametrize("as_json", [False, True])
    def test_of_other_options(self, as_json: bool) -> None:
        env = dialogym.make("PersuasionForGood-v0", horizon=3)
        env.reset(seed=0)
        mark = env.snapshot()
        refused(started("PersuasionForGood-v0"), mark.to_json() if as_json else mark, "'horizon': 3.*'horizon': 15")

    @pytest.mark.parametrize("as_json", [False, True])
    def test_of_another_version(self, as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        old = toy_env()
        old.reset(seed=0)
        new = toy_env()
        new.reset(seed=0)
        mark = old.snapshot().to_json() if as_json else old.snapshot()
        new.scenario = type("Guessing", (Guessing,), {"version": 4})().under("Guessing-v0")
        refused(new, mark, "version 3")

    @pytest.mark.parametrize("snapshot", [None, 3, b"{}", "", "null", "[]", "{}", "[" * 100_000, '{"snapshot": 1}',
                                          '{"snapshot": 2, "id": "x"}', "\ud800"], ids=lambda s: repr(s)[:20])
    def test_that_are_none(self, snapshot: Any) -> None:
        refused(started(IDS[0]), snapshot, "snapshot|Snapshot")

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_damaged_books(self, data: st.DataObject) -> None:
        """Anything put in place of a part of the book-keeping is refused, or is the same book-keeping."""
        env = toy_env()
        env.reset(seed=1)
        speak(env, data.draw(st.sampled_from([0, 2, 9, 10, 11])))
        value = json.loads(env.snapshot().to_json())
        where = data.draw(st.integers(0, len(value["books"]) - 1))
        junk = data.draw(st.sampled_from([None, 1, "guesser", [], ["guesser"], ["guesser", "guesser"], ["nobody"],
                                          [["guesser", "x"]], [["guesser", 0.0], ["thinker", None]], [["nobody", 0.0]], {}]))
        same = value["books"][where] == junk
        value["books"][where] = junk
        value["seal"] = seal(value)
        try:
            env.restore(json.dumps(value))
        except InvalidSnapshot:
            assert not same
        else:
            speak(env)
            assert not env.agents


ODD = Persona((("agreeable", 4.8125), ("care", 5.8125), ("neurotic", 4.4375), ("rational", 1.0625), ("intuitive", 4.6875),
               ("freedom", 1.1875), ("mood", 4.5625), ("age", 73.0), ("sex", "Female"), ("marital", "Married"),
               ("employment", "Employed for wages"), ("ideology", "Zebra"), ("religion", "Quokka")))


def secrets_of(env: DialogueEnv) -> list[str]:
    """The persona's words and values, and the states below."""
    phrases = env.scenario.describe_condition(ODD).replace(".", ",").replace(" and ", ",").split(",")
    words = [phrase.removeprefix(" You are ").removeprefix("You are a ").strip() for phrase in phrases]
    return [*(w for w in words if w), *(str(v) for _, v in ODD.attributes), "zebra", "seat-secret", "Persona("]


class TestLaw4HiddenIsHidden:
    @pytest.mark.parametrize("seed", range(10))
    def test_the_persuader_sees_nothing_of_the_persona(self, seed: int) -> None:
        env = dialogym.make("PersuasionForGood-v0", render_mode="ansi")
        env.reset(seed=seed, options={"condition": ODD})
        secrets = secrets_of(env)
        assert len(secrets) > 20
        agents = cast(env.scenario)
        while env.agents:
            view = env.view("persuader")
            assert view.condition is None
            assert env.observe("persuader")["condition"] == ""
            shown = [repr(view), repr(env.observe("persuader")), repr(env.infos.get("persuader")), repr(env.rewards),
                     re.sub(r"\x1b\[2m.*?\x1b\[0m", "", env.render(), flags=re.DOTALL),  # a spectator's, but for the states
                     *(m["content"] for layout in ("chat", "figure") for m in messages(view, layout))]
            found = [(secret, text) for text in shown for secret in secrets if secret.lower() in text.lower()]
            assert not found
            if any(env.terminations.values()):
                speak(env)
            else:
                seat = env.agent_selection
                reply = agents[seat].respond([env.ask()])[0]
                env.step(Utterance(seat, reply.text, "seat-secret" if seat == "persuadee" else ""))

    def test_the_persuadee_sees_its_persona(self) -> None:
        env = dialogym.make("PersuasionForGood-v0")
        env.reset(seed=0, options={"condition": ODD})
        assert env.view("persuadee").condition is ODD
        assert "zebra" in env.observe("persuadee")["condition"]
        assert all("zebra" in messages(env.view("persuadee"), layout)[0]["content"] for layout in ("chat", "figure"))

    def test_neither_seat_sees_the_others_states(self) -> None:
        env = toy_env()
        env.reset(seed=4, options={"condition": "grey"})
        env.step(Utterance("thinker", "Cold.", "thinker-secret"))
        env.step(Utterance("guesser", "Is it red?", "guesser-secret"))
        for seat, other in (("guesser", "thinker"), ("thinker", "guesser")):
            view = env.view(seat)
            shown = repr(view) + repr(env.observe(seat)) + repr(env.infos) + repr(messages(view))
            assert f"{other}-secret" not in shown
            assert f"{seat}-secret" in repr(view)
        assert env.ask().view == env.view("thinker")
        assert "grey" not in repr(env.view("guesser"))
