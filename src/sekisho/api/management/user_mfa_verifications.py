"""`/api/users/{userId}/mfa-verifications`: second factors that an administrator keeps for a user."""

from typing import assert_never
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.user_mfa_verifications import (
    BackupCodeBody,
    BackupCodesOut,
    FactorBody,
    MfaVerificationOut,
    TotpBody,
    TotpOut,
    mfa_verification_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.http.context import context
from sekisho.kernel.ids import UserId
from sekisho.ui.qr_codes import png_data_url
from sekisho.users.models import User

router = APIRouter(route_class=ManagementRoute, tags=["Users"])

_NAMELESS = "Unnamed User"


@router.get(
    "/users/{userId}/mfa-verifications",
    **operation("ListUserMfaVerifications", answers={200: list[MfaVerificationOut]}, refusals=(400, 401, 403, 404)),
)
async def list_user_mfa_verifications(userId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    records = await services.mfa_records.list(UserId(userId))
    return JsonResponse([mfa_verification_out(record) for record in records])


@router.post(
    "/users/{userId}/mfa-verifications",
    **operation(
        "CreateUserMfaVerification", answers={200: TotpOut | BackupCodesOut}, refusals=(400, 401, 403, 404, 422)
    ),
)
async def create_user_mfa_verification(
    userId: str,  # noqa: N803
    body: FactorBody,
    request: Request,
    services: ServicesDep,
) -> Response:
    match body:
        case TotpBody():
            user, secret = await services.mfa_records.add_totp(UserId(userId), secret=body.secret)
            issuer = urlsplit(context(request).urls.origin).hostname or ""
            image = await png_data_url(_key_uri(secret, issuer=issuer, label=_display_name(user)))
            return JsonResponse(TotpOut(secret=secret, secret_qr_code=image))
        case BackupCodeBody():
            codes = await services.mfa_records.add_backup_codes(UserId(userId), codes=body.codes)
            return JsonResponse(BackupCodesOut(codes=list(codes)))
        case _:
            assert_never(body)


@router.delete(
    "/users/{userId}/mfa-verifications/{verificationId}",
    **operation("DeleteUserMfaVerification", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_user_mfa_verification(userId: str, verificationId: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.mfa_records.remove(UserId(userId), verificationId)
    return NoContent()


def _key_uri(secret: str, *, issuer: str, label: str) -> str:
    """Return what authenticator apps read: their makers' "Key URI Format"."""
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(label, safe='')}?{query}"


def _display_name(user: User) -> str:
    return user.name or user.username or user.primary_email or user.primary_phone or _NAMELESS
