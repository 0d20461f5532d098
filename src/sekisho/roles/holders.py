"""Decisions about who holds which role: users those of users, machine-to-machine applications those of machines.

One service for each kind of holder. Both sides of the relation lead here: a role's holders and a holder's roles.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.applications.errors import ApplicationNotFound
from sekisho.applications.models import Application, ApplicationType
from sekisho.db.search import Search
from sekisho.kernel.errors import ConstraintViolated, DomainError
from sekisho.kernel.pages import Page, PageRequest
from sekisho.roles.errors import (
    ApplicationHasRole,
    InvalidApplicationRole,
    InvalidUserRole,
    MachinesOnly,
    RoleIdNotFound,
    RoleNotHeld,
    UserHasRole,
)
from sekisho.roles.holder_store import HolderStore
from sekisho.roles.models import INTERNAL_PREFIX, ListedRole, Role, RoleFilter, RoleId, RoleType
from sekisho.roles.store import RoleStore
from sekisho.tenants.cache import TenantCache
from sekisho.users.errors import UserNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRules:
    """Which roles holders of one kind may have, and how a refusal is called."""

    role_type: RoleType
    unknown: Callable[[str], DomainError]
    has_it_already: Callable[[str], DomainError]
    wrong_type: Callable[[], DomainError]
    wrong_type_in_replacement: Callable[[], DomainError]


OF_USERS = HolderRules(
    role_type=RoleType.USER,
    unknown=lambda _: UserNotFound(),
    has_it_already=lambda user_id: UserHasRole(user_id=user_id),
    wrong_type=InvalidUserRole,
    wrong_type_in_replacement=ConstraintViolated,
)
OF_APPLICATIONS = HolderRules(
    role_type=RoleType.MACHINE_TO_MACHINE,
    unknown=ApplicationNotFound,
    has_it_already=lambda application_id: ApplicationHasRole(application_id=application_id),
    wrong_type=InvalidApplicationRole,
    wrong_type_in_replacement=InvalidApplicationRole,
)


class RoleHolders:
    """`check` refuses a holder who does not exist, or cannot have roles."""

    def __init__(
        self,
        *,
        store: HolderStore[Any],
        roles: RoleStore,
        cache: TenantCache,
        rules: HolderRules,
        check: Callable[[str], Awaitable[object]],
    ) -> None:
        self._store = store
        self._roles = roles
        self._cache = cache
        self._rules = rules
        self._check = check

    async def add(self, role_id: RoleId, holder_ids: Iterable[str]) -> None:
        """Give one role to several; none of them may have it already."""
        role, wanted = await self._roles.get(role_id), tuple(dict.fromkeys(holder_ids))
        held = await self._store.holding(role_id, wanted)
        if again := next((holder_id for holder_id in wanted if holder_id in held), None):
            raise self._rules.has_it_already(again)
        known = await self._store.known(wanted)
        if missing := next((holder_id for holder_id in wanted if holder_id not in known), None):
            raise self._rules.unknown(missing)
        if role.type is not self._rules.role_type:
            raise ConstraintViolated
        await self._give([(role_id, holder_id) for holder_id in wanted])

    async def remove(self, role_id: RoleId, holder_id: str) -> None:
        """Take a role from somebody."""
        if not await self._store.remove(role_id, holder_id):
            raise RoleNotHeld
        await self._changed()

    async def page(self, holder_id: str, page: PageRequest, *, search: Search | None = None) -> Page[Role]:
        """Return the roles somebody holds, but internal ones."""
        await self._check(holder_id)
        return await self._store.page(holder_id, page, search=search)

    async def give(self, holder_id: str, role_ids: Iterable[str]) -> Sequence[RoleId]:
        """Give somebody roles; return those he did not have."""
        await self._check(holder_id)
        roles = await self._wanted(role_ids, wrong_type=self._rules.wrong_type)
        held = {role.id for role in await self._store.list(holder_id)}
        added = [role.id for role in roles if role.id not in held]
        await self._give([(role_id, holder_id) for role_id in added])
        return added

    async def replace(self, holder_id: str, role_ids: Iterable[str]) -> None:
        """Let somebody have these roles, and no others."""
        await self._check(holder_id)
        roles = await self._wanted(role_ids, wrong_type=self._rules.wrong_type_in_replacement)
        wanted, held = {role.id for role in roles}, await self._store.list(holder_id)
        for role in held:
            # Nobody is shown the internal ones, so nobody means to take them away.
            if role.id not in wanted and not role.name.startswith(INTERNAL_PREFIX):
                await self._store.remove(role.id, holder_id)
        present = {role.id for role in held}
        await self._give([(role.id, holder_id) for role in roles if role.id not in present])

    async def take(self, holder_id: str, role_id: RoleId) -> None:
        """Take a role from somebody."""
        await self._check(holder_id)
        await self.remove(role_id, holder_id)

    async def _wanted(self, role_ids: Iterable[str], *, wrong_type: Callable[[], DomainError]) -> Sequence[Role]:
        wanted = tuple(RoleId(role_id) for role_id in dict.fromkeys(role_ids))
        found = {role.id: role for role in await self._roles.list_by_ids(wanted)}
        if missing := next((role_id for role_id in wanted if role_id not in found), None):
            raise RoleIdNotFound(missing)
        if any(role.type is not self._rules.role_type for role in found.values()):
            raise wrong_type()
        return [found[role_id] for role_id in wanted]

    async def _give(self, pairs: Sequence[tuple[RoleId, str]]) -> None:
        await self._store.add(pairs)
        await self._changed()

    async def _changed(self) -> None:
        # What users hold is read at every request; only what machines hold is kept in memory.
        if self._rules.role_type is RoleType.MACHINE_TO_MACHINE:
            await self._cache.changed()


class RoleOverview:
    """Lists of roles with who holds them."""

    def __init__(self, *, roles: RoleStore, users: HolderStore[Any], applications: HolderStore[Any]) -> None:
        self._roles = roles
        self._users = users
        self._applications = applications

    async def page(self, page: PageRequest, *, filter_: RoleFilter, search: Search | None = None) -> Page[ListedRole]:
        """Return roles by name, but internal ones, with the number of their holders and a few of them."""
        found = await self._roles.page(page, filter_=filter_, search=search)
        ids = [role.id for role in found.rows]
        if not ids:
            return Page(rows=(), total=found.total)
        users, featured_users = await self._users.counts(ids), await self._users.featured(ids)
        applications, featured = await self._applications.counts(ids), await self._applications.featured(ids)
        rows = [
            ListedRole(
                role=role,
                users_count=users.get(role.id, 0),
                featured_users=featured_users.get(role.id, ()),
                applications_count=applications.get(role.id, 0),
                featured_applications=featured.get(role.id, ()),
            )
            for role in found.rows
        ]
        return Page(rows=rows, total=found.total)


def check_machine(application: Application) -> None:
    """Refuse an application that does not act for itself."""
    if application.type is not ApplicationType.MACHINE_TO_MACHINE:
        raise MachinesOnly
