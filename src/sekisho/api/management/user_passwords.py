"""`/api/users/{userId}/password…`: set, check and ask for a password. Administrators are not bound by the policy."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.users import (
    CreateUserBody,
    HasPasswordOut,
    PasswordBody,
    PasswordExpirationBody,
    UserOut,
    user_out,
)
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.experience.errors import InvalidCredentials
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import UnsupportedHash
from sekisho.passwords.imported import imported_hash
from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.services import Services
from sekisho.users.errors import PasswordAlgorithmRequired, PasswordAndDigest, PasswordExpirationNotEnabled
from sekisho.users.models import User

router = APIRouter(route_class=ManagementRoute, tags=["Users"])


@router.patch(
    "/users/{userId}/password",
    **operation("UpdateUserPassword", answers={200: UserOut}, refusals=(400, 401, 403, 404, 422)),
)
async def update_user_password(userId: str, body: PasswordBody, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    user = await services.users.get(UserId(userId))
    return JsonResponse(user_out(await _set(user, Secret(body.password), services)))


@router.post(
    "/users/{userId}/password/verify",
    **operation("VerifyUserPassword", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def verify_user_password(request: Request, userId: str, body: PasswordBody, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.get(UserId(userId))
    hasher, password, kept = services.passwords.hasher, Secret(body.password), _kept(user)
    ctx = context(request)
    async with ctx.rate_limits.guess(
        ctx, Guarded.PASSWORD_CHECK, account=user.id, wrong=(InvalidCredentials,), is_from_anybody=False
    ):
        if kept is None:
            # Attack: telling from the time taken that a user has no password.
            await hasher.dummy()
            raise InvalidCredentials
        if not await hasher.verify(password, kept):
            raise InvalidCredentials
    if hasher.needs_rehash(kept):
        # Not a change of the password: its age stays, and so do proofs made with it.
        renewed = await hasher.hash(password)
        await services.users.renew_password_hash(
            user.id, before=kept.encoded, encoded=renewed.encoded, method=renewed.method
        )
    return NoContent()


@router.patch(
    "/users/{userId}/password/expiration",
    **operation("UpdateUserPasswordExpiration", answers={200: UserOut}, refusals=(400, 401, 403, 404)),
)
async def update_user_password_expiration(userId: str, body: PasswordExpirationBody, services: ServicesDep) -> Response:  # noqa: N803
    if body.is_expired and not (await services.sign_in.get()).password_expiration.can_be_applied:
        raise PasswordExpirationNotEnabled
    user = await services.users.set_password_expired(UserId(userId), is_expired=body.is_expired)
    return JsonResponse(user_out(user))


@router.get(
    "/users/{userId}/has-password",
    **operation("GetUserHasPassword", answers={200: HasPasswordOut}, refusals=(400, 401, 403, 404)),
)
async def get_user_has_password(userId: str, services: ServicesDep) -> Response:  # noqa: N803
    user = await services.users.get(UserId(userId))
    return JsonResponse(HasPasswordOut(has_password=user.has_password))


async def new_password(body: CreateUserBody, services: Services) -> PasswordHash | None:
    """Return a new user's password, hashed or brought along as a digest; identifiers are checked before the work."""
    if body.password and body.password_digest:
        raise PasswordAndDigest
    if body.password_digest and not body.password_algorithm:
        raise PasswordAlgorithmRequired
    if body.password or body.password_digest:
        await services.users.ensure_available(
            username=body.username, email=body.primary_email, phone=body.primary_phone
        )
    if body.password_digest:
        return imported_hash(body.password_digest, method=HashMethod(body.password_algorithm))
    if body.password:
        await services.uow.release()
        return await services.passwords.hasher.hash(Secret(body.password))
    if body.given().get("password_algorithm") == HashMethod.LEGACY:
        raise UnsupportedHash(name=HashMethod.LEGACY)
    return None


async def _set(user: User, password: Secret, services: Services) -> User:
    await services.uow.release()
    hashed = await services.passwords.hasher.hash(password)
    return await services.users.update(
        user.id, {"password_encrypted": hashed.encoded, "password_encryption_method": hashed.method}
    )


def _kept(user: User) -> PasswordHash | None:
    if user.password_encrypted is None or user.password_encryption_method is None:
        return None
    return PasswordHash(method=HashMethod(user.password_encryption_method), encoded=user.password_encrypted)
