"""Rows of applications and their secrets. Secrets are sealed here on the way in and opened on the way out.

Statements are built once, because building one takes longer than running it. Parameters named `of_…` say which rows,
the others which columns to write.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Select, bindparam, delete, func, insert, select, update

from sekisho.applications.errors import ApplicationNotFound, SecretNotFound
from sekisho.applications.models import (
    Application,
    ApplicationFilter,
    ApplicationSecret,
    ApplicationType,
    CustomClientMetadata,
    OidcClientMetadata,
)
from sekisho.applications.tables import ApplicationSecretTable, ApplicationTable
from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.search import Search, condition
from sekisho.db.statements import Row
from sekisho.kernel.ids import ApplicationId, TenantId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.kernel.secret import Secret

_TABLES = ApplicationTable.metadata.tables
_APPLICATIONS = _TABLES[ApplicationTable.__tablename__]
_SECRETS = _TABLES[ApplicationSecretTable.__tablename__]
_COLUMNS = (
    _APPLICATIONS.c.id,
    _APPLICATIONS.c.name,
    _APPLICATIONS.c.secret,
    _APPLICATIONS.c.description,
    _APPLICATIONS.c.type,
    _APPLICATIONS.c.oidc_client_metadata,
    _APPLICATIONS.c.custom_client_metadata,
    _APPLICATIONS.c.protected_app_metadata,
    _APPLICATIONS.c.custom_data,
    _APPLICATIONS.c.is_third_party,
    _APPLICATIONS.c.app_level_access_control_enabled,
    _APPLICATIONS.c.created_at,
)
_SEARCHABLE: Mapping[str, Column[Any]] = {
    "id": ApplicationTable.id,
    "name": ApplicationTable.name,
    "description": ApplicationTable.description,
}

_OF_TENANT = _APPLICATIONS.c.tenant_id == bindparam("of_tenant")
_THE_APPLICATION = (_OF_TENANT, _APPLICATIONS.c.id == bindparam("of_id"))
_FIND = select(*_COLUMNS).where(*_THE_APPLICATION)
_FIND_AND_LOCK = _FIND.with_for_update()
_LIST = select(*_COLUMNS).where(_OF_TENANT).order_by(_APPLICATIONS.c.created_at.desc(), _APPLICATIONS.c.id)
_TOTAL = select(func.count()).select_from(_APPLICATIONS).where(_OF_TENANT)
_ADD = insert(_APPLICATIONS)
_UPDATE = update(_APPLICATIONS).where(*_THE_APPLICATION).returning(*_COLUMNS)
_REMOVE = delete(_APPLICATIONS).where(*_THE_APPLICATION)

_OF_APPLICATION = (
    _SECRETS.c.tenant_id == bindparam("of_tenant"),
    _SECRETS.c.application_id == bindparam("of_application"),
)
_THE_SECRET = (*_OF_APPLICATION, _SECRETS.c.name == bindparam("of_name"))
_SECRET_COLUMNS = (_SECRETS.c.name, _SECRETS.c.value, _SECRETS.c.created_at, _SECRETS.c.expires_at)
_LIST_SECRETS = select(*_SECRET_COLUMNS).where(*_OF_APPLICATION).order_by(_SECRETS.c.created_at, _SECRETS.c.name)
_FIND_SECRET_AND_LOCK = select(*_SECRET_COLUMNS).where(*_THE_SECRET).with_for_update()
_ADD_SECRET = insert(_SECRETS)
_RENAME_SECRET = update(_SECRETS).where(*_THE_SECRET)
_REMOVE_SECRET = delete(_SECRETS).where(*_THE_SECRET)


class ApplicationStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def find(self, application_id: ApplicationId) -> Application | None:
        row = (await self._uow.execute(_FIND, self._of(application_id))).one_or_none()
        return None if row is None else self._application(row)

    async def get(self, application_id: ApplicationId) -> Application:
        if application := await self.find(application_id):
            return application
        raise ApplicationNotFound(application_id)

    async def get_for_update(self, application_id: ApplicationId) -> Application:
        """Return an application that nobody else changes before this unit of work ends."""
        await self._uow.begin()
        row = (await self._uow.execute(_FIND_AND_LOCK, self._of(application_id))).one_or_none()
        if row is None:
            raise ApplicationNotFound(application_id)
        return self._application(row)

    async def page(
        self,
        page: PageRequest | None,
        *,
        filter_: ApplicationFilter,
        search: Search | None = None,
        among: Select[str] | None = None,
        excluded: Select[str] | None = None,
    ) -> Page[Application]:
        """Return applications, newest first; all of them without `page`.

        `among` selects the only ids that belong on the list, `excluded` those that do not.
        """
        rules = self._rules(filter_, search, among, excluded)
        whose = {"of_tenant": self._tenant_id}
        query = _LIST.where(*rules)
        if page is not None:
            query = query.limit(page.size).offset(page.offset)
        rows = [self._application(row) for row in await self._uow.execute(query, whose)]
        if page is None:
            return Page(rows=rows, total=len(rows))
        total = await self._uow.execute(_TOTAL.where(*rules), whose)
        return Page(rows=rows, total=total.scalar_one())

    async def add(self, application: Application) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "id": application.id,
            "name": application.name,
            "description": application.description or None,
            "type": application.type,
            "oidc_client_metadata": msgspec.to_builtins(application.oidc_client_metadata),
            "custom_client_metadata": msgspec.to_builtins(application.custom_client_metadata),
            "protected_app_metadata": application.protected_app_metadata,
            "custom_data": application.custom_data,
            "is_third_party": application.is_third_party,
            "app_level_access_control_enabled": application.app_level_access_control_enabled,
            "created_at": application.created_at,
        }
        if application.legacy_secret is not None:
            place = self._place_of_legacy_secret(application.id)
            values["secret"] = self._sealer.seal_text(application.legacy_secret.reveal(), place=place)
        check_lengths(ApplicationTable, values)
        await self._uow.execute(_ADD, values)

    async def update(self, application_id: ApplicationId, values: Mapping[str, Any]) -> Application:
        check_lengths(ApplicationTable, values)
        stored = {name: _stored(value) for name, value in values.items()}
        row = (await self._uow.execute(_UPDATE, {**self._of(application_id), **stored})).one_or_none()
        if row is None:
            raise ApplicationNotFound(application_id)
        return self._application(row)

    async def remove(self, application_id: ApplicationId) -> None:
        if (await self._uow.execute(_REMOVE, self._of(application_id))).rowcount == 0:
            raise ApplicationNotFound(application_id)

    async def list_secrets(self, application_id: ApplicationId) -> Sequence[ApplicationSecret]:
        which = {"of_tenant": self._tenant_id, "of_application": application_id}
        rows = await self._uow.execute(_LIST_SECRETS, which)
        return tuple(self._secret(application_id, row) for row in rows)

    async def add_secret(self, application_id: ApplicationId, secret: ApplicationSecret) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "application_id": application_id,
            "name": secret.name,
            "value": self._seal(application_id, secret.name, secret.value),
            "created_at": secret.created_at,
            "expires_at": secret.expires_at,
        }
        check_lengths(ApplicationSecretTable, values)
        await self._uow.execute(_ADD_SECRET, values)

    async def rename_secret(self, application_id: ApplicationId, name: str, new_name: str) -> ApplicationSecret:
        """Rename a secret; its name is part of the place it is sealed for, so it is sealed anew."""
        check_lengths(ApplicationSecretTable, {"name": new_name})
        await self._uow.begin()
        which = self._of_secret(application_id, name)
        row = (await self._uow.execute(_FIND_SECRET_AND_LOCK, which)).one_or_none()
        if row is None:
            raise SecretNotFound
        secret = self._secret(application_id, row)
        values = {"name": new_name, "value": self._seal(application_id, new_name, secret.value)}
        await self._uow.execute(_RENAME_SECRET, {**which, **values})
        return ApplicationSecret(
            name=new_name, value=secret.value, created_at=secret.created_at, expires_at=secret.expires_at
        )

    async def remove_secret(self, application_id: ApplicationId, name: str) -> None:
        if (await self._uow.execute(_REMOVE_SECRET, self._of_secret(application_id, name))).rowcount == 0:
            raise SecretNotFound

    def _of(self, application_id: ApplicationId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_id": application_id}

    def _of_secret(self, application_id: ApplicationId, name: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_application": application_id, "of_name": name}

    def _rules(
        self,
        filter_: ApplicationFilter,
        search: Search | None,
        among: Select[str] | None,
        excluded: Select[str] | None,
    ) -> Sequence[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = []
        if filter_.types:
            rules.append(_APPLICATIONS.c.type.in_(filter_.types))
        if filter_.is_third_party is not None:
            rules.append(_APPLICATIONS.c.is_third_party == filter_.is_third_party)
        if search is not None:
            rules.append(condition(search, _SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        if among is not None:
            rules.append(_APPLICATIONS.c.id.in_(among))
        if excluded is not None:
            rules.append(_APPLICATIONS.c.id.not_in(excluded))
        return rules

    def _application(self, row: Row) -> Application:
        application_id = ApplicationId(row.id)
        legacy = row.secret
        if legacy is not None:
            legacy = Secret(self._sealer.open_text(legacy, place=self._place_of_legacy_secret(application_id)))
        return Application(
            id=application_id,
            name=row.name,
            description=row.description,
            type=ApplicationType(row.type),
            oidc_client_metadata=msgspec.convert(row.oidc_client_metadata, OidcClientMetadata),
            custom_client_metadata=msgspec.convert(row.custom_client_metadata, CustomClientMetadata),
            protected_app_metadata=row.protected_app_metadata,
            custom_data=row.custom_data,
            is_third_party=row.is_third_party,
            app_level_access_control_enabled=row.app_level_access_control_enabled,
            created_at=row.created_at,
            legacy_secret=legacy,
        )

    def _secret(self, application_id: ApplicationId, row: Row) -> ApplicationSecret:
        value = self._sealer.open_text(row.value, place=self._place_of_secret(application_id, row.name))
        return ApplicationSecret(
            name=row.name, value=Secret(value), created_at=row.created_at, expires_at=row.expires_at
        )

    def _seal(self, application_id: ApplicationId, name: str, value: Secret) -> bytes:
        return self._sealer.seal_text(value.reveal(), place=self._place_of_secret(application_id, name))

    def _place_of_secret(self, application_id: ApplicationId, name: str) -> Place:
        row = f"{application_id}/{name}"
        return Place(tenant=self._tenant_id, table="application_secrets", row=row, column="value")

    def _place_of_legacy_secret(self, application_id: ApplicationId) -> Place:
        return Place(tenant=self._tenant_id, table="applications", row=application_id, column="secret")


def _stored(value: Any) -> Any:
    """Make records JSON, and empty texts NULL."""
    if isinstance(value, OidcClientMetadata | CustomClientMetadata):
        return msgspec.to_builtins(value)
    return None if value == "" else value
