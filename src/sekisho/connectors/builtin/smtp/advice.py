"""What to change when a mail was not sent: a sentence on what happened, one on what to do.

Administrators read them after a test; `reason` names the case for programs. The guide lists them all.
"""

from collections.abc import Mapping

from sekisho.connectors.builtin.smtp.config import SmtpConfig
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.mail import MailFailed, MailProblem

_ADVICE: Mapping[MailProblem, tuple[str, str]] = {
    MailProblem.NAME_NOT_FOUND: ("The host name has no address.", "Check host for a typing mistake."),
    MailProblem.NOT_ALLOWED: (
        "This installation may not call that address.",
        "If the mail server stands inside your own network, add it to OUTBOUND_ALLOW.",
    ),
    MailProblem.CONNECTION_REFUSED: (
        "Nothing listens at that port.",
        "Check host and port: mail is usually handed in at 587 (STARTTLS) or 465 (TLS from the start).",
    ),
    MailProblem.UNREACHABLE: (
        "The server could not be reached.",
        "Check host and port, and whether a firewall blocks the way out: many networks block port 25. Try 587 or 465.",
    ),
    MailProblem.NO_GREETING: (
        "The server accepted the connection and did not greet.",
        (
            "A server that expects TLS from the start waits like this, usually at port 465: switch secure on. If it is"
            " only slow, raise greetingTimeout."
        ),
    ),
    MailProblem.NOT_A_MAIL_SERVER: ("What answers there does not speak SMTP.", "Check host and port."),
    MailProblem.GREETED_WITH_REFUSAL: (
        "The server does not want to talk to us.",
        "Ask its operator whether this machine's address may send mail.",
    ),
    MailProblem.HELLO_REFUSED: (
        "The server does not accept the name we give.",
        "Set name to a host name in ASCII, such as auth.example.com.",
    ),
    MailProblem.TLS_NOT_SPOKEN: (
        "TLS was started, and the server speaks plain SMTP at that port.",
        "For port 587 or 25 switch secure off and requireTLS on; or keep secure on and use port 465.",
    ),
    MailProblem.TLS_FAILED: (
        "The server and we found no way to encrypt.",
        "Check tls.minVersion, maxVersion and ciphers, if they are set; otherwise the server's TLS is too old.",
    ),
    MailProblem.CERTIFICATE: (
        "The server's certificate is not accepted.",
        (
            "Use the host name the certificate was made for, or set servername to it. For a certificate of your own"
            " authority, put the authority's PEM into tls.ca."
        ),
    ),
    MailProblem.STARTTLS_MISSING: (
        "The server does not offer STARTTLS, which requireTLS asks for.",
        "Use port 587, or port 465 with secure on.",
    ),
    MailProblem.CREDENTIALS_MISSING: ("The server asks to sign in.", "Fill in auth.user and auth.pass."),
    MailProblem.MECHANISM_MISSING: (
        "The server does not sign in with OAuth2 (XOAUTH2).",
        "Use a login with user and pass, or another port: some servers offer OAuth2 only once TLS is on.",
    ),
    MailProblem.AUTH_REFUSED: (
        "The server refused the sign-in.",
        (
            "Check auth.user and auth.pass. Many providers want a password of their own for programs: Gmail an app"
            " password, SendGrid the user apikey with an API key, Aliyun DirectMail the sender's SMTP password."
        ),
    ),
    MailProblem.AUTH_NEEDED: (
        "The server wants a sign-in it did not offer.",
        "Often it offers one only once TLS is on: switch requireTLS on, or use port 465 with secure on.",
    ),
    MailProblem.ENCRYPTION_NEEDED: (
        "The server wants an encrypted connection.",
        "Switch requireTLS on and ignoreTLS off, or use port 465 with secure on.",
    ),
    MailProblem.SENDER_REFUSED: (
        "The server refused the sender's address.",
        "Set fromEmail to an address that this account may send from; most providers want it verified first.",
    ),
    MailProblem.RECIPIENT_REFUSED: (
        "The server refused the recipient's address.",
        "Check the address. A provider's trial account often sends to verified addresses only.",
    ),
    MailProblem.CONTENT_REFUSED: ("The server refused the mail's content.", "Check the template and customHeaders."),
    MailProblem.TRY_LATER: ("The server cannot take mail at the moment.", "Try again later."),
    MailProblem.NO_ANSWER: (
        "The server stopped answering.",
        "Try again. If it is always slow, raise socketTimeout; all of it may take a minute at most.",
    ),
    MailProblem.DISCONNECTED: (
        "The server closed the connection.",
        "If the port is 465, switch secure on. Otherwise ask its operator whether this machine may send mail.",
    ),
    MailProblem.ADDRESS: ("An address is no e-mail address.", "Check the recipient, fromEmail and replyTo."),
    MailProblem.HEADER: ("A custom header has an impossible name.", "Use letters, digits and hyphens."),
    MailProblem.TOO_LARGE: ("The mail is too large.", "Make the template smaller than 1 MiB."),
    MailProblem.SETTING: ("A setting cannot be used.", "Correct it, or leave it empty."),
}


def explained(failed: MailFailed, *, config: SmtpConfig) -> ConnectorError:
    """Return the error that says what happened, in whose words, and what to do."""
    happened, to_do = _ADVICE[failed.problem]
    place = f"{config.host.strip()[:255]}:{config.port:g}"
    said = f" ({failed.said})" if failed.said else ""
    text = f"{place}: {happened.removesuffix('.')}{said}. {to_do}"
    return ConnectorError(ErrorCode.GENERAL, {"message": text, "errorDescription": text, "reason": str(failed.problem)})
