"""Rows of who may use an application; joins who holds which role. Statements are built once.

Parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select, union_all

from sekisho.access_rules.models import AccessRules
from sekisho.access_rules.tables import AccessRoleTable, AccessUserTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.errors import InvalidRelation
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.roles.models import RoleType
from sekisho.roles.tables import RoleTable, UserRoleTable

_USER_ID, _ROLE_ID = 12, 21

_TABLES = AccessUserTable.metadata.tables
_USERS = _TABLES[AccessUserTable.__tablename__]
_ROLES = _TABLES[AccessRoleTable.__tablename__]
_ALL_ROLES = _TABLES[RoleTable.__tablename__]
_HELD = _TABLES[UserRoleTable.__tablename__]

_OF_USERS = (_USERS.c.tenant_id == bindparam("of_tenant"), _USERS.c.application_id == bindparam("of_application"))
_OF_ROLES = (_ROLES.c.tenant_id == bindparam("of_tenant"), _ROLES.c.application_id == bindparam("of_application"))
_LIST_USERS = select(_USERS.c.user_id).where(*_OF_USERS).order_by(_USERS.c.user_id)
_LIST_ROLES = select(_ROLES.c.role_id).where(*_OF_ROLES).order_by(_ROLES.c.role_id)
_ANY = union_all(
    select(_USERS.c.user_id.label("id")).where(*_OF_USERS), select(_ROLES.c.role_id.label("id")).where(*_OF_ROLES)
).limit(1)
_ADMITS = union_all(
    select(_USERS.c.user_id.label("id")).where(*_OF_USERS, _USERS.c.user_id == bindparam("of_user")),
    select(_ROLES.c.role_id.label("id"))
    .join_from(_ROLES, _HELD, (_HELD.c.tenant_id == _ROLES.c.tenant_id) & (_HELD.c.role_id == _ROLES.c.role_id))
    .where(*_OF_ROLES, _HELD.c.user_id == bindparam("of_user")),
).limit(1)
_ROLES_OF_MACHINES = select(_ALL_ROLES.c.id).where(
    _ALL_ROLES.c.tenant_id == bindparam("of_tenant"),
    _ALL_ROLES.c.id.in_(bindparam("of_roles", expanding=True)),
    _ALL_ROLES.c.type != RoleType.USER,
)
_REMOVE_USERS = delete(_USERS).where(*_OF_USERS)
_REMOVE_ROLES = delete(_ROLES).where(*_OF_ROLES)
_ADD_USERS = insert(_USERS)
_ADD_ROLES = insert(_ROLES)


class AccessRuleStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, application_id: ApplicationId) -> AccessRules:
        """Return an application's rules, by id; none where it has none."""
        which = self._of(application_id)
        users = (await self._uow.execute(_LIST_USERS, which)).scalars()
        roles = (await self._uow.execute(_LIST_ROLES, which)).scalars()
        return AccessRules(users=tuple(users), roles=tuple(roles))

    async def has_any(self, application_id: ApplicationId) -> bool:
        return (await self._uow.execute(_ANY, self._of(application_id))).first() is not None

    async def admits(self, application_id: ApplicationId, user_id: UserId) -> bool:
        """Tell whether a rule names the user, or a role he holds at this moment."""
        which = {**self._of(application_id), "of_user": user_id}
        return (await self._uow.execute(_ADMITS, which)).first() is not None

    async def roles_of_machines(self, role_ids: Sequence[str]) -> Sequence[str]:
        """Return those of the roles that no user can hold."""
        values = {"of_tenant": self._tenant_id, "of_roles": tuple(role_ids)}
        return (await self._uow.execute(_ROLES_OF_MACHINES, values)).scalars()

    async def replace(self, application_id: ApplicationId, rules: AccessRules) -> None:
        """Let these be all the rules. Raises `InvalidRelation` for users and roles that do not exist."""
        if any(len(each) > _USER_ID for each in rules.users) or any(len(each) > _ROLE_ID for each in rules.roles):
            # Longer than any id: PostgreSQL would call it too long, SQLite unknown.
            raise InvalidRelation
        which = self._of(application_id)
        await self._uow.execute(_REMOVE_USERS, which)
        await self._uow.execute(_REMOVE_ROLES, which)
        common = {"tenant_id": self._tenant_id, "application_id": application_id}
        if rules.users:
            await self._uow.execute(_ADD_USERS, [{**common, "user_id": each} for each in rules.users])
        if rules.roles:
            await self._uow.execute(_ADD_ROLES, [{**common, "role_id": each} for each in rules.roles])

    def _of(self, application_id: ApplicationId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_application": application_id}
