"""The client of a dialogym server."""

from typing import Any

from openenv.core import EnvClient
from openenv.core.client_types import StepResult

from .models import DialogymAction, DialogymObservation, DialogymState


class DialogymEnv(EnvClient[DialogymAction, DialogymObservation, DialogymState]):
    """A conversation on a dialogym server: `reset(seed=...)`, `step(DialogymAction(message=...))`, `state()`.

    Every client has a session of its own. To branch, keep a moment and go on from it as often as wanted, in any session:

        with DialogymEnv(base_url="http://localhost:8000").sync() as env:
            env.reset(seed=7)
            mark = env.state().snapshot
            env.step(DialogymAction(message="Hello! How are you?"))
            env.reset(injected_state=mark)
    """

    def _step_payload(self, action: DialogymAction) -> dict[str, Any]:
        return {"message": action.message}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[DialogymObservation]:
        done, reward = payload["done"], payload["reward"]
        observation = DialogymObservation(**payload["observation"], done=done, reward=reward)
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> DialogymState:
        return DialogymState(**payload)
