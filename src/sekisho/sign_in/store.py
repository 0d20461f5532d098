"""Statements over the sign-in experience, and the step between its row and its documents.

They are built once, because building one takes longer than running it. Parameters named `of_…` say which rows, the
others which columns to write.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

import msgspec
from sqlalchemy import bindparam, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.sign_in.models import SignInExperience
from sekisho.sign_in.tables import SignInExperienceTable

_TYPES: Mapping[str, Any] = get_type_hints(SignInExperience)
_NAMES = tuple(field.name for field in fields(SignInExperience))

_EXPERIENCES = SignInExperienceTable.metadata.tables[SignInExperienceTable.__tablename__]
_OF_TENANT = _EXPERIENCES.c.tenant_id == bindparam("of_tenant")
_FIND = select(_EXPERIENCES).where(_OF_TENANT)
_ADD = insert(_EXPERIENCES)
_UPDATE = update(_EXPERIENCES).where(_OF_TENANT)


class SignInStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self) -> SignInExperience | None:
        rows = await self._uow.execute(_FIND, {"of_tenant": self._tenant_id})
        row = rows.mappings().first()
        return None if row is None else from_columns({**row})

    async def add(self, experience: SignInExperience) -> None:
        await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **to_columns(experience)})

    async def update(self, columns: Mapping[str, Any]) -> None:
        """Write some columns, given in their stored form."""
        await self._uow.execute(_UPDATE, {"of_tenant": self._tenant_id, **columns})


def from_columns(row: Mapping[str, Any]) -> SignInExperience:
    """Read a row; a document that does not fit its type raises `msgspec.ValidationError`."""
    return SignInExperience(**{name: msgspec.convert(row[name], _TYPES[name]) for name in _NAMES})


def to_columns(experience: SignInExperience) -> dict[str, Any]:
    """Return every column in its stored form."""
    return {name: msgspec.to_builtins(getattr(experience, name)) for name in _NAMES}
