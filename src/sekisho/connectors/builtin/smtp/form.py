"""The form of an SMTP connector, and the texts a new one starts with."""

from collections.abc import Mapping, Sequence

from sekisho.connectors.kit.manifest import FormItem, FormItemType
from sekisho.connectors.kit.messages import TemplateType

_PURPOSES: Mapping[TemplateType, tuple[str, str]] = {
    TemplateType.SIGN_IN: ("Your sign-in code", "sign in"),
    TemplateType.REGISTER: ("Your sign-up code", "create your account"),
    TemplateType.FORGOT_PASSWORD: ("Your code for a new password", "set a new password"),
    TemplateType.ORGANIZATION_INVITATION: ("You are invited", "accept the invitation"),
    TemplateType.GENERIC: ("Your code", "confirm that it is you"),
    TemplateType.USER_PERMISSION_VALIDATION: ("Confirm that it is you", "confirm that it is you"),
    TemplateType.BIND_NEW_IDENTIFIER: ("Confirm your new address", "confirm this address"),
    TemplateType.MFA_VERIFICATION: ("Your second-step code", "finish signing in"),
    TemplateType.BIND_MFA: ("Turn on two-step verification", "turn on two-step verification"),
}

DEFAULT_TEMPLATES: Sequence[Mapping[str, str]] = tuple(
    {
        "usageType": str(usage),
        "contentType": "text/plain",
        "subject": subject,
        "content": (
            f"Your code is {{{{code}}}}. Use it to {purpose}; it works for 10 minutes."
            " If you did not ask for it, you can ignore this e-mail."
        ),
    }
    for usage, (subject, purpose) in _PURPOSES.items()
)


def _text(
    key: str, label: str, placeholder: str, *, is_required: bool = False, description: str | None = None
) -> FormItem:
    return FormItem(
        key=key,
        label=label,
        type=FormItemType.TEXT,
        placeholder=placeholder,
        is_required=is_required,
        description=description,
    )


def _number(key: str, label: str, *, description: str) -> FormItem:
    return FormItem(key=key, label=label, type=FormItemType.NUMBER, is_required=False, description=description)


def _switch(key: str, label: str, *, default: bool | None = False, description: str) -> FormItem:
    return FormItem(
        key=key, label=label, type=FormItemType.SWITCH, is_required=False, default=default, description=description
    )


def _json(
    key: str, label: str, default: object, *, is_required: bool = False, description: str | None = None
) -> FormItem:
    return FormItem(
        key=key,
        label=label,
        type=FormItemType.JSON,
        is_required=is_required,
        default=default,
        description=description,
    )


_NO_EFFECT = "Kept for existing configurations; it has no effect here."

FORM: Sequence[FormItem] = (
    _text("host", "Host", "<host>", is_required=True),
    FormItem(key="port", label="Port", type=FormItemType.NUMBER, placeholder="25", is_required=True),
    _json(
        "auth",
        "Auth",
        {"type": "login", "user": "<username>", "pass": "<password>"},
        is_required=True,
        description="A login, or OAuth2; the guide shows both.",
    ),
    _text("fromEmail", "From Email", "<from_email_address@your.domain>", is_required=True),
    _text("replyTo", "Reply To", "<do-reply@your.domain>"),
    _json(
        "templates",
        "Templates",
        list(DEFAULT_TEMPLATES),
        is_required=True,
        description="One for each purpose; Register, SignIn, ForgotPassword and Generic must be there.",
    ),
    _switch("logger", "Logger", description=_NO_EFFECT),
    _switch("debug", "Debug", description=_NO_EFFECT),
    _switch("disableFileAccess", "Disable File Access", description="Always so: a mail never contains files."),
    _switch("disableUrlAccess", "Disable URL Access", description="Always so: nothing is fetched for a mail."),
    _text("name", "Name", "<auth.example.com>", description="How we introduce ourselves (EHLO). ASCII only."),
    _text("localAddress", "Local Address", "<local_address>", description="The IP address of ours to call from."),
    _number("connectionTimeout", "Connection Timeout", description="Milliseconds to be connected; 120000 if empty."),
    _number("greetingTimeout", "Greeting Timeout", description="Milliseconds to be greeted; 30000 if empty."),
    _number("socketTimeout", "Socket Timeout", description="Milliseconds to be answered; 600000 if empty."),
    _number("dnsTimeout", "DNS Timeout", description="Milliseconds to look the host up; 30000 if empty."),
    _switch("secure", "Secure", description="TLS from the first byte, usually at port 465."),
    _json("tls", "TLS", {}, description="servername, rejectUnauthorized, ca (PEM), minVersion, maxVersion, ciphers."),
    _text("servername", "Servername", "<servername>", description="The name in the server's certificate."),
    _switch("ignoreTLS", "Ignore TLS", default=None, description="Stay unencrypted even where STARTTLS is offered."),
    _switch(
        "requireTLS",
        "Require TLS",
        default=None,
        description="Send nothing without STARTTLS. Recommended for port 587.",
    ),
    _json("customHeaders", "Custom Headers", {}, description='Further headers, such as {"X-Campaign": "codes"}.'),
)
