"""Keeps what e-mails say: at most one template for a language and a purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from sekisho.email_templates.errors import DeletesEverything, EmailTemplateNotFound
from sekisho.email_templates.models import (
    EmailTemplate,
    EmailTemplateId,
    NewEmailTemplate,
    TemplateFilter,
)
from sekisho.email_templates.store import EmailTemplateStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import EntityNotFound
from sekisho.kernel.ids import Ids
from sekisho.tenants.cache import TenantCache


class EmailTemplateService:
    """The templates of one tenant."""

    def __init__(self, *, store: EmailTemplateStore, cache: TenantCache, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._ids = ids

    async def list(self, which: TemplateFilter) -> Sequence[EmailTemplate]:
        """Return the templates that are meant, by language and purpose."""
        return await self._store.list(which)

    async def get(self, template_id: EmailTemplateId) -> EmailTemplate:
        if template := await self._store.find(template_id):
            return template
        raise EmailTemplateNotFound(template_id)

    async def put(self, templates: Sequence[NewEmailTemplate]) -> Sequence[EmailTemplate]:
        """Set what e-mails say; of two for the same language and purpose the later one counts."""
        # First, because it locks: two that set one template at once add one row.
        await self._cache.changed()
        return [await self._put(each) for each in _latest(templates)]

    async def change_details(self, template_id: EmailTemplateId, patch: Mapping[str, Any]) -> EmailTemplate:
        """Set the given members of what an e-mail says, and leave the others."""
        await self._cache.changed()
        template = await self.get(template_id)
        changed = replace(template, details=msgspec.structs.replace(template.details, **patch))
        await self._store.update(changed)
        return changed

    async def remove(self, template_id: EmailTemplateId) -> None:
        if not await self._store.remove(template_id):
            raise EntityNotFound

    async def remove_all(self, which: TemplateFilter) -> int:
        """Remove the templates that are meant; returns how many. Raises `DeletesEverything` when all are."""
        if which.means_all:
            raise DeletesEverything
        return await self._store.remove_all(which)

    async def _put(self, new: NewEmailTemplate) -> EmailTemplate:
        which = TemplateFilter(language_tag=new.language_tag, template_type=new.template_type)
        for known in await self._store.list(which):
            changed = replace(known, details=new.details)
            await self._store.update(changed)
            return changed
        template = EmailTemplate(
            id=EmailTemplateId(self._ids.standard()),
            language_tag=new.language_tag,
            template_type=new.template_type,
            details=new.details,
            created_at=self._clock.now(),
        )
        await self._store.add(template)
        return template


def _latest(templates: Sequence[NewEmailTemplate]) -> Sequence[NewEmailTemplate]:
    return [*{(each.language_tag, each.template_type): each for each in templates}.values()]
