"""Mail through real servers on loopback: encrypted and not, signed in and not, and everything that goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.certificates import authority, certificate, server_context
from tests.support.mail_servers import MailBox, mail_server, scripted_server

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.secret import Secret
from sekisho.outbound.guard import Guard, Policy
from sekisho.outbound.mail import (
    Bearer,
    Encryption,
    Login,
    Mail,
    MailFailed,
    MailProblem,
    MailServer,
    Mechanism,
    Patience,
    TlsOptions,
)
from sekisho.outbound.mailer import Mailer

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HOST = "mail.example"
MAIL = Mail(
    to="ada@example.com",
    sender="Sekisho <no-reply@example.com>",
    subject="Your code",
    content="123456 is your code.\n.\nIt works for ten minutes.\n",
    is_html=False,
)
GOOD = Login(user="postmaster", password=Secret("correct horse"))
SHORT = timedelta(milliseconds=300)


class Book:
    """A resolver whose answers a test sets; counts how often it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {HOST: [["127.0.0.1"]], "inside.example": [["127.0.0.1"]]}
        self.asked = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 — the port does not matter here
        self.asked += 1
        try:
            answers = self.answers[host]
        except KeyError:
            raise OSError("unknown") from None
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def mailer(book: Book) -> Mailer:
    """Mails of a public installation that lists one host of its own network."""
    guard = Guard(Policy.of(endpoint="https://auth.example.com", allowed=[HOST]), resolver=book)
    return Mailer(guard, clock=ManualClock(NOW))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return certificate(tmp_path, HOST)


@pytest.fixture
def trusted(file: Path) -> TlsOptions:
    return TlsOptions(authorities=authority(file))


@pytest.fixture
async def box() -> AsyncIterator[MailBox]:
    async with mail_server() as box:
        yield box


def at(port: int, *, encryption: Encryption = Encryption.IF_OFFERED, tls: TlsOptions | None = None) -> MailServer:
    return MailServer(
        host=HOST, port=port, encryption=encryption, credentials=GOOD, tls=tls or TlsOptions(), own_name="us.example"
    )


async def problem_of(mailer: Mailer, server: MailServer, mail: Mail = MAIL) -> MailFailed:
    with pytest.raises(MailFailed) as failed:
        await mailer.send(mail, server=server)
    return failed.value


async def test_a_mail_arrives_as_it_was_written(mailer: Mailer, box: MailBox) -> None:
    await mailer.send(MAIL, server=at(box.port))

    [received] = box.mails
    assert (received.sender, received.recipients) == ("no-reply@example.com", ["ada@example.com"])
    assert (received.own_name, received.was_encrypted, received.signed_in) == ("us.example", False, False)
    message = received.message
    assert str(message["From"]) == "Sekisho <no-reply@example.com>"
    assert message["Date"].datetime == NOW
    assert message.get_content_type() == "text/plain"
    assert received.text.replace("\r\n", "\n") == MAIL.content


async def test_html_stays_html_in_every_language(mailer: Mailer, box: MailBox) -> None:
    content = "<p>確認コードは <b>123456</b> です。</p>" + "あ" * 2000
    mail = replace(MAIL, subject="確認コードのお知らせ" * 12, content=content, is_html=True, sender="関所 <no@例え.jp>")
    await mailer.send(mail, server=at(box.port))

    message = box.mails[0].message
    assert message.get_content_type() == "text/html"
    assert str(message.get_content()).rstrip("\r\n") == content
    assert message["Subject"] == mail.subject
    assert str(message["From"]) == "関所 <no@xn--r8jz45g.jp>"
    assert box.mails[0].content.isascii()
    assert max(len(line) for line in box.mails[0].content.splitlines()) <= 998


async def test_the_answer_address_and_further_headers_are_sent(mailer: Mailer, box: MailBox) -> None:
    headers = {"X-Campaign": ["codes"], "X-Tag": ["one", "二"], "Subject": ["not this"], "Bcc": ["eve@example.com"]}
    await mailer.send(replace(MAIL, reply_to="Help <help@example.com>", headers=headers), server=at(box.port))

    received = box.mails[0]
    assert received.message["Reply-To"] == "Help <help@example.com>"
    assert received.message["X-Campaign"] == "codes"
    assert received.message.get_all("X-Tag") == ["one", "二"]
    assert received.message.get_all("Subject") == ["Your code"]
    assert received.recipients == ["ada@example.com"]
    assert "Bcc" not in received.message


BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "=?utf-8?q?=0D=0A?="]


