"""Collecting what a user has yet to give: nothing is written to the user before the flow is submitted."""

from dataclasses import replace
from typing import assert_never

import msgspec

from sekisho.experience.desk import Desk, find_identified_user, identified_user
from sekisho.experience.errors import (
    CaptchaRequired,
    EmailExists,
    IdentifierNotFound,
    InvalidInteractionType,
    NotForForgotPassword,
    PasswordExists,
    PhoneExists,
    UsernameExists,
)
from sekisho.experience.policy import allows
from sekisho.experience.state import ExperienceState, InteractionEvent, StagedProfile
from sekisho.experience.steps.extra_profile import ExtraProfile
from sekisho.experience.steps.password import kept_password
from sekisho.experience.steps.proven import check_may_be_added, identified_by
from sekisho.experience.steps.social import added_by_social, founded_by_social
from sekisho.kernel.errors import Forbidden, ValueTooLong
from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import PasswordRejected, SamePassword
from sekisho.passwords.models import PasswordHash, UserInfo
from sekisho.sign_in.username import check_username
from sekisho.users.models import IdentifierType, User
from sekisho.verification.code import CodeVerification
from sekisho.verification.errors import VerificationNotFound
from sekisho.verification.social import SocialVerification

MAX_STAGED_BYTES = 64 * 1024


def may_collect(state: ExperienceState) -> None:
    """Refuse where no profile is collected (experience.md §4.4, guards)."""
    match state.event:
        case InteractionEvent.FORGOT_PASSWORD:
            raise NotForForgotPassword
        case InteractionEvent.SIGN_IN if state.user_id is None:
            raise IdentifierNotFound
        case _:
            # A user with a second factor has to show it before anything is added to the account (§14.4).
            return


async def stage_username(desk: Desk, state: ExperienceState, *, username: str) -> ExperienceState:
    may_collect(state)
    staged = replace(state.profile, username=username)
    await check_staged(desk, await find_identified_user(desk, state), StagedProfile(username=username))
    return replace(state, profile=staged)


async def stage_password(desk: Desk, state: ExperienceState, *, password: Secret) -> ExperienceState:
    may_collect(state)
    user = await find_identified_user(desk, state)
    kept = await accepted_password(desk, state.profile, user=user, password=password)
    if user is not None and user.has_password:
        raise PasswordExists
    return replace(state, profile=replace(state.profile, password=kept))


async def stage_identifier(
    desk: Desk, state: ExperienceState, *, type_: IdentifierType, verification_id: str
) -> ExperienceState:
    """Add an address or a number that a code came back from."""
    may_collect(state)
    record = state.record_of(verification_id, CodeVerification)
    if record.identifier.type is not type_:
        raise VerificationNotFound
    await check_may_be_added(desk, record)
    proven = identified_by(record.identifier)
    await check_staged(desk, await find_identified_user(desk, state), proven)
    return replace(state, profile=state.profile.with_proven(proven))


async def stage_social_identity(desk: Desk, state: ExperienceState, *, verification_id: str) -> ExperienceState:
    """Add an account at a provider; to a user who is not made yet also what the provider said of him."""
    may_collect(state)
    record = state.record_of(verification_id, SocialVerification)
    await check_may_be_added(desk, record)
    user = await find_identified_user(desk, state)
    if user is None:
        proven = await founded_by_social(desk, record, staged=state.profile)
    else:
        proven = await added_by_social(desk, record)
    await check_staged(desk, user, StagedProfile(social_identity=proven.social_identity))
    return replace(state, profile=state.profile.with_proven(proven))


def stage_extra_profile(state: ExperienceState, *, extra: ExtraProfile) -> ExperienceState:
    """Add values of extra profile fields; raises `ValueTooLong`."""
    may_collect(state)
    profile = replace(
        state.profile,
        name=extra.name or state.profile.name,
        avatar=extra.avatar or state.profile.avatar,
        profile={**state.profile.profile, **extra.profile},
        custom_data={**state.profile.custom_data, **extra.custom_data},
        is_submitted=True,
    )
    # Attack: fields added call after call, until one interaction fills the disk.
    if len(msgspec.json.encode(profile.to_document())) > MAX_STAGED_BYTES:
        raise ValueTooLong(data={"message": f"a profile may have at most {MAX_STAGED_BYTES} bytes"})
    return replace(state, profile=profile)


async def check_may_upload_avatar(desk: Desk, state: ExperienceState) -> None:
    """Refuse a picture unless an account is to be made. Attack: robots that fill the disk."""
    match state.event:
        case InteractionEvent.FORGOT_PASSWORD:
            raise NotForForgotPassword
        case InteractionEvent.SIGN_IN:
            raise InvalidInteractionType
        case InteractionEvent.REGISTER:
            settings = await desk.sign_in.get()
            if not state.has_one_time_token and not allows(settings.sign_in_mode, state.event):
                raise Forbidden
            if settings.captcha_policy.is_on and not state.captcha.is_passed:
                raise CaptchaRequired
        case _:
            assert_never(state.event)


async def stage_new_password(desk: Desk, state: ExperienceState, *, password: Secret) -> ExperienceState:
    """Choose another password, in a flow that resets it."""
    if state.event is not InteractionEvent.FORGOT_PASSWORD:
        raise InvalidInteractionType
    user = await identified_user(desk, state)
    kept = await accepted_password(desk, state.profile, user=user, password=password)
    return replace(state, profile=replace(state.profile, password=kept))


async def check_staged(desk: Desk, user: User | None, staged: StagedProfile) -> None:
    """Refuse what the user has already, what the username policy forbids, and what somebody else has."""
    if user is not None:
        refuse_what_exists(user, staged)
    if staged.username is not None:
        check_username(staged.username, policy=(await desk.sign_in.get()).username_policy)
    await desk.users.ensure_available(
        username=staged.username,
        email=staged.primary_email,
        phone=staged.primary_phone,
        except_user=None if user is None else user.id,
    )
    if staged.social_identity is not None:
        await desk.identities.ensure_available(
            staged.social_identity.target,
            identity_id=staged.social_identity.account.id,
            except_user=None if user is None else user.id,
        )


def refuse_what_exists(user: User, staged: StagedProfile) -> None:
    """Refuse a staged value for what the user has: raises the `…Exists` error of the first one."""
    for value, is_present, error in (
        (staged.username, user.username, UsernameExists),
        (staged.primary_email, user.primary_email, EmailExists),
        (staged.primary_phone, user.primary_phone, PhoneExists),
        (staged.password, user.has_password, PasswordExists),
    ):
        if value is not None and is_present:
            raise error


async def accepted_password(desk: Desk, staged: StagedProfile, *, user: User | None, password: Secret) -> PasswordHash:
    """Hash a new password that the policy accepts and that is not the old one."""
    policy = (await desk.sign_in.get()).password_policy
    await desk.uow.release()
    if issues := await desk.passwords.issues(password, policy=policy, user=_called(user, staged)):
        raise PasswordRejected(issues)
    old = None if user is None else kept_password(user)
    if old is not None and await desk.passwords.hasher.verify(password, old):
        raise SamePassword
    return await desk.passwords.hasher.hash(password)


def _called(user: User | None, staged: StagedProfile) -> UserInfo:
    """Return what the password must not be built from: staged values over those of the user."""
    return UserInfo(
        name=staged.name or (user.name if user else None),
        username=staged.username or (user.username if user else None),
        email=staged.primary_email or (user.primary_email if user else None),
        phone=staged.primary_phone or (user.primary_phone if user else None),
    )
