"""Keeps what people may do with their own account."""

from dataclasses import replace
from typing import Any, Protocol

from sekisho.account_center.errors import AccountCenterNotFound
from sekisho.account_center.models import AccountCenter
from sekisho.account_center.store import AccountCenterStore
from sekisho.kernel.errors import InvalidInput
from sekisho.tenants.cache import TenantCache

#: Fields of every account, which a tenant does not have to make.
_EVERYBODYS = frozenset({"name", "avatar"})


class ProfileFieldNames(Protocol):
    """Tells which profile fields the tenant made."""

    async def __call__(self) -> frozenset[str]: ...


class AccountCenterService:
    """The account center of one tenant."""

    def __init__(
        self, *, store: AccountCenterStore, cache: TenantCache, profile_field_names: ProfileFieldNames
    ) -> None:
        self._store = store
        self._cache = cache
        self._profile_field_names = profile_field_names

    async def get(self) -> AccountCenter:
        settings = await self._cache.get(("account_center",), self._store.find)
        if settings is None:
            raise AccountCenterNotFound
        return settings

    async def change(self, **given: Any) -> AccountCenter:
        """Replace the settings given. Profile fields nobody knows are left out; one named twice is refused."""
        # First, because it locks: two that change different settings at once both count.
        await self._cache.changed()
        before = await self.get()
        if named := given.get("profile_fields"):
            if len(named) != len(set(named)):
                raise InvalidInput(details="A profile field is named twice.")
            known = await self._profile_field_names() | _EVERYBODYS
            given["profile_fields"] = tuple(name for name in named if name in known)
        if "webauthn_related_origins" in given:
            given["webauthn_related_origins"] = tuple(dict.fromkeys(given["webauthn_related_origins"]))
        after = replace(before, **given)
        if after != before:
            await self._store.update(after)
        return after

    async def forget_profile_field(self, name: str) -> None:
        """Show a profile field no longer: it is gone."""
        named = (await self.get()).profile_fields
        if named is not None and name in named:
            await self.change(profile_fields=tuple(each for each in named if each != name))
