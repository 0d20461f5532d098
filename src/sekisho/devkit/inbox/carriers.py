"""Connectors that carry into the inbox: they stand in where a tenant has no connector for e-mail or SMS."""

from collections.abc import Mapping
from typing import ClassVar

from sekisho.connectors.builtin.smtp.config import ConfiguredTemplate
from sekisho.connectors.builtin.smtp.form import DEFAULT_TEMPLATES
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.manifest import ConnectorType, Manifest
from sekisho.connectors.kit.messages import Message, MessageConnector, fill, template_for
from sekisho.connectors.kit.tools import Tools
from sekisho.devkit.inbox.letters import Draft, Inbox, Kind, Way

SENDER = "Sekisho <no-reply@localhost>"


class NothingToConfigure(Config):
    """The inbox is simply there."""


class InboxCarrier:
    """Writes a message as the SMTP connector would, and keeps it."""

    config: ClassVar[type[Config]] = NothingToConfigure

    def __init__(self, type_: ConnectorType, *, inbox: Inbox) -> None:
        self.manifest = Manifest(
            id=f"development-inbox-{type_.lower()}",
            type=type_,
            target="development-inbox",
            name={"en": "Development inbox"},
            description={"en": "Shows messages at /dev/inbox."},
            logo="",
            readme="",
        )
        self._inbox = inbox

    async def send(self, message: Message, *, config: object, tools: Tools) -> None:  # noqa: ARG002 — the kit's signature
        usual = [ConfiguredTemplate.model_validate(each) for each in DEFAULT_TEMPLATES]
        template = message.template or template_for(message, usual).to_template()
        content = fill(template.content, message.payload)
        if self.manifest.type is ConnectorType.SMS:
            self._inbox.keep(Draft(kind=Kind.SMS, way=Way.NO_CONNECTOR, to=f"+{message.to}", text=content))
            return
        is_plain = template.content_type == "text/plain"
        self._inbox.keep(
            Draft(
                kind=Kind.EMAIL,
                way=Way.NO_CONNECTOR,
                to=message.to,
                sender=fill(template.send_from or "", message.payload) or SENDER,
                subject=fill(template.subject, message.payload),
                text=content if is_plain else "",
                html="" if is_plain else content,
            )
        )


def carriers(inbox: Inbox) -> Mapping[ConnectorType, MessageConnector]:
    """Return who carries what nobody else does."""
    return {type_: InboxCarrier(type_, inbox=inbox) for type_ in (ConnectorType.EMAIL, ConnectorType.SMS)}
