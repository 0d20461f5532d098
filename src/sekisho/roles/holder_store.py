"""Rows of who holds which role: one store for users, one for applications, over tables of the same shape.

Statements are built once. Parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.applications.models import ApplicationType
from sekisho.applications.tables import ApplicationTable
from sekisho.db.database import UnitOfWork
from sekisho.db.search import Search, condition
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.roles.models import FeaturedApplication, FeaturedUser, Role, RoleId, RoleType
from sekisho.roles.store import AT_ONCE, IS_VISIBLE, LIST_ROLES, SEARCHABLE, role_of
from sekisho.roles.tables import ApplicationRoleTable, RoleTable, UserRoleTable
from sekisho.users.tables import UserTable

_FIRST = ("first", "second", "third")

_TABLES = RoleTable.metadata.tables
_ROLES = _TABLES[RoleTable.__tablename__]
_USERS = _TABLES[UserTable.__tablename__]
_APPLICATIONS = _TABLES[ApplicationTable.__tablename__]
_TENANT: BindParameter[str] = bindparam("of_tenant")
_IDS: BindParameter[Any] = bindparam("of_ids", expanding=True)


T = TypeVar("T", FeaturedUser, FeaturedApplication)


@dataclass(frozen=True, kw_only=True)
class Relation(Generic[T]):
    """The table that ties roles to holders of one kind: which column names the holder, and what is shown of him."""

    ties: Table
    column: str
    holders: Table
    shown: type[T]
    #: Which holders are counted and shown.
    rules: Sequence[ColumnElement[bool]] = ()
    role_type: RoleType


class _Statements:
    """The statements of one relation."""

    def __init__(self, relation: Relation[Any]) -> None:
        ties, holders = relation.ties, relation.holders
        holder = ties.c[relation.column]
        of_role = (ties.c.tenant_id == _TENANT, ties.c.role_id == bindparam("of_role"))
        held = select(ties.c.role_id).where(ties.c.tenant_id == _TENANT, holder == bindparam("of_holder"))
        are_listed = (_ROLES.c.id.in_(held), _ROLES.c.type == relation.role_type, IS_VISIBLE)
        self.known = select(holders.c.id).where(holders.c.tenant_id == _TENANT, holders.c.id.in_(_IDS))
        self.holding = select(holder).where(*of_role, holder.in_(_IDS))
        self.list = LIST_ROLES.where(_ROLES.c.id.in_(held))
        self.page = LIST_ROLES.where(*are_listed).limit(bindparam("size")).offset(bindparam("offset"))
        self.total = select(func.count()).select_from(_ROLES).where(_ROLES.c.tenant_id == _TENANT, *are_listed)
        seen = select(ties.c.role_id, holder).where(ties.c.tenant_id == _TENANT)
        if relation.rules:
            is_holder = (holders.c.tenant_id == ties.c.tenant_id) & (holders.c.id == holder)
            seen = seen.join_from(ties, holders, is_holder).where(*relation.rules)
        self.count = (
            seen.where(ties.c.role_id.in_(_IDS))
            .with_only_columns(ties.c.role_id, func.count().label("holders"))
            .group_by(ties.c.role_id)
        )
        self.first = _first(seen.with_only_columns(holder).where(ties.c.role_id == _ROLES.c.id).order_by(holder))
        self.featured = select(*[holders.c[each.name] for each in fields(relation.shown)]).where(
            holders.c.tenant_id == _TENANT, holders.c.id.in_(_IDS)
        )
        self.add_on_sqlite = sqlite.insert(ties).on_conflict_do_nothing()
        self.add_on_postgresql = postgresql.insert(ties).on_conflict_do_nothing()
        self.remove = delete(ties).where(*of_role, holder == bindparam("of_holder"))


def _first(holders: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Select a few holders of each role by its index, however many there are."""
    each = [
        holders.limit(1).offset(place).correlate(_ROLES).scalar_subquery().label(name)
        for place, name in enumerate(_FIRST)
    ]
    return select(_ROLES.c.id, *each).where(_ROLES.c.tenant_id == _TENANT, _ROLES.c.id.in_(_IDS))


