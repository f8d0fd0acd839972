"""Planners that people know, on our states: an adapter of under ten lines each.

`ActState` is a value with what a game tree needs: `legal`, `step(act, luck)`, `over`, `value`. So OpenSpiel's `MCTSBot`,
llm-reasoners' `MCTS`, GDP-Zero's planner and the `mcts` of PyPI need no more than their own words for these. Those that are
installed play:

    pip install mcts open-spiel llm-reasoners        # GDP-Zero: clone it, and name the folder in GDPZERO

Like all who act they must not see the user: each decision is planned for a few imagined ones, who share the simulations, and
the most frequent act is said. With --oracle they see the true one, which is right for making data and cheating when acting.
"""

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from itertools import count
from types import SimpleNamespace

import numpy as np

import dialogym

ENV = "PersuasionForGood-v0"
LUCK = count(1)  # 0 is what the game itself deals: a planner that must not foresee it draws others


def mcts_of_pypi(state: dialogym.ActState, simulations: int) -> int:
    import mcts

    class Node:
        def __init__(self, state): self.state = state
        def getPossibleActions(self): return self.state.legal
        def takeAction(self, act): return Node(self.state.step(act, next(LUCK)))
        def isTerminal(self): return self.state.over
        def getReward(self): return self.state.value

    return mcts.mcts(iterationLimit=simulations, rolloutPolicy=lambda node: ending(node.state)).search(Node(state))


def open_spiel(state: dialogym.ActState, simulations: int) -> int:
    import pyspiel
    from open_spiel.python.algorithms.mcts import MCTSBot, RandomRolloutEvaluator

    class Endings(RandomRolloutEvaluator):
        def evaluate(self, node): return [ending(node.state)]

    class Node:
        def __init__(self, state): self.state = state
        def clone(self): return Node(self.state)
        def apply_action(self, act): self.state = self.state.step(act, next(LUCK))
        def legal_actions(self, player=0): return list(self.state.legal)
        def current_player(self): return 0
        def is_terminal(self): return self.state.over
        def is_chance_node(self): return False
        def returns(self): return [self.state.value]

    chance = np.random.RandomState(random.getrandbits(32))
    any_game = pyspiel.load_game("tic_tac_toe")  # asked only whether turns alternate, and for the highest payment, 1
    bot = MCTSBot(any_game, 0.2, simulations, Endings(), solve=False, random_state=chance)
    return bot.step(Node(state))


def llm_reasoners(state: dialogym.ActState, simulations: int) -> int:
    from reasoners import Reasoner, SearchConfig, WorldModel
    from reasoners.algorithm import MCTS

    class Talk(WorldModel, SearchConfig):
        def init_state(self): return self.example
        def step(self, state, act): return (after := state.step(act, next(LUCK))), {"after": after}
        def is_terminal(self, state): return state.over
        def get_actions(self, state): return list(state.legal)
        def reward(self, state, act, after, **_): return ending(after), {}

    search = MCTS(n_iters=simulations, w_exp=0.2, depth_limit=2, simulate_strategy="random", cum_reward=lambda path: path[-1])
    found = Reasoner(talk := Talk(), talk, search)(state)
    return max(found.tree_state.children, key=lambda node: node.Q).action


def gdp_zero(state: dialogym.ActState, simulations: int) -> int:
    from core.helpers import DialogSession
    from core.mcts import OpenLoopMCTS

    class Talk(DialogSession):
        def __init__(self, state, said=()):
            super().__init__("we", "they")
            self.state, self.history, self.dialog_acts = state, [*said], state.acting.actions
        def copy(self): return self
        def get_next_state(self, talk, act): return Talk(*stepped(talk, act))
        def get_dialog_ended(self, talk): return float(talk.state.value == 1)
        def get_valid_moves(self, talk): return talk.state.mask.astype(int)
        def predict(self, talk): return talk.state.mask / talk.state.mask.sum(), ending(talk.state)

    talk = Talk(state)
    planner = OpenLoopMCTS(talk, talk, SimpleNamespace(cpuct=1.0, Q_0=0.0, max_realizations=3))
    for _ in range(simulations):
        planner.search(talk)
    return int(np.argmax(planner.get_action_prob(talk)))


PLANNERS: dict[str, tuple[str, Callable[[dialogym.ActState, int], int]]] = {
    "mcts": ("mcts", mcts_of_pypi), "OpenSpiel": ("pyspiel", open_spiel), "llm-reasoners": ("reasoners", llm_reasoners),
    "GDP-Zero": ("core", gdp_zero)}
"""By name: what is imported, and the planner."""


def stepped(talk, act: int) -> tuple[dialogym.ActState, list[tuple[str, str, str]]]:
    """What GDP-Zero's talk goes on with: the state after an act (the end stays the end), and what was done and heard."""
    after = talk.state if talk.state.over else talk.state.step(act, next(LUCK))
    return after, [*talk, ("we", talk.dialog_acts[act], ""), ("they", "", after.position.dialogue.last.text)]


def ending(state: dialogym.ActState) -> float:
    """What the talk comes to when the scripted average player goes on with it: a guess of the state's worth."""
    scenario = state.position.scenario
    player = dialogym.ScriptedAgent.of(scenario, scenario.interactive, "average")
    return dialogym.converse(state.position, {scenario.interactive: player, scenario.user: state.partner}).outcome[2]


def imagined(state: dialogym.ActState) -> dialogym.ActState:
    """The same talk with a user of whom nothing is known, and with luck that is not the true one's."""
    position = dialogym.Position.facing(state.position.ask())
    someone = state.position.scenario.draw_condition(random.getrandbits(64))
    return dialogym.ActState(replace(position, condition=someone), state.partner)


def played(choose: Callable[[dialogym.ActState], int], seed: int) -> float:
    """What a player of acts brings one user to."""
    state = dialogym.ActState.start(dialogym.make(ENV).scenario, seed)
    while not state.over:
        state = state.step(choose(state))
    return state.value


def chooser(plan: Callable[[dialogym.ActState, int], int], simulations: int, oracle: bool,
            worlds: int = 3) -> Callable[[dialogym.ActState], int]:
    """The planner as a player."""
    def choose(state: dialogym.ActState) -> int:
        if oracle:
            return plan(state, simulations)
        return Counter(plan(imagined(state), simulations // worlds) for _ in range(worlds)).most_common(1)[0][0]

    return choose


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--episodes", type=int, default=4)
    options.add_argument("--simulations", type=int, default=30)
    options.add_argument("--oracle", action="store_true")
    given = options.parse_args()
    if "GDPZERO" in os.environ:
        sys.path.insert(0, os.environ["GDPZERO"])
    players = {"random legal act": lambda state: random.choice(state.legal)}
    missing = []
    for name, (module, plan) in PLANNERS.items():
        if find_spec(module) is None:
            missing.append(name)
        else:
            players[name] = chooser(plan, given.simulations, given.oracle)
    print(f"{given.episodes} talks of {ENV} in acts, {given.simulations} simulations a decision"
          f"{', the true user seen (oracle)' if given.oracle else ''}\n")
    for name, choose in players.items():
        random.seed(0)
        levels = [played(choose, seed) for seed in range(given.episodes)]
        print(f"{name:<17} engagement {np.mean(levels):.3f}")
    if missing:
        print(f"\nNot installed: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
