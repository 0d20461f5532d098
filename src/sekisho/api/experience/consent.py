"""Consent to what an application asks for (experience.md §19)."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sekisho.api.dependencies import ServicesDep
from sekisho.api.experience.bodies import ConsentBody
from sekisho.api.experience.route import CurrentDep, ExperienceRoute
from sekisho.api.responses import JsonResponse
from sekisho.experience.consent import ConsentRequest, WantedScopes, accept_consent, consent_request

router = APIRouter(prefix="/interaction", route_class=ExperienceRoute, tags=["Interaction"])


@router.get("/consent", operation_id="GetConsent")
async def get_consent(current: CurrentDep, services: ServicesDep) -> Response:
    asked = await consent_request(
        await services.provider.ask_consent(current),
        applications=services.applications,
        application_sign_in=services.application_sign_in,
        users=services.users,
        resources=services.resources,
    )
    return JsonResponse(_wire(asked))


@router.post("/consent", operation_id="SubmitConsent")
async def submit_consent(body: ConsentBody, current: CurrentDep, services: ServicesDep) -> Response:
    given = await accept_consent(services.provider, current, organization_ids=body.organization_ids or ())
    return JsonResponse({"redirectTo": given.return_to})


def _wire(asked: ConsentRequest) -> dict[str, Any]:
    user = asked.user
    return {
        "application": _application(asked),
        "user": {
            "id": user.id,
            "name": user.name,
            "avatar": user.avatar,
            "username": user.username,
            "primaryEmail": user.primary_email,
            "primaryPhone": user.primary_phone,
        },
        "organizations": [
            {
                "id": each.organization.id,
                "name": each.organization.name,
                "missingResourceScopes": _wanted(each.resources),
            }
            for each in asked.organizations
        ],
        **({} if asked.scopes is None else {"missingOIDCScope": list(asked.scopes)}),
        "missingResourceScopes": _wanted(asked.resources),
        **({} if asked.redirect_uri is None else {"redirectUri": asked.redirect_uri}),
    }


def _application(asked: ConsentRequest) -> dict[str, Any]:
    shown = {
        "displayName": asked.shown.display_name,
        "branding": asked.shown.branding,
        "termsOfUseUrl": asked.shown.terms_of_use_url,
        "privacyPolicyUrl": asked.shown.privacy_policy_url,
    }
    named = {"id": asked.application.id, "name": asked.application.name}
    return named | {name: value for name, value in shown.items() if value}


def _wanted(wanted: Sequence[WantedScopes]) -> list[dict[str, Any]]:
    return [
        {
            "resource": {"id": each.resource.id, "name": each.resource.name, "indicator": each.resource.indicator},
            "scopes": [{"id": scope.id, "name": scope.name, "description": scope.description} for scope in each.scopes],
        }
        for each in wanted
    ]
