"""Rows of how the sign-in to single applications differs from the tenant's. Statements are built once.

Parameters named `of_…` say which rows, the others which columns to write.
"""

from sqlalchemy import bindparam, insert, select, update

from sekisho.applications.models import ApplicationSignIn, ApplicationSignInChange
from sekisho.applications.tables import ApplicationSignInTable
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import ApplicationId, TenantId

_ROWS = ApplicationSignInTable.metadata.tables[ApplicationSignInTable.__tablename__]
_COLUMNS = (
    _ROWS.c.application_id,
    _ROWS.c.color,
    _ROWS.c.branding,
    _ROWS.c.custom_css,
    _ROWS.c.terms_of_use_url,
    _ROWS.c.privacy_policy_url,
    _ROWS.c.display_name,
)
_THE_ROW = (_ROWS.c.tenant_id == bindparam("of_tenant"), _ROWS.c.application_id == bindparam("of_application"))
_FIND = select(*_COLUMNS).where(*_THE_ROW)
_ADD = insert(_ROWS).returning(*_COLUMNS)
_UPDATE = update(_ROWS).where(*_THE_ROW).returning(*_COLUMNS)


class ApplicationSignInStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, application_id: ApplicationId) -> ApplicationSignIn | None:
        row = (await self._uow.execute(_FIND, self._of(application_id))).one_or_none()
        return None if row is None else ApplicationSignIn(**row._asdict())

    async def add(self, application_id: ApplicationId, values: ApplicationSignInChange) -> ApplicationSignIn:
        check_lengths(ApplicationSignInTable, values)
        key = {"tenant_id": self._tenant_id, "application_id": application_id}
        row = (await self._uow.execute(_ADD, {**key, "color": {}, "branding": {}, **values})).one()
        return ApplicationSignIn(**row._asdict())

    async def update(self, application_id: ApplicationId, values: ApplicationSignInChange) -> ApplicationSignIn:
        check_lengths(ApplicationSignInTable, values)
        row = (await self._uow.execute(_UPDATE, {**self._of(application_id), **values})).one()
        return ApplicationSignIn(**row._asdict())

    def _of(self, application_id: ApplicationId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_application": application_id}
