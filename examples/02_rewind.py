"""Rewind a conversation: one snapshot, three ways to go on, and back to where it was.

A snapshot costs about a microsecond whatever the length of the dialogue, because the past is shared and
never copied. The restored environment goes on exactly like the original, here or, through JSON, in
another process.
"""

import dialogym

ENV = "PersuasionForGood-v0"
BRANCHES = {
    "asks at once": "Would you donate one dollar of your payment to Save the Children?",
    "gives a reason": "Nearly ninety cents of every dollar go straight to food and medicine for children.",
    "pushes": "How can you say no while children starve?",
}


def talk(env: dialogym.DialogueEnv, utterances: int = 1_000) -> None:
    """Lets the scripted pair go on for so many utterances, or to the end."""
    seats = {
        "persuader": dialogym.ScriptedAgent.of(env.scenario, "persuader", "expert"),
        "persuadee": dialogym.ScriptedAgent.of(env.scenario, "persuadee"),
    }
    for _ in range(utterances):
        if env.position.over:
            return
        env.step(seats[env.agent_selection].respond([env.ask()])[0])


def main() -> None:
    env = dialogym.make(ENV, render_mode="ansi")
    env.reset(seed=7)
    talk(env, 6)
    print(env.render())
    mark = env.snapshot()

    ends = {}
    for name, line in BRANCHES.items():
        env.step(line)
        talk(env)
        ends[name] = env.render()
        print(f"\n== the persuader {name}")
        print("\n".join(ends[name].splitlines()[6:]))
        env.restore(mark)

    print(f"\nback at the snapshot: {len(env.position.dialogue)} utterances, the {env.agent_selection} speaks")
    text = mark.to_json()
    other = dialogym.make(ENV, render_mode="ansi")
    other.restore(text)
    other.step(BRANCHES["pushes"])
    talk(other)
    print(f"from its {len(text.encode())} bytes of JSON, elsewhere, the same words: {other.render() == ends['pushes']}")


if __name__ == "__main__":
    main()
