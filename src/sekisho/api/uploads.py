"""Reads the one file of a form, however big its sender may send it."""

from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sekisho.api.guard import GuardInvalidInput
from sekisho.assets.errors import FileTooLarge
from sekisho.assets.models import MAX_BYTES
from sekisho.http.context import context

#: How an operation describes its form.
FILE_FORM = {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {}}}}}}

# What a form adds to its file.
_ENVELOPE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as its sender describes it: `media_type` is what he says, in lower case and without parameters."""

    name: str
    media_type: str
    data: bytes


async def uploaded_file(request: Request) -> Upload:
    """Return the form's field `file`; raises `FileTooLarge` and `GuardInvalidInput`.

    Only for callers who have proved who they are: they may send more than a stranger.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES + _ENVELOPE_BYTES:
        raise FileTooLarge
    context(request).body_limit.raise_to(MAX_BYTES + _ENVELOPE_BYTES)
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise _missing()
            media_type = (file.content_type or "").partition(";")[0].strip().lower()
            return Upload(name=file.filename or "", media_type=media_type, data=await file.read())
    except HTTPException as error:
        raise _missing() from error


def _missing() -> GuardInvalidInput:
    issue = {
        "code": "invalid_type",
        "expected": "array",
        "received": "undefined",
        "path": ["file"],
        "message": "Required",
    }
    return GuardInvalidInput(part="files", issues=[issue])