@pytest.mark.parametrize("gap", BREAKS, ids=[gap.encode("unicode_escape").decode() for gap in BREAKS])
async def test_no_text_brings_a_header_of_its_own(mailer: Mailer, box: MailBox, gap: str) -> None:
    evil = f"hello{gap}Bcc: eve@example.com{gap}{gap}<script>"
    mail = replace(
        MAIL,
        subject=evil,
        sender=f'{evil}" <eve@example.com>, "Ada <no-reply@example.com>',
        reply_to=f"{evil} <help@example.com>",
        headers={"X-Name": [evil]},
    )
    await mailer.send(mail, server=at(box.port))

    [received] = box.mails
    assert received.recipients == ["ada@example.com"]
    assert received.sender == "no-reply@example.com"
    head = received.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    names = [line.partition(":")[0] for line in head.split("\r\n")]
    assert sorted(names) == sorted(
        [
            "Content-Type",
            "MIME-Version",
            "Content-Transfer-Encoding",
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Date",
            "X-Name",
            "Message-ID",
        ]
    )
    assert len(received.message["From"].addresses) == 1


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@example.com\r\nRCPT TO:<eve@example.com>",
        "ada@example.com>",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@exa mple.com",
        "ada@example.com SIZE=1",
        "あだ@example.com",
        f"{'a' * 65}@example.com",
        f"ada@{'example.' * 40}com",
        "ada@" + "x" * 64 + ".com",
        "a..b@example.com",
    ],
)
async def test_only_one_address_is_written_to(mailer: Mailer, box: MailBox, to: str) -> None:
    failed = await problem_of(mailer, at(box.port), replace(MAIL, to=to))

    assert failed.problem is MailProblem.ADDRESS
    assert box.mails == []


@pytest.mark.parametrize("name", ["X Name", "X:", "X\r\nBcc", "", "件名"])
async def test_a_header_needs_a_name_that_can_be_one(mailer: Mailer, box: MailBox, name: str) -> None:
    failed = await problem_of(mailer, at(box.port), replace(MAIL, headers={name: ["value"]}))

    assert failed.problem is MailProblem.HEADER


@pytest.mark.parametrize("content", ["x" * 1_100_000, "あ" * 400_000])
async def test_what_is_too_large_is_not_sent(mailer: Mailer, box: MailBox, content: str) -> None:
    failed = await problem_of(mailer, at(box.port), replace(MAIL, content=content))

    assert failed.problem is MailProblem.TOO_LARGE


# Encryption


async def test_starttls_is_used_where_it_is_offered(mailer: Mailer, file: Path, trusted: TlsOptions) -> None:
    async with mail_server(starttls=server_context(file)) as box:
        for encryption in (Encryption.IF_OFFERED, Encryption.REQUIRED):
            await mailer.send(MAIL, server=at(box.port, encryption=encryption, tls=trusted))
        await mailer.send(MAIL, server=at(box.port, encryption=Encryption.NEVER))

    assert [each.was_encrypted for each in box.mails] == [True, True, False]


async def test_tls_from_the_start(mailer: Mailer, file: Path, trusted: TlsOptions) -> None:
    async with mail_server(tls=server_context(file)) as box:
        await mailer.send(MAIL, server=at(box.port, encryption=Encryption.FROM_THE_START, tls=trusted))

    assert len(box.mails) == 1


async def test_without_the_encryption_that_is_required_nothing_is_said(mailer: Mailer) -> None:
    async with mail_server(asks_for_login=True) as box:
        failed = await problem_of(mailer, at(box.port, encryption=Encryption.REQUIRED))

    assert failed.problem is MailProblem.STARTTLS_MISSING
    assert (box.mechanisms, box.mails) == ([], [])


async def test_the_name_is_sent_and_checked_and_not_the_address(mailer: Mailer, tmp_path: Path) -> None:
    file = certificate(tmp_path, "other.example")
    context = server_context(file)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    options = TlsOptions(authorities=authority(file))
    async with mail_server(starttls=context) as box:
        failed = await problem_of(mailer, at(box.port, tls=options))
        await mailer.send(MAIL, server=at(box.port, tls=replace(options, name="other.example")))

    assert failed.problem is MailProblem.CERTIFICATE
    assert "mail.example" in failed.said
    assert asked == [HOST, "other.example"]


