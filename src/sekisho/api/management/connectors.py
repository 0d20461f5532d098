"""`/api/connectors`: what signs people in elsewhere and what carries messages to them."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.connectors import (
    AuthorizationUriBody,
    ConnectorBody,
    ConnectorOut,
    ConnectorPatchBody,
    RedirectOut,
    TrialBody,
    connector_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.connectors.kit.messages import TemplateType
from sekisho.connectors.models import ConnectorId, FactoryId

router = APIRouter(route_class=ManagementRoute, tags=["Connectors"])


@router.post(
    "/connectors",
    **operation("CreateConnector", answers={200: ConnectorOut}, refusals=(400, 401, 403, 422)),
)
async def create_connector(body: ConnectorBody, services: ServicesDep) -> Response:
    return JsonResponse(connector_out(await services.connectors.create(body.to_new())))


@router.get(
    "/connectors",
    **operation("ListConnectors", answers={200: list[ConnectorOut]}, refusals=(400, 401, 403)),
)
async def list_connectors(services: ServicesDep, target: str | None = None) -> Response:
    return JsonResponse([connector_out(each) for each in await services.connectors.matching(target)])


@router.get(
    "/connectors/{id}",
    **operation("GetConnector", answers={200: ConnectorOut}, refusals=(400, 401, 403, 404)),
)
async def get_connector(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    return JsonResponse(connector_out(await services.connectors.get(ConnectorId(id))))


@router.patch(
    "/connectors/{id}",
    **operation("UpdateConnector", answers={200: ConnectorOut}, refusals=(400, 401, 403, 404, 422)),
)
async def update_connector(id: str, body: ConnectorPatchBody, services: ServicesDep) -> Response:  # noqa: A002
    return JsonResponse(connector_out(await services.connectors.update(ConnectorId(id), body.to_change())))


@router.delete(
    "/connectors/{id}",
    **operation("DeleteConnector", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def delete_connector(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.connectors.remove(ConnectorId(id))
    return NoContent()


@router.post(
    "/connectors/{factoryId}/test",
    **operation("CreateConnectorTest", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def create_connector_test(factoryId: str, body: TrialBody, services: ServicesDep) -> Response:  # noqa: N803
    trial = body.to_trial()
    template = await services.messages.own_words(TemplateType.GENERIC, by=trial.type, locale=trial.locale)
    await services.connectors.test(FactoryId(factoryId), trial, ip=services.caller.ip or None, template=template)
    return NoContent()


@router.post(
    "/connectors/{connectorId}/authorization-uri",
    **operation("CreateConnectorAuthorizationUri", answers={200: RedirectOut}, refusals=(400, 401, 403, 404)),
)
async def create_connector_authorization_uri(
    connectorId: str,  # noqa: N803
    body: AuthorizationUriBody,
    services: ServicesDep,
) -> Response:
    uri = await services.connectors.authorization_uri(
        ConnectorId(connectorId),
        state=body.state,
        redirect_uri=body.redirect_uri,
        user_agent=services.caller.user_agent or None,
    )
    return JsonResponse(RedirectOut(redirect_to=uri))
