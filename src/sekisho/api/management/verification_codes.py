"""`/api/verification-codes`: codes that an application of the tenant has sent, and takes back."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.verification_codes import SendBody, VerifyBody
from sekisho.api.responses import NoContent
from sekisho.connectors.kit.messages import TemplateType
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded
from sekisho.security.service import target_hash
from sekisho.users.models import Identifier
from sekisho.verification_codes.errors import CodeRefused
from sekisho.verification_codes.models import Errand

router = APIRouter(route_class=ManagementRoute, tags=["Verification codes"])


@router.post(
    "/verification-codes",
    **operation("CreateVerificationCode", answers={204: None}, refusals=(400, 401, 403, 429, 501)),
)
async def create_verification_code(body: SendBody, services: ServicesDep) -> Response:
    await services.verification_codes.send(_errand(body.recipient))
    return NoContent()


@router.post(
    "/verification-codes/verify",
    **operation("VerifyVerificationCode", answers={204: None}, refusals=(400, 401, 403)),
)
async def verify_verification_code(request: Request, body: VerifyBody, services: ServicesDep) -> Response:
    ctx, recipient = context(request), body.recipient
    async with ctx.rate_limits.guess(
        ctx,
        Guarded.VERIFICATION_CODE,
        account=target_hash(recipient),
        wrong=(CodeRefused,),
        is_from_anybody=False,
    ):
        pending = await services.verification_codes.check(body.verification_code, _errand(recipient))
    await services.verification_codes.consume(pending)
    return NoContent()


def _errand(recipient: Identifier) -> Errand:
    return Errand(purpose=TemplateType.GENERIC, recipient=recipient)
