"""Proving an account at a social provider (experience.md §4.2 and §15)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.api.experience.bodies import SocialCallbackBody, SocialStartBody
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.http.context import context

router = APIRouter(prefix="/experience/verification/social", route_class=ExperienceRoute, tags=["Experience"])

_ONE_TAP_COOKIE = "_logto_google_one_tap_credential"


@router.post("/{connectorId}/authorization-uri", operation_id="CreateSocialVerification")
async def create_social_verification(connectorId: str, body: SocialStartBody, flow: FlowDep) -> Response:  # noqa: N803 — the contract's name
    verification_id, address = await flow.begin_social(connectorId, state=body.state, redirect_uri=body.redirect_uri)
    await flow.save()
    return JsonResponse({"authorizationUri": address, "verificationId": verification_id})


@router.post("/{connectorId}/verify", operation_id="VerifySocialVerification")
async def verify_social_verification(
    request: Request,
    connectorId: str,  # noqa: N803
    body: SocialCallbackBody,
    flow: FlowDep,
) -> Response:
    verification_id = await flow.verify_social(
        connectorId, verification_id=body.verification_id, callback=body.connector_data
    )
    await flow.save()
    # Whatever came in by Google's button has been used by now.
    context(request).cookies.clear(_ONE_TAP_COOKIE, signed=False)
    return JsonResponse({"verificationId": verification_id})
