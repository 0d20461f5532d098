"""How a configured mail server is called: when to encrypt, what proves who it is, and how long to wait."""

from typing import Any

from sekisho.connectors.builtin.smtp.config import SmtpConfig, waiting
from sekisho.connectors.kit.mail import (
    Credentials,
    Encryption,
    MailFailed,
    MailProblem,
    MailServer,
    Mechanism,
    Patience,
    TlsOptions,
)

_TLS_PORT = 465
_MOST_PORTS = 65535


def server_of(config: SmtpConfig, *, credentials: Credentials) -> MailServer:
    """Return the server to call; raises `MailFailed` for a port that is none."""
    if not config.port.is_integer() or not 0 < config.port <= _MOST_PORTS:
        raise MailFailed(MailProblem.SETTING, "port must be a whole number from 1 to 65535")
    usual = Patience()
    return MailServer(
        host=config.host.strip(),
        port=int(config.port),
        encryption=_encryption(config),
        credentials=credentials,
        tls=_tls(config),
        own_name=config.name,
        local_address=config.local_address,
        patience=Patience(
            look_up=waiting(config.dns_timeout, usual.look_up),
            connect=waiting(config.connection_timeout, usual.connect),
            greeting=waiting(config.greeting_timeout, usual.greeting),
            answer=waiting(config.socket_timeout, usual.answer),
        ),
    )


def mechanism(config: SmtpConfig) -> Mechanism | None:
    """Return the mechanism that was chosen; one that is not known is as good as none."""
    chosen = config.auth_method.lower() if isinstance(config.auth_method, str) else None
    return Mechanism(chosen) if chosen in set(Mechanism) else None


def _encryption(config: SmtpConfig) -> Encryption:
    if config.secure or (config.secure is None and config.port == _TLS_PORT):
        return Encryption.FROM_THE_START
    if config.require_tls:  # before `ignoreTLS`: of two that contradict each other, the one that protects
        return Encryption.REQUIRED
    return Encryption.NEVER if config.ignore_tls else Encryption.IF_OFFERED


def _tls(config: SmtpConfig) -> TlsOptions:
    """Read the options of TLS by the names that existing configurations have."""
    return TlsOptions(
        name=_text(config.tls.get("servername")) or config.servername,
        verifies=config.tls.get("rejectUnauthorized") is not False,
        authorities=_text(config.tls.get("ca")),
        minimum=_text(config.tls.get("minVersion")),
        maximum=_text(config.tls.get("maxVersion")),
        ciphers=_text(config.tls.get("ciphers")),
    )


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return "\n".join(each for each in value if isinstance(each, str)) or None
    return value if isinstance(value, str) and value else None
