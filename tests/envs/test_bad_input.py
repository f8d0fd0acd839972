"""Whatever is thrown at an environment is a DialogymError with a sentence, or sound; and it does no harm."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

import dialogym
from dialogym import DialogueEnv, DialogymError, SeatEnv, Utterance
from dialogym.envs.errors import InvalidSnapshot
from dialogym.envs.shells.snapshots import seal
from tests.third import ID as THIRD
from tests.toy import speak, state_of, toy_env

IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)
TEXTS: list[Any] = ["", " \n\t", "\u2003", "x" * 1_000_000, "好" * 8_001, "a \ud800", "\udfff", "a\x00b", "\x00"]
ACTIONS: list[Any] = [None, 3, 0.5, True, b"Hello.", ["Hello."], {"text": "Hello."}, ("Hello.",), object(), Utterance, len,
                      *TEXTS]


def started(id: str, steps: int) -> DialogueEnv:
    env = dialogym.make(id)
    env.reset(seed=3)
    speak(env, steps)
    return env


def harmless(env: DialogueEnv, call: Any) -> None:
    before = state_of(env)
    with pytest.raises(DialogymError) as caught:
        call()
    said = str(caught.value)
    assert 20 < len(said) < 400
    assert said[0].isupper() or said[0] in "'_"
    assert said.isprintable() or "\\" in said
    assert state_of(env) == before


@EVERY
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_bad_actions(id: str, steps: int) -> None:
    env = started(id, steps)
    seat = env.agent_selection
    for action in ACTIONS:
        harmless(env, lambda action=action: env.step(action))
    for text in [*TEXTS, 3, None, b"Hello."]:
        harmless(env, lambda text=text: env.step(Utterance(seat, text)))
        if text != "":
            harmless(env, lambda text=text: env.step(Utterance(seat, "Hello.", text)))
    for other in (env.scenario.other(seat), "nobody", "", None, 3, [], "\ud800"):
        harmless(env, lambda other=other: env.step(Utterance(other, "Hello.")))
    env.step("Hello.")


@EVERY
def test_bad_actions_of_a_seat(id: str) -> None:
    env = SeatEnv(id)
    env.reset(seed=3)
    before = env.snapshot()
    for action in [*ACTIONS, Utterance(env.scenario.user, "Not mine.")]:
        with pytest.raises(DialogymError):
            env.step(action)
        assert env.snapshot() == before


@EVERY
def test_words_after_the_end(id: str) -> None:
    env = started(id, 0)
    while not env.position.over:
        speak(env, 1)
    for left in (2, 1, 0):
        assert len(env.agents) == left
        for action in [a for a in ACTIONS if a is not None or left == 0] + ["Hello?"]:
            harmless(env, lambda action=action: env.step(action))
        if left:
            env.step(None)


@EVERY
@pytest.mark.parametrize("steps", [0, 5, 10_000])
def test_snapshots_with_bytes_changed(id: str, steps: int) -> None:
    """Random bytes: refused, or the same snapshot after all (a blank between two tokens, say)."""
    env = started(id, 2)
    source = started(id, steps)
    text = source.snapshot().to_json().encode()
    chance = random.Random(f"{id} {steps}")
    refused = 0
    for _ in range(150):
        damaged = bytearray(text)
        for _ in range(chance.choice((1, 1, 3, 30))):
            where = chance.randrange(len(damaged))
            damaged[where] = chance.choice((chance.randrange(256), damaged[where] ^ 1, ord("0"), ord('"')))
        value = damaged.decode("utf-8", chance.choice(("surrogateescape", "replace")))
        before = state_of(env)
        try:
            env.restore(value)
        except InvalidSnapshot:
            refused += 1
            assert state_of(env) == before
        else:
            assert state_of(env) == state_of(source)
            env = started(id, 2)
    assert refused > 100


@EVERY
def test_snapshots_cut_short_and_grown(id: str) -> None:
    env = started(id, 2)
    text = started(id, 5).snapshot().to_json()
    for cut in range(0, len(text), max(1, len(text) // 40)):
        harmless(env, lambda cut=cut: env.restore(text[:cut]))
    harmless(env, lambda: env.restore(text + text))
    harmless(env, lambda: env.restore(text + "\x00"))


@EVERY
def test_snapshots_forged_with_a_right_seal(id: str) -> None:
    """Even one that was sealed again holds nothing that could not have been: any part replaced by junk is refused or sound."""
    env = started(id, 2)
    body = json.loads(started(id, 5).snapshot().to_json())
    junk: list[Any] = [None, 1, -1, 1e300, True, "", "x", "\ud800", [], [[]], {}, [1, 2, 3], {"a": 1}, [["x", 1]], "f" * 50]
    for part in [(name,) for name in body] + [("position", name) for name in body["position"]]:
        for value in junk:
            if value == (body if len(part) == 1 else body["position"])[part[-1]]:
                continue
            forged = json.loads(json.dumps(body))
            (forged if len(part) == 1 else forged["position"])[part[-1]] = value
            if part != ("seal",):
                forged["seal"] = seal(json.loads(json.dumps(forged)))
            before = state_of(env)
            try:
                env.restore(json.dumps(forged))
            except InvalidSnapshot:
                assert state_of(env) == before, part
            else:
                assert part[-1] in ("episode", "key", "dialogue", "condition"), (part, value)
                speak(env)
                assert not env.agents
                env = started(id, 2)


@EVERY
def test_snapshot_objects_taken_apart(id: str) -> None:
    env = started(id, 2)
    mark = started(id, 5).snapshot()
    for broken in (replace(mark, id="Other-v0"), replace(mark, id=None), replace(mark, position=None),
                   replace(mark, position="x"), replace(mark, books=()), replace(mark, books=mark.books[:-1]),
                   replace(mark, books=(*mark.books[:3], 1, 2, 3, 4)), replace(mark, books=(None, *mark.books[1:]))):
        harmless(env, lambda broken=broken: env.restore(broken))


@EVERY
@pytest.mark.parametrize("as_json", [False, True])
def test_foreign_snapshots(id: str, as_json: bool) -> None:
    env = started(id, 2)
    toy = toy_env()
    toy.reset(seed=1)
    small = dialogym.make(id, horizon=2)
    small.reset(seed=1)
    for mark in (toy.snapshot(), small.snapshot()):
        harmless(env, lambda mark=mark: env.restore(mark.to_json() if as_json else mark))
    text = env.snapshot().to_json()
    for old, new in (('"snapshot": 2', '"snapshot": 1'), ('"scenario_version": ', '"scenario_version": 9')):
        harmless(env, lambda old=old, new=new: env.restore(text.replace(old, new, 1)))
