"""Rows of users: statements, and rows made into models.

Statements are built once, because building one takes longer than running it. Parameters named `of_…` say which rows,
the others which columns to write.
"""

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

_USERS = UserTable.metadata.tables[UserTable.__tablename__]
_COLUMNS = (
    _USERS.c.id,
    _USERS.c.username,
    _USERS.c.primary_email,
    _USERS.c.primary_phone,
    _USERS.c.name,
    _USERS.c.avatar,
    _USERS.c.profile,
    _USERS.c.custom_data,
    _USERS.c.identities,
    _USERS.c.is_suspended,
    _USERS.c.password_encrypted,
    _USERS.c.password_encryption_method,
    _USERS.c.is_password_expired,
    _USERS.c.application_id,
    _USERS.c.cimd_client_id,
    _USERS.c.last_sign_in_at,
    _USERS.c.password_updated_at,
    _USERS.c.created_at,
    _USERS.c.updated_at,
    _USERS.c.mfa_verifications,
    _USERS.c.logto_config,
)
_SEARCHABLE: Mapping[str, InstrumentedAttribute[Any]] = {
    "id": UserTable.id,
    "primary_email": UserTable.primary_email,
    "primary_phone": UserTable.primary_phone,
    "username": UserTable.username,
    "name": UserTable.name,
}

_OF_TENANT = _USERS.c.tenant_id == bindparam("of_tenant")
_THE_USER = (_OF_TENANT, _USERS.c.id == bindparam("of_key"))
_ALL = select(*_COLUMNS).where(_OF_TENANT)
_FIND_BY_ID = select(*_COLUMNS).where(*_THE_USER)
_FIND_BY_ID_AND_LOCK = _FIND_BY_ID.with_for_update()
_FIND_BY_USERNAME = _ALL.where(_USERS.c.username_key == bindparam("of_key"))
_FIND_BY_EMAIL = _ALL.where(_USERS.c.email_key == bindparam("of_key"))
_FIND_BY_PHONE = _ALL.where(_USERS.c.phone_key == bindparam("of_key"))
_PAGE = _ALL.order_by(_USERS.c.created_at.desc(), _USERS.c.id).limit(bindparam("size")).offset(bindparam("offset"))
_TOTAL = select(func.count()).select_from(_USERS).where(_OF_TENANT)
_ADD = insert(_USERS).returning(*_COLUMNS)
_UPDATE = update(_USERS).where(*_THE_USER).returning(*_COLUMNS)
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

        `excluded` selects the ids of those who do not.
        """
        rules: list[ColumnElement[bool]] = []
        if search is not None:
            rules.append(condition(search, _SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        if among is not None:
            rules.append(UserTable.id.in_(among))
        if excluded is not None:
            rules.append(UserTable.id.not_in(excluded))
        values = {"of_tenant": self._tenant_id, "size": page.size, "offset": page.offset}
        total = await self._uow.execute(_TOTAL.where(*rules) if rules else _TOTAL, {"of_tenant": self._tenant_id})
        rows = await self._uow.execute(_PAGE.where(*rules) if rules else _PAGE, values)
        return Page(rows=[_user(row) for row in rows], total=total.scalar_one())

    async def add(self, values: Mapping[str, Any]) -> User:
        row = await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **_storable(values)})
        return _user(row.one())

    async def update(self, user_id: UserId, values: Mapping[str, Any]) -> User:
        changed = await self._uow.execute(_UPDATE, {**self._of(user_id), **_storable(values)})
        row = changed.one_or_none()
        if row is None:
            raise UserNotFound
        return _user(row)

    async def replace_password_hash(self, user_id: UserId, *, before: str, encoded: str, method: str) -> None:
        """Write a hash in place of exactly the one given: nobody's new password is ever put back to the old one."""
        values = {"password_encrypted": encoded, "password_encryption_method": method}
        which = {**self._of(user_id), "of_password_encrypted": before}
        await self._uow.execute(_REPLACE_PASSWORD_HASH, {**which, **values})

    async def remove(self, user_id: UserId) -> None:
        if (await self._uow.execute(_REMOVE, self._of(user_id))).rowcount == 0:
            raise UserNotFound

    async def _find(self, statement: Select[*tuple[Any, ...]], key: str) -> User | None:
        row = (await self._uow.execute(statement, self._of(key))).one_or_none()
        return None if row is None else _user(row)

    def _of(self, key: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_key": key}


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
        identities=row.identities,
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
