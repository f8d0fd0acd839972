"""What MkDocs does for the site beyond its plugins: parts that the package knows, pages made of other files, llms.txt.

- `<!-- site: NAME ARGUMENT -->` in a page of docs/ is replaced by that part (`environments.PARTS`, `reference.PARTS`).
- CONTRIBUTING.md, CHANGELOG.md, the examples and the notebooks become pages; a link to one of these files leads to its page.
- Cells of tables say to docs/site.css whether they hold words; an interval or an option stays in one line.
- llms.txt at the root of the site lists every page with its first sentence; each page is there as Markdown, too.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "website"))

import environments  # noqa: E402 - beside this file
import reference  # noqa: E402

PARTS = {**environments.PARTS, **reference.PARTS}
OTHERS = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
          "examples": "examples/index.md"}
"""Files of the repository that are pages, by their place in it; `made` adds examples and notebooks."""

WIDE = {"leaderboard.md"}
"""Pages of wide tables, which take the room of the list of their headings."""

EXAMPLES = "Examples"
"""The section of the navigation that lists them."""

_MARK = re.compile(r"^<!-- site: (\w+) ?(.*?) -->$", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(#[^)\s]*)?(?=\))")
WHOLE = r'<span class="whole">\g<0></span>'
"""What is not broken into two lines."""
_CELL = re.compile(r"<td([^>]*)>(.*?)</td>", re.DOTALL)
_CODE = re.compile(r"<code[^>]*>.*?</code>", re.DOTALL)
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
_RANGE = re.compile(r"\[[-+−]?\$?[\d.]+%?, [-+−]?\$?[\d.]+%?\]")
_pages: dict[str, str] = {}
"""The Markdown of every page of this build, by its place in the site."""
_order: list[tuple[str, str]] = []
"""Section and place of every page, in the order of the navigation."""


@event_priority(100)  # before mkdocstrings, which leaves out a path that is not there yet, as in a fresh clone
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Shows the package to mkdocstrings under its name, whatever the checkout's folder is called; lists the examples."""
    reference.linked(ROOT)
    _pages.clear()
    for section in config.nav or ():
        if EXAMPLES in section:
            section[EXAMPLES] = ["examples/index.md", *({titled(name): name} for name in sorted(made(), key=notebooks_first)
                                                              if name.count("/"))]
    return config


def notebooks_first(name: str) -> tuple[bool, str]:
    """The order of the examples' pages."""
    return not name.startswith("notebooks/"), name


def titled(name: str) -> str:
    """What the navigation calls an example or a notebook, by its page."""
    words = Path(name).stem.replace("_", " ")
    return f"Notebook: {words}" if name.startswith("notebooks/") else words


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made of other files."""
    for name, text in made().items():
        files.append(File.generated(config, name, content=text))
    return files


def made() -> dict[str, str]:
    """The pages that are made of other files, by their place in docs/."""
    pages = {OTHERS[name]: (ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "CHANGELOG.md")}
    for path in sorted((ROOT / "examples").glob("*.py")):
        OTHERS[f"examples/{path.name}"] = f"examples/{path.stem}.md"
        title, rest = reference.example(path)
        pages[f"examples/{path.stem}.md"] = f"# {title}\n\n{rest}"
    for path in sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")):
        OTHERS[f"examples/notebooks/{path.name}"] = f"notebooks/{path.stem}.md"
        pages[f"notebooks/{path.stem}.md"] = notebook(path)
    return pages


def notebook(path: Path) -> str:
    """An executed notebook as a page: its words, its code, what the code printed or drew."""
    parts: list[str] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
        elif text:
            parts += [f"```python\n{text}\n```", *shown(cell["outputs"])]
    return "\n\n".join(parts)


def shown(outputs: list[dict[str, Any]]) -> list[str]:
    """The outputs of a cell: text as it is, pictures inside the page."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            picture = "".join(data["image/png"]).strip()
            found.append(f'<img alt="what the code above draws" src="data:image/png;base64,{picture}">')
        elif text := "".join(output.get("text", data.get("text/plain", ""))).rstrip():
            found.append(f"```text\n{text}\n```")
    return found


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
    """Remembers the order of the pages, for llms.txt."""
    _order[:] = [(page.ancestors[-1].title if page.ancestors else "", page.file.src_uri) for page in nav.pages]
    return nav


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Puts the parts in, and leads links to other files of the repository to their pages."""
    name = page.file.src_uri
    text = _MARK.sub(lambda mark: part(mark[1], mark[2], name), markdown)
    origin = f"docs/{name}" if (ROOT / "docs" / name).exists() else next(o for o, place in OTHERS.items() if place == name)
    text = _LINK.sub(lambda link: led(link[1], link[2] or "", origin, name), text)
    _pages[name] = text
    if name in WIDE:
        page.meta["hide"] = ["toc"]
    return text


def part(kind: str, argument: str, page: str) -> str:
    """A part of a page. Raises PluginError for one that there is not."""
    if kind not in PARTS:
        raise PluginError(f"{page} asks for the part {kind!r}; there are {sorted(PARTS)}.")
    return PARTS[kind](argument)


def led(target: str, anchor: str, origin: str, page: str) -> str:
    """A link as the site's page needs it.

    Args:
        target: where it leads, from the file that it stands in.
        anchor: of the place in it.
        origin: the file that it stands in, from the repository's root.
        page: the page that is made of the file, from docs/.

    Raises PluginError when it leads to a file of the repository that the site does not show.
    """
    place = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    if place in OTHERS:
        place = f"docs/{OTHERS[place]}"
    elif not place.startswith("docs/"):
        if (ROOT / place).exists():
            raise PluginError(f"{page} links to {place}, which is no page of the site; name it as code, or make it one.")
        return target + anchor  # inside a block of code, or for MkDocs to complain of
    return posixpath.relpath(place, posixpath.dirname(f"docs/{page}")) + anchor


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Marks what the style sheet lays out."""
    html = _CODE.sub(lambda code: _OPTION.sub(WHOLE, code[0]), html)
    return _CELL.sub(lambda cell: marked(cell[1], cell[2]), html)


def marked(attributes: str, inner: str) -> str:
    """A cell of a table: of class "words" where it holds more than a few, with every interval in one line."""
    words = ' class="words"' if len(re.sub(r"<[^>]+>", "", inner)) > 20 else ""
    return f"<td{attributes}{words}>{_RANGE.sub(WHOLE, inner)}</td>"


def on_post_build(*, config: MkDocsConfig) -> None:
    """Writes llms.txt and every page as Markdown beside it."""
    site = Path(config.site_dir)
    lines, section = [f"# {config.site_name}", "", f"> {config.site_description}", ""], ""
    for above, name in _order:
        text = re.sub(r"^::: (.+)$", r"- `\1`", _pages[name], flags=re.MULTILINE)
        (site / "md" / name).parent.mkdir(parents=True, exist_ok=True)
        (site / "md" / name).write_text(text, encoding="utf-8")
        if above != section:
            lines += ["", f"## {above or 'More'}", ""]
            section = above
        title, first = opening(text)
        lines.append(f"- [{title}](md/{name}){': ' + first if first else ''}")
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def opening(text: str) -> tuple[str, str]:
    """The title of a page and its first sentence, as plain text."""
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]
    words = next((block for block in blocks if re.match(r"[A-Z*`\w]", block) and not block.startswith("# ")), "")
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(words.split())).replace("**", "")
    return (title[1] if title else "").replace("`", ""), re.split(r"(?<=[.?!])(?<!al\.) ", plain)[0]
