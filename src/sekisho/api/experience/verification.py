"""Proving an identifier or a secret (experience.md §4.2)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.api.experience.bodies import NewIdentityBody, OneTimeTokenBody, PasswordVerificationBody
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.experience.errors import InvalidCredentials
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.secret import Secret
from sekisho.one_time_tokens.errors import EmailMismatch, TokenNotFound
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


@router.post("/one-time-token/verify", operation_id="VerifyOneTimeTokenVerification")
async def verify_one_time_token_verification(request: Request, body: OneTimeTokenBody, flow: FlowDep) -> Response:
    ctx = context(request)
    identifier = Identifier(type=IdentifierType.EMAIL, value=body.identifier.value)
    async with ctx.rate_limits.guess(
        ctx, Guarded.ONE_TIME_TOKEN, account=target_hash(identifier), wrong=(TokenNotFound, EmailMismatch)
    ):
        verification_id = await flow.use_one_time_token(identifier=identifier, token=Secret(body.token))
    await flow.save()
    return JsonResponse({"verificationId": verification_id})


@router.post("/new-password-identity", operation_id="CreateNewPasswordIdentityVerification")
async def create_new_password_identity_verification(body: NewIdentityBody, flow: FlowDep) -> Response:
    verification_id = await flow.choose_identity(username=body.identifier.value, password=Secret(body.password))
    await flow.save()
    return JsonResponse({"verificationId": verification_id})
