"""Decisions about how the sign-in to single applications differs from the tenant's. Every page asks: it is cached."""

from sekisho.applications.errors import ApplicationSignInNotFound
from sekisho.applications.models import Application, ApplicationSignIn, ApplicationSignInChange
from sekisho.applications.service import ApplicationService
from sekisho.applications.sign_in_store import ApplicationSignInStore
from sekisho.kernel.ids import ApplicationId
from sekisho.tenants.cache import TenantCache


class ApplicationSignInService:
    def __init__(self, *, store: ApplicationSignInStore, applications: ApplicationService, cache: TenantCache) -> None:
        self._store = store
        self._applications = applications
        self._cache = cache

    async def of(self, application: Application) -> ApplicationSignIn:
        """Return how the sign-in to an application differs; in nothing, where nobody said so."""

        async def load() -> ApplicationSignIn:
            return await self._store.find(application.id) or ApplicationSignIn(application_id=application.id)

        return await self._cache.get(("application_sign_in", application.id), load)

    async def name_of(self, application: Application) -> str:
        """Return what people should call an application."""
        return (await self.of(application)).display_name or application.name

    async def get(self, application_id: ApplicationId) -> ApplicationSignIn:
        """Return what was said of an application; raises `ApplicationSignInNotFound` when nothing was."""
        if found := await self._store.find(application_id):
            return found
        raise ApplicationSignInNotFound(application_id)

    async def change(
        self, application_id: ApplicationId, change: ApplicationSignInChange
    ) -> tuple[ApplicationSignIn, bool]:
        """Keep what is given, and leave the rest; tell also whether it is the first time."""
        # Held, so that of two first times one comes after the other.
        await self._applications.hold(application_id)
        is_first = await self._store.find(application_id) is None
        keep = self._store.add if is_first else self._store.update
        kept = await keep(application_id, change)
        await self._cache.changed()
        return kept, is_first
