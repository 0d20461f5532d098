"""Where uploaded files are kept: a folder, or a bucket that speaks S3.

The library is loaded with the first file. A bucket's credentials come from the environment, by the names every S3
client reads (`AWS_ACCESS_KEY_ID` and so on); where it is, the operator decides, so the guard has no say here.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ClientConfig
    from obstore.store import ObjectStore as Backend

_CHUNK_BYTES = 256 * 1024


class StoreFailed(Exception):
    """The store could not be reached, or refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """`size` is that of the whole object, whatever part of it comes."""

    size: int
    chunks: AsyncIterator[bytes]


class ObjectStore:
    """Objects by key; `where` is a folder or `s3://bucket/prefix`."""

    def __init__(self, where: str) -> None:
        self._where = where

    async def put(self, key: str, data: bytes) -> None:
        """Keep an object, whole or not at all. Raises `StoreFailed`."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 — loaded with the first file

        try:
            await self._backend.put_async(key, data)
        except (BaseError, OSError) as error:
            raise StoreFailed(str(error)) from error

    async def get(self, key: str, *, span: tuple[int, int] | None = None) -> StoredObject | None:
        """Return an object, or the bytes of it from the first of `span` to before the second. Raises `StoreFailed`.

        None when there is none.
        """
        from obstore.exceptions import BaseError  # noqa: PLC0415 — see `put`

        try:
            found = await self._backend.get_async(key, options=None if span is None else {"range": span})
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StoreFailed(str(error)) from error
        stream = found.stream(min_chunk_size=_CHUNK_BYTES)
        return StoredObject(size=found.meta["size"], chunks=_bytes(stream))

    @cached_property
    def _backend(self) -> "Backend":
        from obstore.store import LocalStore, S3Store  # noqa: PLC0415 — see `put`

        if self._where.startswith("s3://"):
            # Buckets in one's own network often speak plain HTTP; the operator's endpoint says which.
            options: ClientConfig = {"timeout": "30s", "connect_timeout": "3s", "allow_http": True}
            return S3Store.from_url(self._where, client_options=options)
        folder = Path(self._where)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(prefix=folder)


async def _bytes(stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(chunk)  # type: ignore[call-overload] # a buffer
