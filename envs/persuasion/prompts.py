"""The role prompts of persuasion. Version them with the scenario: a changed word changes transcripts.

`PERSUADER` is the paper's Figure 5, word for word. The paper prints no prompt for its persuadee simulator; ours puts
the persona in words (§4.4) where the persuader has the guidelines.
"""

from __future__ import annotations

_TASK = (
    "Task: Play the role of the persuader in a conversation. Your goal is to convince the persuadee to donate to a charity."
    "\n\nImportant Guidelines:\n"
    "- Adapt your persuasion strategy based on the persuadee's personality and situation.\n"
    "- Use logical reasoning, emotional appeal, or ethical arguments depending on what might resonate with the persuadee.\n\n"
)
_NEXT = "Now generate the next persuader's utterance to naturally progress the conversation.\n"

PERSUADER = _TASK + "Conversation:\n\t{conversation}\n\n" + _NEXT
"""Figure 5: the whole conversation inside one message (layout "figure")."""

CLOSING_QUESTION = "Before we finish: how much would you like to donate, if anything?"
"""Asked of an undecided persuadee when the turns are over, where the scenario is told to."""

PERSUADER_SYSTEM = _TASK + _NEXT
"""Figure 5 without its conversation, which follows as chat turns (layout "chat")."""

PERSUADEE_SYSTEM = (
    "Task: Play the role of the persuadee in a conversation. {persona}\n"
    "End the conversation by saying what you decided to donate.\n"
)
PERSUADEE = PERSUADEE_SYSTEM + "\nConversation:\n\t{conversation}\n\nNow generate the next persuadee's utterance.\n"
