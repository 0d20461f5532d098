"""Whether what was written holds at the commit, or is out of date by then."""

from collections.abc import Awaitable

from sekisho.db.database import UnitOfWork
from sekisho.kernel.errors import Outdated


async def is_settled(uow: UnitOfWork, writing: Awaitable[None]) -> bool:
    """Write and commit; tell whether that went well."""
    try:
        await writing
        await uow.commit()
    except Outdated:
        return False
    return True
