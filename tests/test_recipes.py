"""Recipes can be read: scripts by bash, commands by the command, settings by the trainings, configurations by accelerate."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.alignment.config import RunConfig
from dialogym.alignment.overrides import load
from dialogym.alignment.training.settings import DpoSettings, RewardSettings, SftSettings
from dialogym.search import SearchConfig

RECIPES = Path(__file__).resolve().parents[1] / "recipes"
SCRIPTS = sorted([*RECIPES.glob("*.sh"), *RECIPES.glob("*.sbatch")])
SETTINGS = {"sft": SftSettings, "dpo": DpoSettings, "reward": RewardSettings, "search": SearchConfig, "reproduce": RunConfig}
VARIABLE = re.compile(r"\$\(\([^)]*(?:\{[^}]*\}[^)]*)*\)\)|\$\{[^}]*\}|\$\w+")


def commands(text: str) -> list[str]:
    """Every `dialogym` command of a script on one line, with 4 for what a variable will say."""
    joined = re.sub(r"\\\n\s*", " ", text)
    found = re.findall(r"^(?!#).*?(?:-m )?\bdialogym ((?:run|search|train)\b.*)$", joined, re.MULTILINE)
    return [VARIABLE.sub("4", line) for line in found]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_bash_and_stops_at_errors(script: Path) -> None:
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "# Watch: " in text
    assert commands(text), script


@pytest.mark.parametrize("line", [pytest.param(line, id=f"{script.name}-{number}") for script in SCRIPTS
                                  for number, line in enumerate(commands(script.read_text(encoding="utf-8")))])
def test_a_command_has_the_options_that_it_is_given(line: str) -> None:
    found = CliRunner().invoke(app, [*shlex.split(line), "--help"])
    assert (found.exit_code, "Usage:" in found.output) == (0, True), found.output


@pytest.mark.parametrize("file", sorted(RECIPES.glob("settings/*.yaml")), ids=lambda path: path.name)
def test_settings_are_read(file: Path) -> None:
    kind = SETTINGS[file.name.partition("-")[0]]
    assert load(file, kind()) != kind()


def test_every_file_that_a_recipe_names_is_there() -> None:
    for script in SCRIPTS:
        for name in re.findall(r"\$HERE/([\w./-]+)", script.read_text(encoding="utf-8")):
            assert (RECIPES / name).is_file(), (script.name, name)


@pytest.mark.parametrize("file", sorted(RECIPES.glob("accelerate/*.yaml")), ids=lambda path: path.name)
def test_accelerate_knows_every_key(file: Path) -> None:
    config_args = pytest.importorskip("accelerate.commands.config.config_args")
    given: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(given) <= {field.name for field in fields(config_args.ClusterConfig)}
    read = config_args.ClusterConfig.from_yaml_file(yaml_file=str(file))
    assert read.num_processes == given["num_processes"]


def test_the_manifest_is_a_ray_job_whose_command_is_one() -> None:
    manifest = yaml.safe_load((RECIPES / "kuberay.yaml").read_text(encoding="utf-8"))
    assert (manifest["apiVersion"], manifest["kind"]) == ("ray.io/v1", "RayJob")
    spec = manifest["spec"]
    words = shlex.split(spec["entrypoint"])
    assert words[0] == "dialogym"
    found = CliRunner().invoke(app, [*words[1:], "--help"])
    assert (found.exit_code, "Usage:" in found.output) == (0, True), found.output
    cluster = spec["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    workers = sum(group.get("replicas", 0) for group in groups)
    assert words[words.index("--workers") + 1] == str(workers)
    for group in groups:
        pod = group["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
            assert container["resources"]["requests"] == container["resources"]["limits"]
