"""Decisions about uploaded pages: what is kept, and which file answers which path.

Every upload has an id of its own, and is served when the sign-in experience names it (`customUiAssets`): an upload
that fails half way is never seen, and what is served is whole.
"""

import asyncio

import structlog

from sekisho.assets.errors import FileTooLarge, StorageNotConfigured, TypeNotAllowed, UploadFailed
from sekisho.assets.models import MAX_BYTES, Kind, kind_of
from sekisho.custom_ui.archive import INDEX, unpack
from sekisho.custom_ui.models import PageFile, content_type_of
from sekisho.kernel.ids import Ids, TenantId
from sekisho.outbound.objects import ObjectStore, StoreFailed

log = structlog.get_logger(__name__)

_ID_LENGTH = 8
_LONGEST_NAME = 255
_PUTS_AT_ONCE = 16


class CustomUiService:
    """The uploaded pages of one tenant; the keys of their files are `tenant/ui/upload/path`."""

    def __init__(self, *, tenant_id: TenantId, store: ObjectStore | None, ids: Ids) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._ids = ids

    @property
    def is_configured(self) -> bool:
        return self._store is not None

    async def add(self, archive: bytes) -> str:
        """Keep the files of an archive; returns the id to name them by. Slow: callers give their connection back."""
        store = self._store
        if store is None:
            raise StorageNotConfigured
        if len(archive) > MAX_BYTES:
            raise FileTooLarge
        if kind_of(archive) is not Kind.ZIP:
            raise TypeNotAllowed
        files = await asyncio.to_thread(unpack, archive)
        upload_id = self._ids.short()[:_ID_LENGTH]
        turns = asyncio.Semaphore(_PUTS_AT_ONCE)

        async def put(path: str, content: bytes) -> None:
            async with turns:
                await store.put(self._key(upload_id, path), content)

        try:
            async with asyncio.TaskGroup() as puts:
                for path, content in files.items():
                    puts.create_task(put(path, content))
        except* StoreFailed as errors:
            log.exception("upload failed")
            raise UploadFailed from errors
        return upload_id

    async def find(self, upload_id: str, path: str, *, span: tuple[int, int] | None = None) -> PageFile | None:
        """Return the file that answers a path; one without a dot is a page, and `index.html` answers for all of them.

        `span` asks for a part: from its first byte to before its second. Raises `StoreFailed`.
        """
        name = path.strip("/") if "." in path else INDEX
        if self._store is None or not upload_id.isalnum() or not _is_path(name):
            return None
        found = await self._store.get(self._key(upload_id, name), span=span)
        if found is None:
            return None
        return PageFile(content_type=content_type_of(name), size=found.size, chunks=found.chunks)

    def _key(self, upload_id: str, path: str) -> str:
        return f"{self._tenant_id}/ui/{upload_id}/{path}"


def _is_path(name: str) -> bool:
    """Tell whether a file may be kept under a name. Attack: one that leads to other files, or that no store takes."""
    parts = name.split("/")
    return (
        name.isprintable()
        and not {"", ".", ".."} & set(parts)
        and all(len(each.encode()) <= _LONGEST_NAME for each in parts)
    )
