"""The sceptical persuadee: they start lower, want figures and standing first, and rapport before anybody stirs their feelings.

An appeal to feeling before there is trust is held against the persuader; an early ask ends the talk. The rates are chosen, not
fitted: the family tests whether a policy tuned on another persuadee carries over.
"""

from __future__ import annotations

from functools import partial

from ...mind import Drive
from .people import Family
from .scripted import of, worded

SCEPTICAL = Family(
    "sceptical", Drive(gain=0.5, trust=0.15, miss=0.08, again=0.15, rambling=0.12, noise=0.15), start=-0.08, concerns=5,
    weights=(("proof", 3.0), ("trust", 3.0), ("self", 1.5)), closed=0.3, early=4, near=0.25, patience=1.0)
PLANNED = {"sceptical": partial(worded, family=SCEPTICAL)}
"""Sceptical persuadees whose replies another may word, by name."""
POLICIES = {"sceptical": of(SCEPTICAL)}
"""Sceptical persuadees by name."""
