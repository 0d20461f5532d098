"""Sends mail: one connection per mail, to an address the guard has judged, under the server's own name.

The library speaks SMTP; here is decided whom it may speak to, when to encrypt, how to sign in, how long to wait, and
what a failure means. The library is loaded with the first mail.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sekisho.kernel.clock import Clock
from sekisho.outbound.guard import Guard, OutboundRefused
from sekisho.outbound.letters import Letter, write
from sekisho.outbound.mail import (
    Bearer,
    Encryption,
    Login,
    Mail,
    MailFailed,
    MailProblem,
    MailServer,
    Mechanism,
    TlsOptions,
)
from sekisho.outbound.mail_failures import Step, told

if TYPE_CHECKING:
    from aiosmtplib import SMTP

#: Somebody is waiting for this mail to be sent.
PATIENCE = timedelta(seconds=60)
_GOODBYE_SECONDS = 1.0
_PREFERRED = (Mechanism.PLAIN, Mechanism.LOGIN, Mechanism.CRAM_MD5)
_OWN_NAME = re.compile(r"[!-~]{1,255}")
_TLS_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class Mailer:
    """One per process; keeps no connections."""

    def __init__(self, guard: Guard, *, clock: Clock, patience: timedelta = PATIENCE) -> None:
        self._guard = guard
        self._clock = clock
        self._patience = patience

    async def send(self, mail: Mail, *, server: MailServer) -> None:
        """Hand a mail over to a server; raises `MailFailed`."""
        letter = write(mail, now=self._clock.now())
        delivery = _Delivery(server=server, guard=self._guard)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await delivery.hand_over(letter)
        except TimeoutError as error:
            raise told(error, step=delivery.step) from error
        finally:
            await delivery.end()


class _Delivery:
    """One conversation with one server."""

    def __init__(self, *, server: MailServer, guard: Guard) -> None:
        self.step = Step.LOOK_UP
        self._server = server
        self._guard = guard
        self._smtp: SMTP | None = None

    async def hand_over(self, letter: Letter) -> None:
        server, answer = self._server, self._server.patience.answer
        tls, own_name = _context(server.tls), _own_name(server)
        async with self._at(Step.LOOK_UP, server.patience.look_up):
            addresses = await self._guard.addresses(server.host, server.port)
        connection = await self._reach(_usable(addresses, server.local_address))
        async with self._at(Step.GREETING, server.patience.greeting):
            smtp = await self._greeted(connection, tls=tls, own_name=own_name)
        async with self._at(Step.HELLO, answer):
            await _introduce(smtp)
        if self._starts_tls(smtp):
            async with self._at(Step.STARTTLS, answer):
                await smtp.starttls(server_hostname=self._name)
            async with self._at(Step.HELLO, answer):
                await _introduce(smtp)
        async with self._at(Step.SIGN_IN, answer):
            await self._sign_in(smtp)
        async with self._at(Step.SENDER, answer):
            await smtp.mail(letter.sender)
        async with self._at(Step.RECIPIENT, answer):
            await smtp.rcpt(letter.recipient)
        async with self._at(Step.CONTENT, answer):
            await smtp.data(letter.content)
        self.step = Step.ACCEPTED

    async def end(self) -> None:
        """Close the connection; say goodbye where the mail was taken."""
        if self._smtp is None:
            return
        if self.step is Step.ACCEPTED:
            with suppress(Exception):  # the mail is on its way, whatever happens to the goodbye
                await asyncio.wait_for(self._smtp.quit(), _GOODBYE_SECONDS)
        self._smtp.close()

    @property
    def _name(self) -> str:
        """The name the server's certificate must carry."""
        return self._server.tls.name or self._server.host.strip("[]")

    @asynccontextmanager
    async def _at(self, step: Step, limit: timedelta) -> AsyncIterator[None]:
        """Take a step within its time; its errors are told as what they mean."""
        from aiosmtplib import SMTPException  # noqa: PLC0415 — loaded with the first mail

        self.step = step
        try:
            async with asyncio.timeout(limit.total_seconds()):
                yield
        except (SMTPException, OutboundRefused, OSError) as error:
            raise told(error, step=step) from error

    async def _reach(self, addresses: Sequence[str]) -> socket.socket:
        failure = MailFailed(MailProblem.UNREACHABLE, "no address to call from localAddress")
        for address in addresses:
            try:
                async with self._at(Step.CONNECT, self._server.patience.connect):
                    return await self._connect(address)
            except MailFailed as error:
                failure = error
        raise failure

    async def _connect(self, address: str) -> socket.socket:
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            connection.setblocking(False)
            if self._server.local_address is not None:
                connection.bind((self._server.local_address, 0))
            await asyncio.get_running_loop().sock_connect(connection, (address, self._server.port))
        except BaseException:
            connection.close()
            raise
        return connection

    async def _greeted(self, connection: socket.socket, *, tls: ssl.SSLContext, own_name: str) -> "SMTP":
        from aiosmtplib import SMTP  # noqa: PLC0415 — loaded with the first mail

        self._smtp = smtp = SMTP(
            sock=connection,
            hostname=self._name,
            use_tls=self._server.encryption is Encryption.FROM_THE_START,
            start_tls=False,
            tls_context=tls,
            local_hostname=own_name,
            timeout=None,
        )
        try:
            await smtp.connect()
        except BaseException:
            connection.close()
            raise
        return smtp

    def _starts_tls(self, smtp: "SMTP") -> bool:
        offered = smtp.supports_extension("starttls")
        match self._server.encryption:
            case Encryption.REQUIRED if not offered:
                # Attack it stops: somebody on the way takes the offer out, and reads the password and the mail.
                raise MailFailed(MailProblem.STARTTLS_MISSING)
            case Encryption.REQUIRED | Encryption.IF_OFFERED:
                return offered
            case _:
                return False

    async def _sign_in(self, smtp: "SMTP") -> None:
        if not smtp.supports_extension("auth"):  # a relay that knows us by our address
            return
        credentials = self._server.credentials
        if isinstance(credentials, Bearer):
            if "xoauth2" not in smtp.server_auth_methods:
                raise MailFailed(MailProblem.MECHANISM_MISSING, f"it offers {_offered(smtp)}")
            await smtp.auth_xoauth2(credentials.user, credentials.token.reveal())
            return
        if not credentials.user or credentials.password is None:
            raise MailFailed(MailProblem.CREDENTIALS_MISSING)
        user, password = credentials.user, credentials.password.reveal()
        match _mechanism(credentials, smtp):
            case Mechanism.PLAIN:
                await smtp.auth_plain(user, password)
            case Mechanism.LOGIN:
                await smtp.auth_login(user, password)
            case Mechanism.CRAM_MD5:
                await smtp.auth_crammd5(user, password)


