"""Mail: what is sent, through which server, and what can go wrong on the way. `mailer.py` sends it.

A server is what an administrator configured, so it is judged by the same guard as every URL. What went wrong is told
by name, precisely enough that a person knows what to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from sekisho.kernel.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient. `sender` and `reply_to` are `address` or `Name <address>`."""

    to: str
    sender: str
    subject: str
    content: str
    is_html: bool
    reply_to: str | None = None
    #: Further headers, by name; those that a mail has anyway are ours.
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Encryption(StrEnum):
    """When a connection is encrypted."""

    FROM_THE_START = "from_the_start"
    REQUIRED = "required"
    """Through STARTTLS; without it nothing is sent."""
    IF_OFFERED = "if_offered"
    """Through STARTTLS where the server has it. Whoever can change what it says can take the offer away."""
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """How a server proves who it is."""

    #: The name its certificate must carry, if that is not the host.
    name: str | None = None
    verifies: bool = True
    #: Certificates in PEM that are trusted instead of those the machine trusts.
    authorities: str | None = None
    #: `TLSv1.2`, `TLSv1.3`
    minimum: str | None = None
    maximum: str | None = None
    ciphers: str | None = None


class Mechanism(StrEnum):
    """How a name and a password are told (SASL)."""

    PLAIN = "plain"
    LOGIN = "login"
    CRAM_MD5 = "cram-md5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Signs in with a name and a password, where the server asks for them."""

    user: str | None
    password: Secret | None
    #: None is the first one that the server has.
    mechanism: Mechanism | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Signs in with an OAuth 2.0 access token (XOAUTH2)."""

    user: str
    token: Secret


Credentials: TypeAlias = Login | Bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each part may take; all of them together never take longer than `mailer.PATIENCE`."""

    look_up: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=120)
    greeting: timedelta = timedelta(seconds=30)
    answer: timedelta = timedelta(seconds=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    host: str
    port: int
    encryption: Encryption
    credentials: Credentials
    tls: TlsOptions = field(default_factory=TlsOptions)
    #: What we call ourselves (EHLO); None is the machine's own name.
    own_name: str | None = None
    #: The address of ours to call from.
    local_address: str | None = None
    patience: Patience = field(default_factory=Patience)


class MailProblem(StrEnum):
    """Why a mail was not sent."""

    NAME_NOT_FOUND = "name_not_found"
    NOT_ALLOWED = "not_allowed"
    CONNECTION_REFUSED = "connection_refused"
    UNREACHABLE = "unreachable"
    NO_GREETING = "no_greeting"
    NOT_A_MAIL_SERVER = "not_a_mail_server"
    GREETED_WITH_REFUSAL = "greeted_with_refusal"
    HELLO_REFUSED = "hello_refused"
    TLS_NOT_SPOKEN = "tls_not_spoken"
    TLS_FAILED = "tls_failed"
    CERTIFICATE = "certificate"
    STARTTLS_MISSING = "starttls_missing"
    CREDENTIALS_MISSING = "credentials_missing"
    MECHANISM_MISSING = "mechanism_missing"
    AUTH_REFUSED = "auth_refused"
    AUTH_NEEDED = "auth_needed"
    ENCRYPTION_NEEDED = "encryption_needed"
    SENDER_REFUSED = "sender_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    CONTENT_REFUSED = "content_refused"
    TRY_LATER = "try_later"
    NO_ANSWER = "no_answer"
    DISCONNECTED = "disconnected"
    ADDRESS = "address"
    HEADER = "header"
    TOO_LARGE = "too_large"
    SETTING = "setting"


class MailFailed(Exception):
    """A mail was not sent. `said` is what the server, the system or we said about it; it holds no secret of ours."""

    def __init__(self, problem: MailProblem, said: str = "") -> None:
        super().__init__(f"{problem}: {said}" if said else str(problem))
        self.problem = problem
        self.said = said
