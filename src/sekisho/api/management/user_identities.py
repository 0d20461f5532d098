"""`/api/users/{userId}/identities` and `/all-identities`: accounts of a user at social providers."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation, text_parameter
from sekisho.api.management.wire.user_identities import (
    AllIdentitiesOut,
    IdentityBody,
    IdentityWithSecretOut,
    LinkBody,
    SocialIdentityOut,
)
from sekisho.api.management.wire.users import Identity, UserOut, user_out
from sekisho.api.responses import JsonResponse
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.models import ConnectorId
from sekisho.connectors.use import NoSession
from sekisho.experience.errors import InvalidConnectorId
from sekisho.kernel.ids import UserId

router = APIRouter(route_class=ManagementRoute, tags=["Users"])

_WITH_SECRET = text_parameter("includeTokenSecret")


@router.post(
    "/users/{userId}/identities",
    **operation("CreateUserIdentity", answers={200: dict[str, Identity]}, refusals=(400, 401, 403, 404, 422)),
)
async def create_user_identity(userId: str, body: LinkBody, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    connector = await services.connectors.get(ConnectorId(body.connector_id))
    if connector.type is not ConnectorType.SOCIAL:
        raise InvalidConnectorId
    social = await services.connectors.social(connector.id)
    await services.users.get(UserId(userId))
    account = (await social.user(body.connector_data, session=NoSession())).user
    linked = await services.identities.put(
        UserId(userId), connector.target, identity_id=account.id, details=account.to_wire()
    )
    return JsonResponse(linked.user.identities)


@router.put(
    "/users/{userId}/identities/{target}",
    **operation(
        "ReplaceUserIdentity",
        answers={200: dict[str, Identity], 201: dict[str, Identity]},
        refusals=(400, 401, 403, 404, 422),
    ),
)
async def replace_user_identity(userId: str, target: str, body: IdentityBody, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    linked = await services.identities.put(UserId(userId), target, identity_id=body.user_id, details=body.details)
    return JsonResponse(linked.user.identities, status_code=201 if linked.is_new else 200)


@router.get(
    "/users/{userId}/identities/{target}",
    **operation(
        "GetUserIdentity",
        answers={200: IdentityWithSecretOut},
        refusals=(400, 401, 403, 404),
        parameters=(_WITH_SECRET,),
    ),
)
async def get_user_identity(userId: str, target: str, services: ServicesDep) -> Response:  # noqa: N803
    identity = await services.identities.get(UserId(userId), target)
    return JsonResponse({"identity": identity})


@router.delete(
    "/users/{userId}/identities/{target}",
    **operation("DeleteUserIdentity", answers={200: UserOut}, refusals=(400, 401, 403, 404)),
)
async def delete_user_identity(userId: str, target: str, services: ServicesDep) -> Response:  # noqa: N803
    return JsonResponse(user_out(await services.identities.remove(UserId(userId), target)))


@router.get(
    "/users/{userId}/all-identities",
    **operation(
        "ListUserAllIdentities",
        answers={200: AllIdentitiesOut},
        refusals=(400, 401, 403, 404),
        parameters=(_WITH_SECRET,),
    ),
)
async def list_user_all_identities(userId: str, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.get(UserId(userId))
    social = [SocialIdentityOut(target=target, identity=identity) for target, identity in user.identities.items()]
    return JsonResponse(AllIdentitiesOut(social_identities=social, sso_identities=[]))
