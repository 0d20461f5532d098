"""E-mail templates on the wire (management-api.md §13.4)."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from pydantic import Field, WithJsonSchema

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.connectors.kit.messages import TemplateType
from sekisho.email_templates.models import EmailTemplate, NewEmailTemplate, TemplateDetails
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId

TemplateTypeName = Literal[
    "SignIn",
    "Register",
    "ForgotPassword",
    "OrganizationInvitation",
    "Generic",
    "UserPermissionValidation",
    "BindNewIdentifier",
    "MfaVerification",
    "BindMfa",
]
Tag = Annotated[str, Field(min_length=1, max_length=16)]
ContentTypeName: TypeAlias = Annotated[
    Literal["text/html", "text/plain"], WithJsonSchema({"oneOf": [{"type": "string"}, {"type": "string"}]})
]


class DetailsBody(Body):
    subject: str
    content: str
    content_type: ContentTypeName = ABSENT
    reply_to: str = ABSENT
    send_from: str = ABSENT


class DetailsPatchBody(Body):
    subject: str = ABSENT
    content: str = ABSENT
    content_type: ContentTypeName = ABSENT
    reply_to: str = ABSENT
    send_from: str = ABSENT


class TemplateBody(Body):
    language_tag: Tag
    template_type: TemplateTypeName
    details: DetailsBody

    def to_model(self) -> NewEmailTemplate:
        return NewEmailTemplate(
            language_tag=self.language_tag,
            template_type=TemplateType(self.template_type),
            details=TemplateDetails(**self.details.given()),
        )


class TemplatesBody(Body):
    templates: Annotated[list[TemplateBody], Field(min_length=1)]


class EmailTemplateOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    language_tag: str
    template_type: TemplateTypeName
    details: TemplateDetails
    created_at: int


class DeletedOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    row_count: int


def email_template_out(template: EmailTemplate, *, tenant_id: TenantId) -> EmailTemplateOut:
    return EmailTemplateOut(
        tenant_id=tenant_id,
        id=template.id,
        language_tag=template.language_tag,
        template_type=template.template_type.value,
        details=template.details,
        created_at=epoch_milliseconds(template.created_at),
    )
