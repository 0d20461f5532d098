"""Statements for pages of users, newest first, made to stay fast among hundreds of thousands.

Pages are cut from an index alone, before any row is read, and late ones counted from the end. A search finds its
matches once, for the page and for the total. What depends on the shape of a search is built once for each shape.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Select, Subquery, and_, bindparam, func, select

from sekisho.db.row_counts import total_of
from sekisho.db.search import Search, clause_of
from sekisho.users.tables import UserTable

SEARCHABLE: Mapping[str, Column[Any]] = {
    "id": UserTable.id,
    "primary_email": UserTable.primary_email,
    "primary_phone": UserTable.primary_phone,
    "username": UserTable.username,
    "name": UserTable.name,
}

_USERS = UserTable.metadata.tables[UserTable.__tablename__]
_OF_TENANT = _USERS.c.tenant_id == bindparam("of_tenant")
_NEWEST_FIRST = (_USERS.c.created_at.desc(), _USERS.c.id)
_OLDEST_FIRST = (_USERS.c.created_at, _USERS.c.id.desc())
_SIZE: BindParameter[int] = bindparam("size")
_OFFSET: BindParameter[int] = bindparam("offset")

TOTAL = total_of(UserTable.__tablename__)
"""How many users the tenant has, by the counter that the database keeps."""

COLUMNS = (
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


def page_of(*rules: ColumnElement[bool], is_from_the_end: bool = False) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page, newest first; `offset` counts from the oldest with `is_from_the_end`."""
    ids = select(_USERS.c.id).where(_OF_TENANT, *rules)
    ids = ids.order_by(*(_OLDEST_FIRST if is_from_the_end else _NEWEST_FIRST)).limit(_SIZE).offset(_OFFSET)
    return _rows_of(ids.subquery("page"))


def count_of(*rules: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(_USERS).where(_OF_TENANT, *rules)


@lru_cache(500)
def page_among(among: Select[str] | None, excluded: Select[str] | None) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page of those among the selected, without the excluded."""
    return page_of(*among_rules(among, excluded))


@lru_cache(500)
def rows_in(ids: Select[str]) -> Select[int]:
    """Return the statement that counts what a select of ids selects."""
    return select(func.count()).select_from(ids.subquery())


def among_rules(among: Select[str] | None, excluded: Select[str] | None) -> Sequence[ColumnElement[bool]]:
    rules = []
    if among is not None:
        rules.append(UserTable.id.in_(among))
    if excluded is not None:
        rules.append(UserTable.id.not_in(excluded))
    return rules


def search_page_of(*rules: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page of a search; every row carries how many match in all as `total`."""
    # A name of its own keeps the planner from walking all users in order until enough of them happen to match.
    found = select(_USERS.c.id, _USERS.c.created_at).where(_OF_TENANT, *rules).cte("found").prefix_with("MATERIALIZED")
    page = select(found.c.id).order_by(found.c.created_at.desc(), found.c.id).limit(_SIZE).offset(_OFFSET)
    total = select(func.count()).select_from(found).scalar_subquery()
    return _rows_of(page.subquery("page")).add_columns(total.label("total"))


@lru_cache(256)
def statements_of(
    shape: Search, *, is_sqlite: bool, has_candidates: bool
) -> tuple[Select[*tuple[Any, ...]], Select[int]]:
    """Return the statements of all searches of a shape: of a page, and of the total for a page beyond the last."""
    clause = clause_of(shape, SEARCHABLE, is_sqlite=is_sqlite, has_candidates=has_candidates)
    return search_page_of(clause), count_of(clause)


def _rows_of(page: Subquery) -> Select[*tuple[Any, ...]]:
    is_on_page = and_(_OF_TENANT, _USERS.c.id == page.c.id)
    return select(*COLUMNS).join_from(page, _USERS, is_on_page).order_by(*_NEWEST_FIRST)
