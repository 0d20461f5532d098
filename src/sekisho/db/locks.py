"""Named locks for what no row stands for yet: held from the asking to the end of the unit of work."""

from hashlib import sha256

from sekisho.db.database import UnitOfWork


async def lock(uow: UnitOfWork, *name: str) -> None:
    """Open the write transaction and wait until nobody else holds this name."""
    digest = sha256("\x1f".join(name).encode()).digest()
    await uow.lock(int.from_bytes(digest[:8], signed=True))
