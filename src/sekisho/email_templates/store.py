"""Statements over e-mail templates. Parameters named `of_…` say which rows, the others which columns to write."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from sekisho.connectors.kit.messages import TemplateType
from sekisho.db.database import UnitOfWork
from sekisho.db.statements import Row
from sekisho.email_templates.models import EmailTemplate, EmailTemplateId, TemplateDetails, TemplateFilter
from sekisho.email_templates.tables import EmailTemplateTable
from sekisho.kernel.ids import TenantId

_TEMPLATES = EmailTemplateTable.metadata.tables[EmailTemplateTable.__tablename__]
_COLUMNS = (
    _TEMPLATES.c.id,
    _TEMPLATES.c.language_tag,
    _TEMPLATES.c.template_type,
    _TEMPLATES.c.details,
    _TEMPLATES.c.created_at,
)
_OF_TENANT = _TEMPLATES.c.tenant_id == bindparam("of_tenant")
_THE_TEMPLATE = (_OF_TENANT, _TEMPLATES.c.id == bindparam("of_id"))
_LIST = (
    select(*_COLUMNS).where(_OF_TENANT).order_by(_TEMPLATES.c.language_tag, _TEMPLATES.c.template_type, _TEMPLATES.c.id)
)
_FIND = select(*_COLUMNS).where(*_THE_TEMPLATE)
_ADD = insert(_TEMPLATES)
_UPDATE = update(_TEMPLATES).where(*_THE_TEMPLATE)
_REMOVE = delete(_TEMPLATES).where(_OF_TENANT)


class EmailTemplateStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list(self, which: TemplateFilter) -> Sequence[EmailTemplate]:
        rows = await self._uow.execute(_LIST.where(*_rules(which)), {"of_tenant": self._tenant_id})
        return tuple(_template(row) for row in rows)

    async def find(self, template_id: EmailTemplateId) -> EmailTemplate | None:
        row = (await self._uow.execute(_FIND, self._of(template_id))).one_or_none()
        return None if row is None else _template(row)

    async def add(self, template: EmailTemplate) -> None:
        await self._uow.execute(
            _ADD,
            {
                "tenant_id": self._tenant_id,
                "id": template.id,
                "language_tag": template.language_tag,
                "template_type": template.template_type,
                "details": msgspec.to_builtins(template.details),
                "created_at": template.created_at,
            },
        )

    async def update(self, template: EmailTemplate) -> None:
        await self._uow.execute(_UPDATE, {**self._of(template.id), "details": msgspec.to_builtins(template.details)})

    async def remove(self, template_id: EmailTemplateId) -> bool:
        """Remove one; False when there was none."""
        return bool((await self._uow.execute(delete(_TEMPLATES).where(*_THE_TEMPLATE), self._of(template_id))).rowcount)

    async def remove_all(self, which: TemplateFilter) -> int:
        """Remove those that are meant; returns how many."""
        return (await self._uow.execute(_REMOVE.where(*_rules(which)), {"of_tenant": self._tenant_id})).rowcount

    def _of(self, template_id: EmailTemplateId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_id": template_id}


def _rules(which: TemplateFilter) -> Sequence[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if which.language_tag is not None:
        rules.append(_TEMPLATES.c.language_tag == which.language_tag)
    if which.template_type is not None:
        rules.append(_TEMPLATES.c.template_type == which.template_type)
    return rules


def _template(row: Row) -> EmailTemplate:
    return EmailTemplate(
        id=EmailTemplateId(row.id),
        language_tag=row.language_tag,
        template_type=TemplateType(row.template_type),
        details=msgspec.convert(row.details, TemplateDetails),
        created_at=row.created_at,
    )
