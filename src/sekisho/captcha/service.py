"""Keeps a tenant's captcha provider. Without one nobody is asked for a proof: who removes it, switches that off."""

from dataclasses import replace
from typing import Protocol

from sekisho.captcha.check import CaptchaCheck
from sekisho.captcha.errors import CaptchaProviderNotFound
from sekisho.captcha.models import CaptchaConfig, CaptchaProvider, CaptchaProviderId
from sekisho.captcha.store import CaptchaStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.tenants.cache import TenantCache


class SwitchOff(Protocol):
    """Asks nobody for a proof any longer, in the caller's transaction."""

    async def __call__(self) -> None: ...


class CaptchaService:
    """The provider of one tenant."""

    def __init__(
        self,
        *,
        store: CaptchaStore,
        cache: TenantCache,
        clock: Clock,
        ids: Ids,
        check: CaptchaCheck,
        switch_off: SwitchOff,
    ) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._ids = ids
        self._check = check
        self._switch_off = switch_off

    async def find(self) -> CaptchaProvider | None:
        return await self._cache.get(("captcha_provider",), self._store.find)

    async def get(self) -> CaptchaProvider:
        if provider := await self.find():
            return provider
        raise CaptchaProviderNotFound

    async def is_human(self, token: str, *, provider: CaptchaProvider) -> bool:
        """Tell whether the provider gave this token to a person. Slow: callers give their connection back first."""
        return await self._check.is_human(token, config=provider.config)

    async def put(self, config: CaptchaConfig) -> CaptchaProvider:
        """Set the provider, in place of the one before."""
        # First, because it locks: two that set the first provider at once add one row.
        await self._cache.changed()
        now = self._clock.now()
        if known := await self._store.find():
            provider = replace(known, config=config, updated_at=now)
            await self._store.update(provider)
            return provider
        provider = CaptchaProvider(
            id=CaptchaProviderId(self._ids.standard()), config=config, created_at=now, updated_at=now
        )
        await self._store.add(provider)
        return provider

    async def remove(self) -> None:
        await self._cache.changed()
        if not await self._store.remove():
            raise CaptchaProviderNotFound
        await self._switch_off()
