"""Two processes, begun by accelerate and talking over gloo, train what one process trains."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dialogym.alignment.preferences.pair import save_pairs
from dialogym.alignment.training import processes
from tests import tiny

ROOT = Path(__file__).resolve().parents[3]
NEAR = 1e-5
"""Difference of a weight after some updates: sums in another order."""
SETTINGS: dict[str, Any] = {"held_out": 0.25, "learning_rate": 1e-3, "bf16": False, "patience": 0}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    tiny.save_model(folder / "model")
    save_pairs(tiny.pairs(16), folder / "pairs")
    return folder


def trained(made: Path, kind: str, count: int, settings: dict[str, Any], *more: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(weights, figures) of a training in so many processes."""
    out, file = made / f"{kind}-{settings.get('trainer', 'rows')}-{count}", made / "settings.yaml"
    file.write_text(json.dumps({**SETTINGS, **settings}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ["-m", "accelerate.commands.launch", "--config_file", str(ROOT / "recipes" / "accelerate" / "cpu.yaml"),
              "--num_cpu_threads_per_process", "1", "--main_process_port", str(port)] if count > 1 else []
    command = [sys.executable, *launch, "-m", "dialogym", "train", kind, "--model", str(made / "model"), "--out", str(out),
               "--config", str(file), "--quiet", *more]
    environment = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    done = subprocess.run(command, env={**environment, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["processes"] == count
    return load_file(out / "adapter_model.safetensors"), json.loads((out / "training.json").read_text())


def check(one: tuple[dict[str, Any], dict[str, Any]], two: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The same weights and figures, and weights that have moved."""
    assert one[0].keys() == two[0].keys()
    for name, value in one[0].items():
        torch.testing.assert_close(two[0][name], value, rtol=0, atol=NEAR)
    assert any(value.abs().max() > 0 for name, value in one[0].items() if "lora_B" in name)
    assert one[1]["steps"] == two[1]["steps"] > 0
    assert one[1]["losses"] == pytest.approx(two[1]["losses"], abs=1e-4)
    assert one[1]["metrics"] == pytest.approx(two[1]["metrics"], abs=1e-4)


@pytest.mark.parametrize("kind", ["dpo", pytest.param("reward", marks=pytest.mark.slow)])
@pytest.mark.timeout(3000)
def test_packs_shared_out_are_the_packs_of_one(made: Path, kind: str) -> None:
    """Two packs an update: both by one process, or one by each."""
    settings = {"trainer": "tree", "pack_tokens": 96, "epochs": 2}
    pairs = ["--pairs", str(made / "pairs")]
    check(trained(made, kind, 1, {**settings, "accumulation": 2}, *pairs), trained(made, kind, 2, settings, *pairs))


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", ["dpo", "reward"])
def test_rows_shared_out_are_the_rows_of_one(made: Path, kind: str) -> None:
    """All rows in one update, so that it is the same ones: eight by one process, or four by each.

    As many are held out: a batch that lacks some has others twice in several processes, which moves the held-out loss.
    """
    settings = {"trainer": "trl", "epochs": 2, "held_out": 0.5}
    pairs = ["--pairs", str(made / "pairs")]
    check(trained(made, kind, 1, {**settings, "batch_size": 8}, *pairs),
          trained(made, kind, 2, {**settings, "batch_size": 4}, *pairs))


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_dialogues_shared_out_are_the_dialogues_of_one(made: Path) -> None:
    """Every chat in one update: eight by one process, or four by each. The embedded base, whose window dialogues fit."""
    settings = {"held_out": 0.0, "epochs": 2}
    more = ["--model", "embedded", "--dialogues", "8"]
    check(trained(made, "sft", 1, {**settings, "batch_size": 8}, *more),
          trained(made, "sft", 2, {**settings, "batch_size": 4}, *more))


def test_one_process_is_the_first_and_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert (processes.count(), processes.own(), processes.is_first()) == (1, 0, True)
    value = torch.ones(2)
    assert processes.summed(value) is value
    processes.together()
