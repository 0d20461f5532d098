"""`/api/email-templates`: what e-mails say, by language and purpose."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.email_templates import (
    DeletedOut,
    DetailsPatchBody,
    EmailTemplateOut,
    Tag,
    TemplatesBody,
    TemplateTypeName,
    email_template_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.connectors.kit.messages import TemplateType
from sekisho.email_templates.models import EmailTemplateId, TemplateFilter

router = APIRouter(route_class=ManagementRoute, tags=["Email templates"])

LanguageQuery = Annotated[Tag | None, Query(alias="languageTag")]
TypeQuery = Annotated[TemplateTypeName | None, Query(alias="templateType")]


@router.put(
    "/email-templates",
    **operation("ReplaceEmailTemplates", answers={200: list[EmailTemplateOut]}, refusals=(400, 401, 403, 422)),
)
async def replace_email_templates(body: TemplatesBody, services: ServicesDep) -> Response:
    templates = await services.email_templates.put([each.to_model() for each in body.templates])
    return JsonResponse([email_template_out(each, tenant_id=services.tenant_id) for each in templates])


@router.get(
    "/email-templates",
    **operation("ListEmailTemplates", answers={200: list[EmailTemplateOut]}, refusals=(400, 401, 403)),
)
async def list_email_templates(
    services: ServicesDep, language_tag: LanguageQuery = None, template_type: TypeQuery = None
) -> Response:
    templates = await services.email_templates.list(_which(language_tag, template_type))
    return JsonResponse([email_template_out(each, tenant_id=services.tenant_id) for each in templates])


@router.delete(
    "/email-templates",
    **operation("DeleteEmailTemplates", answers={200: DeletedOut}, refusals=(400, 401, 403, 422)),
)
async def delete_email_templates(
    services: ServicesDep, language_tag: LanguageQuery = None, template_type: TypeQuery = None
) -> Response:
    count = await services.email_templates.remove_all(_which(language_tag, template_type))
    return JsonResponse(DeletedOut(row_count=count))


@router.get(
    "/email-templates/{id}",
    **operation("GetEmailTemplate", answers={200: EmailTemplateOut}, refusals=(400, 401, 403, 404)),
)
async def get_email_template(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    template = await services.email_templates.get(EmailTemplateId(id))
    return JsonResponse(email_template_out(template, tenant_id=services.tenant_id))


@router.delete(
    "/email-templates/{id}",
    **operation("DeleteEmailTemplate", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_email_template(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.email_templates.remove(EmailTemplateId(id))
    return NoContent()


@router.patch(
    "/email-templates/{id}/details",
    **operation("UpdateEmailTemplateDetails", answers={200: EmailTemplateOut}, refusals=(400, 401, 403, 404)),
)
async def update_email_template_details(id: str, body: DetailsPatchBody, services: ServicesDep) -> Response:  # noqa: A002
    template = await services.email_templates.change_details(EmailTemplateId(id), body.given())
    return JsonResponse(email_template_out(template, tenant_id=services.tenant_id))


def _which(language_tag: str | None, template_type: str | None) -> TemplateFilter:
    return TemplateFilter(
        language_tag=language_tag, template_type=None if template_type is None else TemplateType(template_type)
    )
