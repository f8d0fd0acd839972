"""A language model in a seat: the embedded model persuades the scripted persuadee, on a CPU.

It needs the `train` extra (torch and transformers). Name another causal language model as an argument, a
folder or a hub id, and it speaks instead. The replies are sampled, and the seed decides them.
"""

import sys
import time

import dialogym
from dialogym.agents import LanguageModelAgent, Sampling

try:
    from dialogym.agents import TransformersBackend, load_model, load_tokenizer
except ModuleNotFoundError as missing:
    sys.exit(f"This example needs {missing.name}: pip install 'dialogym[train]'.")


def main(model: str = "embedded", seed: int = 9) -> None:
    env = dialogym.make("PersuasionForGood-v0")
    backend = TransformersBackend(load_model(model))
    agents = {
        "persuader": LanguageModelAgent(backend, load_tokenizer(model), Sampling(temperature=0.8)),
        "persuadee": dialogym.ScriptedAgent.of(env.scenario, "persuadee"),
    }
    env.reset(seed=seed)
    print("Only the persuadee knows:", env.observe("persuadee")["condition"], "\n")

    started = time.perf_counter()
    while not env.position.over:
        seat = env.agent_selection
        reply = agents[seat].respond([env.ask()])[0]
        acts = ", ".join(env.scenario.recognise(reply)) or "unreadable"
        print(f"{seat:>9}: {reply.text}" + (f"   ({acts})" if seat == "persuader" else ""))
        env.step(reply)
    seconds = time.perf_counter() - started

    found, counts = env.position.engagement, backend.counts
    print(f"\n{found.status}: engagement {found.level:.2f} after {env.position.turns} turns, in {seconds:.1f} s")
    print(f"tokens read {counts.prefilled}, read again from the cache {counts.reused}, written {counts.decoded}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
