"""Rows of users: statements, and rows made into models."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.search import Search, condition
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.users.errors import UserNotFound
from sekisho.users.models import User
from sekisho.users.tables import UserTable

_COLUMNS = (
    UserTable.id,
    UserTable.username,
    UserTable.primary_email,
    UserTable.primary_phone,
    UserTable.name,
    UserTable.avatar,
    UserTable.profile,
    UserTable.custom_data,
    UserTable.is_suspended,
    UserTable.password_encrypted,
    UserTable.password_encryption_method,
    UserTable.is_password_expired,
    UserTable.application_id,
    UserTable.cimd_client_id,
    UserTable.last_sign_in_at,
    UserTable.password_updated_at,
    UserTable.created_at,
    UserTable.updated_at,
    UserTable.mfa_verifications,
    UserTable.logto_config,
)
_SEARCHABLE: Mapping[str, InstrumentedAttribute[Any]] = {
    "id": UserTable.id,
    "primary_email": UserTable.primary_email,
    "primary_phone": UserTable.primary_phone,
    "username": UserTable.username,
    "name": UserTable.name,
}

# Built once: a statement that stays the same object spares the database layer half of its work.
_OF_TENANT = UserTable.tenant_id == bindparam("tenant_id")
_USERS = select(*_COLUMNS).where(_OF_TENANT)
_BY_ID = _USERS.where(UserTable.id == bindparam("value"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_BY_USERNAME = _USERS.where(UserTable.username_key == bindparam("value"))
_BY_EMAIL = _USERS.where(UserTable.email_key == bindparam("value"))
_BY_PHONE = _USERS.where(UserTable.phone_key == bindparam("value"))
_PAGE = _USERS.order_by(UserTable.created_at.desc(), UserTable.id).limit(bindparam("size")).offset(bindparam("offset"))
_TOTAL = select(func.count()).select_from(UserTable).where(_OF_TENANT)


class UserStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, user_id: UserId) -> User | None:
        return await self._find(_BY_ID, user_id)

    async def get(self, user_id: UserId) -> User:
        if user := await self.find(user_id):
            return user
        raise UserNotFound

    async def get_for_update(self, user_id: UserId) -> User:
        """Return a user whom nobody else changes before this unit of work ends."""
        await self._uow.begin()
        if user := await self._find(_BY_ID_LOCKED, user_id):
            return user
        raise UserNotFound

    async def find_by_username_key(self, key: str) -> User | None:
        return await self._find(_BY_USERNAME, key)

    async def find_by_email_key(self, key: str) -> User | None:
        return await self._find(_BY_EMAIL, key)

    async def find_by_phone_key(self, key: str) -> User | None:
        return await self._find(_BY_PHONE, key)

    async def page(
        self, page: PageRequest, *, search: Search | None = None, excluded: Select[str] | None = None
    ) -> Page[User]:
        """Return users, newest first; `excluded` selects the ids of users who do not belong on the list."""
        rules: list[ColumnElement[bool]] = []
        if search is not None:
            rules.append(condition(search, _SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        if excluded is not None:
            rules.append(UserTable.id.not_in(excluded))
        values = {"tenant_id": self._tenant_id, "size": page.size, "offset": page.offset}
        total = await self._uow.execute(_TOTAL.where(*rules) if rules else _TOTAL, {"tenant_id": self._tenant_id})
        rows = await self._uow.execute(_PAGE.where(*rules) if rules else _PAGE, values)
        return Page(rows=[_user(row) for row in rows], total=total.scalar_one())

    async def add(self, values: Mapping[str, Any]) -> User:
        values = _storable(values)
        statement = insert(UserTable).values(tenant_id=self._tenant_id, **values).returning(*_COLUMNS)
        return _user((await self._uow.execute(statement)).one())

    async def update(self, user_id: UserId, values: Mapping[str, Any]) -> User:
        statement = (
            update(UserTable)
            .where(UserTable.tenant_id == self._tenant_id, UserTable.id == user_id)
            .values(**_storable(values))
            .returning(*_COLUMNS)
        )
        row = (await self._uow.execute(statement)).one_or_none()
        if row is None:
            raise UserNotFound
        return _user(row)

    async def replace_password_hash(self, user_id: UserId, *, before: str, encoded: str, method: str) -> None:
        """Write a hash in place of exactly the one given: nobody's new password is ever put back to the old one."""
        rules = (
            UserTable.tenant_id == self._tenant_id,
            UserTable.id == user_id,
            UserTable.password_encrypted == before,
        )
        values = {"password_encrypted": encoded, "password_encryption_method": method}
        await self._uow.execute(update(UserTable).where(*rules).values(values))

    async def remove(self, user_id: UserId) -> None:
        rules = (UserTable.tenant_id == self._tenant_id, UserTable.id == user_id)
        if (await self._uow.execute(delete(UserTable).where(*rules))).rowcount == 0:
            raise UserNotFound

    async def _find(self, statement: Select[*tuple[Any, ...]], value: str) -> User | None:
        row = (await self._uow.execute(statement, {"tenant_id": self._tenant_id, "value": value})).one_or_none()
        return None if row is None else _user(row)


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make empty texts NULL, and refuse those longer than their column."""
    check_lengths(UserTable, values)
    return {name: None if value == "" else value for name, value in values.items()}


def _user(row: Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        username=row.username,
        primary_email=row.primary_email,
        primary_phone=row.primary_phone,
        name=row.name,
        avatar=row.avatar,
        profile=row.profile,
        custom_data=row.custom_data,
        identities={},
        is_suspended=row.is_suspended,
        password_encrypted=row.password_encrypted,
        password_encryption_method=row.password_encryption_method,
        is_password_expired=row.is_password_expired,
        application_id=None if row.application_id is None else ApplicationId(row.application_id),
        cimd_client_id=row.cimd_client_id,
        last_sign_in_at=row.last_sign_in_at,
        password_updated_at=row.password_updated_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        mfa_verifications=row.mfa_verifications,
        logto_config=row.logto_config,
    )
