"""Control of a flow: begin, switch, look, identify, submit (experience.md §4.1)."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, Response

from sekisho.api.experience.bodies import BeginBody, EventBody, IdentificationBody
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.formats import Email
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.experience.dispatch import Resume
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.errors import DomainError

router = APIRouter(prefix="/experience", route_class=ExperienceRoute, tags=["Experience"])


@router.put("", operation_id="InitInteraction")
async def init_interaction(body: BeginBody, flow: FlowDep) -> Response:
    flow.begin(InteractionEvent(body.interaction_event))
    if body.captcha_token is not None:
        await flow.prove_human(body.captcha_token)
    await flow.save()
    return NoContent()


@router.put("/interaction-event", operation_id="UpdateInteractionEvent")
async def update_interaction_event(body: EventBody, flow: FlowDep) -> Response:
    await flow.switch(InteractionEvent(body.interaction_event))
    await flow.save()
    return NoContent()


@router.get("/interaction", operation_id="GetInteraction")
async def get_interaction(flow: FlowDep) -> Response:
    return JsonResponse(flow.state.public())


@router.post("/identification", operation_id="IdentifyUser")
async def identify_user(body: IdentificationBody, flow: FlowDep) -> Response:
    try:
        is_new = await flow.identify(
            verification_id=body.verification_id, links_social_identity=body.link_social_identity is True
        )
    except DomainError:
        flow.save_afterwards()
        raise
    await flow.save()
    return PlainTextResponse("Created", status_code=201) if is_new else NoContent()


@router.post("/submit", operation_id="SubmitInteraction")
async def submit_interaction(flow: FlowDep) -> Response:
    step = await flow.submit()
    await flow.save()
    return JsonResponse({"redirectTo": step.url}) if isinstance(step, Resume) else NoContent()


@router.get("/sso-connectors", operation_id="GetEnabledSsoConnectors")
async def get_enabled_sso_connectors(email: Annotated[Email, Query(max_length=256)]) -> Response:  # noqa: ARG001 — checked, and claimed by nobody
    """Tell which enterprise connectors claim an address: none can be set up yet."""
    return JsonResponse({"connectorIds": []})
