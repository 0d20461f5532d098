"""Proving an address or a number by a code (experience.md §4.2)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.api.experience.bodies import CodeBody, SendCodeBody
from sekisho.api.experience.route import CurrentDep, ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.experience.state import InteractionEvent
from sekisho.http.context import context
from sekisho.http.message_language import message_language
from sekisho.http.rate_limits import Guarded
from sekisho.security.service import target_hash
from sekisho.verification_codes.errors import CodeRefused

router = APIRouter(
    prefix="/experience/verification/verification-code", route_class=ExperienceRoute, tags=["Experience"]
)


@router.post("", operation_id="CreateAndSendVerificationCode")
async def create_and_send_verification_code(
    request: Request, body: SendCodeBody, current: CurrentDep, flow: FlowDep
) -> Response:
    ctx, identifier = context(request), body.identifier.identifier
    locale = await message_language(ctx, current.interaction)
    # Attack: one caller who has messages sent to thousands of people, each of whom gets few.
    async with ctx.rate_limits.guess(ctx, Guarded.MESSAGE, account=target_hash(identifier), wrong=()) as sending:
        sending.was_wrong = True
        verification_id = await flow.send_code(
            identifier=identifier, event=InteractionEvent(body.interaction_event), locale=locale
        )
    await flow.save()
    return JsonResponse({"verificationId": verification_id})


@router.post("/verify", operation_id="VerifyVerificationCodeVerification")
async def verify_verification_code_verification(request: Request, body: CodeBody, flow: FlowDep) -> Response:
    ctx, identifier = context(request), body.identifier.identifier
    async with ctx.rate_limits.guess(
        ctx, Guarded.VERIFICATION_CODE, account=target_hash(identifier), wrong=(CodeRefused,)
    ):
        await flow.verify_code(identifier=identifier, verification_id=body.verification_id, code=body.code)
    await flow.save()
    return JsonResponse({"verificationId": body.verification_id})
