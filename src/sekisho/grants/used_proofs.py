"""Signed statements that are good for one request: used up by inserting them, in a transaction of its own."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.grants.tables import UsedProofTable
from sekisho.kernel.ids import TenantId

_USED_PROOFS = UsedProofTable.metadata.tables[UsedProofTable.__tablename__]
_ADD_ON_SQLITE = sqlite.insert(_USED_PROOFS).on_conflict_do_nothing()
_ADD_ON_POSTGRESQL = postgresql.insert(_USED_PROOFS).on_conflict_do_nothing()


class UsedProofStore:
    """Implements `sekisho.oidc.ports.UsedProofs`."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def use(self, proof: str, *, until: datetime) -> bool:
        """Use a proof up. Must come before anything of the request is written."""
        values = {"tenant_id": self._tenant_id, "digest": digest(proof), "expires_at": until}
        database = self._uow.database
        # Attack: a refused request that undid the use would leave the proof for whoever caught it.
        await self._uow.release()
        async with database.unit_of_work() as own:
            added = await own.execute(_ADD_ON_SQLITE if database.is_sqlite else _ADD_ON_POSTGRESQL, values)
            return bool(added.rowcount)
