"""Decisions about uploaded files: what is kept, under which name, and what comes back."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

import structlog

from sekisho.assets.errors import FileTooLarge, StorageNotConfigured, TypeNotAllowed, UploadFailed
from sekisho.assets.models import MAX_BYTES, MIME_TYPES, Kind, kind_by_extension, kind_of
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.outbound.objects import ObjectStore, StoreFailed

log = structlog.get_logger(__name__)

_LONGEST_NAME = 64
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")
_KEY = re.compile(
    r"[0-9a-z-]{1,21}/[0-9a-z]{1,32}/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9A-Za-z]{32}/[0-9A-Za-z_-][0-9A-Za-z._-]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that is kept: what it is, and its bytes as they come."""

    kind: Kind
    name: str
    size: int
    chunks: AsyncIterator[bytes]


class AssetService:
    """The files of one tenant; their keys are `tenant/who/date/secret/name`."""

    def __init__(self, *, tenant_id: TenantId, store: ObjectStore | None, clock: Clock, ids: Ids) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._clock = clock
        self._ids = ids

    @property
    def is_configured(self) -> bool:
        return self._store is not None

    async def add(
        self, data: bytes, *, name: str, declared: str, owner: str, kinds: Collection[Kind] = tuple(Kind)
    ) -> str:
        """Keep a file of one of these kinds, and return its key; whoever knows the key may read the file."""
        if self._store is None:
            raise StorageNotConfigured
        if len(data) > MAX_BYTES:
            raise FileTooLarge
        # Attack: a page with scripts that says it is a picture, and is run at our origin. What it holds decides.
        kind = kind_of(data) if declared in MIME_TYPES else None
        if kind is None or kind not in kinds:
            raise TypeNotAllowed
        date = self._clock.now().strftime("%Y/%m/%d")
        key = f"{self._tenant_id}/{owner}/{date}/{self._ids.secret()}/{_safe_name(name, kind)}"
        try:
            await self._store.put(key, data)
        except StoreFailed as error:
            log.exception("upload failed")
            raise UploadFailed from error
        return key

    async def find(self, key: str) -> Asset | None:
        """Return the tenant's file under a key."""
        kind = kind_by_extension(key)
        is_ours = _KEY.fullmatch(key) is not None and key.startswith(f"{self._tenant_id}/")
        if self._store is None or kind is None or not is_ours:
            return None
        found = await self._store.get(key)
        if found is None:
            return None
        return Asset(kind=kind, name=key.rpartition("/")[2], size=found.size, chunks=found.chunks)


def _safe_name(name: str, kind: Kind) -> str:
    """Return a name that can stand in every path and header, and ends as its kind does."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] if "." in last else last
    safe = _UNSAFE.sub("-", stem).strip("-.")[:_LONGEST_NAME].rstrip(".")
    return f"{safe or 'file'}.{kind.value.extension}"
