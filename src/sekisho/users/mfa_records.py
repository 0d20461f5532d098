"""Records of second factors that an administrator keeps for users: authenticator apps and backup codes.

Kept in the user's row. What proves possession is sealed, each value for its record. Passkeys come from their owner's
browser alone; sign-in checks factors elsewhere.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sekisho.crypto.sealing import Place, Sealer
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import EntityNotFound
from sekisho.kernel.ids import Ids, TenantId, UserId
from sekisho.users.errors import BackupCodesAlone, BackupCodesInUse, TotpInUse, TotpSecretInvalid, WrongBackupCodes
from sekisho.users.models import User
from sekisho.users.store import UserStore
from sekisho.users.tables import UserTable

_SECRET_BYTES = 20
_SECRET = re.compile(r"[A-Z2-7=]{16,32}")
_CODES = 10
_CODE_BYTES = 5
_CODE = re.compile(r"[0-9A-Fa-f]{10}")

MfaRecord = Mapping[str, Any]


class MfaFactor(StrEnum):
    TOTP = "Totp"
    WEBAUTHN = "WebAuthn"
    BACKUP_CODE = "BackupCode"


class MfaRecordService:
    def __init__(self, *, tenant_id: TenantId, users: UserStore, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._tenant_id = tenant_id
        self._users = users
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def list(self, user_id: UserId) -> Sequence[MfaRecord]:
        return (await self._users.get(user_id)).mfa_verifications

    async def add_totp(self, user_id: UserId, *, secret: str | None = None) -> tuple[User, str]:
        """Bind an authenticator app, by a secret of our making or the given one; return the user and the secret."""
        user = await self._users.get_for_update(user_id)
        if _of_factor(user, MfaFactor.TOTP):
            raise TotpInUse
        if secret is None:
            secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        elif not _is_base32(secret):
            raise TotpSecretInvalid
        record_id = self._ids.standard()
        await self._add(user, MfaFactor.TOTP, record_id, key=self._sealed(secret, record_id))
        return user, secret

    async def add_backup_codes(self, user_id: UserId, *, codes: Sequence[str] | None = None) -> Sequence[str]:
        """Give a user backup codes, of our making or the given ones, and return them."""
        user = await self._users.get_for_update(user_id)
        if any(_remaining(record) for record in _of_factor(user, MfaFactor.BACKUP_CODE)):
            raise BackupCodesInUse
        if all(record["type"] == MfaFactor.BACKUP_CODE for record in user.mfa_verifications):
            raise BackupCodesAlone
        if codes is None:
            codes = [secrets.token_hex(_CODE_BYTES) for _ in range(_CODES)]
        elif len(codes) != _CODES or not all(_CODE.fullmatch(code) for code in codes):
            raise WrongBackupCodes
        record_id = self._ids.standard()
        kept = [{"code": self._sealed(code, record_id)} for code in codes]
        await self._add(user, MfaFactor.BACKUP_CODE, record_id, codes=kept)
        return codes

    async def remove(self, user_id: UserId, record_id: str) -> None:
        """Remove a record of any factor; raises `EntityNotFound`."""
        user = await self._users.get_for_update(user_id)
        kept = [record for record in user.mfa_verifications if record["id"] != record_id]
        if len(kept) == len(user.mfa_verifications):
            raise EntityNotFound
        await self._write(user.id, kept)

    async def _add(self, user: User, factor: MfaFactor, record_id: str, **proof: object) -> None:
        record = {"type": factor, "id": record_id, "createdAt": _iso(self._clock.now()), **proof}
        await self._write(user.id, [*user.mfa_verifications, record])

    async def _write(self, user_id: UserId, records: Sequence[MfaRecord]) -> None:
        await self._users.update(user_id, {"mfa_verifications": records, "updated_at": self._clock.now()})

    def _sealed(self, plain: str, record_id: str) -> str:
        return base64.b64encode(self._sealer.seal_text(plain, place=place_of(self._tenant_id, record_id))).decode()


def place_of(tenant_id: TenantId, record_id: str) -> Place:
    """Return what the secrets of a record are sealed for."""
    return Place(tenant=tenant_id, table=UserTable.__tablename__, row=record_id, column="mfa_verifications")


def remaining_codes(record: MfaRecord) -> int:
    """Count the backup codes of a record that were not used yet."""
    return len(_remaining(record))


def _of_factor(user: User, factor: MfaFactor) -> Sequence[MfaRecord]:
    return [record for record in user.mfa_verifications if record["type"] == factor]


def _remaining(record: MfaRecord) -> Sequence[Mapping[str, Any]]:
    return [code for code in record["codes"] if "usedAt" not in code]


def _is_base32(secret: str) -> bool:
    try:
        return _SECRET.fullmatch(secret) is not None and bool(base64.b32decode(secret))
    except binascii.Error:
        return False


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
