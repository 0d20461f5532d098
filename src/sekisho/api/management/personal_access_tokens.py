"""`/api/users/{userId}/personal-access-tokens`: a user's tokens, by name. Names that no path can carry go in bodies."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.body import instant
from sekisho.api.management.wire.personal_access_tokens import (
    CreatePersonalAccessTokenBody,
    DeletePersonalAccessTokenBody,
    PersonalAccessTokenOut,
    RenameNamedPersonalAccessTokenBody,
    RenamePersonalAccessTokenBody,
    personal_access_token_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.kernel.ids import UserId
from sekisho.services import Services

router = APIRouter(route_class=ManagementRoute, tags=["Users"])

_PATH = "/users/{userId}/personal-access-tokens"


@router.get(
    _PATH,
    **operation(
        "ListUserPersonalAccessTokens", answers={200: list[PersonalAccessTokenOut]}, refusals=(400, 401, 403, 404)
    ),
)
async def list_user_personal_access_tokens(userId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    user = await services.users.get(UserId(userId))
    tokens = await services.personal_access_tokens.list(user.id)
    return JsonResponse([personal_access_token_out(token, tenant_id=services.tenant_id) for token in tokens])


@router.post(
    _PATH,
    **operation(
        "CreateUserPersonalAccessToken", answers={201: PersonalAccessTokenOut}, refusals=(400, 401, 403, 404, 422)
    ),
)
async def create_user_personal_access_token(
    userId: str,  # noqa: N803
    body: CreatePersonalAccessTokenBody,
    services: ServicesDep,
) -> Response:
    token = await services.personal_access_tokens.create(
        UserId(userId), name=body.name, expires_at=instant(body.expires_at, name="expiresAt")
    )
    return JsonResponse(personal_access_token_out(token, tenant_id=services.tenant_id), status_code=201)


@router.patch(
    _PATH,
    **operation("UpdatePersonalAccessTokenName", answers={200: PersonalAccessTokenOut}, refusals=(400, 401, 403, 404)),
)
async def update_personal_access_token_name(
    userId: str,  # noqa: N803
    body: RenameNamedPersonalAccessTokenBody,
    services: ServicesDep,
) -> Response:
    return await _renamed(services, UserId(userId), body.current_name or "", new_name=body.name)


@router.patch(
    _PATH + "/{name}",
    **operation("UpdateUserPersonalAccessToken", answers={200: PersonalAccessTokenOut}, refusals=(400, 401, 403, 404)),
)
async def update_user_personal_access_token(
    userId: str,  # noqa: N803
    name: str,
    body: RenamePersonalAccessTokenBody,
    services: ServicesDep,
) -> Response:
    return await _renamed(services, UserId(userId), name, new_name=body.name)


@router.delete(
    _PATH + "/{name}",
    **operation("DeleteUserPersonalAccessToken", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_user_personal_access_token(userId: str, name: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.personal_access_tokens.delete(UserId(userId), name)
    return NoContent()


@router.post(
    _PATH + "/delete",
    **operation("DeletePersonalAccessTokenPost", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_personal_access_token_post(
    userId: str,  # noqa: N803
    body: DeletePersonalAccessTokenBody,
    services: ServicesDep,
) -> Response:
    await services.personal_access_tokens.delete(UserId(userId), body.name)
    return NoContent()


async def _renamed(services: Services, user_id: UserId, name: str, *, new_name: str) -> Response:
    token = await services.personal_access_tokens.rename(user_id, name, new_name=new_name)
    return JsonResponse(personal_access_token_out(token, tenant_id=services.tenant_id))
