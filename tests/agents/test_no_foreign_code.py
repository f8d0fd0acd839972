"""A model's folder is data: none of its code is ever run, nor asked about."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import dialogym
from dialogym.agents.engine.loading import check_model, load_model, load_tokenizer
from dialogym.envs.encoders import encode_cached
from dialogym.envs.errors import DialogymError, InvalidConfig, InvalidModel
from tests.tiny import save_model

ROOT = Path(dialogym.__file__).parent
FOLDERS = ("envs", "agents", "search", "alignment", "cli")
SPARED = {"PeftModel"}
"""Whose `from_pretrained` loads weights onto a model that is there, and has no such option."""


def loads() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the sources that loads a model, a tokenizer or a configuration: where, and the call."""
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            method = isinstance(called, ast.Attribute) and called.attr in ("from_pretrained", "from_config")
            spared = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in SPARED
            maker = isinstance(called, ast.Name) and called.id in ("SentenceTransformer", "CrossEncoder", "LLM", "pipeline")
            if (method and not spared) or maker:
                yield f"{path.relative_to(ROOT)}, line {node.lineno}", node


def test_every_load_says_that_no_code_is_trusted() -> None:
    found = list(loads())
    assert len(found) >= 5
    for where, call in found:
        said = [word.value for word in call.keywords if word.arg == "trust_remote_code"]
        assert [isinstance(value, ast.Constant) and value.value is False for value in said] == [True], where


@pytest.fixture
def armed(tmp_path: Path) -> Path:
    """A model's folder whose config and tokenizer name code beside them, which would leave a mark."""
    folder = save_model(tmp_path / "model")
    mark = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\nclass Config: ...\nclass Model: ...\nclass Words: ...")
    auto = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoModelForCausalLM": "evil.Model"}
    write(folder / "config.json", auto_map=auto, model_type="evil", architectures=["EvilForCausalLM"])
    write(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Words"] * 2}, tokenizer_class="Words")
    return folder


def write(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("load", [check_model, load_model, load_tokenizer, lambda name: encode_cached(name, ["Hello."])],
                         ids=["check", "model", "tokenizer", "encoder"])
def test_a_folder_with_code_of_its_own_is_refused_and_its_code_not_run(armed: Path, load: object,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("builtins.input", lambda *words: asked.append(words) or "y")
    with pytest.raises(DialogymError) as caught:
        load(str(armed))  # type: ignore[operator]
    assert isinstance(caught.value, InvalidModel | InvalidConfig)
    assert not (armed.parent / "ran").exists()
    assert asked == []


def test_nobody_may_ask_vllm_for_it_either() -> None:
    from dialogym.agents.vllm_backend import VLLMBackend

    with pytest.raises(InvalidConfig, match="trust_remote_code"):
        VLLMBackend("a/b", trust_remote_code=True)
