"""The persuader's prompt is the paper's Figure 5, letter for letter."""

from __future__ import annotations

import pytest

from dialogym import Position
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion, prompts

FIGURE_5 = (
    "Task: Play the role of the persuader in a conversation. Your goal is to convince the persuadee to donate to a charity.\n\n"
    "Important Guidelines:\n"
    "- Adapt your persuasion strategy based on the persuadee's personality and situation.\n"
    "- Use logical reasoning, emotional appeal, or ethical arguments depending on what might resonate with the persuadee.\n\n"
    "Conversation:\n\t{conversation}\n\n"
    "Now generate the next persuader's utterance to naturally progress the conversation.\n"
)
"""Typed from arXiv 2506.21497, Figure 5, its escapes resolved."""


def test_the_figure_word_for_word() -> None:
    assert prompts.PERSUADER == FIGURE_5


def test_the_figure_with_a_conversation() -> None:
    lines = "Persuader: Hello.\n\tPersuadee: Hi {persona}."
    assert Persuasion().speech.prompt("persuader", None, lines) == FIGURE_5.replace("{conversation}", lines)


def test_the_chat_layout_is_the_figure_without_the_conversation() -> None:
    assert Persuasion().speech.system_prompt("persuader", None) == FIGURE_5.replace("Conversation:\n\t{conversation}\n\n", "")


def test_the_persuadee_gets_its_persona_and_the_conversation_once() -> None:
    position = Position.start(Persuasion(), 2)
    persona = Persuasion().describe_condition(position.condition)
    for text in (Persuasion().speech.prompt("persuadee", position.condition, "Persuader: Hi {persona} {conversation}"),
                 Persuasion().speech.system_prompt("persuadee", position.condition)):
        assert text.count(persona) == 1
        assert "role of the persuadee" in text
    assert Persuasion().speech.prompt("persuadee", position.condition, "LINES {persona}").count("LINES {persona}") == 1


def test_a_condition_of_another_scenario_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="Persona, got str"):
        Persuasion().speech.system_prompt("persuadee", "grumpy")
