"""`/api/roles/{id}/users`: the users who hold a role."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import ANYTHING, PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.roles import UserIdsBody
from sekisho.api.management.wire.users import UserOut, user_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import Created, JsonResponse, NoContent, with_links
from sekisho.api.search import USER_FIELDS, parse_search
from sekisho.roles.models import RoleId

router = APIRouter(route_class=ManagementRoute, tags=["Roles"])


@router.get(
    "/roles/{id}/users",
    **operation(
        "ListRoleUsers",
        answers={200: list[UserOut]},
        refusals=(400, 401, 403, 404),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_role_users(
    id: str,  # noqa: A002 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    role = await services.roles.get(RoleId(id))
    found = await services.users.page(
        paging.page,
        search=parse_search(request.query_params, USER_FIELDS),
        among=services.roles.ids_of_users(role.id),
    )
    response = JsonResponse([user_out(user) for user in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/roles/{id}/users",
    **operation("CreateRoleUser", answers={201: ANYTHING}, refusals=(400, 401, 403, 404, 422)),
)
async def create_role_user(id: str, body: UserIdsBody, services: ServicesDep) -> Response:  # noqa: A002
    await services.user_roles.add(RoleId(id), body.user_ids)
    return Created()


@router.delete(
    "/roles/{id}/users/{userId}",
    **operation("DeleteRoleUser", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_role_user(id: str, userId: str, services: ServicesDep) -> Response:  # noqa: A002, N803
    await services.user_roles.remove(RoleId(id), userId)
    return NoContent()
