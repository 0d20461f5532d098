"""Saying who one is on the strength of a proof (experience.md §4.1, identification for SignIn and ForgotPassword)."""

from dataclasses import replace
from typing import assert_never

from sekisho.experience.desk import Desk
from sekisho.experience.errors import (
    IdentityConflict,
    MethodNotEnabled,
    MethodNotForForgotPassword,
    UserNotExist,
    UserSuspended,
)
from sekisho.experience.policy import allows, may_sign_in_with
from sekisho.experience.state import ExperienceState, InteractionEvent
from sekisho.kernel.errors import Forbidden
from sekisho.sign_in.models import SignInExperience
from sekisho.users.models import User
from sekisho.verification.code import CodeVerification
from sekisho.verification.errors import VerificationFailed, VerificationNotFound
from sekisho.verification.models import VerificationRecord
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialVerification


async def identify(desk: Desk, state: ExperienceState, *, verification_id: str) -> ExperienceState:
    """Find the user a record proves, and make the flow about him."""
    record = state.record(verification_id)
    _check_method(state.event, record, settings=await desk.sign_in.get())
    user = await _user_of(desk, record)
    if user.is_suspended:
        raise UserSuspended
    if state.user_id is not None and state.user_id != user.id:
        raise IdentityConflict
    return replace(state, user_id=user.id)


def _check_method(event: InteractionEvent, record: VerificationRecord, *, settings: SignInExperience) -> None:
    if not allows(settings.sign_in_mode, event):
        raise Forbidden
    match event:
        case InteractionEvent.SIGN_IN:
            if not may_sign_in_with(record, sign_in=settings.sign_in):
                raise MethodNotEnabled
            # The guard against passwords where an enterprise connector claims the e-mail domain stands here (§16).
        case InteractionEvent.FORGOT_PASSWORD:
            # Only a code sent to the account's own address or number may reset its password.
            raise MethodNotForForgotPassword
        case InteractionEvent.REGISTER:
            raise AssertionError("registration is another step")
        case _:
            assert_never(event)


async def _user_of(desk: Desk, record: VerificationRecord) -> User:
    if not record.is_verified:
        raise VerificationFailed
    match record:
        case PasswordVerification():
            # Attack: an account proven under a name that somebody else bears by now.
            user = await desk.users.find(record.user_id)
            if user is None:
                raise UserNotExist(data={"identifier": record.identifier.value})
            # Attack: whoever stole a password proves it first, and comes in after it was changed.
            if not record.holds_for(user):
                raise VerificationNotFound
            return user
        case CodeVerification(identifier=identifier) | OneTimeTokenVerification(identifier=identifier):
            found = await desk.users.find_by_identifier(identifier)
            if found is None:
                raise UserNotExist(data={"identifier": identifier.value})
            return found
        case SocialVerification() | NewPasswordIdentity():
            raise VerificationFailed
        case _:
            assert_never(record)
