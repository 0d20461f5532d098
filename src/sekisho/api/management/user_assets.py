"""`/api/user-assets`: upload a file, and learn what may be uploaded."""

from collections.abc import Sequence

import msgspec
from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute, PrincipalDep
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.responses import JsonResponse
from sekisho.api.uploads import FILE_FORM, uploaded_file
from sekisho.assets.models import MAX_BYTES, MIME_TYPES, SERVED_AT, MimeType

router = APIRouter(route_class=ManagementRoute, tags=["User assets"])


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
_UPLOAD["openapi_extra"]["requestBody"] = FILE_FORM


@router.post("/user-assets", **_UPLOAD)
async def create_user_asset(request: Request, principal: PrincipalDep, services: ServicesDep) -> Response:
    file = await uploaded_file(request)
    key = await services.assets.add(file.data, name=file.name, declared=file.media_type, owner=principal.id)
    return JsonResponse(UserAssetOut(url=services.urls.url(f"{SERVED_AT}/{key}")))
