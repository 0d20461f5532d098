"""Statements over custom phrases. Parameters named `of_…` say which rows, the others which columns to write."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.phrases.models import CustomPhrase, PhraseId
from sekisho.phrases.tables import CustomPhraseTable

_PHRASES = CustomPhraseTable.metadata.tables[CustomPhraseTable.__tablename__]
_OF_TENANT = _PHRASES.c.tenant_id == bindparam("of_tenant")
_THE_LANGUAGE = (_OF_TENANT, _PHRASES.c.language_tag == bindparam("of_language"))
_LIST = (
    select(_PHRASES.c.id, _PHRASES.c.language_tag, _PHRASES.c.translation)
    .where(_OF_TENANT)
    .order_by(_PHRASES.c.language_tag)
)
_ADD = insert(_PHRASES)
_UPDATE = update(_PHRASES).where(*_THE_LANGUAGE)
_REMOVE = delete(_PHRASES).where(*_THE_LANGUAGE)


class PhraseStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list(self) -> Sequence[CustomPhrase]:
        rows = await self._uow.execute(_LIST, {"of_tenant": self._tenant_id})
        return tuple(
            CustomPhrase(id=PhraseId(row.id), language_tag=row.language_tag, translation=row.translation)
            for row in rows
        )

    async def add(self, phrase: CustomPhrase) -> None:
        await self._uow.execute(
            _ADD,
            {
                "tenant_id": self._tenant_id,
                "id": phrase.id,
                "language_tag": phrase.language_tag,
                "translation": dict(phrase.translation),
            },
        )

    async def update(self, phrase: CustomPhrase) -> None:
        await self._uow.execute(_UPDATE, {**self._of(phrase.language_tag), "translation": dict(phrase.translation)})

    async def remove(self, language_tag: str) -> bool:
        """Remove a language; False when there was none."""
        return bool((await self._uow.execute(_REMOVE, self._of(language_tag))).rowcount)

    def _of(self, language_tag: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_language": language_tag}
