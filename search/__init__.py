"""Looking ahead: the driver that runs planners in lockstep, i×MCTS and its rivals, and the search tree."""

from .belief import Imagining, PlanningAgent
from .budget import Budget
from .choice import ByTree, Choice, Decider, Talk
from .driver import Plan, Planner, ScoreRequest, play, run
from .mcts import IxMCTS
from .planners import planner
from .tree import Tree

__all__ = ["Budget", "ByTree", "Choice", "Decider", "Imagining", "IxMCTS", "Plan", "Planner", "PlanningAgent", "Talk", "Tree",
           "ScoreRequest", "planner", "play", "run"]
