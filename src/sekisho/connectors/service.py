"""Keeps a tenant's connectors: one for e-mail, one for SMS, and social ones that never compete for a target.

Using one is `use.py`; which kinds can be made is `registry.py`. What else changes with a connector (sign-in settings,
stored tokens) is told to `Dependents`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sekisho.connectors.errors import (
    ConnectorIdInUse,
    ConnectorNotFound,
    ConnectorRefused,
    FactoryNotFound,
    InsufficientInfo,
    Rule,
)
from sekisho.connectors.kit.config import parse
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.kit.messages import Message, MessageConnector, Template, TemplateType
from sekisho.connectors.kit.tools import Tools
from sekisho.connectors.models import (
    Connector,
    ConnectorChange,
    ConnectorId,
    Factory,
    FactoryId,
    NewConnector,
    StoredConnector,
)
from sekisho.connectors.registry import Registry
from sekisho.connectors.rules import (
    check_new_social,
    check_overrides,
    check_together,
    check_token_storage,
    cleaned,
)
from sekisho.connectors.store import ConnectorStore
from sekisho.connectors.use import Messenger, NoSession, Social, messenger
from sekisho.db.errors import UniqueViolation
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.tenants.cache import TenantCache

TRIAL_CODE = "000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """What else changes with connectors, in the caller's transaction."""

    #: Raises unless the tenant can do with connectors of these types.
    check_remaining: Callable[[Collection[ConnectorType]], Awaitable[None]]
    #: Offers a provider no longer: no connector has it.
    forget_target: Callable[[str], Awaitable[None]]
    #: Removes what providers gave through a connector.
    forget_tokens: Callable[[ConnectorId], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What an administrator wants to see arrive, before a configuration is stored."""

    to: str
    type: ConnectorType
    config: Mapping[str, Any] = field(repr=False)
    locale: str | None = None


class ConnectorService:
    """The connectors of one tenant."""

    def __init__(
        self,
        *,
        store: ConnectorStore,
        cache: TenantCache,
        registry: Registry,
        clock: Clock,
        ids: Ids,
        tools: Tools,
        stand_ins: Mapping[str, str],
        stand_in_carriers: Mapping[ConnectorType, MessageConnector],
        dependents: Dependents,
    ) -> None:
        self._store = store
        self._cache = cache
        self._registry = registry
        self._clock = clock
        self._ids = ids
        self._tools = tools
        self._stand_ins = stand_ins
        self._stand_in_carriers = stand_in_carriers
        self._dependents = dependents

    def factories(self) -> Sequence[Factory]:
        """Return what is installed, by id."""
        return self._registry.all()

    def factory(self, factory_id: FactoryId) -> Factory:
        if factory := self._registry.find(factory_id):
            return factory
        raise FactoryNotFound

    async def list(self) -> Sequence[Connector]:
        """Return the connectors by id, without those that are made of something that is not installed."""
        stored = await self._cache.get(("connectors",), self._store.list)
        found = ((each, self._registry.find(each.factory_id)) for each in stored)
        return [Connector(stored=each, factory=factory) for each, factory in found if factory is not None]

    async def matching(self, target: str | None) -> Sequence[Connector]:
        """Return the connectors of a target, or all; raises `ConnectorsCollide` where they exclude each other."""
        connectors = await self.list()
        check_together(connectors)
        return [each for each in connectors if target in {None, each.target}]

    async def find(self, connector_id: ConnectorId) -> Connector | None:
        return next((each for each in await self.list() if each.id == connector_id), None)

    async def get(self, connector_id: ConnectorId) -> Connector:
        if connector := await self.find(connector_id):
            return connector
        raise ConnectorNotFound

    async def of_targets(self, targets: Sequence[str]) -> Sequence[Connector]:
        """Return the social connectors of these targets, in their order."""
        if not targets:
            return ()
        known = [each for each in await self.list() if each.type is ConnectorType.SOCIAL]
        return [each for target in targets for each in known if each.target == target]

    async def targets(self) -> frozenset[str]:
        """Return the targets of all social connectors."""
        return frozenset(each.target for each in await self.list() if each.type is ConnectorType.SOCIAL)

    async def types(self) -> frozenset[ConnectorType]:
        """Return the types of which there is a connector, or who stands in for one."""
        return frozenset(each.type for each in await self.list()) | self._stand_in_carriers.keys()

    async def social(self, connector_id: ConnectorId) -> Social:
        """Return a connector to sign somebody in with; raises `ConnectorNotFound`, `ConnectorRefused`."""
        connector = await self.get(connector_id)
        if connector.type is not ConnectorType.SOCIAL:
            raise ConnectorRefused(Rule.WRONG_TYPE)
        return Social(connector=connector, tools=self._tools, stand_ins=self._stand_ins)

    async def authorization_uri(
        self, connector_id: ConnectorId, *, state: str, redirect_uri: str, user_agent: str | None
    ) -> str:
        """Return where a user would be sent whose account an administrator links; there is no session."""
        if not state or not redirect_uri:
            raise InsufficientInfo
        social = await self.social(connector_id)
        return await social.authorization_uri(
            state=state, redirect_uri=redirect_uri, session=NoSession(), user_agent=user_agent
        )

    async def message_connector(self, type_: ConnectorType) -> Messenger | None:
        """Return what carries e-mails or SMS, if there is one."""
        for each in await self.list():
            if each.type is type_:
                return messenger(each.factory, config=each.stored.config, tools=self._tools)
        if stand_in := self._stand_in_carriers.get(type_):
            return Messenger(factory=stand_in, config={}, tools=self._tools)
        return None

    async def create(self, new: NewConnector) -> Connector:
        """Make a connector; one for e-mail or SMS takes the place of the one before."""
        factory = self._registry.find(new.factory_id)
        if factory is None:
            raise ConnectorRefused(Rule.UNKNOWN_FACTORY)
        # First, because it locks: of two that are made at once, the second one sees the first.
        await self._cache.changed()
        connector = Connector(stored=self._made(new), factory=factory)
        others = await self.list()
        if connector.type is ConnectorType.SOCIAL:
            check_new_social(connector, new.overrides, others=others)
        if new.config is not None:
            parse(factory.config, new.config)
        check_token_storage(connector.manifest, is_wanted=new.enable_token_storage)
        if connector.type is not ConnectorType.SOCIAL:
            for other in others:
                if other.type is connector.type:
                    await self._store.remove(other.id)
        try:
            await self._store.add(connector.stored)
        except UniqueViolation as violation:
            raise ConnectorIdInUse from violation
        return connector

    async def update(self, connector_id: ConnectorId, change: ConnectorChange) -> Connector:
        """Change a connector."""
        await self._cache.changed()
        before = await self.get(connector_id)
        if change.overrides is not None:
            check_overrides(before, change.overrides)
        if change.sync_profile and before.type is not ConnectorType.SOCIAL:
            raise ConnectorRefused(Rule.SYNCS_NO_PROFILE)
        check_token_storage(before.manifest, is_wanted=bool(change.enable_token_storage))
        if change.config is not None:
            parse(before.factory.config, change.config)
        if change.enable_token_storage is False:
            await self._dependents.forget_tokens(connector_id)
        given: dict[str, Any] = {
            "config": None if change.config is None else cleaned(change.config),
            "overrides": None if change.overrides is None else cleaned(change.overrides),
            "sync_profile": change.sync_profile,
            "enable_token_storage": change.enable_token_storage,
        }
        stored = replace(before.stored, **{name: value for name, value in given.items() if value is not None})
        await self._store.update(stored)
        return replace(before, stored=stored)

    async def remove(self, connector_id: ConnectorId) -> None:
        """Remove a connector, and what was only there because of it."""
        await self._cache.changed()
        connector = await self.get(connector_id)
        others = [each for each in await self.list() if each.id != connector_id]
        if connector.type is not ConnectorType.SOCIAL:
            await self._dependents.check_remaining({each.type for each in others})
        await self._dependents.forget_tokens(connector_id)
        await self._store.remove(connector_id)
        if connector.type is ConnectorType.SOCIAL and connector.target not in {each.target for each in others}:
            await self._dependents.forget_target(connector.target)

    async def test(
        self, factory_id: FactoryId, trial: Trial, *, ip: str | None = None, template: Template | None = None
    ) -> None:
        """Send a message with a code that is none; `template` is the tenant's own text for it."""
        factory = self._registry.find(factory_id)
        if factory is None:
            raise ConnectorRefused(Rule.SENDS_NOTHING, type=trial.type)
        if factory.manifest.type is not trial.type:
            raise ConnectorRefused(Rule.WRONG_TYPE)
        payload = {"code": TRIAL_CODE} | ({} if trial.locale is None else {"locale": trial.locale})
        message = Message(to=trial.to, type=TemplateType.GENERIC, payload=payload, ip=ip, template=template)
        await messenger(factory, config=trial.config, tools=self._tools).send(message)

    def _made(self, new: NewConnector) -> StoredConnector:
        return StoredConnector(
            id=new.id or ConnectorId(self._ids.short()),
            factory_id=new.factory_id,
            config=cleaned(new.config or {}),
            overrides=cleaned(new.overrides or {}),
            sync_profile=new.sync_profile,
            enable_token_storage=new.enable_token_storage,
            created_at=self._clock.now(),
        )
