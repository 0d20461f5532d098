"""What a failure on the way to a mail server means: the step it happened at and the error, told as a `MailProblem`."""

import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum

from sekisho.outbound.guard import OutboundRefused, UnknownHost
from sekisho.outbound.letters import one_line
from sekisho.outbound.mail import MailFailed, MailProblem

_MOST_SAID = 300
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
_NOT_SMTP = -1  # what the library calls an answer without a code


class Step(StrEnum):
    """How far a delivery has come."""

    LOOK_UP = "look_up"
    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "hello"
    STARTTLS = "starttls"
    SIGN_IN = "sign_in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    ACCEPTED = "accepted"


_WHEN_SILENT: Mapping[Step, MailProblem] = {
    Step.LOOK_UP: MailProblem.NAME_NOT_FOUND,
    Step.CONNECT: MailProblem.UNREACHABLE,
    Step.GREETING: MailProblem.NO_GREETING,
}
_WHEN_REFUSED: Mapping[Step, MailProblem] = {
    Step.GREETING: MailProblem.GREETED_WITH_REFUSAL,
    Step.HELLO: MailProblem.HELLO_REFUSED,
    Step.STARTTLS: MailProblem.STARTTLS_MISSING,
    Step.SIGN_IN: MailProblem.AUTH_REFUSED,
    Step.SENDER: MailProblem.SENDER_REFUSED,
    Step.RECIPIENT: MailProblem.RECIPIENT_REFUSED,
}


def told(error: Exception, *, step: Step) -> MailFailed:
    """Return what an error at a step means."""
    from aiosmtplib import SMTPResponseException  # noqa: PLC0415 — loaded with the first mail

    match error:
        case MailFailed():
            return error
        case UnknownHost():
            return MailFailed(MailProblem.NAME_NOT_FOUND, str(error))
        case OutboundRefused():
            return MailFailed(MailProblem.NOT_ALLOWED, str(error))
        case SMTPResponseException():
            return _of_answer(error.code, error.message, step=step)
        case TimeoutError():
            return MailFailed(_WHEN_SILENT.get(step, MailProblem.NO_ANSWER))
        case _:
            return _of_tls(error) or _of_connection(error, step=step)


def _of_tls(error: BaseException) -> MailFailed | None:
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return MailFailed(MailProblem.CERTIFICATE, each.verify_message)
        if isinstance(each, ssl.SSLError):
            is_plain = each.reason in _NOT_TLS
            return MailFailed(MailProblem.TLS_NOT_SPOKEN if is_plain else MailProblem.TLS_FAILED, each.reason or "")
    return None


def _of_connection(error: BaseException, *, step: Step) -> MailFailed:
    if isinstance(error, ConnectionRefusedError):
        return MailFailed(MailProblem.CONNECTION_REFUSED)
    if step is Step.CONNECT:
        return MailFailed(MailProblem.UNREACHABLE, one_line(str(error))[:_MOST_SAID])
    # It agreed to encrypt, and hung up on the handshake.
    return MailFailed(MailProblem.TLS_FAILED if step is Step.STARTTLS else MailProblem.DISCONNECTED)


def _of_answer(code: int, message: str, *, step: Step) -> MailFailed:
    if code == _NOT_SMTP:
        # What it did say stays unsaid: it may be some service inside our network that answers mail servers' callers.
        return MailFailed(MailProblem.NOT_A_MAIL_SERVER)
    said = one_line(f"{code} {message}")[:_MOST_SAID]
    # RFC 3207 §4 and RFC 4954 §6: 530 asks for encryption or for signing in, 538 for encryption.
    if code in {530, 538}:
        asks_for_tls = code == 538 or "TLS" in message.upper()  # noqa: PLR2004 — see above
        return MailFailed(MailProblem.ENCRYPTION_NEEDED if asks_for_tls else MailProblem.AUTH_NEEDED, said)
    # RFC 5321 §4.2.1: what begins with 4 is not meant for ever.
    if code // 100 == 4:  # noqa: PLR2004 — see above
        return MailFailed(MailProblem.TRY_LATER, said)
    return MailFailed(_WHEN_REFUSED.get(step, MailProblem.CONTENT_REFUSED), said)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
