"""Reads and changes how a tenant lets people in."""

from sekisho.sign_in.errors import SignInExperienceNotFound
from sekisho.sign_in.models import SignInExperience
from sekisho.sign_in.store import SignInStore, to_columns
from sekisho.tenants.cache import TenantCache


class SignInService:
    """The sign-in experience of one tenant."""

    def __init__(self, *, store: SignInStore, cache: TenantCache) -> None:
        self._store = store
        self._cache = cache

    async def get(self) -> SignInExperience:
        """Return the settings, from memory when they have not changed."""
        experience = await self._cache.get(("sign_in_experience",), self._store.find)
        if experience is None:
            raise SignInExperienceNotFound
        return experience

    async def read(self) -> SignInExperience:
        """Return the settings as the database has them at this moment, for a decision that must not be late."""
        experience = await self._store.find()
        if experience is None:
            raise SignInExperienceNotFound
        return experience

    async def update(self, changed: SignInExperience) -> SignInExperience:
        """Store what differs from the settings in force; columns that do not differ are not touched."""
        before, after = to_columns(await self.read()), to_columns(changed)
        if columns := {name: value for name, value in after.items() if value != before[name]}:
            await self._store.update(columns)
            await self._cache.changed()
        return changed
