"""Rows of users: statements, and rows made into models.

Statements are built once, because building one takes longer than running it. Parameters named `of_…` say which rows,
the others which columns to write.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.search import Search, condition, run_search
from sekisho.kernel.ids import TenantId, UserId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.users.errors import UserNotFound
from sekisho.users.lists import (
    COLUMNS,
    SEARCHABLE,
    TOTAL,
    among_rules,
    count_of,
    page_among,
    page_of,
    rows_in,
    search_page_of,
    statements_of,
)
from sekisho.users.models import User
from sekisho.users.rows import user_of
from sekisho.users.tables import UserTable

_USERS = UserTable.metadata.tables[UserTable.__tablename__]
_OF_TENANT = _USERS.c.tenant_id == bindparam("of_tenant")
_THE_USER = (_OF_TENANT, _USERS.c.id == bindparam("of_key"))
_ALL = select(*COLUMNS).where(_OF_TENANT)
_FIND_BY_ID = select(*COLUMNS).where(*_THE_USER)
_FIND_BY_ID_AND_LOCK = _FIND_BY_ID.with_for_update()
_FIND_BY_USERNAME = _ALL.where(_USERS.c.username_key == bindparam("of_key"))
_FIND_BY_EMAIL = _ALL.where(_USERS.c.email_key == bindparam("of_key"))
_FIND_BY_PHONE = _ALL.where(_USERS.c.phone_key == bindparam("of_key"))
_PAGE = page_of()
_PAGE_FROM_THE_END = page_of(is_from_the_end=True)
_ADD = insert(_USERS).returning(*COLUMNS)
_CHANGE = update(_USERS).where(*_THE_USER)
_UPDATE = _CHANGE.returning(*COLUMNS)
_REPLACE_PASSWORD_HASH = update(_USERS).where(
    *_THE_USER, _USERS.c.password_encrypted == bindparam("of_password_encrypted")
)
_REMOVE = delete(_USERS).where(*_THE_USER)


class UserStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, user_id: UserId) -> User | None:
        return await self._find(_FIND_BY_ID, user_id)

    async def get(self, user_id: UserId) -> User:
        if user := await self.find(user_id):
            return user
        raise UserNotFound

    async def get_for_update(self, user_id: UserId) -> User:
        """Return a user whom nobody else changes before this unit of work ends."""
        await self._uow.begin()
        if user := await self._find(_FIND_BY_ID_AND_LOCK, user_id):
            return user
        raise UserNotFound

    async def find_by_username_key(self, key: str) -> User | None:
        return await self._find(_FIND_BY_USERNAME, key)

    async def find_by_email_key(self, key: str) -> User | None:
        return await self._find(_FIND_BY_EMAIL, key)

    async def find_by_phone_key(self, key: str) -> User | None:
        return await self._find(_FIND_BY_PHONE, key)

    async def page(
        self,
        page: PageRequest,
        *,
        search: Search | None = None,
        among: Select[str] | None = None,
        excluded: Select[str] | None = None,
    ) -> Page[User]:
        """Return users, newest first; `among` selects the ids of the only ones who belong on the list.

        `excluded` selects the ids of those who do not. Both select users, and each of them once.
        """
        if search is not None:
            return await self._search(page, search, among_rules(among, excluded))
        total = await self._total(among, excluded)
        values = {"of_tenant": self._tenant_id, "size": page.size, "offset": page.offset}
        is_of_all = among is None and excluded is None
        statement = _PAGE if is_of_all else page_among(among, excluded)
        if is_of_all and 2 * page.offset > total:
            # From the end it is nearer; the last page has what is left for it.
            size = max(0, min(page.size, total - page.offset))
            statement, values["size"], values["offset"] = _PAGE_FROM_THE_END, size, max(0, total - page.offset - size)
        rows = await self._uow.execute(statement, values)
        return Page(rows=[user_of(row) for row in rows], total=total)

    async def _total(self, among: Select[str] | None, excluded: Select[str] | None) -> int:
        """Count without reading users: those among or excluded are users, each of them once."""
        if among is not None and excluded is not None:
            return await self._count(count_of(*among_rules(among, excluded)))
        if among is not None:
            return await self._count(rows_in(among))
        total = await self._count(TOTAL)
        return total if excluded is None else total - await self._count(rows_in(excluded))

    async def _count(self, statement: Select[int]) -> int:
        return int((await self._uow.execute(statement, {"of_tenant": self._tenant_id})).scalar_one())

    async def _search(self, page: PageRequest, search: Search, rules: Sequence[ColumnElement[bool]]) -> Page[User]:
        is_sqlite = self._uow.database.is_sqlite
        if rules:
            clause = condition(search, SEARCHABLE, is_sqlite=is_sqlite)
            of_page, of_total = search_page_of(clause, *rules), count_of(clause, *rules)
            sought: Mapping[str, str] = {}
        else:
            sought = search.parameters(is_sqlite=is_sqlite)
            has_candidates = search.candidates() is not None
            of_page, of_total = statements_of(search.shape(), is_sqlite=is_sqlite, has_candidates=has_candidates)
        values = {"of_tenant": self._tenant_id, **sought}
        where = {"size": page.size, "offset": page.offset}
        rows = list(await run_search(self._uow, of_page, values | where, search=search))
        if rows or not page.offset:
            return Page(rows=[user_of(row) for row in rows], total=rows[0].total if rows else 0)
        return Page(rows=[], total=(await run_search(self._uow, of_total, values, search=search)).scalar_one())

    async def add(self, values: Mapping[str, Any]) -> User:
        row = await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **_storable(values)})
        return user_of(row.one())

    async def update(self, user_id: UserId, values: Mapping[str, Any]) -> User:
        changed = await self._uow.execute(_UPDATE, {**self._of(user_id), **_storable(values)})
        row = changed.one_or_none()
        if row is None:
            raise UserNotFound
        return user_of(row)

    def record_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Note with the commit, which fails as `Outdated` when the user is gone."""
        self._uow.require(_CHANGE, {**self._of(user_id), "last_sign_in_at": at, "updated_at": at})

    async def replace_password_hash(self, user_id: UserId, *, before: str, encoded: str, method: str) -> None:
        """Write a hash in place of exactly the one given: nobody's new password is ever put back to the old one."""
        values = {"password_encrypted": encoded, "password_encryption_method": method}
        which = {**self._of(user_id), "of_password_encrypted": before}
        self._uow.write(_REPLACE_PASSWORD_HASH, {**which, **values})

    async def remove(self, user_id: UserId) -> None:
        if (await self._uow.execute(_REMOVE, self._of(user_id))).rowcount == 0:
            raise UserNotFound

    async def _find(self, statement: Select[*tuple[Any, ...]], key: str) -> User | None:
        row = (await self._uow.execute(statement, self._of(key))).one_or_none()
        return None if row is None else user_of(row)

    def _of(self, key: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_key": key}


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make empty texts NULL, and refuse those longer than their column."""
    check_lengths(UserTable, values)
    return {name: None if value == "" else value for name, value in values.items()}