async def _introduce(smtp: "SMTP") -> None:
    from aiosmtplib import SMTPHeloError  # noqa: PLC0415 — loaded with the first mail

    try:
        await smtp.ehlo()
    except SMTPHeloError:
        if not smtp.is_connected:
            raise
        await smtp.helo()


def _mechanism(login: Login, smtp: "SMTP") -> Mechanism:
    if login.mechanism is not None:
        return login.mechanism
    return next((each for each in _PREFERRED if each in smtp.server_auth_methods), Mechanism.PLAIN)


def _offered(smtp: "SMTP") -> str:
    return ", ".join(each.upper() for each in smtp.server_auth_methods[:10]) or "nothing"


def _own_name(server: MailServer) -> str:
    name = server.own_name
    if name is None:
        machine = socket.gethostname()
        # RFC 5321 §4.1.4: a client without a domain name gives an address.
        return machine if "." in machine and _OWN_NAME.fullmatch(machine) else "[127.0.0.1]"
    if not _OWN_NAME.fullmatch(name):
        raise MailFailed(MailProblem.SETTING, "name may hold ASCII letters, digits, dots and hyphens only")
    return name


def _usable(addresses: Sequence[str], local_address: str | None) -> Sequence[str]:
    """Return the addresses that can be called from a local one."""
    if local_address is None:
        return addresses
    try:
        version = ip_address(local_address).version
    except ValueError:
        raise MailFailed(MailProblem.SETTING, "localAddress is no IP address") from None
    return [each for each in addresses if ip_address(each.partition("%")[0]).version == version]


@cache
def _machine_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _context(options: TlsOptions) -> ssl.SSLContext:
    """Return how a server has to prove who it is; raises `MailFailed` for options that mean nothing."""
    if options == TlsOptions(name=options.name):
        return _machine_trust()
    try:
        context = ssl.create_default_context(cadata=options.authorities)
        if options.ciphers is not None:
            context.set_ciphers(options.ciphers)
        if options.minimum is not None:
            context.minimum_version = _TLS_VERSIONS[options.minimum]
        if options.maximum is not None:
            context.maximum_version = _TLS_VERSIONS[options.maximum]
    except (ssl.SSLError, KeyError, ValueError) as error:
        raise MailFailed(MailProblem.SETTING, "tls: ca, ciphers, minVersion or maxVersion cannot be used") from error
    if not options.verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
