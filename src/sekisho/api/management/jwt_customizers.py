"""`/api/configs/jwt-customizer`: scripts that add claims to access tokens, and trying one out (oidc.md §26)."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import OBJECT, operation
from sekisho.api.management.wire.jwt_customizers import (
    SCRIPT_OUT,
    SCRIPTS_OUT,
    JwtCustomizerBody,
    TokenTypePath,
    TryOutBody,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.claim_scripts.models import ScriptKind

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])

_SCRIPT = "/configs/jwt-customizer/{tokenTypePath}"


@router.get(
    "/configs/jwt-customizer",
    **operation("ListJwtCustomizers", answers={200: SCRIPTS_OUT}, refusals=(401, 403)),
)
async def list_jwt_customizers(services: ServicesDep) -> Response:
    scripts = await services.claim_scripts.list()
    return JsonResponse([{"key": key.value, "value": script} for key, script in scripts])


@router.post(
    "/configs/jwt-customizer/test",
    **operation("TestJwtCustomizer", answers={200: OBJECT}, refusals=(400, 401, 403, 422)),
)
async def test_jwt_customizer(body: TryOutBody, services: ServicesDep) -> Response:
    return JsonResponse(await services.claim_scripts.try_out(body.to_model(), body.to_input()))


@router.get(
    _SCRIPT,
    **operation("GetJwtCustomizer", answers={200: SCRIPT_OUT}, refusals=(400, 401, 403, 404)),
)
async def get_jwt_customizer(tokenTypePath: TokenTypePath, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    return JsonResponse(await services.claim_scripts.get(ScriptKind(tokenTypePath)))


@router.put(
    _SCRIPT,
    **operation("UpsertJwtCustomizer", answers={200: SCRIPT_OUT, 201: SCRIPT_OUT}, refusals=(400, 401, 403)),
)
async def upsert_jwt_customizer(
    tokenTypePath: TokenTypePath,  # noqa: N803
    body: JwtCustomizerBody,
    services: ServicesDep,
) -> Response:
    script = body.to_model()
    is_new = await services.claim_scripts.put(ScriptKind(tokenTypePath), script)
    return JsonResponse(script, status_code=201 if is_new else 200)


@router.patch(
    _SCRIPT,
    **operation("UpdateJwtCustomizer", answers={200: SCRIPT_OUT}, refusals=(400, 401, 403, 404)),
)
async def update_jwt_customizer(
    tokenTypePath: TokenTypePath,  # noqa: N803
    body: JwtCustomizerBody,
    services: ServicesDep,
) -> Response:
    return JsonResponse(await services.claim_scripts.change(ScriptKind(tokenTypePath), body.to_wire()))


@router.delete(
    _SCRIPT,
    **operation("DeleteJwtCustomizer", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_jwt_customizer(tokenTypePath: TokenTypePath, services: ServicesDep) -> Response:  # noqa: N803
    await services.claim_scripts.remove(ScriptKind(tokenTypePath))
    return NoContent()
