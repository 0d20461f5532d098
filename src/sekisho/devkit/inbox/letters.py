"""What was sent: the newest messages, in memory. Another start forgets them."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import unescape

from sekisho.kernel.clock import Clock

MOST_KEPT = 100
_LONGEST_PART = 256 * 1024
_LONGEST_LINE = 1000
_MOST_LINKS = 10
_CODE = re.compile(r"(?<![\w#.-])\d{6}(?![\w-])", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"'\\]+")
_UNSEEN = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_BLANK = re.compile(r"\s+")


class Kind(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Way(StrEnum):
    """How a message came here."""

    MAIL_SERVER = "mail_server"
    """Over SMTP, from whatever was pointed at the mail server."""
    NO_CONNECTOR = "no_connector"
    """In place of a connector that the tenant does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that arrives; an SMS has neither sender nor subject, and no HTML."""

    kind: Kind
    way: Way
    to: str
    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that was kept."""

    number: int
    received_at: datetime
    draft: Draft

    @property
    def words(self) -> str:
        """What it says, on one line."""
        return _BLANK.sub(" ", self.draft.text or unescape(_UNSEEN.sub(" ", self.draft.html))).strip()

    @property
    def code(self) -> str | None:
        """The code in it, if it has one."""
        found = _CODE.search(self.words) or _CODE.search(self.draft.subject)
        return found[0] if found else None

    @property
    def links(self) -> Sequence[str]:
        found = (each.rstrip(".,;:!?)") for each in _LINK.findall(self.draft.text or unescape(self.draft.html)))
        return list(dict.fromkeys(found))[:_MOST_LINKS]


class Inbox:
    """The newest messages of one process, whatever tenant they are of."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._letters: deque[Letter] = deque(maxlen=MOST_KEPT)
        self._count = 0

    def keep(self, draft: Draft) -> Letter:
        """Keep a message, shortened to what can be kept; the oldest one makes room."""
        self._count += 1
        kept = Draft(
            kind=draft.kind,
            way=draft.way,
            to=draft.to[:_LONGEST_LINE],
            sender=draft.sender[:_LONGEST_LINE],
            subject=draft.subject[:_LONGEST_LINE],
            text=draft.text[:_LONGEST_PART],
            html=draft.html[:_LONGEST_PART],
        )
        letter = Letter(number=self._count, received_at=self._clock.now(), draft=kept)
        self._letters.appendleft(letter)
        return letter

    def newest(self) -> Sequence[Letter]:
        """Return the messages, the newest first."""
        return list(self._letters)

    def find(self, number: int) -> Letter | None:
        return next((each for each in self._letters if each.number == number), None)
