"""Socially-driven dialogues as an OpenEnv environment: client and models of `dialogym serve`."""

from .client import DialogymEnv
from .models import DialogymAction, DialogymObservation, DialogymState

__all__ = ["DialogymAction", "DialogymEnv", "DialogymObservation", "DialogymState"]
