"""`/api/users/{userId}/identities` and `/all-identities`: accounts of a user at social providers."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from msgspec import UNSET

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation, text_parameter
from sekisho.api.management.wire.user_identities import (
    AllIdentitiesOut,
    IdentityBody,
    IdentityWithSecretOut,
    LinkBody,
    SocialIdentityOut,
    social_token_secret_out,
)
from sekisho.api.management.wire.users import Identity, UserOut, user_out
from sekisho.api.responses import JsonResponse
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.models import ConnectorId
from sekisho.connectors.use import NoSession
from sekisho.experience.errors import InvalidConnectorId
from sekisho.kernel.ids import UserId
from sekisho.secrets.models import SocialSecret
from sekisho.services import Services

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
async def get_user_identity(request: Request, userId: str, target: str, services: ServicesDep) -> Response:  # noqa: N803
    identity = await services.identities.get(UserId(userId), target)
    secrets = await _secrets(request, services, UserId(userId))
    secret = social_token_secret_out(secrets.get(target), tenant_id=services.tenant_id)
    shown = Identity(user_id=identity["userId"], details=identity.get("details", UNSET))
    return JsonResponse(IdentityWithSecretOut(identity=shown, token_secret=secret))


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
async def list_user_all_identities(request: Request, userId: str, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.get(UserId(userId))
    secrets = await _secrets(request, services, user.id)
    social = [
        SocialIdentityOut(
            target=target,
            identity=identity,
            token_secret=social_token_secret_out(secrets.get(target), tenant_id=services.tenant_id),
        )
        for target, identity in user.identities.items()
    ]
    return JsonResponse(AllIdentitiesOut(social_identities=social, sso_identities=[]))


async def _secrets(request: Request, services: Services, user_id: UserId) -> Mapping[str, SocialSecret]:
    """Return a user's secrets by target, where they were asked for."""
    if request.query_params.get("includeTokenSecret") != "true":
        return {}
    return await services.secrets.of_user(user_id)
