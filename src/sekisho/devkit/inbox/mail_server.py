"""A small mail server on this computer, for an SMTP connector to point at. It takes every mail and delivers none.

As much of RFC 5321 as sending needs, and any user with any password. It listens on loopback only, and what a caller
can make it keep is bounded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import structlog

from sekisho.devkit.inbox.letters import Draft, Inbox, Kind, Way

HOST = "127.0.0.1"
_MOST_BYTES = 1024 * 1024
_MOST_RECIPIENTS = 20
_MOST_CALLERS = 20
_LONGEST_LINE = 64 * 1024
_IDLE_SECONDS = 300.0
_TOO_LONG = "500 that line is too long"

log = structlog.get_logger(__name__)


class DevelopmentMailServer:
    """Listens while it is started. A port that is taken is no reason not to start: the inbox says so."""

    def __init__(self, *, inbox: Inbox, port: int) -> None:
        self.port = port
        self.is_listening = False
        self._inbox = inbox
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        try:
            self._server = await asyncio.start_server(self._connected, HOST, self.port, limit=_LONGEST_LINE)
        except OSError as error:
            log.warning("the development mail server cannot listen", port=self.port, error=str(error))
            return
        self.port = self._server.sockets[0].getsockname()[1]
        self.is_listening = True

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for each in self._callers:
            each.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        await self._server.wait_closed()
        self.is_listening = False

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._callers.add(task)
        task.add_done_callback(self._callers.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._callers) > _MOST_CALLERS:
                writer.write(b"421 too many callers\r\n")
                return
            await _Conversation(reader, writer, inbox=self._inbox).hold()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


class _Conversation:
    """One caller. `None` for a sender: no mail has been begun."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, inbox: Inbox) -> None:
        self._reader = reader
        self._writer = writer
        self._inbox = inbox
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._commands: Mapping[str, Callable[[str], Awaitable[str]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._reset,
            "NOOP": self._noop,
        }

    async def hold(self) -> None:
        await self._say("220 localhost takes every mail and delivers none")
        while (line := await self._line()) is not None:
            verb, _, argument = line.partition(" ")
            if verb.upper() == "QUIT":
                await self._say("221 goodbye")
                return
            command = self._commands.get(verb.upper())
            await self._say("502 that is not known here" if command is None else await command(argument.strip()))

    async def _ehlo(self, _argument: str) -> str:
        return f"250-localhost\r\n250-SIZE {_MOST_BYTES}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN"

    async def _helo(self, _argument: str) -> str:
        return "250 localhost"

    async def _auth(self, argument: str) -> str:
        """Let anybody in, by the motions of RFC 4954 §4."""
        mechanism, _, initial = argument.partition(" ")
        questions = {"PLAIN": ("",), "LOGIN": ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")}.get(mechanism.upper())
        if questions is None:
            return "504 PLAIN or LOGIN"
        for question in questions[1:] if initial else questions:
            await self._say(f"334 {question}")
            if await self._line() in {None, "*"}:
                return "501 as you wish"
        return "235 welcome, whoever you are"

    async def _mail(self, argument: str) -> str:
        if not argument.upper().startswith("FROM:"):
            return "501 MAIL FROM:<address>"
        self._sender, self._recipients = _path(argument[5:]), []
        return "250 go on"

    async def _rcpt(self, argument: str) -> str:
        if self._sender is None:
            return "503 MAIL comes first"
        if not argument.upper().startswith("TO:") or not _path(argument[3:]):
            return "501 RCPT TO:<address>"
        if len(self._recipients) == _MOST_RECIPIENTS:
            return "452 too many recipients"
        self._recipients.append(_path(argument[3:]))
        return "250 go on"

    async def _data(self, _argument: str) -> str:
        if self._sender is None or not self._recipients:
            return "503 MAIL and RCPT come first"
        await self._say("354 end with a single dot")
        content = bytearray()
        size = 0
        while (line := await self._raw_line()) != b".\r\n":
            if not line:
                raise ConnectionError("the caller has gone in the middle of a mail")
            size += len(line)
            if size <= _MOST_BYTES:
                content += line[1:] if line.startswith(b".") else line  # RFC 5321 §4.5.2
        sender, recipients = self._sender, self._recipients
        await self._reset("")
        if size > _MOST_BYTES:
            return "552 that mail is too large"
        letter = self._inbox.keep(_read(bytes(content), sender=sender, recipients=recipients))
        return f"250 kept as number {letter.number}"

    async def _reset(self, _argument: str) -> str:
        self._sender, self._recipients = None, []
        return "250 forgotten"

    async def _noop(self, _argument: str) -> str:
        return "250 still here"

    async def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")
        await self._writer.drain()

    async def _line(self) -> str | None:
        """Return what the caller says next; None when it has gone."""
        line = await self._raw_line()
        return line.decode(errors="replace").rstrip("\r\n") if line else None

    async def _raw_line(self) -> bytes:
        async with asyncio.timeout(_IDLE_SECONDS):
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                await self._say(_TOO_LONG)
                raise ConnectionError(_TOO_LONG) from None
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    raise
                return b""
        return line


def _path(text: str) -> str:
    """Return the address of `<address> PARAMETER=…`."""
    return text.strip().partition(" ")[0].removeprefix("<").removesuffix(">")


def _read(content: bytes, *, sender: str, recipients: list[str]) -> Draft:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 — the policy makes it one
    return Draft(
        kind=Kind.EMAIL,
        way=Way.MAIL_SERVER,
        to=", ".join(recipients),
        sender=_header(message, "From") or sender,
        subject=_header(message, "Subject"),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # the library's parser, on odd headers
        return ""


def _part(message: EmailMessage, subtype: str) -> str:
    try:
        body = message.get_body(preferencelist=(subtype,))
        return "" if body is None else str(body.get_content()).replace("\r\n", "\n")
    except (LookupError, ValueError, AttributeError):  # no such charset, or no such thing
        return ""
