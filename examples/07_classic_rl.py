"""Classic reinforcement learning without a library: REINFORCE over dialogue acts, in numpy.

An action is an act, the scenario's phrase book says it, and an observation is a vector of what the seat has heard.
The default takes some seconds on a CPU; `--episodes 8000` goes on for half a minute, `--env EmotionalSupport-v0` is the
other scenario, `--pettingzoo` trains in a PettingZoo loop over the dialogue environment itself: the same episodes.

The table compares on 300 users that the training never met, the same for every policy, by engagement alone:

random   any act that makes sense.
greedy   the act that raises engagement and mood most at once: a ridge regression on random play, over the same
         observations. Mood runs from 0, worst, to 1, best; a dialogue ends in the best with any engagement, else in the worst.
learned  paid the engagement at the end, nothing before.
"""

import argparse

import numpy as np

import dialogym
from dialogym import ActEnv

USERS = 300
TEST = 1_000_000  # the first seed of the users that are kept for the table
BATCH, RATE, DISCOUNT, ENTROPY = 32, 0.03, 0.99, 0.01


def in_gymnasium(env: ActEnv, seed: int, choose) -> tuple:
    """One episode: observations (turns + 1, features), masks (turns, acts), acts (turns,), and the engagement at its end."""
    seen, info = env.reset(seed=seed)
    heard, masks, acts, over, level = [seen], [], [], False, 0.0
    while not over:
        masks.append(info["action_mask"].astype(bool))
        acts.append(choose(heard[-1], masks[-1]))
        seen, level, terminated, truncated, info = env.step(acts[-1])
        heard.append(seen)
        over = terminated or truncated
    return np.array(heard), np.array(masks), np.array(acts), level


def in_pettingzoo(env: dialogym.DialogueEnv, seed: int, choose) -> tuple:
    """The same episode through PettingZoo's loop: the dialogue environment, with each act put into words here."""
    acting, own = env.scenario.acting, env.scenario.interactive
    partner = dialogym.ScriptedAgent.of(env.scenario, env.scenario.user)
    heard, masks, acts, level = [], [], [], 0.0
    env.reset(seed=seed)
    for seat in env.agent_iter():
        _, reward, terminated, truncated, _ = env.last(observe=False)
        if terminated or truncated:
            level = reward if seat == own else level
            env.step(None)
        elif seat == own:
            view = env.view(own)
            heard.append(acting.observe(view))
            masks.append(acting.mask(view))
            acts.append(choose(heard[-1], masks[-1]))
            env.step(acting.voice(env.ask(), acts[-1]))
        else:
            env.step(partner.respond([env.ask()])[0])
    heard.append(acting.observe(env.view(own)))
    return np.array(heard), np.array(masks), np.array(acts), level


def moods(acting) -> np.ndarray:
    """The weights that turn an observation into the user's mood in [0, 1]: (features,)."""
    places = [i for i, feature in enumerate(acting.features) if feature.name.startswith("mood: ")]
    weights = np.zeros(len(acting.features))
    weights[places] = np.linspace(0, 1, len(places))
    return weights


def with_one(heard: np.ndarray) -> np.ndarray:
    """The observations with a constant 1 behind: (..., features + 1)."""
    return np.concatenate([heard, np.ones((*heard.shape[:-1], 1))], axis=-1)


def random_policy(rng: np.random.Generator):
    return lambda heard, mask: int(rng.choice(np.flatnonzero(mask)))


def greedy_policy(play, acting, episodes: int = 600):
    """Random play, then per act a ridge regression of the change of mood and engagement on what was heard before."""
    rng, rank = np.random.default_rng(1), moods(acting)
    before, made, change = [], [], []
    for seed in range(episodes):
        heard, _, acts, level = play(seed, random_policy(rng))
        mood = heard @ rank
        mood[-1] = level > 0
        gain = np.diff(mood)
        gain[-1] += level
        before, made, change = [*before, *with_one(heard[:-1])], [*made, *acts], [*change, *gain]
    x, made, change = np.array(before), np.array(made), np.array(change)
    weights = np.zeros((x.shape[1], len(acting.actions)))
    for act in range(weights.shape[1]):
        mine = x[made == act]
        weights[:, act] = np.linalg.solve(mine.T @ mine + np.eye(x.shape[1]), mine.T @ change[made == act])
    return best_by(weights)


def best_by(weights: np.ndarray):
    """The policy that takes the sensible act of the highest linear score; weights: (features + 1, acts)."""
    return lambda heard, mask: int(np.where(mask, with_one(heard) @ weights, -np.inf).argmax())


