"""The documentation site: built strictly, whole within itself, and nothing on it is fetched from anywhere else."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = {"img": ("src", "srcset"), "script": ("src",), "link": ("href",), "source": ("src", "srcset"), "iframe": ("src",),
          "video": ("src",), "audio": ("src",), "object": ("data",)}
"""What a browser fetches by itself, by tag."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


class Seen(HTMLParser):
    """What a page fetches, where it leads, and the places in it."""

    def __init__(self) -> None:
        super().__init__()
        self.assets: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.assets += [given[name] for name in ASSETS.get(tag, ()) if name in given]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


@cache
def read(path: Path) -> Seen:
    seen = Seen()
    seen.feed(path.read_text(encoding="utf-8"))
    return seen


def pages(site: Path) -> list[Path]:
    return sorted(page for page in site.rglob("*.html") if page.name != "404.html")  # 404's links are from the root


def lost(page: Path, link: str) -> bool:
    """Whether a link within the site leads nowhere."""
    parts = urlsplit(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    return not target.is_file() or (bool(parts.fragment) and target.suffix == ".html"
                                    and unquote(parts.fragment) not in read(target).ids)


def test_no_asset_is_of_another_host(site: Path) -> None:
    found = [(page.name, asset) for page in pages(site) for asset in read(page).assets if urlsplit(asset).netloc]
    assert found == []
    styles = [sheet.name for sheet in site.rglob("*.css") if re.search(r"url\(['\"]?(?:https?:)?//", sheet.read_text("utf-8"))]
    assert styles == []


def test_every_asset_is_there(site: Path) -> None:
    found = [(page.name, asset) for page in pages(site) for asset in read(page).assets
             if not asset.startswith("data:") and lost(page, asset)]
    assert found == []


def test_every_link_leads_somewhere(site: Path) -> None:
    found = [(page.relative_to(site).as_posix(), link) for page in pages(site) for link in read(page).links
             if not urlsplit(link).scheme and lost(page, link)]
    assert found == []


def test_a_dead_link_is_caught(site: Path) -> None:
    page = site / "index.html"
    assert lost(page, "nowhere.html")
    assert lost(page, "benchmark.html#nowhere")
    assert not lost(page, "benchmark.html#the-ladder")


def test_every_page_is_in_the_navigation(site: Path) -> None:
    linked = {(site / unquote(urlsplit(link).path)).resolve() for link in read(site / "index.html").links
              if not urlsplit(link).scheme}
    assert [page.name for page in pages(site) if page.resolve() not in linked | {(site / "index.html").resolve()}] == []


def test_no_mark_is_left(site: Path) -> None:
    assert [page.name for page in pages(site) if "site: " in re.sub(r"<code.*?</code>", "", page.read_text("utf-8"), flags=re.S)
            and "<!-- site:" in page.read_text("utf-8")] == []


def test_llms_txt_lists_every_page(site: Path) -> None:
    text = (site / "llms.txt").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", text, re.MULTILINE)
    assert text.startswith("# dialogym\n\n> ")
    assert len(listed) == len(set(listed)) == len(pages(site))
    assert all((site / name).is_file() for name in listed)


def test_every_public_name_has_a_place(site: Path) -> None:
    import dialogym

    ids = read(site / "api" / "dialogym.html").ids
    missing = [name for name in dialogym.__all__ if not any(place.endswith(f".{name}") for place in ids)]
    assert missing == []
