"""Runs the tests of each client library in a virtual environment of its own: `python tests/clients/run.py [NAME ...]`.

Most of these libraries pin what `constraints.txt` pins otherwise, so they cannot share the environment of the tests. One
folder of build/clients/ is made per library, once, with the versions below; delete it to make it anew. The libraries are
installed one after another. Without names all are run; the last lines say what came of each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "clients"
TORCH = "torch==2.13.0"
CLIENTS: dict[str, tuple[str, ...]] = {
    "gymnasium": ("gymnasium==1.4.0", "pettingzoo==1.27.0"),
    "pettingzoo_1_25": ("pettingzoo==1.25.0",),
    "pettingzoo_1_26": ("pettingzoo==1.26.0",),
    "sb3": ("stable-baselines3==2.9.2", "sb3-contrib==2.9.2", TORCH),
    "supersuit": ("supersuit==3.11.0",),
    "torchrl": ("torchrl==0.14.1", TORCH),
    "tianshou": ("tianshou==2.0.1", TORCH),
    "rllib": ("ray[rllib]==2.60.0", TORCH),
    "agilerl": ("agilerl==2.58.0", "peft==0.21.2", TORCH),
    "sotopia": ("sotopia==0.1.5",),
    "openenv": ("openenv==0.10.0", "-e", str(ROOT / "dialogym_env")),
    "verifiers": ("verifiers==0.4.0", "uv==0.13.9"),
    "inspect": ("inspect-ai==0.3.285", "openai==3.57.0"),
    "skyrl": ("skyrl-gym==0.4.0",),
    "potato": ("potato-annotation==2.12.1", "-e", f"{ROOT}[study]"),
    "planners": ("mcts==1.0.4", "open-spiel==2.0.2"),
    "planners_reasoners": ("llm-reasoners==1.0.2", TORCH),
}
"""What is installed for each; test_NAME.py is run with it, without the version at the end of a name."""


def files(name: str) -> list[str]:
    """The test files of a client."""
    return [str(HERE / f"test_{name.partition('_')[0]}.py")]


def prepare(name: str) -> Path:
    """The interpreter of the client's environment, made where it is missing. Raises CalledProcessError when pip gives up."""
    folder = ROOT / "build" / "clients" / name
    python, mark = folder / "bin" / "python", folder / ".installed"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted, ours = "\n".join(CLIENTS[name]), (ROOT / "pyproject.toml").read_text()
    if not mark.is_file() or not mark.read_text().startswith(f"{wanted}\n\n"):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([*pip, *CLIENTS[name], "pytest>=8.4", "pytest-timeout>=2.3", "-e", str(ROOT)], check=True)
    elif mark.read_text() != f"{wanted}\n\n{ours}":  # what this package announces may have changed
        subprocess.run([*pip, "--no-deps", "-e", str(ROOT)], check=True)
    mark.write_text(f"{wanted}\n\n{ours}")
    return python


def run(name: str) -> str:
    """Installs and tests one client; what came of it, in words."""
    try:
        python = prepare(name)
    except subprocess.CalledProcessError as error:
        return f"not installed (pip left with {error.returncode})"
    command = [python, "-m", "pytest", "-q", "-m", "slow", "-W", "default", "--timeout", "1800", *files(name)]
    found = subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return "passed" if found.returncode == 0 else f"failed (pytest left with {found.returncode})"


def main(names: list[str]) -> int:
    """Runs the named clients, or all."""
    if unknown := sorted(set(names) - set(CLIENTS)):
        print(f"No client is called {', '.join(unknown)}; choose among {', '.join(CLIENTS)}.", file=sys.stderr)
        return 2
    results = {name: run(name) for name in names or CLIENTS}
    for name, result in results.items():
        print(f"{name:16} {' '.join(CLIENTS[name])}: {result}")
    return int(any(result != "passed" for result in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
