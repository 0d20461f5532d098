"""Proving an identifier or a secret (experience.md §4.2)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.api.experience.bodies import PasswordVerificationBody
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.experience.errors import InvalidCredentials
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.secret import Secret
from sekisho.security.service import target_hash
from sekisho.users.models import Identifier, IdentifierType

router = APIRouter(prefix="/experience/verification", route_class=ExperienceRoute, tags=["Experience"])


@router.post("/password", operation_id="CreatePasswordVerification")
async def create_password_verification(request: Request, body: PasswordVerificationBody, flow: FlowDep) -> Response:
    ctx = context(request)
    identifier = Identifier(type=IdentifierType(body.identifier.type), value=body.identifier.value)
    async with ctx.rate_limits.guess(
        ctx, Guarded.SIGN_IN, account=target_hash(identifier), wrong=(InvalidCredentials,)
    ):
        verification_id = await flow.verify_password(identifier=identifier, password=Secret(body.password))
    await flow.save()
    return JsonResponse({"verificationId": verification_id})
