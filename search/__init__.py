"""Looking ahead: the driver that runs planners in lockstep, i×MCTS, and the search tree."""

from .driver import Plan, Planner, Weigh, play, run
from .mcts import IxMCTS
from .tree import Tree

__all__ = ["IxMCTS", "Plan", "Planner", "Tree", "Weigh", "play", "run"]
