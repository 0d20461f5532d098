"""Rows of webhooks. Signing keys and headers are sealed here on the way in and opened on the way out."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.events import EventName
from sekisho.kernel.ids import TenantId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.kernel.secret import Secret
from sekisho.webhooks.errors import HookNotFound
from sekisho.webhooks.models import Hook, HookChange, HookConfig, HookId
from sekisho.webhooks.tables import HookTable

_HOOKS = HookTable.metadata.tables[HookTable.__tablename__]
_COLUMNS = (
    _HOOKS.c.id,
    _HOOKS.c.name,
    _HOOKS.c.event,
    _HOOKS.c.events,
    _HOOKS.c.config,
    _HOOKS.c.headers,
    _HOOKS.c.signing_key,
    _HOOKS.c.is_enabled,
    _HOOKS.c.created_at,
)
_OF_TENANT = _HOOKS.c.tenant_id == bindparam("of_tenant")
_THE_HOOK = (_OF_TENANT, _HOOKS.c.id == bindparam("of_id"))
_FIND = select(*_COLUMNS).where(*_THE_HOOK)
_LIST = select(*_COLUMNS).where(_OF_TENANT).order_by(_HOOKS.c.created_at.desc(), _HOOKS.c.id)
_TOTAL = select(func.count()).select_from(_HOOKS).where(_OF_TENANT)
_ADD = insert(_HOOKS)
_UPDATE = update(_HOOKS).where(*_THE_HOOK).returning(*_COLUMNS)
_REMOVE = delete(_HOOKS).where(*_THE_HOOK)


class HookStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def list(self) -> Sequence[Hook]:
        rows = await self._uow.execute(_LIST, {"of_tenant": self._tenant_id})
        return tuple(self._hook(row) for row in rows)

    async def page(self, page: PageRequest) -> Page[Hook]:
        whose = {"of_tenant": self._tenant_id}
        rows = await self._uow.execute(_LIST.limit(page.size).offset(page.offset), whose)
        total = await self._uow.execute(_TOTAL, whose)
        return Page(rows=[self._hook(row) for row in rows], total=total.scalar_one())

    async def find(self, hook_id: HookId) -> Hook | None:
        row = (await self._uow.execute(_FIND, self._of(hook_id))).one_or_none()
        return None if row is None else self._hook(row)

    async def get(self, hook_id: HookId) -> Hook:
        if hook := await self.find(hook_id):
            return hook
        raise HookNotFound(hook_id)

    async def add(self, hook: Hook) -> None:
        change = HookChange(
            name=hook.name, event=hook.event, events=hook.events, config=hook.config, is_enabled=hook.is_enabled
        )
        values = {
            "tenant_id": self._tenant_id,
            "id": hook.id,
            **self._values(hook.id, change),
            "signing_key": self._seal(hook.id, "signing_key", hook.signing_key.reveal()),
            "created_at": hook.created_at,
        }
        check_lengths(HookTable, values)
        await self._uow.execute(_ADD, values)

    async def update(self, hook_id: HookId, change: HookChange) -> Hook:
        values = self._values(hook_id, change)
        check_lengths(HookTable, values)
        return await self._update(hook_id, values)

    async def replace_signing_key(self, hook_id: HookId, key: Secret) -> Hook:
        return await self._update(hook_id, {"signing_key": self._seal(hook_id, "signing_key", key.reveal())})

    async def remove(self, hook_id: HookId) -> None:
        if (await self._uow.execute(_REMOVE, self._of(hook_id))).rowcount == 0:
            raise HookNotFound(hook_id)

    async def _update(self, hook_id: HookId, values: Mapping[str, Any]) -> Hook:
        row = (await self._uow.execute(_UPDATE, {**self._of(hook_id), **values})).one_or_none()
        if row is None:
            raise HookNotFound(hook_id)
        return self._hook(row)

    def _of(self, hook_id: HookId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_id": hook_id}

    def _values(self, hook_id: HookId, change: HookChange) -> dict[str, Any]:
        values: dict[str, Any] = dict(change)
        if "events" in values:
            values["events"] = list(values["events"])
        if config := change.get("config"):
            values["config"] = {"url": config.url} | ({} if config.retries is None else {"retries": config.retries})
            values["headers"] = None
            if config.headers is not None:
                plain = msgspec.json.encode(dict(config.headers)).decode()
                values["headers"] = self._seal(hook_id, "headers", plain)
        return values

    def _hook(self, row: Row) -> Hook:
        headers = None
        if row.headers is not None:
            headers = msgspec.json.decode(self._open(row.id, "headers", row.headers))
        return Hook(
            id=HookId(row.id),
            name=row.name,
            event=None if row.event is None else EventName(row.event),
            events=tuple(EventName(name) for name in row.events),
            config=HookConfig(url=row.config["url"], headers=headers, retries=row.config.get("retries")),
            signing_key=Secret(self._open(row.id, "signing_key", row.signing_key)),
            is_enabled=row.is_enabled,
            created_at=row.created_at,
        )

    def _seal(self, hook_id: str, column: str, plain: str) -> bytes:
        return self._sealer.seal_text(plain, place=self._place(hook_id, column))

    def _open(self, hook_id: str, column: str, sealed: bytes) -> str:
        return self._sealer.open_text(sealed, place=self._place(hook_id, column))

    def _place(self, hook_id: str, column: str) -> Place:
        return Place(tenant=self._tenant_id, table="hooks", row=hook_id, column=column)
