"""What an interactive agent is handed gives nothing away: attacks are at chance under a fresh secret.

Inverters and walkers are under the public one, too. Readers of frames are stopped by the boundary of a process alone.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dialogym import Dialogue, Position, Scenario, Utterance, View, converse, make
from dialogym.search import Choice, Imagining, Plan, run
from tests.adversaries.attacks import FrameReader, SeedTable, inverted, reachable, remembered
from tests.toy import Guessing, Thinking, cast, talk

SCENARIOS = [make("PersuasionForGood-v0").scenario, make("EmotionalSupport-v0").scenario]
PUBLIC, FRESH = "public", "nobody has seen this one"
ROOT = Path(__file__).resolve().parents[2]


def start(scenario: Scenario, seed: int, secret: str, **options: Any) -> Position:
    return Position.start(scenario, seed, **options) if secret == PUBLIC else Position.start(
        scenario, seed, secret=secret, **options)


def asked(scenario: Scenario, seed: int, secret: str = PUBLIC, exchanges: int = 0, **options: Any) -> Position:
    """A position at which the interactive seat speaks, after so many exchanges of the scripted pair."""
    opened = int(scenario.opener != scenario.interactive)
    return talk(start(scenario, seed, secret, **options), cast(scenario), opened + 2 * exchanges)


# -- inverters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [PUBLIC, FRESH])
@pytest.mark.parametrize("exchanges", [0, 2])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_no_undone_key_gives_the_condition_or_the_next_episode(scenario: Scenario, exchanges: int, secret: str) -> None:
    for seed in range(5):
        position = asked(scenario, seed, secret, exchanges)
        beliefs = [belief for index in (0, 2) for belief in inverted(position.ask(index))]
        assert position.condition not in [belief.condition for belief in beliefs]
        env = make(scenario.id, **({} if secret == PUBLIC else {"secret": secret}))
        env.reset(seed=seed)
        env.reset()
        assert env.position.condition not in [belief.next_condition for belief in beliefs]


@pytest.mark.parametrize("secret", [PUBLIC, FRESH])
def test_an_undone_key_foretells_an_answer_no_better_than_a_coin(secret: str) -> None:
    """The user says one of two words, whatever they hear."""
    scenario, tries, hits = Guessing(), 200, [0] * 16
    users = cast(scenario, thinker="endless")
    for seed in range(tries):
        position = talk(start(scenario, seed, secret), users, 1)
        truth = talk(position.say("Is it so?"), users, 1).dialogue.utterance.text
        for place, belief in enumerate(inverted(position.ask(), "endless")):
            hits[place] += belief.answer == truth
    assert max(hits) < 0.64 * tries  # four standard deviations
    assert sum(hits) > tries  # the attack did foretell something


def test_the_inverter_would_find_what_could_be_found() -> None:
    """Where the handed number is the position's own, as in imagined worlds, it gives all away."""
    for scenario in SCENARIOS:
        position = asked(scenario, 3, exchanges=1)
        bare = Position(scenario, position.condition, position.dialogue, position.key, imagined=True)
        assert position.condition in [belief.condition for belief in inverted(bare.ask())]


# -- tables --------------------------------------------------------------------------------------


def test_a_table_of_public_seeds_knows_the_public_secret_alone() -> None:
    """Law 1 says as much: under the secret that everybody knows an episode is a function of its seed. A fresh one ends that."""
    scenario, seeds = Guessing(), range(400, 600)
    table = SeedTable(scenario, range(10_000))
    public = [asked(scenario, seed) for seed in seeds]
    assert [table.seed(position.ask()) for position in public] == list(seeds)
    fresh = [asked(scenario, seed, FRESH) for seed in seeds]
    assert [table.seed(position.ask()) for position in fresh] == [None] * len(seeds)
    right = sum(table.condition(position.ask()) == position.condition for position in fresh) / len(fresh)
    assert abs(right - 0.25) < 0.13  # of four colours; four standard deviations
    same = sum(a.condition == b.condition for a, b in zip(public, fresh, strict=True)) / len(fresh)
    assert abs(same - 0.25) < 0.13