USERS = Relation(
    ties=_TABLES[UserRoleTable.__tablename__],
    column="user_id",
    holders=_USERS,
    shown=FeaturedUser,
    role_type=RoleType.USER,
)
APPLICATIONS = Relation(
    ties=_TABLES[ApplicationRoleTable.__tablename__],
    column="application_id",
    holders=_APPLICATIONS,
    shown=FeaturedApplication,
    rules=(_APPLICATIONS.c.type == ApplicationType.MACHINE_TO_MACHINE,),
    role_type=RoleType.MACHINE_TO_MACHINE,
)
_STATEMENTS = {relation.column: _Statements(relation) for relation in (USERS, APPLICATIONS)}


class HolderStore(Generic[T]):
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, ids: Ids, relation: Relation[T]) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._ids = ids
        self._relation: Relation[T] = relation
        self._statements = _STATEMENTS[relation.column]

    async def known(self, holder_ids: Collection[str]) -> set[str]:
        """Return those of the ids that somebody has."""
        return await self._found(self._statements.known, holder_ids)

    async def holding(self, role_id: RoleId, holder_ids: Collection[str]) -> set[str]:
        """Return those who hold the role already."""
        return await self._found(self._statements.holding, holder_ids, of_role=role_id)

    async def list(self, holder_id: str) -> Sequence[Role]:
        """Return every role somebody holds."""
        rows = await self._uow.execute(self._statements.list, {"of_tenant": self._tenant_id, "of_holder": holder_id})
        return [role_of(row) for row in rows]

    async def page(self, holder_id: str, page: PageRequest, *, search: Search | None = None) -> Page[Role]:
        """Return the roles somebody holds by name, but internal ones."""
        rules: list[ColumnElement[bool]] = []
        if search is not None:
            rules.append(condition(search, SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        whose = {"of_tenant": self._tenant_id, "of_holder": holder_id}
        total = await self._uow.execute(self._statements.total.where(*rules), whose)
        rows = await self._uow.execute(
            self._statements.page.where(*rules), {**whose, "size": page.size, "offset": page.offset}
        )
        return Page(rows=[role_of(row) for row in rows], total=total.scalar_one())

    async def add(self, pairs: Collection[tuple[RoleId, str]]) -> None:
        """Give roles to holders; who holds one already keeps it."""
        is_sqlite = self._uow.database.is_sqlite
        statement = self._statements.add_on_sqlite if is_sqlite else self._statements.add_on_postgresql
        values = [
            {
                "tenant_id": self._tenant_id,
                "id": self._ids.standard(),
                "role_id": role_id,
                self._relation.column: holder_id,
            }
            for role_id, holder_id in pairs
        ]
        if values:
            await self._uow.execute(statement, values)

    async def remove(self, role_id: RoleId, holder_id: str) -> bool:
        """Take a role from somebody. False when he does not hold it."""
        values = {"of_tenant": self._tenant_id, "of_role": role_id, "of_holder": holder_id}
        return bool((await self._uow.execute(self._statements.remove, values)).rowcount)

    async def counts(self, role_ids: Collection[RoleId]) -> Mapping[RoleId, int]:
        """Return how many hold each role; one that nobody holds is missing."""
        rows = await self._uow.execute(self._statements.count, self._of(role_ids))
        return {RoleId(row.role_id): row.holders for row in rows}

    async def featured(self, role_ids: Collection[RoleId]) -> Mapping[RoleId, Sequence[T]]:
        """Return a few holders of each role with what is shown of them."""
        firsts = {
            RoleId(row.id): [id_ for id_ in (row.first, row.second, row.third) if id_ is not None]
            for row in await self._uow.execute(self._statements.first, self._of(role_ids))
        }
        wanted = {id_ for ids in firsts.values() for id_ in ids}
        rows = await self._uow.execute(self._statements.featured, self._of(wanted))
        shown = {row.id: self._relation.shown(**row._asdict()) for row in rows}
        return {role_id: [shown[id_] for id_ in ids if id_ in shown] for role_id, ids in firsts.items()}

    async def _found(self, statement: Select[*tuple[Any, ...]], ids: Collection[str], **more: str) -> set[str]:
        listed, found = tuple(ids), set[str]()
        for start in range(0, len(listed), AT_ONCE):
            values = {**self._of(listed[start : start + AT_ONCE]), **more}
            found.update((await self._uow.execute(statement, values)).scalars())
        return found

    def _of(self, ids: Collection[str]) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_ids": tuple(ids)}
