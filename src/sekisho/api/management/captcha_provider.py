"""`/api/captcha-provider`: who tells people from programs."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.captcha_provider import (
    CaptchaProviderBody,
    CaptchaProviderOut,
    captcha_provider_out,
)
from sekisho.api.responses import JsonResponse, NoContent

router = APIRouter(route_class=ManagementRoute, tags=["Captcha provider"])


@router.get(
    "/captcha-provider",
    **operation("GetCaptchaProvider", answers={200: CaptchaProviderOut}, refusals=(401, 403, 404)),
)
async def get_captcha_provider(services: ServicesDep) -> Response:
    return JsonResponse(captcha_provider_out(await services.captcha.get(), tenant_id=services.tenant_id))


@router.put(
    "/captcha-provider",
    **operation("UpdateCaptchaProvider", answers={200: CaptchaProviderOut}, refusals=(400, 401, 403)),
)
async def update_captcha_provider(body: CaptchaProviderBody, services: ServicesDep) -> Response:
    provider = await services.captcha.put(body.config.to_model())
    return JsonResponse(captcha_provider_out(provider, tenant_id=services.tenant_id))


@router.delete(
    "/captcha-provider",
    **operation("DeleteCaptchaProvider", answers={204: None}, refusals=(401, 403, 404)),
)
async def delete_captcha_provider(services: ServicesDep) -> Response:
    await services.captcha.remove()
    return NoContent()
