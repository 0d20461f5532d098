"""`/api/custom-phrases`: how a tenant words its pages, language by language."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.custom_phrases import CustomPhraseOut, TranslationBody, custom_phrase_out
from sekisho.api.management.wire.languages import LanguageTag
from sekisho.api.responses import JsonResponse, NoContent

router = APIRouter(route_class=ManagementRoute, tags=["Custom phrases"])


@router.get(
    "/custom-phrases",
    **operation("ListCustomPhrases", answers={200: list[CustomPhraseOut]}, refusals=(401, 403)),
)
async def list_custom_phrases(services: ServicesDep) -> Response:
    phrases = await services.phrases.list()
    return JsonResponse([custom_phrase_out(each, tenant_id=services.tenant_id) for each in phrases])


@router.get(
    "/custom-phrases/{languageTag}",
    **operation("GetCustomPhrase", answers={200: CustomPhraseOut}, refusals=(400, 401, 403, 404)),
)
async def get_custom_phrase(languageTag: LanguageTag, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    return JsonResponse(custom_phrase_out(await services.phrases.get(languageTag), tenant_id=services.tenant_id))


@router.put(
    "/custom-phrases/{languageTag}",
    **operation("ReplaceCustomPhrase", answers={201: CustomPhraseOut}, refusals=(400, 401, 403, 422)),
)
async def replace_custom_phrase(languageTag: LanguageTag, body: TranslationBody, services: ServicesDep) -> Response:  # noqa: N803
    phrase = await services.phrases.put(languageTag, body)
    return JsonResponse(custom_phrase_out(phrase, tenant_id=services.tenant_id), status_code=201)


@router.delete(
    "/custom-phrases/{languageTag}",
    **operation("DeleteCustomPhrase", answers={204: None}, refusals=(400, 401, 403, 404, 409)),
)
async def delete_custom_phrase(languageTag: LanguageTag, services: ServicesDep) -> Response:  # noqa: N803
    await services.phrases.remove(languageTag)
    return NoContent()
