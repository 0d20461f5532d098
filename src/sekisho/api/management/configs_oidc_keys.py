"""`/api/configs/oidc/private-keys` and `…/cookie-keys`: listed, rotated and deleted, never shown.

Mounted after its siblings under `/configs/oidc`: here the last step of the path is a parameter.
"""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.configs import (
    KeyKind,
    OidcKeyOut,
    RotateKeysBody,
    cookie_key_out,
    signing_key_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.signing_keys.errors import GraceNotSupported
from sekisho.signing_keys.rotation import KeyRotation

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])


@router.get(
    "/configs/oidc/{keyType}",
    **operation("GetOidcKeys", answers={200: list[OidcKeyOut]}, refusals=(400, 401, 403)),
)
async def get_oidc_keys(keyType: KeyKind, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    keys = services.signing_keys
    if keyType == "private-keys":
        shown = [signing_key_out(key) for key in await keys.newest_first()]
    else:
        shown = [cookie_key_out(key) for key in await keys.list_cookie_keys()]
    return JsonResponse(shown)


@router.post(
    "/configs/oidc/{keyType}/rotate",
    **operation("RotateOidcKeys", answers={200: list[OidcKeyOut]}, refusals=(400, 401, 403, 422)),
)
async def rotate_oidc_keys(
    keyType: KeyKind,  # noqa: N803
    body: RotateKeysBody,
    services: ServicesDep,
) -> Response:
    rotate = _rotate_signing if keyType == "private-keys" else _rotate_cookie
    return JsonResponse(await rotate(services.key_rotation, body))


@router.delete(
    "/configs/oidc/{keyType}/{keyId}",
    **operation("DeleteOidcKey", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def delete_oidc_key(keyType: KeyKind, keyId: str, services: ServicesDep) -> Response:  # noqa: N803
    keys = services.key_rotation
    await (keys.delete(keyId) if keyType == "private-keys" else keys.delete_cookie_key(keyId))
    return NoContent()


async def _rotate_signing(keys: KeyRotation, body: RotateKeysBody) -> Sequence[OidcKeyOut]:
    is_timed = "rotation_grace_period" in body.model_fields_set
    grace = timedelta(seconds=body.rotation_grace_period) if is_timed else None
    return [signing_key_out(key) for key in await keys.rotate(key_type=body.key_type, grace=grace)]


async def _rotate_cookie(keys: KeyRotation, body: RotateKeysBody) -> Sequence[OidcKeyOut]:
    if "rotation_grace_period" in body.model_fields_set:
        raise GraceNotSupported
    return [cookie_key_out(key) for key in await keys.rotate_cookie_key()]
