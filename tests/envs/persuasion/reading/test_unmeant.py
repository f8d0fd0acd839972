"""Promises that are none: irony, far conditions, other people's words, refusals that name a sum; and promises that are."""

import pytest

from dialogym.envs.persuasion.reading.donation import Reading, read

NONE = [
    'I will donate $2 when hell freezes over.',
    'Sure, I will give $2, and pigs will fly.',
    "I'd donate $1 if I had a million dollars.",
    'I will give $2 once I win the lottery.',
    'Yeah right, like I would give $2 to strangers.',
    'As if I would donate $1.',
    'My friend said "I will donate $2" and laughed.',
    'She told me: I will give $1.',
    'You want me to say I will donate $2?',
    'I will donate $1 only if you do it first.',
    'I would donate 50 cents provided you can prove it.',
    'Unless you show me proof, I will not give $1.',
    'I refuse to give $2.',
    'I am not giving even 10 cents.',
    'Not a cent from me, and certainly not $2.',
    'I would rather burn $2 than donate it.',
    'I will donate $2 over my dead body.',
    'Oh sure, I will donate $2. Not.',
    'I will donate $2, just kidding.',
    'I will donate $2... said no one ever.',
    'Nobody could make me give $1.',
    'I will never ever donate $2.',
    "Ha ha, I'll give you $2 in your dreams.",
    "The last guy said he'll donate $2.",
    'I could have donated $2 if you had been nicer.',
    'I will give $1 the day my landlord stops calling.',
    "'I will donate $1' is what everybody says.",
    'If I say I will donate $2, will you stop?',
    'Suppose I will donate $1.',
    "Let's pretend I will donate $2.",
    'I was going to donate $1 but now I will not.',
    'I take it back, I will not donate the $1.',
    'I will donate $0.',
    'When I have my own house paid off I will donate $2.',
    'Maybe next year I will donate $2.',
]
MEANT = [
    ('I will donate $2 when this is over.', 2),
    ('I will give $1 once we are done here.', 1),
    ('If it is all right with you I will donate 50 cents.', 0.5),
    ('Okay, I will donate $1, I said it.', 1),
    ('You said even a dime helps, so I will give 10 cents.', 0.1),
    ('I will donate $1 today, no kidding.', 1),
    ('I would not give $2, but I will give $1.', 1),
    ('Sure, put me down for 75 cents.', 0.75),
    ('I know I said no, but I will donate $1.', 1),
    ("I'll donate $2 if that's okay.", 2),
    ('As promised, I will give fifty cents.', 0.5),
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_not_meant_is_no_promise(text: str) -> None:
    assert read(Reading(), "persuadee", text).status != "promised"


@pytest.mark.parametrize(("text", "amount"), MEANT)
def test_what_is_meant_is_one(text: str, amount: float) -> None:
    found = read(Reading(), "persuadee", text)
    assert (found.status, found.amount) == ("promised", amount)


@pytest.mark.parametrize("text", ["Just kidding.", "My friend said they would give $2."])
def test_a_promise_stands_when_what_comes_after_is_no_decision(text: str) -> None:
    promised = read(Reading(), "persuadee", "I will donate $1.")
    assert read(promised, "persuadee", text).amount == 1.0
