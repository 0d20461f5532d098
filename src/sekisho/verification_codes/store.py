"""Rows of codes. Parameters named `of_…` say which rows, the others which columns to write.

Attack: who reads the rows tries a million codes against a hash in a second. It is a hash under the sealing key, and
bound to its row, so that equal codes do not look alike either.
"""

import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.locks import lock
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification_codes.models import Errand, PendingCode, VerificationCodeId
from sekisho.verification_codes.tables import VerificationCodeTable

_CODES = VerificationCodeTable.metadata.tables[VerificationCodeTable.__tablename__]
_OF_TENANT = _CODES.c.tenant_id == bindparam("of_tenant")
_THE_CODE = (_OF_TENANT, _CODES.c.id == bindparam("of_id"))
_OF_RECORD = (_OF_TENANT, _CODES.c.record_id == bindparam("of_record"), _CODES.c.purpose == bindparam("of_purpose"))
_OF_RECIPIENT = (
    _OF_TENANT,
    _CODES.c.recipient == bindparam("of_recipient"),
    _CODES.c.recipient_type == bindparam("of_type"),
    _CODES.c.purpose == bindparam("of_purpose"),
    _CODES.c.record_id.is_(None),
)
_COLUMNS = (_CODES.c.id, _CODES.c.recipient_type, _CODES.c.recipient, _CODES.c.fingerprint, _CODES.c.created_at)
_FIND_OF_RECORD = select(*_COLUMNS).where(*_OF_RECORD)
_FIND_OF_RECIPIENT = select(*_COLUMNS).where(*_OF_RECIPIENT)
_REMOVE_OF_RECORD = delete(_CODES).where(*_OF_RECORD)
_REMOVE_OF_RECIPIENT = delete(_CODES).where(*_OF_RECIPIENT)
_ADD = insert(_CODES)
_TRY = (
    update(_CODES).where(*_THE_CODE, _CODES.c.try_count < bindparam("of_most")).values(try_count=_CODES.c.try_count + 1)
)
_CONSUME = delete(_CODES).where(*_THE_CODE)


class VerificationCodeStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def find(self, errand: Errand) -> PendingCode | None:
        """Return the code that waits for an errand; its recipient may be another one when it has a record."""
        statement = _FIND_OF_RECIPIENT if errand.record_id is None else _FIND_OF_RECORD
        row = (await self._uow.execute(statement, self._of(errand))).one_or_none()
        if row is None:
            return None
        return PendingCode(
            id=VerificationCodeId(row.id),
            recipient=Identifier(type=IdentifierType(row.recipient_type), value=row.recipient),
            fingerprint=row.fingerprint,
            created_at=row.created_at,
        )

    async def replace(self, errand: Errand, *, code_id: VerificationCodeId, code: Secret, now: datetime) -> None:
        """Keep a new code for an errand, and no other one."""
        values = {
            "tenant_id": self._tenant_id,
            "id": code_id,
            "record_id": errand.record_id,
            "purpose": errand.purpose,
            "recipient_type": errand.recipient.type,
            "recipient": errand.recipient.value,
            "fingerprint": self._fingerprints(code.reveal(), code_id)[0],
            "try_count": 0,
            "created_at": now,
        }
        check_lengths(VerificationCodeTable, values)
        # Attack: two codes asked for at once, so that twice as many guesses are right.
        await lock(self._uow, "verification code", self._tenant_id, errand.purpose, *_whose(errand))
        remove = _REMOVE_OF_RECIPIENT if errand.record_id is None else _REMOVE_OF_RECORD
        await self._uow.execute(remove, self._of(errand))
        await self._uow.execute(_ADD, values)

    async def take_try(self, code_id: VerificationCodeId, *, most: int) -> bool:
        """Count one more try; False when there have been as many as there may be."""
        values = {"of_tenant": self._tenant_id, "of_id": code_id, "of_most": most}
        return (await self._uow.execute(_TRY, values)).rowcount == 1

    async def consume(self, code_id: VerificationCodeId) -> bool:
        """Use a code up; False when somebody was faster."""
        return (await self._uow.execute(_CONSUME, {"of_tenant": self._tenant_id, "of_id": code_id})).rowcount == 1

    def matches(self, pending: PendingCode, code: str) -> bool:
        """Tell whether this is the code that was sent, in a time that says nothing of how close it was."""
        kept = [hmac.compare_digest(each, pending.fingerprint) for each in self._fingerprints(code, pending.id)]
        return any(kept)

    def _fingerprints(self, code: str, code_id: VerificationCodeId) -> list[bytes]:
        place = Place(tenant=self._tenant_id, table="verification_codes", row=code_id, column="fingerprint")
        return [*self._sealer.fingerprints(code, place=place)]

    def _of(self, errand: Errand) -> dict[str, Any]:
        which = {"of_tenant": self._tenant_id, "of_purpose": errand.purpose}
        if errand.record_id is not None:
            return {**which, "of_record": errand.record_id}
        return {**which, "of_recipient": errand.recipient.value, "of_type": errand.recipient.type}


def _whose(errand: Errand) -> tuple[str, str]:
    if errand.record_id is not None:
        return "record", errand.record_id
    return errand.recipient.type, errand.recipient.value
