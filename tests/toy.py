"""A scenario of three-word rules, to exercise what is generic: the user opens, both seats keep private states.

A thinker thinks of a colour; a guesser names colours until the thinker says yes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from dialogym import Ask, Dialogue, DialogueEnv, Engagement, Position, Scenario, ScriptedAgent, Utterance, converse
from dialogym.envs.keys import pick, uniform
from dialogym.envs.parts import Annotator, Corpus, Episode, Speech

COLOURS = ("red", "green", "blue", "grey")


def guess(ask: Ask) -> Utterance:
    colour = pick(ask.key, COLOURS)
    return Utterance("guesser", f"Is it {colour}?", f"guesser-secret-{ask.key}")


def answer(ask: Ask) -> Utterance:
    """Says yes to the colour they think of, or gives a hint of their temper."""
    last = ask.view.dialogue.last
    right = last is not None and str(ask.view.condition) in last.text
    word = "Yes." if right else "Warm." if uniform(ask.key) < 0.5 else "Cold."
    return Utterance("thinker", word, f"thinker-secret-{ask.view.condition}")


def endless(ask: Ask) -> Utterance:
    return Utterance("thinker", pick(ask.key, ("Warm.", "Cold.")))


class Guessing(Scenario):
    name = "guessing"
    version = 3
    interactive, user, opener = "guesser", "thinker", "thinker"
    statuses = ("guessed", "open")
    scripted: ClassVar = {"guesser": {"random": guess}, "thinker": {"honest": answer, "endless": endless}}

    def __init__(self, horizon: int = 4) -> None:
        self.horizon = horizon

    def draw_condition(self, key: int) -> str:
        return pick(key, COLOURS)

    def describe_condition(self, condition: Any) -> str:
        if condition not in COLOURS:
            raise ValueError(f"no colour: {condition!r}")
        return f"You think of {condition}."

    def condition_to_json(self, condition: Any) -> Any:
        return condition

    def condition_from_json(self, value: Any) -> str:
        if value not in COLOURS:
            raise ValueError(f"no colour: {value!r}")
        return str(value)

    def engagement(self, dialogue: Dialogue) -> Engagement:
        last = dialogue.last
        if last is not None and last.seat == "thinker" and last.text == "Yes.":
            return Engagement(1.0, True, "guessed", last.text)
        return Engagement(0.0, False, "open", "no yes was said")

    def pruning_score(self, dialogue: Dialogue) -> float:
        return float(sum(u.text == "Warm." for u in dialogue))

    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        return ("guess",) if utterance.text.endswith("?") else ()

    @property
    def speech(self) -> Speech:
        return GuessingSpeech()


class GuessingSpeech(Speech):
    """Prompts, no states."""

    def system_prompt(self, seat: str, condition: Any) -> str:
        return f"You are the {seat}." + ("" if condition is None else f" {Guessing().describe_condition(condition)}")


def think(ask: Ask) -> Utterance:
    colour = pick(ask.key, COLOURS)
    return Utterance("guesser", f"Is it {colour}?", f"Mood: {colour}\nPlan: ask")


def hold(ask: Ask) -> Utterance:
    return replace(answer(ask), state=f"Mood: {ask.view.condition}")


class Thinking(Guessing):
    """Guessing whose speakers write down what they think before they speak; the guesser opens."""

    name = "thinking"
    version = 1
    opener = "guesser"
    presets = Path(__file__).with_name("thinking.yaml")
    scripted: ClassVar = {"guesser": {"aloud": think}, "thinker": {"aloud": hold}}

    @property
    def speech(self) -> Speech:
        return ThinkingSpeech(self.horizon)

    @property
    def corpus(self) -> Corpus:
        return ThinkingCorpus()

    @property
    def annotator(self) -> Annotator:
        return ThinkingAnnotator()


@dataclass(frozen=True)
class ThinkingSpeech(GuessingSpeech):
    horizon: int
    teachers = ("aloud",)

    def write(self, utterance: Utterance) -> str:
        words = " ".join(utterance.text.split())
        return f"{utterance.state}\nResponse: {words}" if utterance.state else f"Response: {words}"

    def read(self, seat: str, written: str, finished: bool = True) -> Utterance:
        state, mark, words = written.rpartition("Response:")
        if not mark:  # cut off while it was thinking: it said nothing
            return Utterance(seat, " ".join(written.split()) if finished else "", "" if finished else written.strip())
        return Utterance(seat, " ".join(words.split()), state.strip())

    def variants(self) -> Sequence[Mapping[str, Any]]:
        return [{"horizon": self.horizon}, {"horizon": self.horizon + 1}]


class ThinkingCorpus(Corpus):
    def conditions(self, episodes: Sequence[Episode], split: str) -> list[Any]:
        return [episode.condition for episode in episodes if episode.split == split]

    def load_conditions(self, path: Path) -> list[str]:
        return [Thinking().condition_from_json(line) for line in path.read_text().splitlines()]


class ThinkingAnnotator(Annotator):
    def annotate(self, episode: Episode) -> Episode:
        dialogue = Dialogue.EMPTY
        for utterance in episode.dialogue:
            dialogue = dialogue.say(replace(utterance, state=f"Mood: by rule {len(dialogue)}"))
        return replace(episode, dialogue=dialogue)

    def state_chat(self, dialogue: Dialogue) -> list[dict[str, str]] | None:
        said = " / ".join(Thinking().speech.write(u) for u in dialogue)
        return [{"role": "system", "content": "Whose mood?"}, {"role": "user", "content": said}]

    def read_state(self, dialogue: Dialogue, written: str) -> str:
        return written if written.startswith("Mood:") else ""

    def condition_chat(self, dialogue: Dialogue) -> list[dict[str, str]] | None:
        return [{"role": "user", "content": "Which colour?"}, *({"role": "user", "content": u.text} for u in dialogue)]

    def read_condition(self, dialogue: Dialogue, written: str) -> Any:
        return written if written in COLOURS else None


def episodes(scenario: Scenario, count: int, split: str = "train") -> list[Episode]:
    """Conversations of the scripted pair, without their states, as a corpus would have them."""
    found = []
    for seed in range(count):
        end = talk(Position.start(scenario, seed), cast(scenario))
        dialogue = Dialogue.EMPTY
        for utterance in end.dialogue:
            dialogue = dialogue.say(Utterance(utterance.seat, utterance.text))
        found.append(Episode(end.condition, dialogue, split, f"{split}-{seed}"))
    return found


def cast(scenario: Scenario, **names: str) -> dict[str, ScriptedAgent]:
    """The scenario's scripted agents by seat; `names` chooses others than the default."""
    return {seat: ScriptedAgent.of(scenario, seat, names.get(seat)) for seat in scenario.seats}


talk = converse
"""The tests' word for it."""


def texts(position: Position) -> list[str]:
    return [u.text for u in position.dialogue]


def toy_env(**options: Any) -> DialogueEnv:
    return DialogueEnv(Guessing(**options), "Guessing-v0", "ansi")


def state_of(env: DialogueEnv) -> Any:
    """All that a player can read off an environment."""
    return copy.deepcopy((env.snapshot(), env.infos, env.rewards, env._cumulative_rewards, env.terminations, env.truncations,
                          env.agents, env.agent_selection, [env.observe(seat) for seat in env.possible_agents]))


def speak(env: DialogueEnv, count: int = 10_000, **names: str) -> None:
    """Scripted agents take so many steps, dead steps included."""
    agents = cast(env.scenario, **names)
    while env.agents and count:
        dead = env.terminations[env.agent_selection] or env.truncations[env.agent_selection]
        env.step(None if dead else agents[env.agent_selection].respond([env.ask()])[0])
        count -= 1
