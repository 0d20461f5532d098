"""Statements over account center settings. Parameters named `of_…` say which rows, the others what to write."""

from typing import Any

from sqlalchemy import bindparam, insert, select, update

from sekisho.account_center.models import Access, AccountCenter, AccountPart
from sekisho.account_center.tables import AccountCenterTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId

_ID = "default"
_CENTERS = AccountCenterTable.metadata.tables[AccountCenterTable.__tablename__]
_OF_TENANT = _CENTERS.c.tenant_id == bindparam("of_tenant")
_FIND = select(_CENTERS).where(_OF_TENANT)
_ADD = insert(_CENTERS)
_UPDATE = update(_CENTERS).where(_OF_TENANT)


class AccountCenterStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self) -> AccountCenter | None:
        row = (await self._uow.execute(_FIND, {"of_tenant": self._tenant_id})).one_or_none()
        if row is None:
            return None
        named = row.profile_fields
        return AccountCenter(
            is_enabled=row.enabled,
            fields={AccountPart(part): Access(access) for part, access in row.fields.items()},
            webauthn_related_origins=tuple(row.webauthn_related_origins),
            delete_account_url=row.delete_account_url,
            custom_css=row.custom_css,
            profile_fields=None if named is None else tuple(each["name"] for each in named),
        )

    async def add(self, settings: AccountCenter) -> None:
        await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, "id": _ID, **_columns(settings)})

    async def update(self, settings: AccountCenter) -> None:
        await self._uow.execute(_UPDATE, {"of_tenant": self._tenant_id, **_columns(settings)})


def _columns(settings: AccountCenter) -> dict[str, Any]:
    named = settings.profile_fields
    return {
        "enabled": settings.is_enabled,
        "fields": dict(settings.fields),
        "webauthn_related_origins": list(settings.webauthn_related_origins),
        "delete_account_url": settings.delete_account_url,
        "custom_css": settings.custom_css,
        "profile_fields": None if named is None else [{"name": name} for name in named],
    }
