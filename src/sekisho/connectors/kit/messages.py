"""What a connector of type Email or Sms does: carry a message. And what is common to them: templates with variables.

Which template is written in which language a tenant may decide; such a template comes with the message and goes before
the connector's own (connectors.md §4.11).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import Manifest
from sekisho.connectors.kit.tools import Tools

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")


class TemplateType(StrEnum):
    """What a message is for."""

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 — a purpose
    ORGANIZATION_INVITATION = "OrganizationInvitation"
    GENERIC = "Generic"
    USER_PERMISSION_VALIDATION = "UserPermissionValidation"
    BIND_NEW_IDENTIFIER = "BindNewIdentifier"
    MFA_VERIFICATION = "MfaVerification"
    BIND_MFA = "BindMfa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An e-mail before its variables are filled in; `content_type` is `text/html` or `text/plain`."""

    subject: str
    content: str
    content_type: str | None = None
    reply_to: str | None = None
    send_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell somebody: `to` is an e-mail address, or a phone number of digits only.

    `payload` holds the variables (`code`, `locale`, …), `ip` who asked for it. `template` is the tenant's own text for
    this purpose and language, where it has one.
    """

    to: str
    type: TemplateType
    payload: Mapping[str, Any] = field(default_factory=dict)
    ip: str | None = None
    template: Template | None = None


class MessageConnector(Protocol):
    """Carries messages."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def config(self) -> type[Config]: ...

    async def send(self, message: Message, *, config: Any, tools: Tools) -> None:
        """Hand a message over to whoever delivers it; returning means it was accepted."""
        ...


class _ForUsage(Protocol):
    @property
    def usage_type(self) -> str: ...


T = TypeVar("T", bound=_ForUsage)


def template_for(message: Message, templates: Sequence[T]) -> T:
    """Return the configured template of a message's purpose, or else the generic one; raises `ConnectorError`."""
    for usage in (message.type, TemplateType.GENERIC):
        for template in templates:
            if template.usage_type == usage:
                return template
    raise ConnectorError(ErrorCode.TEMPLATE_NOT_FOUND, f"There is no template for {message.type}.")


def fill(text: str, payload: Mapping[str, Any]) -> str:
    """Fill in `{{ path }}`. A path of which the first step is unknown stays as it is; what is missing later is empty.

    Nothing is escaped and nothing is run: a payload is text (attack: a value that is a template of its own).
    """

    def value_of(match: re.Match[str]) -> str:
        first, *rest = match[1].split(".")
        if first not in payload:
            return match[0]
        value = payload[first]
        for step in rest:
            value = _member(value, step)
        return _as_text(value)

    return _VARIABLE.sub(value_of, text)


def _member(value: Any, step: str) -> Any:
    match value:
        case Mapping():
            return value.get(step)
        case list() | tuple() if step.isdecimal() and int(step) < len(value):
            return value[int(step)]
        case _:
            return None


def _as_text(value: Any) -> str:
    """Return a JSON value the way JavaScript writes it, which is what existing templates expect."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case Mapping():
            return "[object Object]"
        case list() | tuple():
            return ",".join(_as_text(each) for each in value)
        case _:
            return str(value)
