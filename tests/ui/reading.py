"""Reads a rendered page strictly: what is never closed, closed twice or named twice is an error."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})
#: Shapes inside an SVG close themselves.
SHAPES = frozenset({"circle", "path", "rect"})


@dataclass
class Element:
    """A start tag, with the text below it."""

    tag: str
    attributes: dict[str, str | None]
    inside: tuple["Element", ...]
    text: str = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def within(self, tag: str) -> bool:
        return any(element.tag == tag for element in self.inside)


@dataclass
class Document(HTMLParser):
    """The elements of a page, in order, and what is wrong with their nesting."""

    source: str
    elements: list[Element] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()
        self.mistakes += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.mistakes += [
            f"{name} twice in <{tag}>" for name, times in Counter(n for n, _ in attrs).items() if times > 1
        ]
        element = Element(tag=tag, attributes=dict(attrs), inside=tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        if tag in {"div", "dl", "form", "h1", "h2", "h3", "ol", "p", "section", "table", "ul"} and element.within("p"):
            self.mistakes.append(f"<{tag}> inside <p>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SHAPES:
            self.mistakes.append(f"<{tag}/>")
        self.elements.append(Element(tag=tag, attributes=dict(attrs), inside=tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.mistakes.append(f"</{tag}> closes <{self._open[-1].tag if self._open else '?'}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str) -> Element:
        (element,) = self.all(tag)
        return element
