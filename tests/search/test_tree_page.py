"""The page of a search tree: what it embeds, what it refuses, and, in a real browser where there is one, what it does."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Position
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Tree, run
from dialogym.search.tree import TREE_VERSION
from dialogym.search.tree_page import tree_page
from tests.toy import Thinking, cast

HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'><!-- \u2028 {{title}} \ud83d"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def searched(position: Position, **options: Any) -> Tree:
    return run(IxMCTS(**options), [position], cast(position.scenario))[0]


def real() -> Tree:
    return searched(Position.start(Persuasion(), 4), width=2, keep=3)


def grown(parent: list[int]) -> dict[str, Any]:
    """A well-formed tree of any shape; every other leaf has finished."""
    count = len(parent)
    tree = searched(Position.start(Thinking(), 0), width=1, iterations=1).to_json()
    tree |= {name: [0] * count for name in ("index", "answer", "depth", "visits", "completions", "score", "level",
                                            "total_reward", "completed_reward", "completed_square")}
    tree |= {"parent": parent, "over": [False] * count, "pruned": [False] * count, "earlier": {},
             "model": [None, *(f"Reply {node}." for node in range(1, count))], "model_state": [""] * count,
             "user": [None, *(f"Answer {node}." for node in range(1, count))], "user_state": [""] * count}
    inner, born = set(parent), dict.fromkeys(range(count), 0)
    for node in range(1, count):
        tree["depth"][node] = tree["depth"][parent[node]] + 1
        tree["index"][node] = born[parent[node]]
        born[parent[node]] += 1
        tree["over"][node] = node not in inner and node % 2 == 0
        reward, up = node % 5 / 4, node
        while up >= 0:
            tree["visits"][up] += 1
            for name, gain in (("completions", 1), ("completed_reward", reward), ("total_reward", reward),
                               ("completed_square", reward**2)):
                tree[name][up] += gain * tree["over"][node]
            up = parent[up]
    return tree


@cache
def five_thousand() -> dict[str, Any]:
    """5,000 nodes 25 deep: of each depth about 70 nodes have three children, as under e = 3, K = 70."""
    parent, level = [-1], [0]
    while len(parent) < 5_000:
        born = [node for node in level[::max(1, len(level) // 70)] for _ in range(3)]
        level = list(range(len(parent), len(parent) + len(born)))
        parent += born
    return grown(parent[:5_000])


def embedded(page: str) -> Any:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(data)


def test_the_page_holds_the_tree_and_the_pairs() -> None:
    tree = real().to_json()
    page = tree_page(tree, [(1, 2), (4, 3)], title="A <tree> & {{data}}", seats=("persuader", "persuadee"))
    assert embedded(page) == {"tree": json.loads(json.dumps(tree)), "pairs": [[1, 2], [4, 3]],
                              "seats": ["persuader", "persuadee"]}
    assert page.count("A &lt;tree&gt; &amp; {{data}}") == 2


def test_the_page_loads_nothing() -> None:
    page = tree_page(real().to_json(), title="Tree")
    assert not re.search(r"https?:|url\(|@import|<link|<base|<iframe|\b(src|href)\s*=|fetch\(|XMLHttpRequest", page)
    assert "default-src 'none'" in page


def test_what_models_said_stays_data() -> None:
    plain, hostile = real().to_json(), real().to_json()
    for name in ("model", "user", "model_state", "user_state"):
        hostile[name] = [None if text is None else HOSTILE for text in hostile[name]]
    hostile["root"]["dialogue"] = [["persuader", HOSTILE, HOSTILE]]
    page = tree_page(hostile, title="Tree")
    assert embedded(page)["tree"] == hostile
    assert page.count("<") == tree_page(plain, title="Tree").count("<")
    assert "\u2028" not in page
    page.encode()  # the lone surrogate too


@pytest.mark.parametrize(("change", "named"), [
    (lambda tree: tree.update(tree=1), "version 1,"),
    (lambda tree: tree.pop("tree"), "version None"),
    (lambda tree: tree.pop("completed_square"), "'completed_square'"),
    (lambda tree: tree["user"].pop(), "'user' has"),
    (lambda tree: tree["visits"].__setitem__(3, "many"), "'visits' of int"),
    (lambda tree: tree["parent"].__setitem__(2, 5), "Node 2 has the parent 5"),
    (lambda tree: tree["parent"].__setitem__(0, 0), "Node 0 has the parent 0"),
    (lambda tree: tree["score"].__setitem__(1, float("-inf")), "finite"),
    (lambda tree: tree["root"].pop("dialogue"), "'root'"),
    (lambda tree: tree.pop("earlier"), "'earlier'"),
])  # fmt: skip
def test_a_malformed_tree_is_refused_by_name(change: Callable[[dict[str, Any]], None], named: str) -> None:
    tree = json.loads(json.dumps(real().to_json()))
    tree_page(tree, title="Tree")
    change(tree)
    with pytest.raises(InvalidConfig, match=named):
        tree_page(tree, title="Tree")


@pytest.mark.parametrize("pair", [(0, 1), (1, 1), (1, 10_000), (-1, 2)])
def test_a_pair_of_no_two_replies_is_refused(pair: Any) -> None:
    with pytest.raises(InvalidConfig, match=re.escape(str(pair))):
        tree_page(real().to_json(), [pair], title="Tree")


# -- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip("there is no Chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a tree's page from a file; whatever the page complains of fails the test."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_(tree: dict[str, Any], *pairs: tuple[int, int], at: str = "") -> Any:
        file = tmp_path / "tree.html"
        file.write_text(tree_page(tree, pairs, title="Tree", seats=("persuader", "persuadee")), encoding="utf-8")
        page.goto(file.as_uri() + at)
        page.wait_for_function("document.documentElement.dataset.ready")
        return page

    yield open_
    page.close()
    assert complaints == []


def path_to(tree: dict[str, Any], node: int) -> list[int]:
    path = []
    while node >= 0:
        path.insert(0, node)
        node = tree["parent"][node]
    return path


def point(page: Any, node: int) -> tuple[float, float]:
    """Where a node stands in the window."""
    box = page.locator("canvas").bounding_box()
    return box["x"] + page.evaluate(f"X({node})"), box["y"] + page.evaluate(f"Y({node})")


def test_five_thousand_nodes_are_there_within_two_seconds(opened: Callable[..., Any]) -> None:
    tree = five_thousand()
    assert max(tree["depth"]) == 25
    page = opened(tree, (2, 3))
    assert float(page.evaluate("document.documentElement.dataset.ready")) < 2_000
    assert 50 < page.evaluate("shown.length") < 300
    took = page.evaluate("""async () => {
        const took = [];
        for (const act of [() => $("all").click(), () => fold(1), () => fold(1), () => find("reply 4"), () => zoom(2)]) {
            const begun = performance.now();
            act();
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            took.push(performance.now() - begun);
        }
        return took;
    }""")
    assert page.evaluate("shown.length") == len(tree["parent"])
    assert max(took) < 2_000


def test_a_click_shows_the_dialogue_and_enter_folds(opened: Callable[..., Any]) -> None:
    tree = five_thousand()
    page = opened(tree)
    node = page.evaluate("shown.findLast((v) => depth[v] === 3 && !folded[v] && kids[v].length)")
    page.mouse.click(*point(page, node))
    assert page.locator("#name").inner_text().startswith(f"Node {node}")
    shown = page.locator("#talk ol").inner_text()
    said = [words for up in path_to(tree, node)[1:] for words in (f"Reply {up}.", f"Answer {up}.")]
    assert [line for line in shown.splitlines() if line in said] == said
    before = page.evaluate("shown.length")
    page.keyboard.press("Enter")
    folded = page.evaluate("shown.length")
    assert folded < before
    page.mouse.dblclick(*point(page, node))
    assert page.evaluate("shown.length") > folded
    page.evaluate(f"fold({tree['parent'][node]})")
    assert page.evaluate("at") == tree["parent"][node]  # what is selected is never out of sight


def test_the_keyboard_goes_everywhere(opened: Callable[..., Any]) -> None:
    page = opened(five_thousand(), at="#2")
    for key, node in (("ArrowUp", 1), ("ArrowDown", 2), ("ArrowLeft", 0), ("ArrowRight", 1), ("ArrowRight", 4)):
        page.keyboard.press(key)
        assert page.evaluate("at") == node
    column = page.evaluate("view.column")
    page.keyboard.press("+")
    assert page.evaluate("view.column") > column
    page.keyboard.press("f")
    assert page.evaluate("view.column") == column
    page.keyboard.press("/")
    page.keyboard.type("f+-")
    assert page.input_value("#query") == "f+-"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("aNSWER 4999.")
    assert page.locator("#found").inner_text() == "1 found"
    page.keyboard.press("Enter")
    assert page.evaluate("at") == 4999
    assert page.evaluate("visible(4999)")
    assert page.url.endswith("#4999")


def test_the_mouse_pans_zooms_and_tells(opened: Callable[..., Any]) -> None:
    page = opened(five_thousand(), at="#2")
    x, y = point(page, 1)
    page.mouse.move(x, y)
    assert "Reply 1." in page.locator("#tip").inner_text()
    page.mouse.down()
    page.mouse.move(x + 30, y + 40)
    page.mouse.up()
    assert point(page, 1) == pytest.approx((x + 30, y + 40))
    column = page.evaluate("view.column")
    page.mouse.wheel(0, -100)
    page.wait_for_function(f"view.column > {column}")
    assert point(page, 1) == pytest.approx((x + 30, y + 40), abs=1)  # what is under the pointer stays there
    assert page.evaluate("at") == 2


def test_states_are_folded_away_and_a_closing_question_is_told(opened: Callable[..., Any]) -> None:
    tree = grown([-1, 0])
    tree |= {"model_state": ["", "I must be brief."], "earlier": {"1": [["Not yet.", "I waver."]]}}
    talk = opened(tree, at="#1").locator("#talk")
    shown = [line for line in talk.inner_text().splitlines() if line][-10:]
    assert shown == ["persuader", "Reply 1.", "private state of the persuader",
                     "persuadee", "Not yet.", "private state of the persuadee",
                     "persuader", "asks the closing question", "persuadee", "Answer 1."]
    talk.get_by_text("private state of the persuadee").click()
    assert "I waver." in talk.inner_text()


def test_numbers_are_those_of_the_tree(opened: Callable[..., Any]) -> None:
    tree = searched(Position.start(Persuasion(), 8), width=2, keep=3)
    assert 0 < tree.error(1) < 1
    page = opened(tree.to_json())
    assert page.evaluate("value") == pytest.approx([tree.value(node) for node in range(len(tree))])
    assert page.evaluate("error") == pytest.approx([tree.error(node) for node in range(len(tree))], abs=1e-6)
    page.evaluate("select(1)")
    assert page.locator("#values").inner_text().split("\n")[:2] == ["value", f"{tree.value(1):.2f} ± {tree.error(1):.2f}"]


def test_pairs_lead_to_their_replies(opened: Callable[..., Any]) -> None:
    page = opened(five_thousand(), (2, 3), (4998, 4999))
    assert not page.evaluate("visible(4998)")
    page.click("#tab-pairs")
    cards = page.locator("#listed button")
    assert cards.count() == 2
    assert "Reply 4998." in cards.nth(1).inner_text()
    cards.nth(1).click()
    assert page.evaluate("[at, visible(4998), visible(4999)]") == [4998, True, True]


def test_an_address_of_a_chosen_reply_shows_its_pair(opened: Callable[..., Any]) -> None:
    tree = five_thousand()
    good, bad, *_ = (node for node, parent in enumerate(tree["parent"]) if parent == tree["parent"][4990])
    page = opened(tree, (2, 3), (good, bad), at=f"#{good}")
    assert page.evaluate(f"[at, pair, visible({good}), visible({bad})]") == [good, 1, True, True]
    assert opened(tree, (2, 3), at="#4").evaluate("[at, pair]") == [4, -1]


def test_answers_to_one_utterance_are_a_choice(opened: Callable[..., Any]) -> None:
    tree = searched(Position.start(Thinking(), 0), width=2, answers=3, depth=2)
    page = opened(tree.to_json(), at="#1")
    assert page.evaluate("mates(1)") == tree.choices(0)[0] == [1, 2, 3]
    assert "3 answers to this utterance" in page.locator("#talk").inner_text()
    assert "2 replies were tried" in page.locator("#talk").inner_text()


def test_hostile_words_are_shown_and_do_nothing(opened: Callable[..., Any]) -> None:
    tree = grown([-1, 0, 0])
    tree["model"][1] = tree["user_state"][1] = HOSTILE
    page = opened(tree, (1, 2), at="#1")
    page.click("#tab-pairs")
    page.click("#tab-dialogue")
    assert "<img src=x onerror='window.broken = 1'>" in page.locator("#talk ol").inner_text()
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("window.broken") is None


def test_rows_never_overlap_and_parents_stand_amid_their_children(opened: Callable[..., Any]) -> None:
    draw = random.Random(0)
    for count in (1, 2, 40, 400):
        parent = [-1, *(draw.randrange(max(0, node - 30), node) for node in range(1, count))]
        tree = grown(parent)
        page = opened(tree)
        for share in (0.0, 0.1, 0.4):
            folds = [int(draw.random() < share) for _ in parent]
            shown, y, kids = page.evaluate("(folds) => { folded.set(folds); layout(); return [shown, [...y], kids]; }", folds)
            columns: dict[int, list[float]] = {}
            for node in sorted(shown, key=lambda v: page_order(tree, v)):
                columns.setdefault(tree["depth"][node], []).append(y[node])
            assert all(low - high > 0.999 for column in columns.values() for high, low in pairwise(column))
            assert set(shown) == {v for v in range(count) if not any(folds[up] for up in path_to(tree, v)[:-1])}
            for node in shown:
                if kids[node] and not folds[node]:
                    assert y[node] == pytest.approx((y[kids[node][0]] + y[kids[node][-1]]) / 2)


def page_order(tree: dict[str, Any], node: int) -> list[int]:
    """Sorts the nodes of a depth from the top of the page down."""
    return [tree["index"][up] for up in path_to(tree, node)]


BREAKERS = st.lists(st.sampled_from([
    "</script>", "<!--", "<script>", "-->", "]]>", "{{data}}", "{{title}}", "&", "\"", "'", "\\", "\u2028", "</SCRIPT ",
    "\ud800", "hello", "<img src=x onerror=alert(1)>", "${x}", "`"]), max_size=6).map("".join)


@settings(max_examples=60, deadline=None)
@given(BREAKERS, BREAKERS, BREAKERS, BREAKERS)
def test_nothing_said_leaves_its_script(model: str, user: str, title: str, seat: str) -> None:
    """The page has as many elements as that of a harmless tree, and its data are read back as they were."""
    def page(*words: str) -> tuple[list[str], str]:
        tree = {"tree": TREE_VERSION, "root": {"dialogue": [["persuader", words[0], words[1]]]}, "earlier": {},
                **{name: [0] for name in ("index", "answer", "depth", "visits", "completions", "total_reward", "score", "level",
                                          "completed_reward", "completed_square")},
                "parent": [-1], "model": [words[0]], "user": [words[1]], "model_state": [words[0]], "user_state": [words[1]],
                "over": [True], "pruned": [False]}
        seen: list[str] = []
        data: list[str] = []

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: object) -> None:
                seen.append(tag)

            def handle_data(self, text: str) -> None:
                if seen and seen[-1] == "script" and text.lstrip().startswith('{"tree"'):
                    data.append(text)

        Reader().feed(tree_page(tree, title=words[2], seats=(words[3], "user")))
        assert json.loads("".join(data))["tree"] == tree
        return seen, "".join(data)

    assert page(model, user, title, seat)[0] == page("a", "b", "c", "d")[0]
