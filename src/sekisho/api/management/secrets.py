"""`/api/secrets`: what providers gave for users. Their values are never shown."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.responses import NoContent
from sekisho.secrets.models import SecretId

router = APIRouter(route_class=ManagementRoute, tags=["Secrets"])


@router.delete(
    "/secrets/{id}",
    **operation("DeleteSecret", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_secret(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    await services.secrets.remove(SecretId(id))
    return NoContent()
