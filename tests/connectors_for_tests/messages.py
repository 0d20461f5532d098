"""Connectors that carry messages no farther than to the outbox."""

from typing import Any, ClassVar

from pydantic import Field
from tests.connectors_for_tests.outbox import OUTBOX, Sent

from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, svg_uri
from sekisho.connectors.kit.messages import Message, fill, template_for
from sekisho.connectors.kit.tools import Tools

_LOGO = svg_uri('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/></svg>')


class EmailTemplate(Config):
    usage_type: str
    type: str
    subject: str
    content: str


class EmailConfig(Config):
    api_key: str
    from_email: str
    from_name: str | None = None
    templates: list[EmailTemplate]


class MockEmail:
    """Takes the tenant's own templates before its own, as the SMTP connector does."""

    manifest: ClassVar = Manifest(
        id="mock-email-service",
        type=ConnectorType.EMAIL,
        target="mock-mail",
        name={
            "en": "Mock Mail Service",
            "zh-CN": "Mock 邮件服务",
            "tr-TR": "Mock Mail Servis",
            "ko": "Mock Mail Service",
        },
        description={"en": "Puts e-mails where tests find them."},
        logo=_LOGO,
        readme="# Mock e-mail connector\n",
        config_template="{}",
    )
    config: ClassVar = EmailConfig

    async def send(self, message: Message, *, config: EmailConfig, tools: Tools) -> None:  # noqa: ARG002 — goes nowhere
        own = message.template
        if own is None:
            chosen = template_for(message, config.templates)
            subject, content = chosen.subject, chosen.content
            template: dict[str, Any] = chosen.model_dump(by_alias=True)
        else:
            subject, content = own.subject, own.content
            template = {"subject": subject, "content": content}
        OUTBOX.put(
            Sent(
                address=message.to,
                type=message.type.value,
                payload=message.payload,
                template=template,
                subject=fill(subject, message.payload),
                content=fill(content, message.payload),
            )
        )


class SmsTemplate(Config):
    usage_type: str
    content: str


class SmsConfig(Config):
    account_sid: str = Field(alias="accountSID")
    auth_token: str
    from_messaging_service_sid: str = Field(alias="fromMessagingServiceSID")
    templates: list[SmsTemplate]


class MockSms:
    manifest: ClassVar = Manifest(
        id="mock-short-message-service",
        type=ConnectorType.SMS,
        target="mock-sms",
        name={"en": "Mock SMS Service", "zh-CN": "Mock 短信服务", "tr-TR": "Mock SMS Servis", "ko": "Mock SMS Service"},
        description={"en": "Puts text messages where tests find them."},
        logo=_LOGO,
        readme="# Mock SMS connector\n",
        config_template="{}",
    )
    config: ClassVar = SmsConfig

    async def send(self, message: Message, *, config: SmsConfig, tools: Tools) -> None:  # noqa: ARG002 — goes nowhere
        template = template_for(message, config.templates)
        OUTBOX.put(
            Sent(
                address=message.to,
                type=message.type.value,
                payload=message.payload,
                template=template.model_dump(by_alias=True),
                content=fill(template.content, message.payload),
            )
        )
