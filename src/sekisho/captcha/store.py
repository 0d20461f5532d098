"""The row of the captcha provider. Its configuration is sealed on the way in and opened on the way out."""

import json
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.captcha.models import CaptchaConfig, CaptchaMode, CaptchaProvider, CaptchaProviderId, CaptchaType
from sekisho.captcha.tables import CaptchaProviderTable
from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret

_PROVIDERS = CaptchaProviderTable.metadata.tables[CaptchaProviderTable.__tablename__]
_OF_TENANT = _PROVIDERS.c.tenant_id == bindparam("of_tenant")
_FIND = select(_PROVIDERS.c.id, _PROVIDERS.c.config, _PROVIDERS.c.created_at, _PROVIDERS.c.updated_at).where(_OF_TENANT)
_ADD = insert(_PROVIDERS)
_UPDATE = update(_PROVIDERS).where(_OF_TENANT)
_REMOVE = delete(_PROVIDERS).where(_OF_TENANT)


class CaptchaStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def find(self) -> CaptchaProvider | None:
        row = (await self._uow.execute(_FIND, {"of_tenant": self._tenant_id})).one_or_none()
        if row is None:
            return None
        opened = json.loads(self._sealer.open_text(row.config, place=self._place(row.id)))
        return CaptchaProvider(
            id=CaptchaProviderId(row.id),
            config=_config(opened),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    async def add(self, provider: CaptchaProvider) -> None:
        values = {"tenant_id": self._tenant_id, "id": provider.id, "created_at": provider.created_at}
        await self._uow.execute(_ADD, {**values, **self._values(provider)})

    async def update(self, provider: CaptchaProvider) -> None:
        await self._uow.execute(_UPDATE, {"of_tenant": self._tenant_id, **self._values(provider)})

    async def remove(self) -> bool:
        """Remove it; False when there was none."""
        return bool((await self._uow.execute(_REMOVE, {"of_tenant": self._tenant_id})).rowcount)

    def _values(self, provider: CaptchaProvider) -> dict[str, Any]:
        config = provider.config
        plain = {
            "type": config.type,
            "site_key": config.site_key,
            "secret_key": config.secret_key.reveal(),
            "project_id": config.project_id,
            "domain": config.domain,
            "mode": config.mode,
        }
        sealed = self._sealer.seal_text(json.dumps(plain), place=self._place(provider.id))
        return {"config": sealed, "updated_at": provider.updated_at}

    def _place(self, provider_id: str) -> Place:
        return Place(tenant=self._tenant_id, table="captcha_providers", row=provider_id, column="config")


def _config(opened: dict[str, Any]) -> CaptchaConfig:
    return CaptchaConfig(
        type=CaptchaType(opened["type"]),
        site_key=opened["site_key"],
        secret_key=Secret(opened["secret_key"]),
        project_id=opened["project_id"],
        domain=opened["domain"],
        mode=None if opened["mode"] is None else CaptchaMode(opened["mode"]),
    )
