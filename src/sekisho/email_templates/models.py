"""A template of an e-mail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec
from msgspec import UNSET, UnsetType

EmailTemplateId = NewType("EmailTemplateId", str)


class TemplateType(StrEnum):
    """What an e-mail is for."""

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 — a purpose
    ORGANIZATION_INVITATION = "OrganizationInvitation"
    GENERIC = "Generic"
    USER_PERMISSION_VALIDATION = "UserPermissionValidation"
    BIND_NEW_IDENTIFIER = "BindNewIdentifier"
    MFA_VERIFICATION = "MfaVerification"
    BIND_MFA = "BindMfa"


class TemplateDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The e-mail itself, with `{{name}}` where a value goes; stored and sent as it stands."""

    subject: str
    content: str
    content_type: str | UnsetType = UNSET
    reply_to: str | UnsetType = UNSET
    send_from: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmailTemplate:
    language_tag: str
    template_type: TemplateType
    details: TemplateDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate(NewEmailTemplate):
    id: EmailTemplateId
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFilter:
    """Which templates are meant; what is None does not matter."""

    language_tag: str | None = None
    template_type: TemplateType | None = None

    @property
    def means_all(self) -> bool:
        return self.language_tag is None and self.template_type is None
