"""`dialogym.integrations.verifiers` under a top-level name, which is what verifiers takes a taskset by."""

from dialogym.integrations.verifiers import DialogymEnv, DialogymTaskset

__all__ = ["DialogymEnv", "DialogymTaskset"]
