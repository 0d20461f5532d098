"""Consent to what an application asks for (experience.md §19)."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sekisho.api.dependencies import ServicesDep
from sekisho.api.experience.bodies import ConsentBody
from sekisho.api.experience.route import CurrentDep, ExperienceRoute
from sekisho.api.responses import JsonResponse
from sekisho.experience.consent import ConsentRequest, WantedScopes, consent_request
from sekisho.experience.errors import MembershipRequired

router = APIRouter(prefix="/interaction", route_class=ExperienceRoute, tags=["Interaction"])


@router.get("/consent", operation_id="GetConsent")
async def get_consent(current: CurrentDep, services: ServicesDep) -> Response:
    asked = await consent_request(
        current,
        client=await services.provider.ports.clients.find(current.interaction.client_id),
        applications=services.applications,
        users=services.users,
        resources=services.resources,
    )
    return JsonResponse(_wire(asked))


@router.post("/consent", operation_id="SubmitConsent")
async def submit_consent(body: ConsentBody, current: CurrentDep, services: ServicesDep) -> Response:
    if body.organization_ids:
        # Nobody can be a member before there are organizations.
        raise MembershipRequired
    given = await services.provider.accept_consent(current)
    return JsonResponse({"redirectTo": given.return_to})


def _wire(asked: ConsentRequest) -> dict[str, Any]:
    user = asked.user
    return {
        "application": {"id": asked.application.id, "name": asked.application.name},
        "user": {
            "id": user.id,
            "name": user.name,
            "avatar": user.avatar,
            "username": user.username,
            "primaryEmail": user.primary_email,
            "primaryPhone": user.primary_phone,
        },
        "organizations": [],
        "missingOIDCScope": list(asked.scopes),
        "missingResourceScopes": [_wanted(each) for each in asked.resources],
        "redirectUri": asked.redirect_uri,
    }


def _wanted(wanted: WantedScopes) -> dict[str, Any]:
    resource = wanted.resource
    return {
        "resource": {"id": resource.id, "name": resource.name, "indicator": resource.indicator},
        "scopes": [{"id": scope.id, "name": scope.name, "description": scope.description} for scope in wanted.scopes],
    }
