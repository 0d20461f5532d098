"""`/api/connector-factories`: what connectors can be made of."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.connectors import FactoryOut, factory_out
from sekisho.api.responses import JsonResponse
from sekisho.connectors.models import FactoryId

router = APIRouter(route_class=ManagementRoute, tags=["Connector factories"])


@router.get(
    "/connector-factories",
    **operation("ListConnectorFactories", answers={200: list[FactoryOut]}, refusals=(401, 403)),
)
async def list_connector_factories(services: ServicesDep) -> Response:
    return JsonResponse([factory_out(each) for each in services.connectors.factories()])


@router.get(
    "/connector-factories/{id}",
    **operation("GetConnectorFactory", answers={200: FactoryOut}, refusals=(400, 401, 403, 404)),
)
async def get_connector_factory(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    return JsonResponse(factory_out(services.connectors.factory(FactoryId(id))))