# -- walkers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [PUBLIC, FRESH])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_no_walk_from_an_ask_or_a_view_comes_by_the_users_mind(scenario: Scenario, secret: str) -> None:
    for user in scenario.scripted[scenario.user]:
        position = talk(start(scenario, 1, secret), cast(scenario, **{scenario.user: user}), 7)
        if position.seat == scenario.user:
            position = talk(position, cast(scenario), 1)
        ask, own = position.ask(), position.view(scenario.user)
        assert ask.view.seat == scenario.interactive
        own_minds = {id(mind): mind for mind in minds(own)}
        assert own_minds  # kept in what the user sees
        assert not [found for found in reachable(ask, ask.view) if id(found) in own_minds]
        assert position.condition not in remembered(ask, type(position.condition))
        numbers = {number for number in reachable(ask) if type(number) is int}
        assert ask.key in numbers
        assert position.key not in numbers
        assert start(scenario, 1, secret).key not in numbers


def minds(view: View) -> list[Any]:
    """What the seat has made of the talk: remembered folds and what they started from; the rules themselves are no secret."""
    rules = {id(found) for found in reachable(view.scenario)}
    return [found for found in reachable(view.dialogue) if type(found).__module__.startswith("dialogym.")
            and not isinstance(found, (Dialogue, Utterance, type)) and not callable(found) and id(found) not in rules]


@pytest.mark.parametrize("kind", [Guessing, Thinking])
def test_no_walk_comes_by_the_other_seats_states(kind: type[Guessing]) -> None:
    scenario = kind()
    position = talk(start(scenario, 2, FRESH), cast(scenario), 6)
    while not position.over and position.seat != scenario.interactive:
        position = talk(position, cast(scenario), 1)
    said = list(position.dialogue)
    for seat in scenario.seats:
        hidden = {u.state for u in said if u.seat != seat and u.state}
        own = {u.state for u in said if u.seat == seat and u.state} - hidden
        view = position.view(seat)
        found = {text for text in reachable(view) if isinstance(text, str)}
        assert hidden
        assert own <= found
        assert not hidden & found


# -- frames --------------------------------------------------------------------------------------


def test_in_this_process_a_frame_reader_is_not_stopped() -> None:
    """What in-process isolation cannot promise (docs/architecture.md, "Hidden is hidden"): only a process of its own stops it.

    Under a fresh secret, too. A referee that lets a planner run in here has to name it, not to trust it.
    """
    scenario = SCENARIOS[0]
    reader = FrameReader()
    position = start(scenario, 4, FRESH)
    converse(position, {**cast(scenario), scenario.interactive: reader}, 6)
    assert reader.found == [position.condition] * 3


def test_in_a_process_of_its_own_every_attack_is_at_chance() -> None:
    """The asks as bytes are all that crosses; nothing that was pickled leads back."""
    asks = [asked(scenario, seed, FRESH, exchanges=1).ask() for scenario in SCENARIOS for seed in range(5)]
    told = subprocess.run([sys.executable, "-m", "tests.adversaries.elsewhere"], input=pickle.dumps(asks), capture_output=True,
                          check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])})
    found = pickle.loads(told.stdout)
    assert found["keys"] == [(ask.place, ask.key) for ask in asks]  # they did arrive
    assert found["frames"] == [None] * len(asks)
    for seed, (ask, walked, undone) in enumerate(zip(asks, found["walked"], found["undone"], strict=True)):
        truth = start(ask.view.scenario, seed % 5, FRESH).condition
        assert truth not in walked
        assert undone
        assert truth not in undone


# -- imagined worlds -----------------------------------------------------------------------------


def test_an_imagining_planner_foresees_no_answer_better_than_a_coin() -> None:
    """What it hears in its worlds is not what the true user will say: luck there is of its own."""
    scenario, tries, hits = Guessing(), 200, 0
    users = cast(scenario, thinker="endless")
    for seed in range(tries):
        position = talk(Position.start(scenario, seed), users, 1)
        truth = talk(position.say("Is it so?"), users, 1).dialogue.utterance.text
        heard: list[str] = []

        def decide(world: Position) -> Plan[Choice]:
            replies = yield [world.ask()]
            answers = yield [world.say("Is it so?").ask()]
            heard.append(answers[0].text)  # noqa: B023 - used at once
            return Choice(tuple(replies), (None,), (0,))

        run(Imagining(decide, worlds=1, drawn=1, samples=0), [position], users)
        hits += heard == [truth]
    assert abs(hits / tries - 0.5) < 0.15  # four standard deviations
