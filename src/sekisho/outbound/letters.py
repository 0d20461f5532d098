"""Writes a mail as bytes: headers, addresses and content, in ASCII whatever they say.

Attack it stops: a name or a template variable that carries line breaks writes headers of its own, or a second address
(header injection). Every text becomes one line before it becomes a header, and a mailbox is always exactly one.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime

from sekisho.outbound.mail import Mail, MailFailed, MailProblem

_MOST_BYTES = 1024 * 1024
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254  # RFC 5321 §4.5.3.1
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_CONTENT = re.compile(r"[\x00\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|\r")
_ADDRESS = re.compile(r"([!#-'*+\-/-9=?A-Z^-~]+(?:\.[!#-'*+\-/-9=?A-Z^-~]+)*)@([^\s@<>()\[\],;:\\\"]+)")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,70}")  # RFC 5322 §2.2
_OURS = frozenset({"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "mime-version"})
_POLICY = compat32.clone(linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes over the wire: the envelope and its content."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    address: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Mailbox":
        """Read `address` or `Name <address>`; raises `MailFailed`."""
        line = one_line(text)
        name, bracket, address = line.rpartition("<")
        if not bracket or not line.endswith(">"):
            return cls(address=_address(line))
        return cls(address=_address(address[:-1].strip()), name=name.strip().strip('"').strip())

    def __str__(self) -> str:
        if not self.name:
            return self.address
        if is_plain(self.name):
            quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}" <{self.address}>'
        return f"{_encoded(self.name)} <{self.address}>"


def write(mail: Mail, *, now: datetime) -> Letter:
    """Write a mail; raises `MailFailed` for what cannot be a mail."""
    if len(mail.content) > _MOST_BYTES:
        raise MailFailed(MailProblem.TOO_LARGE, f"the content is longer than {_MOST_BYTES} characters")
    sender, recipient = Mailbox.parse(mail.sender), Mailbox(address=_address(mail.to))
    message = _content(mail)
    message["From"] = str(sender)
    message["To"] = str(recipient)
    if mail.reply_to:
        message["Reply-To"] = str(Mailbox.parse(mail.reply_to))
    message["Subject"] = header_text(mail.subject)
    message["Date"] = format_datetime(now)
    _add_headers(message, mail)
    if "Message-ID" not in message:
        message["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.address.rpartition('@')[2]}>"
    content = message.as_bytes(policy=_POLICY)
    if len(content) > _MOST_BYTES:
        raise MailFailed(MailProblem.TOO_LARGE, f"the mail is larger than {_MOST_BYTES} bytes")
    return Letter(sender=sender.address, recipient=recipient.address, content=content)


def one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def header_text(text: str) -> str:
    """Return a text as one header value in ASCII (RFC 2047)."""
    line = one_line(text)
    return line if is_plain(line) else _encoded(line)


def is_plain(line: str) -> bool:
    """Whether a line stands in a header as it is: ASCII that nobody would take for something encoded."""
    return line.isascii() and "=?" not in line


def _content(mail: Mail) -> Message:
    text = _NOT_IN_CONTENT.sub("", _LINE_ENDS.sub("\n", mail.content))
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return MIMEText(text, "html" if mail.is_html else "plain", charset)  # type: ignore[arg-type] # stubs want a name


def _add_headers(message: Message, mail: Mail) -> None:
    for name, values in mail.headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise MailFailed(MailProblem.HEADER, f"{one_line(name)[:70]} is no name of a header")
        if name.lower() in _OURS or name.lower().startswith("content-"):
            continue
        for value in values:
            message[name] = header_text(value)


def _address(text: str) -> str:
    """Check an address, its domain spelt in ASCII; raises `MailFailed`."""
    found = _ADDRESS.fullmatch(text)
    if found is None or len(found[1]) > _LONGEST_LOCAL_PART:
        raise MailFailed(MailProblem.ADDRESS, f"{one_line(text)[:_LONGEST_ADDRESS]} is no address mail can be sent to")
    address = f"{found[1]}@{_domain(found[2])}"
    if len(address) > _LONGEST_ADDRESS:
        raise MailFailed(MailProblem.ADDRESS, "an address is too long")
    return address


def _domain(name: str) -> str:
    """Spell a domain in ASCII (IDNA 2003); raises `MailFailed` for one that would become another."""
    no_domain = MailFailed(MailProblem.ADDRESS, f"{name[:_LONGEST_ADDRESS]} is no domain")
    try:
        spelt = name.encode("idna")
        meant = name if name.isascii() else spelt.decode("idna")
    except UnicodeError as error:
        raise no_domain from error
    # Attack: `straße.de` becomes `strasse.de`, whose owner gets the mail; and wide letters, of which there are
    # thousands of spellings of one domain, pass every list and limit that knows another one.
    if meant.encode().lower() != name.encode().lower():
        raise no_domain
    return spelt.decode()


def _encoded(line: str) -> str:
    # On one line: the generator folds, and every part is an encoded word by itself.
    return Header(line, "utf-8", maxlinelen=60).encode(linesep="\n").replace("\n", "")
