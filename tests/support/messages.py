"""Tenants that can send messages: the connectors for tests, set up as an administrator does."""

from typing import Any

from sekisho.connectors.kit.messages import TemplateType
from sekisho.connectors.models import FactoryId, NewConnector
from sekisho.services import Services

_TEXT = "{{code}} for %s"

EMAIL_CONFIG: dict[str, Any] = {
    "apiKey": "k",
    "fromEmail": "a@b.test",
    "fromName": "n",
    "templates": [
        {"usageType": kind.value, "type": "text/plain", "subject": f"{kind} {{{{code}}}}", "content": _TEXT % kind}
        for kind in TemplateType
    ],
}
SMS_CONFIG: dict[str, Any] = {
    "accountSID": "a",
    "authToken": "b",
    "fromMessagingServiceSID": "c",
    "templates": [{"usageType": kind.value, "content": _TEXT % kind} for kind in TemplateType],
}


async def add_message_connectors(services: Services) -> None:
    """Let the tenant send e-mails and SMS."""
    for factory, config in (("mock-email-service", EMAIL_CONFIG), ("mock-short-message-service", SMS_CONFIG)):
        await services.connectors.create(NewConnector(factory_id=FactoryId(factory), config=config))
