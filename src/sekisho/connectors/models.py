"""A tenant's connector: the row, and the row with the factory it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType, TypeAlias

from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform
from sekisho.connectors.kit.messages import MessageConnector
from sekisho.connectors.kit.social import SocialConnector

ConnectorId = NewType("ConnectorId", str)
FactoryId = NewType("FactoryId", str)

Factory: TypeAlias = SocialConnector | MessageConnector
"""What is installed: one object for all tenants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnector:
    """`overrides` stand in place of the factory's metadata: `target`, `name`, `logo`, `logoDark`."""

    id: ConnectorId
    factory_id: FactoryId
    config: Mapping[str, Any] = field(repr=False)
    overrides: Mapping[str, Any]
    sync_profile: bool
    enable_token_storage: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnector:
    """A connector to be made; without an id it gets one."""

    factory_id: FactoryId
    id: ConnectorId | None = None
    config: Mapping[str, Any] | None = field(default=None, repr=False)
    overrides: Mapping[str, Any] | None = None
    sync_profile: bool = False
    enable_token_storage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorChange:
    """What to change; what is None stays. Configuration and metadata are replaced whole."""

    config: Mapping[str, Any] | None = field(default=None, repr=False)
    overrides: Mapping[str, Any] | None = None
    sync_profile: bool | None = None
    enable_token_storage: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A tenant's connector as it takes effect."""

    stored: StoredConnector
    factory: Factory

    @property
    def id(self) -> ConnectorId:
        return self.stored.id

    @property
    def manifest(self) -> Manifest:
        return self.factory.manifest

    @property
    def type(self) -> ConnectorType:
        return self.manifest.type

    @property
    def platform(self) -> Platform | None:
        return self.manifest.platform

    @property
    def target(self) -> str:
        """The name of the identity provider, under which identities of users are kept."""
        return str(self.stored.overrides.get("target", self.manifest.target))

    @property
    def name(self) -> Mapping[str, str]:
        names: Mapping[str, str] = self.stored.overrides.get("name", self.manifest.name)
        return names

    @property
    def logo(self) -> str:
        return str(self.stored.overrides.get("logo", self.manifest.logo))

    @property
    def logo_dark(self) -> str | None:
        shown: str | None = self.stored.overrides.get("logoDark", self.manifest.logo_dark)
        return shown

    @property
    def stores_tokens(self) -> bool:
        return self.stored.enable_token_storage and bool(self.manifest.is_token_storage_supported)

    def metadata(self) -> dict[str, Any]:
        """Return the effective metadata in the wire's words; `id` is the connector's."""
        return {**self.manifest.to_wire(), **self.stored.overrides, "id": self.id}
