"""Statements over the sign-in experience, and the step between its row and its documents."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

import msgspec
from sqlalchemy import insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.sign_in.models import SignInExperience
from sekisho.sign_in.tables import SignInExperienceTable

_TYPES: Mapping[str, Any] = get_type_hints(SignInExperience)
_NAMES = tuple(field.name for field in fields(SignInExperience))


class SignInStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self) -> SignInExperience | None:
        rows = await self._uow.execute(
            select(SignInExperienceTable.__table__).where(SignInExperienceTable.tenant_id == self._tenant_id)
        )
        row = rows.mappings().first()
        return None if row is None else from_columns({**row})

    async def add(self, experience: SignInExperience) -> None:
        values = {"tenant_id": self._tenant_id, **to_columns(experience)}
        await self._uow.execute(insert(SignInExperienceTable).values(values))

    async def update(self, columns: Mapping[str, Any]) -> None:
        """Write some columns, given in their stored form."""
        table = SignInExperienceTable
        await self._uow.execute(update(table).where(table.tenant_id == self._tenant_id).values(dict(columns)))


def from_columns(row: Mapping[str, Any]) -> SignInExperience:
    """Read a row; a document that does not fit its type raises `msgspec.ValidationError`."""
    return SignInExperience(**{name: msgspec.convert(row[name], _TYPES[name]) for name in _NAMES})


def to_columns(experience: SignInExperience) -> dict[str, Any]:
    """Return every column in its stored form."""
    return {name: msgspec.to_builtins(getattr(experience, name)) for name in _NAMES}