@pytest.mark.parametrize("is_expired", [False, True], ids=["unknown", "expired"])
@pytest.mark.parametrize("encryption", [Encryption.FROM_THE_START, Encryption.IF_OFFERED])
async def test_a_certificate_nobody_vouches_for_is_refused_unless_it_is_not_asked_for(
    mailer: Mailer, tmp_path: Path, encryption: Encryption, *, is_expired: bool
) -> None:
    file = certificate(tmp_path, HOST, is_expired=is_expired)
    at_once = encryption is Encryption.FROM_THE_START
    context = server_context(file)
    options = TlsOptions(authorities=authority(file)) if is_expired else TlsOptions()
    async with mail_server(tls=context if at_once else None, starttls=None if at_once else context) as box:
        failed = await problem_of(mailer, at(box.port, encryption=encryption, tls=options))
        await mailer.send(MAIL, server=at(box.port, encryption=encryption, tls=replace(options, verifies=False)))

    assert failed.problem is MailProblem.CERTIFICATE
    assert ("expired" if is_expired else "self-signed") in failed.said
    assert len(box.mails) == 1


async def test_options_of_tls_take_effect(mailer: Mailer, file: Path, trusted: TlsOptions) -> None:
    context = server_context(file, only="TLSv1.2")
    async with mail_server(starttls=context) as box:
        strict = await problem_of(mailer, at(box.port, tls=replace(trusted, minimum="TLSv1.3")))
        await mailer.send(MAIL, server=at(box.port, tls=replace(trusted, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")))

        await mailer.send(MAIL, server=at(box.port, tls=replace(trusted, maximum="TLSv1.2")))
    async with mail_server(starttls=server_context(file, only="TLSv1.3")) as modern:
        old = await problem_of(mailer, at(modern.port, tls=replace(trusted, maximum="TLSv1.2")))

    assert [strict.problem, old.problem] == [MailProblem.TLS_FAILED] * 2
    assert len(box.mails) == 2


@pytest.mark.parametrize(
    "tls",
    [
        TlsOptions(authorities="no certificate"),
        TlsOptions(minimum="SSLv3"),
        TlsOptions(maximum="TLSv1"),
        TlsOptions(ciphers="none of these"),
    ],
)
async def test_options_of_tls_that_mean_nothing_are_named(mailer: Mailer, box: MailBox, tls: TlsOptions) -> None:
    assert (await problem_of(mailer, at(box.port, tls=tls))).problem is MailProblem.SETTING


async def test_tls_on_a_plain_port_is_told(mailer: Mailer, box: MailBox) -> None:
    failed = await problem_of(mailer, at(box.port, encryption=Encryption.FROM_THE_START))

    assert failed.problem is MailProblem.TLS_NOT_SPOKEN


async def test_a_plain_call_to_a_port_of_tls_waits_for_a_greeting_in_vain(mailer: Mailer, file: Path) -> None:
    async with mail_server(tls=server_context(file)) as box:
        failed = await problem_of(mailer, replace(at(box.port), patience=Patience(greeting=SHORT)))

    assert failed.problem is MailProblem.NO_GREETING


# Signing in


@pytest.mark.parametrize(
    ("excluded", "mechanism", "used"),
    [
        ([], None, "PLAIN"),
        (["PLAIN"], None, "LOGIN"),
        ([], Mechanism.LOGIN, "LOGIN"),
    ],
)
async def test_a_login_uses_the_first_mechanism_that_both_have(
    mailer: Mailer, excluded: Sequence[str], mechanism: Mechanism | None, used: str
) -> None:
    box = MailBox(logins={b"postmaster": b"correct horse"})
    async with mail_server(asks_for_login=True, excluded=excluded, box=box):
        await mailer.send(MAIL, server=replace(at(box.port), credentials=replace(GOOD, mechanism=mechanism)))

    assert box.mechanisms == [used]
    assert box.mails[0].signed_in


async def test_an_access_token_signs_in(mailer: Mailer) -> None:
    box = MailBox(valid_tokens={"fresh"})
    async with mail_server(asks_for_login=True, box=box):
        for token in ("fresh", "stale"):
            server = replace(at(box.port), credentials=Bearer(user="postmaster", token=Secret(token)))
            if token == "fresh":
                await mailer.send(MAIL, server=server)
            else:
                assert (await problem_of(mailer, server)).problem is MailProblem.AUTH_REFUSED

    assert box.tokens == ["fresh", "stale"]


async def test_an_access_token_needs_a_server_that_takes_one(mailer: Mailer) -> None:
    async with mail_server(asks_for_login=True) as box:
        server = replace(at(box.port), credentials=Bearer(user="postmaster", token=Secret("fresh")))
        failed = await problem_of(mailer, server)

    assert (failed.problem, failed.said) == (MailProblem.MECHANISM_MISSING, "it offers LOGIN, PLAIN")


async def test_a_wrong_password_is_told_in_the_words_of_the_server(mailer: Mailer) -> None:
    async with mail_server(asks_for_login=True, box=MailBox(logins={})) as box:
        failed = await problem_of(mailer, at(box.port))

    assert failed.problem is MailProblem.AUTH_REFUSED
    assert failed.said.startswith("535 5.7.8")
    assert "horse" not in str(failed)


@pytest.mark.parametrize("login", [Login(user=None, password=None), replace(GOOD, password=None)])
async def test_a_login_that_is_asked_for_and_not_there_is_told(mailer: Mailer, login: Login) -> None:
    async with mail_server(asks_for_login=True) as box:
        failed = await problem_of(mailer, replace(at(box.port), credentials=login))

    assert failed.problem is MailProblem.CREDENTIALS_MISSING


async def test_a_server_that_asks_for_no_login_is_told_none(mailer: Mailer) -> None:
    async with mail_server() as box:
        await mailer.send(MAIL, server=at(box.port))

    assert (box.mechanisms, len(box.mails)) == ([], 1)


async def test_a_server_that_signs_nobody_in_without_encryption_says_so(mailer: Mailer, file: Path) -> None:
    async with mail_server(starttls=server_context(file), asks_for_login=True) as box:
        failed = await problem_of(mailer, at(box.port, encryption=Encryption.NEVER))

    assert failed.problem is MailProblem.AUTH_NEEDED


# Refusals of the server


@pytest.mark.parametrize(
    ("command", "answer", "problem"),
    [
        ("MAIL", "550 5.7.1 not your address", MailProblem.SENDER_REFUSED),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", MailProblem.ENCRYPTION_NEEDED),
        ("MAIL", "530 5.7.0 Authentication Required", MailProblem.AUTH_NEEDED),
        ("MAIL", "451 4.3.0 busy", MailProblem.TRY_LATER),
        ("RCPT", "550 5.1.1 no such mailbox", MailProblem.RECIPIENT_REFUSED),
        ("RCPT", "450 4.2.0 greylisted", MailProblem.TRY_LATER),
        ("DATA", "554 5.6.0 looks like spam", MailProblem.CONTENT_REFUSED),
        ("DATA", "452 4.3.1 full", MailProblem.TRY_LATER),
    ],
)
async def test_a_refusal_is_told_by_what_was_refused(
    mailer: Mailer, box: MailBox, command: str, answer: str, problem: MailProblem
) -> None:
    box.refusals[command] = answer
    failed = await problem_of(mailer, at(box.port))

    assert (failed.problem, failed.said) == (problem, answer)


EHLO = b"250-mail.example\r\n250 8BITMIME\r\n"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((b"554 no service here\r\n",), MailProblem.GREETED_WITH_REFUSAL),
        ((b"421 too many of you\r\n",), MailProblem.TRY_LATER),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), MailProblem.NOT_A_MAIL_SERVER),
        ((b"HTTP/1.1 400 Bad Request\r\n",), MailProblem.NOT_A_MAIL_SERVER),
        ((), MailProblem.DISCONNECTED),
        ((b"220 hello\r\n", b"501 5.5.4 no such name\r\n", b"501 5.5.4 no such name\r\n"), MailProblem.HELLO_REFUSED),
        ((b"220 hello\r\n", EHLO), MailProblem.DISCONNECTED),
        ((b"220 hello\r\n", b"250-" + b"x" * 100_000), MailProblem.NOT_A_MAIL_SERVER),
    ],
)
async def test_odd_servers_are_told_apart(mailer: Mailer, lines: Sequence[bytes], problem: MailProblem) -> None:
    async with scripted_server(*lines) as port:
        failed = await problem_of(mailer, at(port))

    assert failed.problem is problem
    assert len(failed.said) <= 300


