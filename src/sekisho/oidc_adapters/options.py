"""The provider options of a tenant: one configuration value, read as `ProviderOptions` and kept as such."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypedDict

from sekisho.oidc.options import DEFAULT_OPTIONS, AcrLevel, DpopMode, ProviderOptions
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.models import ConfigurationKey
from sekisho.tenants.service import TenantService


class OptionsChange(TypedDict, total=False):
    """What is to change: only the keys that are there."""

    has_authorization_server_metadata: bool
    dpop: DpopMode
    acr_levels: tuple[AcrLevel, ...]
    signing_algorithm: str | None


class TenantOptions:
    """Implements `Options`, and changes them. The service is made when they are read, which is seldom."""

    def __init__(self, *, tenants: Callable[[], TenantService], cache: TenantCache) -> None:
        self._tenants = tenants
        self._cache = cache

    async def get(self) -> ProviderOptions:
        return await self._cache.get(("provider options",), self._read)

    async def change(self, change: OptionsChange) -> ProviderOptions:
        """Apply a change and return what holds now; an empty one changes nothing."""
        if not change:
            return await self.get()
        # Bumps the version first: its row is locked until the end, so that two changes at once both count.
        await self._tenants().configuration_changed()
        options = replace(await self._read(), **change)
        await self._tenants().set_configuration(ConfigurationKey.OIDC_PROVIDER, _kept(options))
        return options

    async def _read(self) -> ProviderOptions:
        value = await self._tenants().configuration(ConfigurationKey.OIDC_PROVIDER)
        return DEFAULT_OPTIONS if value is None else _options(value)


def _options(kept: Mapping[str, Any]) -> ProviderOptions:
    return ProviderOptions(
        has_authorization_server_metadata=kept["authorizationServerMetadata"],
        dpop=DpopMode(kept["dpop"]),
        acr_levels=tuple(_level(each) for each in kept["acrValues"]),
        signing_algorithm=kept["signingAlgorithm"],
    )


def _level(kept: Mapping[str, Any]) -> AcrLevel:
    seconds = kept["maxAge"]
    return AcrLevel(value=kept["value"], max_age=None if seconds is None else timedelta(seconds=seconds))


def _kept(options: ProviderOptions) -> Mapping[str, Any]:
    return {
        "authorizationServerMetadata": options.has_authorization_server_metadata,
        "dpop": options.dpop,
        "acrValues": [
            {"value": level.value, "maxAge": None if level.max_age is None else int(level.max_age.total_seconds())}
            for level in options.acr_levels
        ],
        "signingAlgorithm": options.signing_algorithm,
    }
