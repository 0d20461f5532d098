"""Proving who one is by a password.

Attack: finding out which accounts exist. A wrong password, an account without one and an account that does not exist
give the same answer after the same work, and a suspended one is told only to who knows its password.
"""

from dataclasses import dataclass

from sekisho.experience.desk import Desk
from sekisho.experience.errors import InvalidCredentials, UserSuspended
from sekisho.experience.policy import is_password_expired
from sekisho.experience.state import ExperienceState
from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import PasswordExpired, PasswordsBusy
from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.security.models import Action, Attempt, Limits
from sekisho.users.models import Identifier, User
from sekisho.verification.password import PasswordVerification


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordProof:
    """A password that matched, and what is to be written when the flow is saved."""

    state: ExperienceState
    record: PasswordVerification
    attempt: Attempt
    kept: PasswordHash
    renewed: PasswordHash | None

    async def settle(self, desk: Desk) -> None:
        """Uncount the attempt, and keep the password in today's way."""
        await desk.sentinel.succeeded(self.attempt)
        if self.renewed is not None:
            await desk.users.renew_password_hash(
                self.record.user_id, before=self.kept.encoded, encoded=self.renewed.encoded, method=self.renewed.method
            )


async def verify_password(
    desk: Desk, state: ExperienceState, *, identifier: Identifier, password: Secret
) -> PasswordProof:
    """Check a password; raises `InvalidCredentials`, `UserSuspended`, and others."""
    settings = await desk.sign_in.get()
    policy = settings.sentinel_policy
    limits = Limits(attempts=policy.attempts, lockout=policy.lockout)
    attempt = await desk.sentinel.admit(identifier, action=Action.PASSWORD, limits=limits)
    try:
        user, kept = await _owner(desk, identifier, password)
    except PasswordsBusy:
        # Nothing was compared: an overloaded server must not lock people out.
        await desk.sentinel.withdraw(attempt)
        raise
    except (InvalidCredentials, UserSuspended):
        await desk.sentinel.failed(attempt)
        raise
    if is_password_expired(user, policy=settings.password_expiration, now=desk.clock.now()):
        await desk.sentinel.withdraw(attempt)
        raise PasswordExpired
    hasher = desk.passwords.hasher
    renewed = await hasher.hash(password) if hasher.needs_rehash(kept) else None
    record = PasswordVerification(
        id=desk.ids.standard(),
        identifier=identifier,
        is_verified=True,
        user_id=user.id,
        password_set_at=user.password_updated_at,
    )
    return PasswordProof(state=state.with_record(record), record=record, attempt=attempt, kept=kept, renewed=renewed)


async def _owner(desk: Desk, identifier: Identifier, password: Secret) -> tuple[User, PasswordHash]:
    """Return the user whose password this is, and how it is kept."""
    user = await desk.users.find_by_identifier(identifier)
    await desk.uow.release()
    kept = None if user is None else kept_password(user)
    if user is None or kept is None:
        await desk.passwords.hasher.dummy()
        raise InvalidCredentials
    if not await desk.passwords.hasher.verify(password, kept):
        raise InvalidCredentials
    if user.is_suspended:
        raise UserSuspended
    return user, kept


def kept_password(user: User) -> PasswordHash | None:
    """Return a user's password as it is kept."""
    if user.password_encrypted is None or user.password_encryption_method is None:
        return None
    return PasswordHash(method=HashMethod(user.password_encryption_method), encoded=user.password_encrypted)
