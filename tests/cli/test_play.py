"""`dialogym play`: a person in a seat, in the terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

import dialogym
from dialogym import Position
from dialogym.__main__ import app
from dialogym.envs.errors import DialogymError
from tests.third import ID as THIRD
from tests.toy import cast, talk

IDS = sorted({*dialogym.registry, THIRD})


def play(*arguments: str, says: str) -> Result:
    result = CliRunner().invoke(app, ["play", *arguments], input=says, env={"COLUMNS": "80", "NO_COLOR": "1"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("who", ["interactive", "user"])
def test_either_seat_can_be_played_to_the_end(id: str, who: str) -> None:
    scenario = dialogym.make(id).scenario
    seat = getattr(scenario, who)
    end = talk(Position.start(scenario, 4), cast(scenario))
    lines = [u.text for u in end.dialogue if u.seat == seat]
    shown = play(id, "--seat", seat, "--seed", "4", says="".join(f"{line}\n" for line in lines)).output
    partners = [u for u in end.dialogue if u.seat != seat]
    if not any(u.state for u in end.dialogue):  # a person writes no states, so a scenario with them may go on otherwise
        assert all(f"{u.seat}: {u.text}" in shown for u in partners)
        assert f"[{end.engagement.status}, engagement {end.engagement.level:.2f}, turn {end.turns}/" in shown
    assert f"You are the {seat}." in shown
    described = scenario.describe_condition(end.condition)
    assert (described in shown) == (who == "user")
    assert not any(line in shown for u in partners for line in u.state.splitlines() if line)


def test_undo_takes_the_last_words_back() -> None:
    plain = play("--seed", "3", says="Would you give $1?\n/quit\n").output
    undone = play("--seed", "3", says="Hello.\n/undo\nWould you give $1?\n/quit\n").output
    twice = play("--seed", "3", says="/undo\nHello.\nHi.\n/undo\n/undo\nWould you give $1?\n/quit\n").output
    assert plain.splitlines()[-1] == undone.splitlines()[-1] == twice.splitlines()[-1]
    answer = next(line.partition("persuadee:")[2] for line in plain.splitlines() if "persuadee:" in line)
    assert answer in undone
    assert answer in twice
    assert undone.count("taken back") == 1
    assert "nothing to take back" in twice


def test_undo_for_the_seat_that_does_not_open() -> None:
    shown = play("--seat", "persuadee", says="Hello.\n/undo\nHi.\n").output
    opening = next(line.partition("persuader: ")[2] for line in shown.splitlines() if "persuader: " in line)
    assert shown.count(opening) == 2  # once at the start, once again after the undo


@pytest.mark.parametrize("says", ["", "/quit\n", "Hello.\n", "Hello.\n/quit\nWould you donate?\n"])
def test_one_may_leave_at_any_time(says: str) -> None:
    result = play(says=says)
    assert result.exit_code == 0
    assert "You left." in result.output
    assert result.output.splitlines()[-1].startswith("[undecided, engagement 0.00, turn ")


def test_what_cannot_be_said_is_explained_and_asked_again() -> None:
    shown = play(says="\n/help\n" + "x" * 9_000 + "\nHello.\n").output
    assert "must say something" in shown
    assert "/help is no command" in shown
    assert "got 9000; shorten it" in shown
    assert "turn 1/15" in shown.splitlines()[-1]


def test_it_is_seeded_and_takes_partner_and_options() -> None:
    one, again, other = (play("--seat", "persuadee", "--seed", seed, says="Hello.\n").output for seed in ("1", "1", "2"))
    assert one == again != other
    assert "/2]" in play("--option", "horizon=2", says="Hello.\n").output
    assert play("--seat", "persuadee", "--partner", "expert", says="Hello.\n").exit_code == 0
    for arguments in (("--seat", "nobody"), ("--partner", "nobody"), ("--scenario", "chess")):
        with pytest.raises(DialogymError):
            play(*arguments, says="")


def test_the_table_of_environments_fits_80_columns() -> None:
    result = CliRunner().invoke(app, ["envs"], env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert max(map(len, result.output.splitlines())) <= 80
    assert "…" not in result.output
    for id in dialogym.registry:
        scenario = dialogym.make(id).scenario
        assert {id, scenario.name, *scenario.seats, *(m.name for m in scenario.measures)} <= set(result.output.split())
