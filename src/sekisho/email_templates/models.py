"""A template of an e-mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.connectors.kit.messages import TemplateType

EmailTemplateId = NewType("EmailTemplateId", str)


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
