"""The inbox of a development server: what reaches it, what it shows, and that nobody can misuse it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.hosted.conftest import read
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.connectors.builtin.smtp.form import DEFAULT_TEMPLATES
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.kit.messages import Message, Template, TemplateType
from sekisho.connectors.models import FactoryId, NewConnector
from sekisho.devkit.inbox.letters import MOST_KEPT, Draft, Inbox, Kind, Way
from sekisho.devkit.inbox.mail_server import HOST, DevelopmentMailServer
from sekisho.kernel.clock import ManualClock
from sekisho.settings import Settings

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MAIL = Draft(kind=Kind.EMAIL, way=Way.MAIL_SERVER, to="ada@example.com", subject="Your code", text="It is 123456.")


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """A development server whose mail server has no port of its own yet."""
    is_development = not request.node.get_closest_marker("production")
    return settings.model_copy(update={"development": is_development})


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(clock=ManualClock(NOW))


@pytest.fixture
async def mail_server(inbox: Inbox) -> AsyncIterator[DevelopmentMailServer]:
    server = DevelopmentMailServer(inbox=inbox, port=0)
    await server.start()
    yield server
    await server.stop()


async def deliver(server: DevelopmentMailServer, mail: EmailMessage, **options: str) -> None:
    async with aiosmtplib.SMTP(hostname=HOST, port=server.port, local_hostname="us.example", **options) as smtp:  # type: ignore[arg-type] # names of a library
        await smtp.send_message(mail)


def mail_of(**parts: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "関所 <no-reply@example.com>", "ada@example.com", "確認コード"
    if "text" in parts:
        mail.set_content(parts["text"])
    if "html" in parts:
        (mail.add_alternative if "text" in parts else mail.set_content)(parts["html"], subtype="html")
    return mail


# What is kept


def test_the_oldest_message_makes_room(inbox: Inbox) -> None:
    for number in range(MOST_KEPT + 3):
        inbox.keep(replace(MAIL, subject=str(number)))

    assert len(inbox.newest()) == MOST_KEPT
    assert [each.draft.subject for each in inbox.newest()[:2]] == ["102", "101"]
    assert inbox.find(3) is None
    assert inbox.find(4) is not None


def test_a_long_message_is_shortened(inbox: Inbox) -> None:
    kept = inbox.keep(replace(MAIL, text="あ" * 10**6, html="x" * 10**6, subject="s" * 10**5)).draft

    assert (len(kept.text), len(kept.html), len(kept.subject)) == (262144, 262144, 1000)


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (MAIL, "123456"),
        (replace(MAIL, text="Nothing here", subject="654321 is your code"), "654321"),
        (
            replace(MAIL, text="", html="<style>a{color:#112233}</style><b style='x:445566'>7 <i>778899</i></b>"),
            "778899",
        ),
        (replace(MAIL, text="Call 1234567 or 12345, in 2026"), None),
        (replace(MAIL, text="See https://example.com/?t=a-123456"), None),
        (replace(MAIL, text="コードは123456です"), "123456"),
    ],
)
def test_the_code_is_found(inbox: Inbox, draft: Draft, code: str | None) -> None:
    assert inbox.keep(draft).code == code


def test_links_are_found_once_each(inbox: Inbox) -> None:
    text = "Open https://a.example/x?b=1&c=2. Or (https://b.example), or https://a.example/x?b=1&c=2"
    html = '<a href="https://a.example/x?b=1&amp;c=2">open</a><a href="javascript:alert(1)">x</a>'

    assert inbox.keep(replace(MAIL, text=text)).links == ["https://a.example/x?b=1&c=2", "https://b.example"]
    assert inbox.keep(replace(MAIL, text="", html=html)).links == ["https://a.example/x?b=1&c=2"]


# The mail server


async def test_the_mail_server_takes_what_a_mail_library_sends(
    inbox: Inbox, mail_server: DevelopmentMailServer
) -> None:
    await deliver(mail_server, mail_of(text="123456 は\n.\nコード", html="<b>123456</b>"))

    [letter] = inbox.newest()
    assert letter.received_at == NOW
    assert letter.draft == Draft(
        kind=Kind.EMAIL,
        way=Way.MAIL_SERVER,
        to="ada@example.com",
        sender="関所 <no-reply@example.com>",
        subject="確認コード",
        text="123456 は\n.\nコード\n",
        html="<b>123456</b>\n",
    )


async def test_any_user_and_password_will_do(inbox: Inbox, mail_server: DevelopmentMailServer) -> None:
    await deliver(mail_server, mail_of(text="one"), username="anybody", password="anything")
    async with aiosmtplib.SMTP(hostname=HOST, port=mail_server.port) as smtp:
        await smtp.ehlo()
        await smtp.auth_login("anybody", "anything")
        assert (await smtp.execute_command(b"AUTH", b"PLAIN")).code == 334
        assert (await smtp.execute_command(b"AGEAYg==")).code == 235
        assert (await smtp.execute_command(b"AUTH", b"LOGIN")).code == 334
        assert (await smtp.execute_command(b"*")).code == 501
        assert (await smtp.execute_command(b"AUTH", b"XOAUTH2", b"x")).code == 504

    assert len(inbox.newest()) == 1


async def test_commands_out_of_order_are_refused(inbox: Inbox, mail_server: DevelopmentMailServer) -> None:
    async with aiosmtplib.SMTP(hostname=HOST, port=mail_server.port) as smtp:
        asked = [
            b"DATA",
            b"RCPT TO:<a@b>",
            b"MAIL a@b",
            b"RCPT TO:<>",
            b"MAIL FROM:<>",
            b"DATA",
            b"RCPT TO:<>",
            b"NOPE",
        ]
        codes = [(await smtp.execute_command(each)).code for each in asked]
        await smtp.rset()
        codes.append((await smtp.execute_command(b"DATA")).code)

    assert codes == [503, 503, 501, 503, 250, 503, 501, 502, 503]
    assert inbox.newest() == []


async def test_a_caller_cannot_make_it_keep_much(inbox: Inbox, mail_server: DevelopmentMailServer) -> None:
    async with aiosmtplib.SMTP(hostname=HOST, port=mail_server.port) as smtp:
        await smtp.mail("a@example.com")
        codes = [(await smtp.execute_command(b"RCPT", b"TO:<a@b>")).code for _ in range(21)]
        with pytest.raises(aiosmtplib.SMTPDataError, match="552"):
            await smtp.data(b"x" * 60_000 + b"\r\n" + (b"y" * 998 + b"\r\n") * 1_200)
        await smtp.noop()
        await smtp.mail("a@example.com")
        await smtp.rcpt("b@example.com")
        with pytest.raises(aiosmtplib.SMTPDataError, match="500"):
            await smtp.data(b"x" * 200_000)

    assert codes == [250] * 20 + [452]
    assert inbox.newest() == []


async def test_more_callers_than_a_laptop_has_are_turned_away(mail_server: DevelopmentMailServer) -> None:
    callers = [await asyncio.open_connection(HOST, mail_server.port) for _ in range(21)]
    greetings = [(await reader.readline())[:3] for reader, _writer in callers]
    for _reader, writer in callers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    assert greetings == [b"220"] * 20 + [b"421"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no headers at all",
        b"Subject: =?unknown?q?x?=\r\nContent-Type: text/plain; charset=unknown\r\n\r\n\xff\xfe",
        b"From: @@<<\r\nContent-Type: multipart/mixed\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n--a--",
        b"\x00\xff" * 100,
    ],
)
async def test_odd_mails_are_kept_all_the_same(
    inbox: Inbox, mail_server: DevelopmentMailServer, content: bytes
) -> None:
    async with aiosmtplib.SMTP(hostname=HOST, port=mail_server.port) as smtp:
        await smtp.mail("a@example.com")
        await smtp.rcpt("b@example.com")
        await smtp.data(content)

    assert [each.draft.to for each in inbox.newest()] == ["b@example.com"]


async def test_a_port_that_is_taken_is_no_reason_not_to_start(mail_server: DevelopmentMailServer, inbox: Inbox) -> None:
    second = DevelopmentMailServer(inbox=inbox, port=mail_server.port)
    await second.start()
    await second.stop()

    assert not second.is_listening
    assert mail_server.is_listening


# What stands in for a connector that is missing


async def test_a_tenant_without_connectors_sends_to_the_inbox(make: Factory, visitor: Visitor) -> None:
    async with make.services() as services:
        assert await services.connectors.types() == {ConnectorType.EMAIL, ConnectorType.SMS}
        assert await services.connectors.list() == []
        email = await services.connectors.message_connector(ConnectorType.EMAIL)
        sms = await services.connectors.message_connector(ConnectorType.SMS)
        assert email is not None
        assert sms is not None
        await email.send(Message(to="ada@example.com", type=TemplateType.REGISTER, payload={"code": "123456"}))
        template = Template(subject="{{code}}", content="<b>{{code}}</b>", send_from="Bookstore <b@example.com>")
        await email.send(
            Message(to="bob@example.com", type=TemplateType.REGISTER, payload={"code": "222222"}, template=template)
        )
        await sms.send(Message(to="81312345678", type=TemplateType.SIGN_IN, payload={"code": "654321"}))

    page = read(await visitor.get("/dev/inbox"))
    assert [each.text for each in page.all("code")] == ["654321", "222222", "123456"]
    shown = [" ".join(each.text.split()) for each in page.all("li")]
    assert "SMS +81312345678" in shown[0]
    assert "E-mail bob@example.com" in shown[1]
    assert "Your sign-up code" in shown[2]
    assert "Bookstore <b@example.com>" in (await visitor.get("/dev/inbox/2")).text.replace("&lt;", "<").replace(
        "&gt;", ">"
    )


async def test_a_connector_of_the_tenant_goes_first(make: Factory, visitor: Visitor, outbox: Outbox) -> None:
    async with make.services() as services:
        template = {"usageType": "Generic", "type": "text/plain", "subject": "Hello", "content": "{{code}}"}
        config = {"apiKey": "key", "fromEmail": "a@example.com", "templates": [template]}
        await services.connectors.create(NewConnector(factory_id=FactoryId("mock-email-service"), config=config))
        email = await services.connectors.message_connector(ConnectorType.EMAIL)
        assert email is not None
        await email.send(Message(to="ada@example.com", type=TemplateType.REGISTER, payload={"code": "123456"}))

    assert outbox.last.code == "123456"
    assert read(await visitor.get("/dev/inbox")).all("li") == []


# The pages


@pytest.mark.programs
def test_production_loads_nothing_of_it() -> None:
    program = "import sys, sekisho.app; print([name for name in sys.modules if name.startswith(%r)])"
    loaded = [
        subprocess.run(  # noqa: S603 — our own words
            [sys.executable, "-c", program % name], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("sekisho.devkit", "sekisho.connectors.builtin", "sekisho.outbound.mail", "aiosmtplib")
    ]

    assert loaded == ["[]"] * 4


def test_a_development_server_is_one_process_because_the_inbox_is_its_memory() -> None:
    several = Settings(db_url="postgresql://localhost/x", workers=4)  # type: ignore[arg-type] # as the environment has it

    assert several.worker_count == 4
    assert several.model_copy(update={"development": True}).worker_count == 1


@pytest.mark.production
@pytest.mark.parametrize("path", ["/dev/inbox", "/dev/inbox/1", "/dev/inbox/1/html"])
async def test_in_production_there_is_no_inbox_and_nobody_stands_in(make: Factory, visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404
    async with make.services() as services:
        assert await services.connectors.message_connector(ConnectorType.EMAIL) is None
        assert await services.connectors.types() == frozenset()


async def test_html_of_a_mail_is_kept_apart(make: Factory, visitor: Visitor) -> None:
    evil = "<script>alert(1)</script><form action='/sign-in'><p>123456</p>"
    async with make.services() as services:
        email = await services.connectors.message_connector(ConnectorType.EMAIL)
        assert email is not None
        template = Template(subject=evil, content=evil)
        await email.send(Message(to="a@example.com", type=TemplateType.GENERIC, payload={}, template=template))

    listed, shown = await visitor.get("/dev/inbox"), await visitor.get("/dev/inbox/1")
    for page in (listed, shown):
        assert "alert(1)</script>" not in page.text
    [frame] = read(shown).all("iframe")
    assert frame.get("sandbox") == ""
    assert frame.get("src") == f"{ORIGIN}/dev/inbox/1/html"
    assert shown.headers["content-security-policy"].endswith("; frame-src 'self'")
    apart = await visitor.get("/dev/inbox/1/html")
    assert apart.text == evil
    policy = apart.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "form-action 'none'"} <= set(policy)
    assert not [each for each in policy if each.startswith("script-src")]


@pytest.mark.parametrize("path", ["/dev/inbox/1", "/dev/inbox/99999999999999999999"])
async def test_a_message_that_is_gone_leads_back_to_the_others(visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{ORIGIN}/dev/inbox")


@pytest.mark.parametrize("path", ["/dev/inbox/x", "/dev/inbox/1/html", "/dev/inbox/-1"])
async def test_what_was_never_a_message_is_not_found(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_the_smtp_connector_can_be_pointed_at_the_mail_server(
    make: Factory, inbox: Inbox, mail_server: DevelopmentMailServer
) -> None:
    config = {
        "host": HOST,
        "port": mail_server.port,
        "auth": {"user": "anybody", "pass": "anything"},
        "fromEmail": "no-reply@example.com",
        "templates": [dict(each) for each in DEFAULT_TEMPLATES],
    }
    async with make.services() as services:
        factory = FactoryId("simple-mail-transfer-protocol")
        await services.connectors.create(NewConnector(factory_id=factory, config=config))
    async with make.services() as services:
        email = await services.connectors.message_connector(ConnectorType.EMAIL)
        assert email is not None
        await email.send(Message(to="ada@example.com", type=TemplateType.SIGN_IN, payload={"code": "123456"}))

    [letter] = inbox.newest()
    assert (letter.code, letter.draft.way) == ("123456", Way.MAIL_SERVER)
