"""Named locks for what no row stands for yet: held from the asking to the end of the unit of work."""

from hashlib import sha256

from sqlalchemy import BigInteger, bindparam, func, select

from sekisho.db.database import UnitOfWork

_LOCK = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger())))


async def lock(uow: UnitOfWork, *name: str) -> None:
    """Open the write transaction and wait until nobody else holds this name; SQLite has one writer anyhow."""
    await uow.begin()
    if not uow.database.is_sqlite:
        digest = sha256("\x1f".join(name).encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        await uow.execute(_LOCK, {"key": key})
