"""Mail, for connectors that speak SMTP: what is sent, through which server, and why it was not.

The words are those of `sekisho.outbound.mail`, which every mail of ours goes through.
"""

from typing import Protocol

from sekisho.kernel.secret import Secret
from sekisho.outbound.mail import (
    Bearer,
    Credentials,
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

__all__ = [
    "Bearer",
    "Credentials",
    "Encryption",
    "Login",
    "Mail",
    "MailFailed",
    "MailProblem",
    "MailServer",
    "Mailer",
    "Mechanism",
    "Patience",
    "Secret",
    "TlsOptions",
]


class Mailer(Protocol):
    async def send(self, mail: Mail, *, server: MailServer) -> None:
        """Hand a mail over to a server, which must not be inside our own network; raises `MailFailed`."""
        ...
