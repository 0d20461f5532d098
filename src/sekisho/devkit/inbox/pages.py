"""What the inbox says: one frozen dataclass per template."""

from dataclasses import dataclass
from typing import ClassVar

from sekisho.devkit.inbox.letters import Kind, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The mail server: where it is, and whether it could be."""

    host: str
    port: str
    is_listening: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLetter:
    """A message in the list; `at` is when it came, as people read it and as machines do."""

    url: str
    kind: Kind
    to: str
    subject: str | None
    words: str
    code: str | None
    at: str
    at_exactly: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """`/dev/inbox`: the newest messages."""

    template: ClassVar[str] = "devkit/inbox.html"
    url: str
    letters: tuple[ListedLetter, ...]
    most_kept: str
    listening: Listening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """One message; `html_url` is where its HTML is shown apart from everything else."""

    template: ClassVar[str] = "devkit/inbox_letter.html"
    inbox_url: str
    kind: Kind
    way: Way
    to: str
    sender: str | None
    subject: str | None
    at: str
    code: str | None
    links: tuple[str, ...]
    text: str | None
    html_url: str | None
