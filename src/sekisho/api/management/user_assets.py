"""`/api/user-assets`: upload a file, and learn what may be uploaded."""

from collections.abc import Sequence

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from sekisho.api.auth import ManagementRoute, PrincipalDep
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.guard import GuardInvalidInput
from sekisho.api.responses import JsonResponse
from sekisho.assets.errors import FileTooLarge
from sekisho.assets.models import MAX_BYTES, MIME_TYPES, SERVED_AT, MimeType
from sekisho.http.context import context

router = APIRouter(route_class=ManagementRoute, tags=["User assets"])

# What a form adds to its file.
_ENVELOPE_BYTES = 64 * 1024


class ServiceStatusOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    status: str
    allow_upload_mime_types: Sequence[MimeType] | None = None
    max_upload_file_size: int | None = None
    is_experience_avatar_upload_enabled: bool | None = None


class UserAssetOut(msgspec.Struct, frozen=True, kw_only=True):
    url: str


@router.get(
    "/user-assets/service-status",
    **operation("GetUserAssetServiceStatus", answers={200: ServiceStatusOut}, refusals=(401, 403)),
)
async def get_user_asset_service_status(services: ServicesDep) -> Response:
    if not services.assets.is_configured:
        return JsonResponse(ServiceStatusOut(status="not_configured", is_experience_avatar_upload_enabled=True))
    status = ServiceStatusOut(
        status="ready",
        allow_upload_mime_types=MIME_TYPES,
        max_upload_file_size=MAX_BYTES,
        is_experience_avatar_upload_enabled=True,
    )
    return JsonResponse(status)


_UPLOAD = operation("CreateUserAsset", answers={200: UserAssetOut}, refusals=(400, 401, 403))
_UPLOAD["openapi_extra"]["requestBody"] = {
    "content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {}}}}}
}


@router.post("/user-assets", **_UPLOAD)
async def create_user_asset(request: Request, principal: PrincipalDep, services: ServicesDep) -> Response:
    name, declared, data = await _uploaded(request)
    key = await services.assets.add(data, name=name, declared=declared, owner=principal.id)
    return JsonResponse(UserAssetOut(url=services.urls.url(f"{SERVED_AT}/{key}")))


async def _uploaded(request: Request) -> tuple[str, str, bytes]:
    """Return name, media type and content of the form's one file."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES + _ENVELOPE_BYTES:
        raise FileTooLarge
    # The caller has proved who he is: he may send more than a stranger.
    context(request).body_limit.raise_to(MAX_BYTES + _ENVELOPE_BYTES)
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise _missing()
            return file.filename or "", (file.content_type or "").partition(";")[0].strip().lower(), await file.read()
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
