"""`dialogym play`: a person in a seat, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

import dialogym
from dialogym import Dialogue, Position
from dialogym.__main__ import app
from dialogym.cli.playing import outcome
from dialogym.envs.errors import DialogymError
from tests.third import ID as THIRD
from tests.toy import cast, talk

IDS = sorted({*dialogym.registry, THIRD})


def flat(text: str) -> str:
    """The words, however the terminal broke the lines."""
    return " ".join(text.split())


def result_of(output: str) -> str:
    """The line that says how the talk stands at its end."""
    return next(line for line in reversed(output.splitlines()) if line.startswith("["))


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
    described = flat(scenario.describe_condition(end.condition))
    before, _, after = shown.partition("\n[")
    assert (described in flat(before)) == (who == "user")
    assert (described in flat(after)) == (who == "interactive")  # only in the end
    assert not any(line in shown for u in partners for line in u.state.splitlines() if line)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("who", ["interactive", "user"])
def test_it_opens_with_the_goal_and_the_limit(id: str, who: str) -> None:
    scenario = dialogym.make(id).scenario
    seat = getattr(scenario, who)
    opening = flat(play(id, "--seat", seat, "--option", "horizon=7", says="").output.partition("You left.")[0])
    whose = "you have" if who == "interactive" else f"the {scenario.interactive} has"
    assert f"Limit: {whose} at most 7 turns." in opening
    told = scenario.telling
    assert f"Goal: {told.goals[seat] if told else 'What counts is the engagement of the ' + scenario.user}" in opening


def families() -> Iterator[tuple[str, str]]:
    for id in IDS:
        scenario = dialogym.make(id).scenario
        yield from ((id, user) for user in scenario.scripted[scenario.user])


@pytest.mark.parametrize(("id", "user"), list(families()))
def test_it_closes_with_what_moved_whom_one_met_and_what_the_expert_reaches(id: str, user: str) -> None:
    scenario = dialogym.make(id).scenario
    names = scenario.scripted[scenario.interactive]
    expert = "expert" if "expert" in names else next(iter(names))
    best = talk(Position.start(scenario, 5), cast(scenario, **{scenario.interactive: expert, scenario.user: user}))
    lines = [u.text for u in best.dialogue if u.seat == scenario.interactive]
    shown = play(id, "--user", user, "--seed", "5", says="".join(f"{line}\n" for line in lines)).output
    closing = flat(shown.partition("\n[")[2])
    if not any(u.state for u in best.dialogue if u.seat == scenario.interactive):  # a person who says the same reaches the same
        assert f"You reached {outcome(best)}." in closing
    assert f"the scripted {scenario.interactive} {expert!r} reaches {outcome(best)}." in closing
    table = shown.partition("their state of mind")[2]
    if scenario.telling is None:
        assert table == ""
        assert f"what the {scenario.user} heard" in shown
    else:
        first, second = (scenario.telling.mind(user, best.condition, dialogue) for dialogue in (Dialogue.EMPTY, best.dialogue))
        assert first != second != ""
        rows = [line.split() for line in table.splitlines()]
        assert {"–", "1", "2"} <= {row[0] for row in rows if row}
    assert max(map(len, shown.splitlines()[-12:])) <= 80


def test_nobody_can_tell_the_mind_of_a_model() -> None:
    for id in dialogym.registry:
        scenario = dialogym.make(id).scenario
        condition = scenario.draw_condition(1)
        assert scenario.telling is None or scenario.telling.mind("embedded", condition, Dialogue.EMPTY) == ""


def test_undo_takes_the_last_words_back() -> None:
    plain = play("--seed", "3", says="Would you give $1?\n/quit\n").output
    undone = play("--seed", "3", says="Hello.\n/undo\nWould you give $1?\n/quit\n").output
    twice = play("--seed", "3", says="/undo\nHello.\nHi.\n/undo\n/undo\nWould you give $1?\n/quit\n").output
    assert result_of(plain) == result_of(undone) == result_of(twice)
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
    assert result_of(result.output).startswith("[undecided, engagement 0.00, turn ")


def test_what_cannot_be_said_is_explained_and_asked_again() -> None:
    shown = play(says="\n/help\n" + "x" * 9_000 + "\nHello.\n").output
    assert "must say something" in shown
    assert "/help is no command" in shown
    assert "got 9000; shorten it" in shown
    assert "turn 1/15" in result_of(shown)


def test_it_is_seeded_and_takes_partner_and_options() -> None:
    one, again, other = (play("--seat", "persuadee", "--seed", seed, says="Hello.\n").output for seed in ("1", "1", "2"))
    assert one == again != other
    assert "/2]" in play("--option", "horizon=2", says="Hello.\n").output
    assert play("--seat", "persuadee", "--policy", "expert", says="Hello.\n").exit_code == 0
    for arguments in (("--seat", "nobody"), ("--user", "nobody"), ("--env", "chess"), ("--policy", "expert")):
        with pytest.raises(DialogymError):
            play(*arguments, says="")
