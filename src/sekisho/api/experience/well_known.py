"""What anybody may ask of a tenant: how its pages look, and what they say (experience.md §21)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.account_center.public import account_center_view
from sekisho.api.dependencies import ServicesDep
from sekisho.api.responses import JsonResponse, tagged
from sekisho.api.routing import JsonRoute
from sekisho.i18n.languages import negotiate
from sekisho.sign_in.looks import looks_for
from sekisho.sign_in.public import public_view

router = APIRouter(prefix="/.well-known", route_class=JsonRoute, tags=["Well-known"])


@router.get("/sign-in-exp", operation_id="GetSignInExperienceConfig")
@router.get("/experience", include_in_schema=False)
async def get_sign_in_experience(request: Request, services: ServicesDep) -> Response:
    experience = await services.sign_in.get()
    looks = await looks_for(
        request.query_params.get("appId"),
        applications=services.applications,
        application_sign_in=services.application_sign_in,
    )
    document = public_view(
        experience,
        tenant_id=services.tenant_id,
        fields=await services.profile_fields.list(),
        captcha=await services.captcha.find() if experience.captcha_policy.is_on else None,
        social=await services.connectors.of_targets(experience.social_sign_in_connector_targets),
        carried=await services.connectors.types(),
        looks=looks,
    )
    return tagged(request, JsonResponse(document))


@router.get("/account-center", operation_id="GetWellKnownAccountCenter")
async def get_well_known_account_center(request: Request, services: ServicesDep) -> Response:
    settings = await services.account_center.get()
    return tagged(request, JsonResponse(account_center_view(settings, tenant_id=services.tenant_id)))


@router.get("/phrases", operation_id="GetSignInExperiencePhrases")
async def get_sign_in_experience_phrases(request: Request, services: ServicesDep) -> Response:
    languages = (await services.sign_in.get()).language_info
    tag = negotiate(
        explicit=request.query_params.get("lng"),
        auto_detect=languages.auto_detect,
        locale=request.query_params.get("locale"),
        accept_language=request.headers.get("accept-language"),
        fallback=languages.fallback_language,
        custom=await services.phrases.languages(),
    )
    response = JsonResponse(dict(await services.phrases.document(tag)))
    response.headers["content-language"] = tag
    response.headers["vary"] = "Accept-Language"
    return tagged(request, response)
