"""Using a tenant's connector: signing somebody in with it, or sending something through it.

Here a configuration is read, which is checked each time, and what a connector hands back is judged. Connectors run
outside of transactions: their tools see to it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import structlog

from sekisho.connectors.errors import ConnectorRefused, InsufficientInfo, Rule
from sekisho.connectors.kit.config import parse
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.kit.messages import Message, MessageConnector
from sekisho.connectors.kit.social import (
    AuthorizationRequest,
    ConnectorSession,
    RefreshesTokens,
    SocialConnector,
    SocialResult,
    TokenResponse,
)
from sekisho.connectors.kit.tools import Tools
from sekisho.connectors.models import Connector, Factory
from sekisho.connectors.provider_http import redirected
from sekisho.kernel.json import UnacceptableJson, check_json

_LONGEST_ID = 256

log = structlog.get_logger(__name__)


class NoSession:
    """The session of whoever is not signing in: there is nobody to remember anything for."""

    async def set(self, _values: Mapping[str, Any], /) -> None:
        raise ConnectorError(ErrorCode.NOT_IMPLEMENTED)

    async def get(self) -> Mapping[str, Any]:
        raise ConnectorError(ErrorCode.NOT_IMPLEMENTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Social:
    """A social connector, ready to be used. Raises `ConnectorError`, whatever it is asked."""

    connector: Connector
    tools: Tools
    stand_ins: Mapping[str, str]

    async def authorization_uri(
        self,
        *,
        state: str,
        redirect_uri: str,
        session: ConnectorSession,
        jti: str = "",
        user_agent: str | None = None,
        scope: str | None = None,
    ) -> str:
        """Return where to send the browser."""
        if not state or not redirect_uri:
            raise InsufficientInfo
        request = AuthorizationRequest(
            state=state,
            redirect_uri=redirect_uri,
            connector_id=self.connector.id,
            connector_factory_id=self.connector.stored.factory_id,
            jti=jti,
            user_agent=user_agent,
            scope=scope,
        )
        with self._failures_logged():
            address = await self._factory.authorization_uri(
                request, config=self._config(), session=session, tools=self.tools
            )
        return redirected(address, self.stand_ins)

    async def user(self, callback: Mapping[str, Any], *, session: ConnectorSession) -> SocialResult:
        """Return who came back, and tokens only where they are to be stored."""
        with self._failures_logged():
            result = await self._factory.user(callback, config=self._config(), session=session, tools=self.tools)
        told = () if result.token is None else (result.token.scope, result.token.token_type)
        try:
            check_json([result.user.to_wire(), *told])
        except UnacceptableJson as error:
            # Attack: a provider's answer that no database can keep.
            raise ConnectorError(ErrorCode.INVALID_RESPONSE, f"The provider's answer {error}.") from None
        if not 0 < len(result.user.id) <= _LONGEST_ID:
            raise ConnectorError(ErrorCode.INVALID_RESPONSE, "The provider did not say who it is.")
        return result if self.connector.stores_tokens else SocialResult(user=result.user)

    async def refresh(self, refresh_token: str) -> TokenResponse:
        """Return fresh tokens."""
        if not self.connector.stores_tokens:
            raise ConnectorRefused(Rule.STORES_NO_TOKENS)
        if not isinstance(self._factory, RefreshesTokens):
            raise ConnectorError(ErrorCode.NOT_IMPLEMENTED)
        with self._failures_logged():
            return await self._factory.refresh(refresh_token, config=self._config(), tools=self.tools)

    @contextmanager
    def _failures_logged(self) -> Iterator[None]:
        """Tell the operator why a provider failed: the person who signs in learns only that it did."""
        try:
            yield
        except ProviderFailed as error:
            log.warning("a provider failed", connector=self.connector.id, reason=str(error))
            raise

    @property
    def _factory(self) -> SocialConnector:
        return cast("SocialConnector", self.connector.factory)

    def _config(self) -> Any:
        return parse(self._factory.config, self.connector.stored.config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """A connector that carries messages, with the configuration to use. Raises `ConnectorError`."""

    factory: MessageConnector
    config: Mapping[str, Any] = field(repr=False)
    tools: Tools

    async def send(self, message: Message) -> None:
        try:
            await self.factory.send(message, config=parse(self.factory.config, self.config), tools=self.tools)
        except ConnectorError as error:
            # The person who waits for it learns only that it did not come.
            log.warning(
                "a message was not sent", connector=self.factory.manifest.id, reason=error.values["errorDescription"]
            )
            raise


def messenger(factory: Factory, *, config: Mapping[str, Any], tools: Tools) -> Messenger:
    """Return what sends through a factory; raises `ConnectorRefused` when it signs people in instead."""
    if factory.manifest.type is ConnectorType.SOCIAL:
        raise ConnectorRefused(Rule.WRONG_TYPE)
    return Messenger(factory=cast("MessageConnector", factory), config=config, tools=tools)
