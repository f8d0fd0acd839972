"""A page as a tree of elements, to be asked what stands where."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Reader(HTMLParser):
    """A tag that is closed out of order is an AssertionError."""

    def __init__(self) -> None:
        super().__init__()
        self.builder, self.open = TreeBuilder(), [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        if len(self.open) > 1:
            self.builder.data(data)


def outline(page: str) -> Element:
    """The root element of a well-formed page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [""]
    return reader.builder.close()


def text(element: Element) -> str:
    """All text in an element, as it is written."""
    return "".join(element.itertext())


def styled(element: Element, *wanted: str) -> list[Element]:
    """What is in an element and has all these classes, in order."""
    return [each for each in element.iter() if set(wanted) <= set(each.get("class", "").split())]


def section(page: Element, heading: str) -> Element | None:
    """The section under a heading; None where there is none."""
    return next((each for each in page.iter("section") if (head := each.find("h2")) is not None and head.text == heading), None)
