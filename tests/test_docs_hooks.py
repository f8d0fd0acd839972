"""What website/hooks.py does to every page, without building the site."""

from __future__ import annotations

import hooks
import pytest


def test_the_package_is_linked_before_mkdocstrings_looks_for_it() -> None:
    """In a fresh clone build/named is not there, and a path that is not there is left out of the search for sources."""
    assert hooks.on_config.mkdocs_priority > 0


@pytest.mark.parametrize(("cell", "marked"), [
    ("<td>0.2</td>", "<td>0.2</td>"),
    ("<td>+0.19 [+0.14, +0.26]</td>", '<td>+0.19 <span class="whole">[+0.14, +0.26]</span></td>'),
    ('<td style="x">5% [-1%, 6%]</td>', '<td style="x">5% <span class="whole">[-1%, 6%]</span></td>'),
    ("<td>what a persona carries</td>", '<td class="words">what a persona carries</td>'),
    ("<td><code>sample, greedy</code></td>", "<td><code>sample, greedy</code></td>"),
    ("<p>[0.1, 0.2] -- so</p>", "<p>[0.1, 0.2] -- so</p>"),
    ("<code>bench --max-new-tokens 3</code>", '<code>bench <span class="whole">--max-new-tokens</span> 3</code>'),
])
def test_the_style_sheet_is_told_what_is_what(cell: str, marked: str) -> None:
    assert hooks.on_page_content(cell, page=None, config=None, files=None) == marked