def softmax(scores: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Probabilities over the acts a mask leaves: (..., acts)."""
    exp = np.where(masks, np.exp(scores - scores.max(axis=-1, keepdims=True)), 0.0)
    return exp / exp.sum(axis=-1, keepdims=True)


class Adam:
    """Climbs along slopes (Kingma and Ba, 2015), changing the values in place."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.first, self.second, self.steps = values, np.zeros_like(values), np.zeros_like(values), 0

    def climb(self, slope: np.ndarray) -> None:
        """One step; slope: like the values."""
        self.steps += 1
        self.first += 0.1 * (slope - self.first)
        self.second += 0.001 * (slope**2 - self.second)
        fix = np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        self.values += RATE * fix * self.first / (np.sqrt(self.second) + 1e-8)


def learned_policy(play, acting, episodes: int):
    """REINFORCE with a linear softmax policy, a linear baseline, an entropy bonus and Adam."""
    rng = np.random.default_rng(2)
    size = len(acting.features) + 1
    weights, baseline = np.zeros((size, len(acting.actions))), np.zeros((size, 1))
    optimisers = [Adam(weights), Adam(baseline)]

    def sample(heard, mask):
        chances = softmax(with_one(heard) @ weights, mask)
        return int(rng.choice(len(chances), p=chances))

    for number in range(max(1, episodes // BATCH)):
        xs, ms, acts, returns = [], [], [], []
        for seed in range(number * BATCH, (number + 1) * BATCH):
            heard, masks, made, level = play(seed, sample)
            later = level * DISCOUNT ** np.arange(len(made))[::-1]
            xs, ms, acts, returns = [*xs, heard[:-1]], [*ms, masks], [*acts, made], [*returns, later]
        x, m, a, g = with_one(np.concatenate(xs)), np.concatenate(ms), np.concatenate(acts), np.concatenate(returns)
        surprise = g - (x @ baseline)[:, 0]
        chances = softmax(x @ weights, m)
        logs = np.log(np.clip(chances, 1e-9, 1))
        up = (np.eye(len(acting.actions))[a] - chances) * ((surprise - surprise.mean()) / (surprise.std() + 1e-8))[:, None]
        up -= ENTROPY * chances * (logs - (chances * logs).sum(axis=1, keepdims=True))
        for optimiser, slope in zip(optimisers, (x.T @ up, x.T @ surprise[:, None]), strict=True):
            optimiser.climb(slope / len(a))
    return best_by(weights)


def interval(values: np.ndarray, resamples: int = 10_000) -> str:
    """The mean with its 95% percentile bootstrap interval."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():6.3f} [{low:6.3f}, {high:6.3f}]"


def show(env: ActEnv, play, policies: dict) -> None:
    """The table, and a dialogue of the policy "learned"."""
    levels = {
        name: np.array([play(TEST + user, policy)[-1] for user in range(USERS)]) for name, policy in policies.items()
    }
    print(f"{env.id}, {USERS} users, the same for every policy\n")
    print(f"{'policy':<9}{'engagement':^24}{'learned minus this':^26}".rstrip())
    for name, found in levels.items():
        gain = "" if name == "learned" else interval(levels["learned"] - found)
        print(f"{name:<9}{interval(found)}  {gain}".rstrip())
    in_gymnasium(env, TEST + int(levels["learned"].argmax()), policies["learned"])
    print(f"\nA dialogue of the learned policy:\n{env.render()}")


def main() -> None:
    parser = argparse.ArgumentParser(description="REINFORCE over dialogue acts.")
    parser.add_argument("--env", default="PersuasionForGood-v0")
    parser.add_argument("--episodes", type=int, default=8000)
    parser.add_argument("--pettingzoo", action="store_true", help="train in PettingZoo's loop; the same episodes")
    options = parser.parse_args()

    env, words = ActEnv(options.env, render_mode="ansi"), dialogym.make(options.env)
    loop, place = (in_pettingzoo, words) if options.pettingzoo else (in_gymnasium, env)

    def play(seed, choose):
        return loop(place, seed, choose)

    policies = {
        "random": random_policy(np.random.default_rng(0)),
        "greedy": greedy_policy(play, env.acting),
        "learned": learned_policy(play, env.acting, options.episodes),
    }
    print(f"REINFORCE, {options.episodes} episodes of training.")
    show(env, play, policies)


if __name__ == "__main__":
    main()
