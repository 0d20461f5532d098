"""Real SMTP servers on loopback that keep what they are given, and refuse what a test wants refused."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from warnings import catch_warnings, simplefilter

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_PATIENCE_SECONDS = 15


@dataclass(slots=True)
class Received:
    sender: str
    recipients: Sequence[str]
    content: bytes
    #: Whether the connection was encrypted when the mail came.
    was_encrypted: bool
    own_name: str
    signed_in: bool
    peer: str

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        return str(self.message.get_content())


@dataclass(slots=True)
class MailBox:
    """What a server is asked, and what it answers; a test sets the answers before."""

    mails: list[Received] = field(default_factory=list)
    mechanisms: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    #: Passwords by user; None lets anybody in.
    logins: dict[bytes, bytes] | None = None
    valid_tokens: set[str] = field(default_factory=set)
    #: The answer to a command instead of a good one: `MAIL`, `RCPT` or `DATA`.
    refusals: dict[str, str] = field(default_factory=dict)
    port: int = 0
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self) -> "Received":
        """Wait for a mail, and take it out: it must be the only one."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self.has_mail.wait()
        [mail] = self.mails
        self.mails.clear()
        self.has_mail.clear()
        return mail

    async def handle_MAIL(  # noqa: N802 — the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" not in self.refusals:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 — the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "RCPT" not in self.refusals:
            envelope.rcpt_tos.append(address)
        return self.refusals.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 — see above
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        self.mails.append(
            Received(
                sender=envelope.mail_from,
                recipients=envelope.rcpt_tos,
                content=envelope.content,
                was_encrypted=session.ssl is not None,
                own_name=session.host_name or "",
                signed_in=bool(session.authenticated),
                peer=str(session.peer[0]) if session.peer else "",
            )
        )
        self.has_mail.set()
        return "250 kept"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 — the library's name
        told = base64.b64decode(args[1]).decode()
        token = told.partition("auth=Bearer ")[2].partition("\x01")[0]
        self.mechanisms.append("XOAUTH2")
        self.tokens.append(token)
        if token in self.valid_tokens:
            return AuthResult(success=True, auth_data=told)
        await server.challenge_auth('{"status": "400"}')
        return AuthResult(success=False, handled=False)

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.mechanisms.append(mechanism)
        assert isinstance(data, LoginPassword)
        is_right = self.logins is None or self.logins.get(data.login) == data.password
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    asks_for_login: bool = False,
    excluded: Sequence[str] = (),
    box: MailBox | None = None,
    port: int = 0,
) -> AsyncIterator[MailBox]:
    """Serve SMTP: `tls` from the first byte, `starttls` when asked."""
    box = box or MailBox()

    def connected() -> SMTP:
        with catch_warnings():
            simplefilter("ignore")  # the library advises against passwords without encryption
            return SMTP(
                box,
                hostname="mail.example",
                tls_context=starttls,
                auth_required=asks_for_login,
                auth_require_tls=starttls is not None or not asks_for_login,
                authenticator=box.authenticate,
                auth_exclude_mechanism=excluded if box.valid_tokens else ["XOAUTH2", *excluded],
                loop=asyncio.get_running_loop(),
            )

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def scripted_server(*lines: bytes, is_silent: bool = False) -> AsyncIterator[int]:
    """Serve a TCP port that says the given lines, one after each line it is told, then nothing or goodbye."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for line in lines:
                writer.write(line)
                await writer.drain()
                if not await reader.readline():
                    break
            if is_silent:
                await reader.read()
            writer.close()
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.wait_for(asyncio.gather(*talks), 5)
