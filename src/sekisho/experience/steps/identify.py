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
from sekisho.experience.policy import allows, may_reset_password_with, may_sign_in_with
from sekisho.experience.state import ExperienceState, InteractionEvent, StagedProfile
from sekisho.experience.steps.social import Found, user_of
from sekisho.kernel.errors import Forbidden
from sekisho.sign_in.models import SignInExperience
from sekisho.users.models import Identifier, User
from sekisho.verification.code import CodeVerification
from sekisho.verification.errors import VerificationFailed, VerificationNotFound
from sekisho.verification.models import VerificationRecord
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialVerification


async def identify(
    desk: Desk, state: ExperienceState, *, verification_id: str, links_social_identity: bool = False
) -> ExperienceState:
    """Find the user a record proves, and make the flow about him.

    `links_social_identity`: an account nobody has yet is given to the user who has its address or number.
    """
    record = state.record(verification_id)
    _check_method(state.event, record, settings=await desk.sign_in.get())
    if not record.is_verified:
        raise VerificationFailed
    found = await _found_by(desk, record, is_linking=links_social_identity)
    if found.user.is_suspended:
        raise UserSuspended
    if state.user_id is None:
        return replace(
            state,
            user_id=found.user.id,
            reached_at=found.reached_at,
            profile=state.profile.with_proven(found.brought),
        )
    if state.user_id != found.user.id:
        raise IdentityConflict
    return state


def _check_method(event: InteractionEvent, record: VerificationRecord, *, settings: SignInExperience) -> None:
    if isinstance(record, OneTimeTokenVerification) and record.is_verified:
        # Whoever made the token let its owner in, whatever the settings say (§28, 4).
        return
    if not allows(settings.sign_in_mode, event):
        raise Forbidden
    match event:
        case InteractionEvent.SIGN_IN:
            if not may_sign_in_with(record, sign_in=settings.sign_in):
                raise MethodNotEnabled
            # The guard against proofs of an address that an enterprise connector claims stands here (§16).
        case InteractionEvent.FORGOT_PASSWORD:
            if not may_reset_password_with(record, methods=settings.forgot_password_methods):
                raise MethodNotForForgotPassword
        case InteractionEvent.REGISTER:
            raise AssertionError("registration is another step")
        case _:
            assert_never(event)


async def _found_by(desk: Desk, record: VerificationRecord, *, is_linking: bool) -> Found:
    match record:
        case PasswordVerification():
            # Attack: an account proven under a name that somebody else bears by now.
            user = await desk.users.find(record.user_id)
            if user is None:
                raise UserNotExist(record.identifier)
            # Attack: whoever stole a password proves it first, and comes in after it was changed.
            if not record.holds_for(user):
                raise VerificationNotFound
            return Found(user=user)
        case CodeVerification(identifier=identifier):
            return Found(user=await _bearer_of(desk, identifier), reached_at=identifier)
        case OneTimeTokenVerification(identifier=identifier):
            brought = StagedProfile(jit_organization_ids=record.jit_organization_ids)
            return Found(user=await _bearer_of(desk, identifier), brought=brought, reached_at=identifier)
        case SocialVerification():
            return await user_of(desk, record, is_linking=is_linking)
        case NewPasswordIdentity():
            raise VerificationFailed
        case _:
            assert_never(record)


async def _bearer_of(desk: Desk, identifier: Identifier) -> User:
    user = await desk.users.find_by_identifier(identifier)
    if user is None:
        raise UserNotExist(identifier)
    return user
