"""Stable-Baselines3 learns to talk: MaskablePPO of sb3-contrib over dialogue acts, unchanged.

It needs the `rl` extra: pip install 'dialogym[rl]'. The default takes about two minutes on a CPU;
`--steps 2000` shows that it runs. `--no-masks` hides the masks, as plain PPO would have it: an act that makes no sense is
said all the same, and costs what it does to the user. The table is that of 07_classic_rl.py, with the same 300 users.
"""

import argparse
import runpy
from pathlib import Path

import gymnasium
import numpy as np

from dialogym import ActEnv, acts_id, register_acts

try:
    from sb3_contrib import MaskablePPO
    from stable_baselines3 import PPO
except ImportError:
    MaskablePPO = PPO = None


def learned_policy(env: gymnasium.Env, steps: int, masks: bool):
    """PPO with Stable-Baselines3's defaults, but for smaller rollouts and some entropy; its most likely act."""
    learner = MaskablePPO if masks else PPO
    model = learner("MlpPolicy", env, n_steps=1024, batch_size=128, ent_coef=0.01, seed=0, device="cpu")
    model.learn(steps)
    if not masks:
        return lambda heard, mask: int(model.predict(heard, deterministic=True)[0])
    return lambda heard, mask: int(model.predict(heard, action_masks=mask, deterministic=True)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description="MaskablePPO over dialogue acts.")
    parser.add_argument("--env", default="PersuasionForGood-v0")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--no-masks", action="store_true", help="plain PPO")
    options = parser.parse_args()
    if MaskablePPO is None:
        print("This example needs Stable-Baselines3: pip install 'dialogym[rl]'.")
        return

    classic = runpy.run_path(str(Path(__file__).with_name("07_classic_rl.py")))
    env = ActEnv(options.env, render_mode="ansi")
    register_acts()

    def play(seed, choose):
        return classic["in_gymnasium"](env, seed, choose)

    training = gymnasium.make(f"dialogym/{acts_id(options.env)}")
    policies = {
        "random": classic["random_policy"](np.random.default_rng(0)),
        "greedy": classic["greedy_policy"](play, env.acting),
        "learned": learned_policy(training, options.steps, not options.no_masks),
    }
    name = "PPO" if options.no_masks else "MaskablePPO"
    print(f"{name}, {options.steps} steps of training.")
    classic["show"](env, play, policies)


if __name__ == "__main__":
    main()
