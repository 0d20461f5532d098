"""Whatever a tenant, a template or a user's name says, a mail has the headers we gave it and one recipient."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.outbound.letters import Letter, write
from sekisho.outbound.mail import Mail, MailFailed, MailProblem

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OURS = ["content-transfer-encoding", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"]

#: What is worth trying between ordinary characters.
BREAKS = ("\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\ud800", "\r\n.\r\n", "\r\n\r\n<p>", "=0D=0A")
MEANINGFUL = (
    "Bcc: eve@example.com",
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "<",
    ">",
    ",",
    ";",
    ":",
    '"',
    "\\",
    "(",
    "@",
    " ",
    ".",
)
spices = st.sampled_from((*BREAKS, *MEANINGFUL, "あ", "😀"))
texts = st.lists(spices | st.text(max_size=8), max_size=8).map("".join)


@settings(max_examples=150, deadline=None)
@given(name=texts, subject=texts, content=texts, reply_name=texts, header=texts, is_html=st.booleans())
def test_texts_stay_texts(
    name: str, subject: str, content: str, reply_name: str, header: str, *, is_html: bool
) -> None:
    letter = write(
        Mail(
            to="ada@example.com",
            sender=f"{name} <no-reply@example.com>",
            subject=subject,
            content=content,
            is_html=is_html,
            reply_to=f"{reply_name} <help@example.com>",
            headers={"X-Name": [header]},
        ),
        now=NOW,
    )

    assert (letter.sender, letter.recipient) == ("no-reply@example.com", "ada@example.com")
    check(letter, named=[*OURS, "reply-to", "x-name"])
    message = message_from_bytes(letter.content, policy=compat32)
    assert message["from"].endswith("<no-reply@example.com>") or message["from"] == "no-reply@example.com"
    assert message["from"].count("@example.com>") <= 1 + name.count("@example.com>")


@settings(max_examples=150, deadline=None)
@given(to=texts | st.emails(), sender=texts | st.emails())
def test_an_address_is_one_or_none(to: str, sender: str) -> None:
    mail = Mail(to=to, sender=sender, subject="Hello", content="Hello", is_html=False)
    try:
        letter = write(mail, now=NOW)
    except MailFailed as failed:
        assert failed.problem is MailProblem.ADDRESS  # noqa: PT017 — either is right
        return
    check(letter, named=OURS)
    for address in (letter.sender, letter.recipient):
        assert address.isascii()
        assert address.count("@") == 1
        assert not set(address) & set(' \r\n<>,;:"\\()[]\0')


def check(letter: Letter, *, named: list[str]) -> None:
    """The content is ASCII in lines of mail, and has these headers, each once."""
    assert letter.content.isascii()
    assert b"\0" not in letter.content
    lines = letter.content.split(b"\r\n")
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in lines)
    head = letter.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    assert sorted(line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n")) == sorted(named)
