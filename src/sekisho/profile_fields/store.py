"""Statements over profile fields. Parameters named `of_…` say which rows, the others which columns to write."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.ids import TenantId
from sekisho.profile_fields.models import FieldDefinition, FieldType, ProfileField, ProfileFieldId
from sekisho.profile_fields.tables import ProfileFieldTable

_FIELDS = ProfileFieldTable.metadata.tables[ProfileFieldTable.__tablename__]
_OF_TENANT = _FIELDS.c.tenant_id == bindparam("of_tenant")
_THE_FIELD = (_OF_TENANT, _FIELDS.c.name == bindparam("of_name"))
_LIST = select(_FIELDS).where(_OF_TENANT).order_by(_FIELDS.c.sie_order, _FIELDS.c.created_at, _FIELDS.c.id)
_ADD = insert(_FIELDS)
_UPDATE = update(_FIELDS).where(*_THE_FIELD)
_REMOVE = delete(_FIELDS).where(*_THE_FIELD)


class ProfileFieldStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list(self) -> Sequence[ProfileField]:
        rows = await self._uow.execute(_LIST, {"of_tenant": self._tenant_id})
        return tuple(_field(row) for row in rows)

    async def add(self, field: ProfileField) -> None:
        values = {
            "id": field.id,
            "name": field.name,
            "created_at": field.created_at,
            "sie_order": field.sie_order,
            **_columns(field.definition),
        }
        check_lengths(ProfileFieldTable, values)
        await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **values})

    async def define(self, name: str, definition: FieldDefinition) -> None:
        values = _columns(definition)
        check_lengths(ProfileFieldTable, values)
        await self._uow.execute(_UPDATE, {**self._of(name), **values})

    async def place(self, name: str, sie_order: int) -> None:
        await self._uow.execute(_UPDATE, {**self._of(name), "sie_order": sie_order})

    async def remove(self, name: str) -> bool:
        """Remove a field; False when there was none."""
        return bool((await self._uow.execute(_REMOVE, self._of(name))).rowcount)

    def _of(self, name: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_name": name}


def _columns(definition: FieldDefinition) -> dict[str, Any]:
    return {
        "type": definition.type,
        "label": definition.label,
        "description": definition.description,
        "required": definition.is_required,
        "config": dict(definition.config),
    }


def _field(row: Row) -> ProfileField:
    return ProfileField(
        id=ProfileFieldId(row.id),
        name=row.name,
        definition=FieldDefinition(
            type=FieldType(row.type),
            label=row.label,
            description=row.description,
            is_required=row.required,
            config=row.config,
        ),
        created_at=row.created_at,
        sie_order=row.sie_order,
    )