async def test_what_another_service_says_is_not_passed_on(mailer: Mailer) -> None:
    async with scripted_server(b"secret: of some service in our network\r\n") as port:
        failed = await problem_of(mailer, at(port))

    assert "secret" not in str(failed)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((), MailProblem.NO_GREETING),
        ((b"220 hello\r\n",), MailProblem.NO_ANSWER),
        ((b"220 hello\r\n", EHLO), MailProblem.NO_ANSWER),
        ((b"220 hello\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"), MailProblem.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("is_patient", [True, False], ids=["all together", "one by one"])
async def test_a_server_that_falls_silent_is_left(
    book: Book, lines: Sequence[bytes], problem: MailProblem, *, is_patient: bool
) -> None:
    guard = Guard(Policy.of(endpoint=None, allowed=[]), resolver=book)
    mailer = Mailer(guard, clock=ManualClock(NOW), patience=SHORT if is_patient else timedelta(seconds=20))
    patience = Patience() if is_patient else Patience(greeting=SHORT, answer=SHORT)
    async with scripted_server(*lines, is_silent=True) as port, asyncio.timeout(5):
        failed = await problem_of(mailer, replace(at(port), patience=patience))

    assert failed.problem is problem


async def test_a_mail_that_was_taken_is_sent_whatever_happens_to_the_goodbye(mailer: Mailer) -> None:
    answers = (b"220 hello\r\n", EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b"250 kept\r\n")
    async with scripted_server(*answers, is_silent=True) as port:
        await mailer.send(MAIL, server=at(port))


# Whom we call


async def test_our_own_network_is_closed(mailer: Mailer, box: MailBox) -> None:
    failed = await problem_of(mailer, replace(at(box.port), host="inside.example"))

    assert failed.problem is MailProblem.NOT_ALLOWED
    assert "OUTBOUND_ALLOW" in failed.said


async def test_a_name_is_looked_up_once_for_judging_and_connecting(mailer: Mailer, book: Book, box: MailBox) -> None:
    # A name that is harmless when it is judged and leads elsewhere when it is used (DNS rebinding).
    book.answers[HOST] = [["127.0.0.1"], ["169.254.169.254"]]
    await mailer.send(MAIL, server=at(box.port))

    assert book.asked == 1


async def test_an_unknown_name_is_told(mailer: Mailer) -> None:
    failed = await problem_of(mailer, replace(at(25), host="nowhere.example"))

    assert failed.problem is MailProblem.NAME_NOT_FOUND


async def test_a_look_up_that_does_not_end_is_left() -> None:
    class Slow(Book):
        async def resolve(self, host: str, port: int) -> Sequence[str]:
            await asyncio.sleep(60)
            return await super().resolve(host, port)

    mailer = Mailer(Guard(Policy.of(endpoint=None, allowed=[]), resolver=Slow()), clock=ManualClock(NOW))
    failed = await problem_of(mailer, replace(at(25), patience=Patience(look_up=SHORT)))

    assert failed.problem is MailProblem.NAME_NOT_FOUND


async def test_a_closed_port_is_told(mailer: Mailer) -> None:
    async with mail_server() as other:
        pass
    failed = await problem_of(mailer, at(other.port))

    assert failed.problem is MailProblem.CONNECTION_REFUSED


async def test_a_second_address_is_tried_after_the_first(mailer: Mailer, book: Book, box: MailBox) -> None:
    book.answers[HOST] = [["127.0.0.2", "127.0.0.1"]]
    await mailer.send(MAIL, server=at(box.port))

    assert len(box.mails) == 1


async def test_a_call_may_come_from_an_address_of_ours(mailer: Mailer, box: MailBox) -> None:
    await mailer.send(MAIL, server=replace(at(box.port), local_address="127.0.0.3"))

    assert box.mails[0].peer == "127.0.0.3"


@pytest.mark.parametrize(
    ("local_address", "problem"),
    [("eth0", MailProblem.SETTING), ("::1", MailProblem.UNREACHABLE), ("192.0.2.1", MailProblem.UNREACHABLE)],
)
async def test_an_address_that_is_not_ours_is_told(
    mailer: Mailer, box: MailBox, local_address: str, problem: MailProblem
) -> None:
    failed = await problem_of(mailer, replace(at(box.port), local_address=local_address))

    assert failed.problem is problem


@pytest.mark.parametrize("name", ["関所", "two words", "a\r\nMAIL FROM:<eve@example.com>", ""])
async def test_our_own_name_is_one_word_of_ascii(mailer: Mailer, box: MailBox, name: str) -> None:
    assert (await problem_of(mailer, replace(at(box.port), own_name=name))).problem is MailProblem.SETTING


async def test_a_machine_without_a_domain_gives_an_address(mailer: Mailer, box: MailBox) -> None:
    await mailer.send(MAIL, server=replace(at(box.port), own_name=None))

    assert box.mails[0].own_name
    assert "." in box.mails[0].own_name
