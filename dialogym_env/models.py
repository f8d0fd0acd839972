"""What goes over the wire. The server's own types: see `dialogym.integrations.openenv`."""

from dialogym.integrations.openenv import DialogymAction, DialogymObservation, DialogymState

__all__ = ["DialogymAction", "DialogymObservation", "DialogymState"]
