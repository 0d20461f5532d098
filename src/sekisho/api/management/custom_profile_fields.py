"""`/api/custom-profile-fields`: what a tenant asks people beyond what they sign in with."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.custom_profile_fields import (
    CustomProfileFieldOut,
    DefinitionBody,
    NewFieldBody,
    NewFieldsBody,
    OrderBody,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.profile_fields.public import field_view

router = APIRouter(route_class=ManagementRoute, tags=["Custom profile fields"])

FieldName = Annotated[str, Path(min_length=1)]


@router.get(
    "/custom-profile-fields",
    **operation("ListCustomProfileFields", answers={200: list[CustomProfileFieldOut]}, refusals=(401, 403)),
)
async def list_custom_profile_fields(services: ServicesDep) -> Response:
    fields = await services.profile_fields.list()
    return JsonResponse([field_view(each, tenant_id=services.tenant_id) for each in fields])


@router.post(
    "/custom-profile-fields",
    **operation("CreateCustomProfileField", answers={201: CustomProfileFieldOut}, refusals=(400, 401, 403, 422)),
)
async def create_custom_profile_field(body: Annotated[NewFieldBody, Body()], services: ServicesDep) -> Response:
    (field,) = await services.profile_fields.add([(body.name, body.to_definition())])
    return JsonResponse(field_view(field, tenant_id=services.tenant_id), status_code=201)


@router.post(
    "/custom-profile-fields/batch",
    **operation(
        "CreateCustomProfileFieldsBatch", answers={201: list[CustomProfileFieldOut]}, refusals=(400, 401, 403, 422)
    ),
)
async def create_custom_profile_fields_batch(body: NewFieldsBody, services: ServicesDep) -> Response:
    fields = await services.profile_fields.add([(each.name, each.to_definition()) for each in body])
    return JsonResponse([field_view(each, tenant_id=services.tenant_id) for each in fields], status_code=201)


@router.post(
    "/custom-profile-fields/properties/sie-order",
    **operation(
        "UpdateCustomProfileFieldsSieOrder", answers={200: list[CustomProfileFieldOut]}, refusals=(400, 401, 403)
    ),
)
async def update_custom_profile_fields_sie_order(body: OrderBody, services: ServicesDep) -> Response:
    fields = await services.profile_fields.arrange([(each.name, each.sie_order) for each in body.order])
    return JsonResponse([field_view(each, tenant_id=services.tenant_id) for each in fields])


@router.get(
    "/custom-profile-fields/{name}",
    **operation("GetCustomProfileFieldByName", answers={200: CustomProfileFieldOut}, refusals=(400, 401, 403, 404)),
)
async def get_custom_profile_field_by_name(name: FieldName, services: ServicesDep) -> Response:
    return JsonResponse(field_view(await services.profile_fields.get(name), tenant_id=services.tenant_id))


@router.put(
    "/custom-profile-fields/{name}",
    **operation("UpdateCustomProfileFieldByName", answers={200: CustomProfileFieldOut}, refusals=(400, 401, 403, 404)),
)
async def update_custom_profile_field_by_name(
    name: FieldName, body: Annotated[DefinitionBody, Body()], services: ServicesDep
) -> Response:
    field = await services.profile_fields.define(name, body.to_definition())
    return JsonResponse(field_view(field, tenant_id=services.tenant_id))


@router.delete(
    "/custom-profile-fields/{name}",
    **operation("DeleteCustomProfileFieldByName", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_custom_profile_field_by_name(name: FieldName, services: ServicesDep) -> Response:
    await services.profile_fields.remove(name)
    return NoContent()
