"""Potato: its server loads what `dialogym study export --format potato` writes, shows it, and keeps answers by our names."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
import yaml

import dialogym
from dialogym import Position, ScriptedAgent, converse
from dialogym.envs import episodes
from dialogym.envs.parts import Episode

pytest.importorskip("potato", reason="potato-annotation is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
BAD = "You will find another one soon! <b>really</b> & <script>alert(1)</script>"
SAID = [{"role": "assistant", "content": "What weighs on you?"}, {"role": "user", "content": "我在五月丢了工作。"}]
PAIRS = [{"prompt": SAID, "chosen": f"That must have hurt ({n}).\nHow are you now?", "rejected": BAD} for n in range(3)]


def exported(folder: Path, part: str, **study: object) -> Path:
    """A study's export for Potato, made by our command."""
    file = {"name": "abroad", "env": "EmotionalSupport-v0", "systems": {"plain": {"agent": "novice"}}, **study}
    (folder / "study.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")
    command = [sys.executable, "-m", "dialogym", "study", "export", "study.yaml", "--format", "potato", "--part", part]
    subprocess.run([*command, "--out", "out"], cwd=folder, check=True)
    return folder / "out"


class Annotator:
    """Somebody at Potato's site."""

    def __init__(self, address: str) -> None:
        self.address, self.opener = address, build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, data: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> str:
        request = Request(self.address + path, data, {"Content-Type": kind, "Origin": self.address})
        with self.opener.open(request, timeout=120) as answer:
            return str(answer.read().decode("utf-8"))

    def joined(self) -> str:
        """Signs up; the first item's page."""
        self.ask("/register", urlencode({"action": "signup", "email": "one@example.org", "pass": "long enough 1"}).encode())
        return self.ask("/annotate")

    def choose(self, item: str, scheme: str, label: str) -> None:
        sent = {"instance_id": item, "annotations": {f"{scheme}:{label}": label}, "cleared_schemas": [], "span_annotations": []}
        self.ask("/updateinstance", json.dumps(sent).encode(), "application/json")


@contextmanager
def potato(project: Path) -> Iterator[str]:
    """The address of Potato's server, serving a project as long as the block runs."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", project.parent / "potato.log"
    command = [str(Path(sys.executable).with_name("potato")), "start", "config.yaml", "-p", str(port), "--host", "127.0.0.1"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=project, stdout=out, stderr=out)
    try:
        begun = time.monotonic()
        while True:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < begun + 300, log.read_text(encoding="utf-8")
            try:
                Annotator(address).ask("/")
                break
            except URLError:
                time.sleep(0.2)
        yield address
        assert "deprecated" not in log.read_text(encoding="utf-8")
    finally:
        process.terminate()
        process.wait(timeout=60)


def of(page: str, id: str) -> str:
    """What stands between an element and the next that Potato marks so."""
    return page[page.index(f'id="{id}"'):][:4_000]


@pytest.mark.parametrize(("language", "words"), [("en", ("Which reply is better?", "The first is better")),
                                                 ("zh", ("哪个回复更好？", "第一个更好"))])
def test_pairs_are_shown_and_chosen(tmp_path: Path, language: str, words: tuple[str, str]) -> None:
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PAIRS), encoding="utf-8")
    project = exported(tmp_path, "pairs", pairs={"file": "pairs.jsonl"}, languages=[language])
    truth = {row["id"]: row["first"] for row in map(json.loads, (project / "truth.jsonl").read_text().splitlines())}
    with potato(project) as address:
        one = Annotator(address)
        page = one.joined()
        (item,) = set(re.findall(r'id="instance_id"[^>]*value="(pairs-\d)"', page))
        shown = of(page, "text-content")
        assert "我在五月丢了工作。" in shown
        assert "&lt;b&gt;really&lt;/b&gt; &amp; &lt;script&gt;" in shown  # text, never markup
        good, bad = shown.index("That must have hurt"), shown.index("You will find")
        assert (good < bad) == (truth[item] == "chosen")
        assert all(each in page for each in words)
        one.choose(item, "preferred", "first")
        for path in ("/truth.jsonl", "/data/items.json"):
            with pytest.raises(URLError):
                one.ask(path)
        kept = json.loads((project / "annotation_output" / "one@example.org" / "user_state.json").read_text(encoding="utf-8"))
    assert kept["instance_id_to_label_to_value"][item] == [[{"schema": "preferred", "name": "first"}, "first"]]


def test_conversations_are_shown(tmp_path: Path) -> None:
    scenario = dialogym.SeatEnv("EmotionalSupport-v0").scenario
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, seed) for seed in range(2)]
    talked = [Episode(start.condition, converse(start, agents).dialogue, source=f"p{n}") for n, start in enumerate(starts)]
    episodes.save(tmp_path / "people.jsonl", scenario, talked)
    project = exported(tmp_path, "authorship", authorship={"human": "people.jsonl", "count": 2}, languages=["en"])
    with potato(project) as address:
        page = Annotator(address).joined()
    assert "Cannot tell" in page
    assert f"<p>{scenario.interactive}: " in page
    assert f"<p>{scenario.user}: <strong>" in page
