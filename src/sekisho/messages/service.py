"""Sends messages: finds who carries them, keeps people from being flooded, and puts them into the tenant's words.

A message is sent while whoever asked for it waits, so that he hears what is wrong with the connector.
"""

from collections.abc import Mapping
from typing import assert_never

import structlog
from msgspec import UNSET, UnsetType

from sekisho.connectors.errors import NobodyCarriesMessages
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.kit.messages import Message, Template, TemplateType
from sekisho.connectors.service import ConnectorService
from sekisho.connectors.use import Messenger
from sekisho.email_templates.models import TemplateDetails, TemplateFilter
from sekisho.email_templates.service import EmailTemplateService
from sekisho.kernel.events import Announce, Caller
from sekisho.kernel.ids import TenantId
from sekisho.messages.errors import MessageRateLimited
from sekisho.messages.events import RecipientFlooded
from sekisho.messages.models import Delivery, Letter
from sekisho.messages.pace import Pace
from sekisho.security.models import Action, Attempt
from sekisho.security.recipients import RecipientLimit
from sekisho.sign_in.service import SignInService
from sekisho.users.identifiers import key_of
from sekisho.users.models import Identifier, IdentifierType

_CARRIED_BY: Mapping[IdentifierType, ConnectorType] = {
    IdentifierType.EMAIL: ConnectorType.EMAIL,
    IdentifierType.PHONE: ConnectorType.SMS,
}

log = structlog.get_logger(__name__)


class MessageService:
    """The messages of one tenant. Sending is slow: the caller must not hold a transaction open."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        connectors: ConnectorService,
        templates: EmailTemplateService,
        sign_in: SignInService,
        limit: RecipientLimit,
        pace: Pace,
        caller: Caller,
        announce_despite_refusal: Announce,
    ) -> None:
        self._tenant_id = tenant_id
        self._connectors = connectors
        self._templates = templates
        self._sign_in = sign_in
        self._limit = limit
        self._pace = pace
        self._caller = caller
        self._announce_despite_refusal = announce_despite_refusal

    async def send(self, letter: Letter, *, delivery: Delivery = Delivery.OPEN) -> None:
        """Send a message with a code; raises `NobodyCarriesMessages`, `MessageRateLimited`, or as the connector."""
        carried_by = _CARRIED_BY[letter.to.type]
        messenger = await self._connectors.message_connector(carried_by)
        if messenger is None:
            raise NobodyCarriesMessages(type=carried_by)
        message = Message(
            to=letter.to.value,
            type=letter.purpose,
            payload=letter.payload,
            ip=self._caller.ip or None,
            template=await self.own_words(letter.purpose, by=carried_by, locale=letter.payload.get("locale")),
        )
        # Every read is done: taking the place gives the connection back.
        place = await self._place(letter.to)
        match delivery:
            case Delivery.OPEN:
                await self._send_openly(messenger, message, to=letter.to, place=place)
            case Delivery.DISCREET:
                await self._send_discreetly(messenger, message, to=letter.to)
            case Delivery.SILENT:
                await self._pace.imitate(self._tenant_id, letter.to.type)
            case _:
                assert_never(delivery)

    async def own_words(self, purpose: TemplateType, *, by: ConnectorType, locale: str | None) -> Template | None:
        """Return the tenant's own text: in the reader's language, in the tenant's, or the generic one of that."""
        if by is not ConnectorType.EMAIL:
            return None
        fallback = (await self._sign_in.get()).language_info.fallback_language
        wanted = [(purpose, locale), (purpose, fallback), (TemplateType.GENERIC, fallback)]
        for usage, language in wanted:
            if language is None:
                continue
            for found in await self._templates.list(TemplateFilter(language_tag=language, template_type=usage)):
                return _for_connector(found.details)
        return None

    async def _send_openly(self, messenger: Messenger, message: Message, *, to: Identifier, place: Attempt) -> None:
        try:
            await self._carry(messenger, message, to=to)
        except Exception:
            await self._limit.give_back(place)
            raise

    async def _send_discreetly(self, messenger: Messenger, message: Message, *, to: Identifier) -> None:
        # Attack: reading off an error, or a count that does not grow, that there was somebody to send something to.
        # Whatever is wrong with the connector, the operator reads it in the log.
        try:
            await self._carry(messenger, message, to=to)
        except Exception:
            log.exception("message not sent", purpose=message.type.value, tenant=self._tenant_id)

    async def _carry(self, messenger: Messenger, message: Message, *, to: Identifier) -> None:
        with self._pace.measured(self._tenant_id, to.type):
            await messenger.send(message)

    async def _place(self, recipient: Identifier) -> Attempt:
        action = Action.VERIFICATION_CODE_SEND
        place = await self._limit.take_place(recipient, action=action)
        if place is not None:
            return place
        await self._announce_despite_refusal(
            RecipientFlooded(action=action.value, recipient=key_of(recipient, are_usernames_case_sensitive=False))
        )
        raise MessageRateLimited


def _for_connector(details: TemplateDetails) -> Template:
    return Template(
        subject=details.subject,
        content=details.content,
        content_type=_given(details.content_type),
        reply_to=_given(details.reply_to),
        send_from=_given(details.send_from),
    )


def _given(value: str | UnsetType) -> str | None:
    return None if value is UNSET else value
