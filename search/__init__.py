"""Looking ahead: the driver that runs planners in lockstep, i×MCTS and its baselines, trees, pairs of siblings; exploits."""

from .baselines import Beam, Greedy, Lookahead, Sample
from .belief import Imagining, PlanningAgent
from .best_of_n import BestOfN, Score, Scored
from .budget import Budget, OutOfBudget
from .choice import ByTree, Choice, Decider, Talk
from .collect import SearchConfig, search, trees
from .driver import Plan, Planner, ScoreRequest, play, run, stream
from .exploit import ExploitSettings, Recital, exploit, replay
from .mcts import IxMCTS
from .pair_selection import PairSettings, sibling_pairs
from .planners import planner
from .references import Reference
from .tree import Tree
from .tree_page import tree_page

__all__ = [
    "Beam", "BestOfN", "Budget", "ByTree", "Choice", "Decider", "ExploitSettings", "Greedy", "Imagining", "IxMCTS",
    "Lookahead", "OutOfBudget", "PairSettings", "Plan", "Planner", "PlanningAgent", "Recital", "Reference", "Sample", "Score",
    "ScoreRequest", "Scored", "SearchConfig", "Talk", "Tree", "exploit", "planner", "play", "replay", "run", "search",
    "sibling_pairs", "stream", "tree_page", "trees",
]
