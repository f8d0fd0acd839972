"""A conversation in ten lines: the PettingZoo loop, you as the persuader, the scripted persuadee as partner.

Nothing to download, no model, no key. Change the lines and see how the persuadee takes them; change the
seed and meet somebody else.
"""

import dialogym

LINES = [
    "Hello! How are you today?",
    "Have you heard of Save the Children?",
    "May I ask what you look for in a charity?",
    "Independent watchdogs rate it very highly, and its accounts are audited every year.",
    "I am giving part of my own payment too.",
    "Would you be willing to donate fifty cents of your payment?",
    "I understand. Even a few cents help a child. Would you like to give ten cents?",
]


def main() -> None:
    env = dialogym.make("PersuasionForGood-v0")
    partner = dialogym.ScriptedAgent.of(env.scenario, "persuadee")
    lines = iter(LINES)
    env.reset(seed=7)
    print("Only the persuadee knows:", env.observe("persuadee")["condition"], "\n")

    for seat in env.agent_iter():
        _, reward, termination, truncation, info = env.last()
        if termination or truncation:
            action = None  # PettingZoo: a seat whose dialogue is over steps with None
            print(f"[{seat}: reward {reward:g}, status {info['status']}, {info['turns']} turns]")
        elif seat == "persuader":
            action = next(lines, "Thank you for your time. Goodbye!")
        else:
            action = partner.respond([env.ask()])[0]
        if action is not None:
            print(f"{seat:>9}: {getattr(action, 'text', action)}")
        env.step(action)


if __name__ == "__main__":
    main()
