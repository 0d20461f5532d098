"""Proving an identifier or a secret (experience.md §4.2)."""

from fastapi import APIRouter
from starlette.responses import Response

from sekisho.api.experience.bodies import PasswordVerificationBody
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier, IdentifierType

router = APIRouter(prefix="/experience/verification", route_class=ExperienceRoute, tags=["Experience"])


@router.post("/password", operation_id="CreatePasswordVerification")
async def create_password_verification(body: PasswordVerificationBody, flow: FlowDep) -> Response:
    identifier = Identifier(type=IdentifierType(body.identifier.type), value=body.identifier.value)
    verification_id = await flow.verify_password(identifier=identifier, password=Secret(body.password))
    await flow.save()
    return JsonResponse({"verificationId": verification_id})
