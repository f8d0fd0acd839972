"""SkyRL-Gym: every environment as the text environment "dialogym", registered when this module is imported.

    import skyrl_gym
    from dialogym.integrations.skyrl_gym import rows

    row = rows("PersuasionForGood-v0", 1000)[0]           # a row of the training set: "prompt", "env_class", "dialogym"
    env = skyrl_gym.make("dialogym", extras=row)
    messages, _ = env.init(row["prompt"])
    step = env.step("Hello! How are you today?")          # {"observations", "reward", "done", "metadata"}

Install it with `pip install 'dialogym[skyrl-gym]'`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import skyrl_gym
from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

from ..envs.chat import Message
from ..envs.errors import InvalidAction, InvalidConfig
from ..envs.keys import PUBLIC
from .seat import DEFAULT, OpenSeat, options_of

ID = "dialogym"
"""The environment's id in SkyRL-Gym."""
_KEYS = ("env", "seed", "seat", "partner", "secret", "options")


class DialogymEnv(BaseTextEnv):
    """A dialogue in which the trained model takes a seat and a simulator answers; paid once, at the end.

    Args:
        env_config: settings for all rows, with the keys of a row's "dialogym".
        extras: the row. Its "dialogym" says the talk: "env", "seed", "seat", "partner", "secret", "options" (`OpenSeat`).
            What it leaves out is `env_config`'s, or the default. Its "max_turns", where there is one, ends the talk unpaid.

    Raises InvalidConfig for a key that there is not.
    """

    _begun: bool = False

    def __init__(self, env_config: Any = None, extras: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        row = dict(extras or {})
        asked = {**options_of(env_config), **options_of(row.get(ID))}
        if unknown := sorted(set(asked) - set(_KEYS)):
            raise InvalidConfig(f"A row's {ID!r} has no {', '.join(map(repr, unknown))}; it takes {', '.join(_KEYS)}.")
        self._seed = int(asked.pop("seed", 0))
        options = options_of(asked.pop("options", None))
        self._talk = OpenSeat(**asked, **options)
        self.max_turns = int(row.get("max_turns") or self._talk.env.scenario.horizon + 1)

    def init(self, prompt: list[Message]) -> tuple[list[Message], dict[str, Any]]:
        """Begins the talk; the chat that it opens with stands in place of the row's prompt, which `rows` took from it."""
        self.turns, self._begun = 0, True
        return self._talk.begin(self._seed), {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Says what the model wrote, and has the simulator answer. Raises InvalidAction before `init` and after the end."""
        if not self._begun or self._talk.over:
            raise InvalidAction("There is no talk to go on with; call init(prompt) first.")
        self.turns += 1
        heard = self._talk.answer(action)
        after = self._talk.env.position
        done = after.over or self.turns >= self.max_turns
        reading = {**after.reading, "cut_off": done and not after.over}
        return BaseTextEnvStepOutput(observations=[] if done else heard, reward=self._talk.reward, done=done, metadata=reading)

    def get_metrics(self) -> dict[str, Any]:
        """The figures of the talk: engagement, whether there was any, turns, whether it came to its end, and the measures."""
        if not self._begun:
            return {}
        position = self._talk.env.position
        return {"engagement": self._talk.reward, "engaged": float(self._talk.reward > 0), "turns": position.turns,
                "finished": float(position.over), **(position.measured if position.over else {})}


def rows(env: str = DEFAULT, count: int = 1000, seed: int = 0, *, seat: str | None = None, partner: str | None = None,
         secret: str = PUBLIC, **options: Any) -> list[dict[str, Any]]:
    """A training set: one row per talk, with seeds from `seed` on. `datasets.Dataset.from_list(rows(...)).to_parquet(path)`.

    Args:
        env: id of the environment.
        count: talks.
        seed: of the first.
        seat: as `OpenSeat` takes it; likewise the rest.
        partner: who sits in the other seat.
        secret: under which conditions and luck are drawn.
        **options: the scenario's.
    """
    talk = OpenSeat(env, seat=seat, partner=partner, secret=secret, **options)
    of = {"env": env, "seat": talk.env.seat, "partner": partner, "secret": secret, "options": options or None}
    return [{"data_source": f"{ID}/{env}", "prompt": talk.begin(number), "env_class": ID,
             "reward_spec": {"method": "rule", "ground_truth": ""}, ID: {**of, "seed": number}}
            for number in range(seed, seed + count)]


if ID not in skyrl_gym.registry:
    skyrl_gym.register(id=ID, entry_point=f"{__name__}:{DialogymEnv.__name__}")
