"""`/api/users`: people, their profile and custom data. Their passwords are in `user_passwords.py`."""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response

from sekisho.api.auth import ManagementRoute, PrincipalDep
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import OBJECT, PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.user_passwords import new_password
from sekisho.api.management.wire.users import (
    CreateUserBody,
    CustomDataBody,
    ProfileBody,
    ProfileOut,
    SuspensionBody,
    UpdateUserBody,
    UserOut,
    user_out,
)
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import USER_FIELDS, is_truthy, parse_search
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import UserId
from sekisho.roles.models import RoleId
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.models import NewUser, UserChange

router = APIRouter(route_class=ManagementRoute, tags=["Users"])


@router.get(
    "/users",
    **operation(
        "ListUsers",
        answers={200: list[UserOut]},
        refusals=(400, 401, 403),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_users(request: Request, paging: PagingDep, services: ServicesDep) -> Response:
    query = request.query_params
    role_id = query.get("excludeRoleId")
    if role_id and query.get("excludeOrganizationId"):
        raise InvalidInput(details="Give excludeRoleId or excludeOrganizationId, not both.")
    found = await services.users.page(
        paging.page,
        search=parse_search(query, USER_FIELDS),
        excluded=services.roles.ids_of_users(RoleId(role_id)) if role_id else None,
    )
    with_digest = is_truthy(query.get("includePasswordHash"))
    response = JsonResponse([user_out(user, with_digest=with_digest) for user in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/users",
    **operation("CreateUser", answers={200: UserOut}, refusals=(400, 401, 403, 404, 422)),
)
async def create_user(body: CreateUserBody, services: ServicesDep) -> Response:
    given = body.model_fields_set
    password = await new_password(body, services)
    user = await services.users.create(
        NewUser(
            username=body.username,
            primary_email=body.primary_email,
            primary_phone=body.primary_phone,
            name=body.name,
            avatar=body.avatar,
            profile=body.profile.to_wire() if "profile" in given else {},
            custom_data=body.custom_data if "custom_data" in given else {},
            password_encrypted=None if password is None else password.encoded,
            password_encryption_method=None if password is None else password.method,
        ),
        # Roles of the admin tenant open other tenants: they are given by hand only.
        with_default_roles=services.tenant_id != ADMIN_TENANT,
    )
    return JsonResponse(user_out(user))


@router.get(
    "/users/{userId}",
    **operation("GetUser", answers={200: UserOut}, refusals=(400, 401, 403, 404)),
)
async def get_user(
    userId: str,  # noqa: N803 — the contract's name
    services: ServicesDep,
    include_sso_identities: Annotated[str | None, Query(alias="includeSsoIdentities")] = None,
    include_password_hash: Annotated[str | None, Query(alias="includePasswordHash")] = None,
) -> Response:
    user = await services.users.get(UserId(userId))
    return JsonResponse(
        user_out(
            user,
            with_digest=is_truthy(include_password_hash),
            with_sso_identities=is_truthy(include_sso_identities),
        )
    )


@router.patch(
    "/users/{userId}",
    **operation("UpdateUser", answers={200: UserOut}, refusals=(400, 401, 403, 404, 422)),
)
async def update_user(userId: str, body: UpdateUserBody, services: ServicesDep) -> Response:  # noqa: N803
    change = body.given()
    if "profile" in change:
        change["profile"] = body.profile.to_wire()
    user = await services.users.update(UserId(userId), cast("UserChange", change))
    return JsonResponse(user_out(user))


@router.delete(
    "/users/{userId}",
    **operation("DeleteUser", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_user(userId: str, principal: PrincipalDep, services: ServicesDep) -> Response:  # noqa: N803
    await services.users.delete(UserId(userId), by=principal.id)
    return NoContent()


@router.get(
    "/users/{userId}/custom-data",
    **operation("ListUserCustomData", answers={200: OBJECT}, refusals=(400, 401, 403, 404)),
)
async def list_user_custom_data(userId: str, services: ServicesDep) -> Response:  # noqa: N803
    return JsonResponse((await services.users.get(UserId(userId))).custom_data)


@router.patch(
    "/users/{userId}/custom-data",
    **operation("UpdateUserCustomData", answers={200: OBJECT}, refusals=(400, 401, 403, 404)),
)
async def update_user_custom_data(userId: str, body: CustomDataBody, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.merge_custom_data(UserId(userId), body.custom_data)
    return JsonResponse(user.custom_data)


@router.patch(
    "/users/{userId}/profile",
    **operation("UpdateUserProfile", answers={200: ProfileOut}, refusals=(400, 401, 403, 404)),
)
async def update_user_profile(userId: str, body: ProfileBody, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.merge_profile(UserId(userId), body.profile.to_wire())
    return JsonResponse(user.profile)


@router.patch(
    "/users/{userId}/is-suspended",
    **operation("UpdateUserIsSuspended", answers={200: UserOut}, refusals=(400, 401, 403, 404)),
)
async def update_user_is_suspended(userId: str, body: SuspensionBody, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.set_suspended(UserId(userId), is_suspended=body.is_suspended)
    return JsonResponse(user_out(user))
