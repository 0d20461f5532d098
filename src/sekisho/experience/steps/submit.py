"""The last step: everything demanded is there, so what was staged is written (experience.md §5.1).

The table at the end is the pipeline. Its comments hold the places of checks that come with their features; a check
raises, and nothing has been written by then.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sekisho.experience.desk import Desk, identified_user
from sekisho.experience.errors import CaptchaRequired, NewPasswordRequired, UserSuspended
from sekisho.experience.state import ExperienceState, InteractionEvent, StagedProfile
from sekisho.experience.steps.complete import check_complete
from sekisho.experience.steps.profile import check_staged
from sekisho.experience.steps.social import keep_tokens
from sekisho.sign_in.models import SignInExperience
from sekisho.users.models import User, UserChange
from sekisho.verification.errors import VerificationNotFound
from sekisho.verification.password import PasswordVerification


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What the pipeline looks at."""

    desk: Desk
    state: ExperienceState
    settings: SignInExperience
    user: User


async def submit(desk: Desk, state: ExperienceState) -> User:
    """Run the pipeline; returns the user as he is now."""
    settings = await desk.sign_in.get()
    if settings.captcha_policy.is_on and not state.captcha.is_passed:
        raise CaptchaRequired
    user = await identified_user(desk, state)
    submission = Submission(desk=desk, state=state, settings=settings, user=user)
    if state.event is InteractionEvent.FORGOT_PASSWORD:
        return await reset_password(submission)
    for check in CHECKS:
        await check(submission)
    return await write(submission)


async def user_may_come_in(submission: Submission) -> None:
    # Attack: a flow begun before the account was suspended.
    if submission.user.is_suspended:
        raise UserSuspended


async def proofs_still_hold(submission: Submission) -> None:
    # Attack: a flow identified by a password that was changed meanwhile.
    for record in submission.state.records:
        match record:
            case PasswordVerification(user_id=submission.user.id) if not record.holds_for(submission.user):
                raise VerificationNotFound
            case _:
                pass
    await is_still_reached(submission)


async def is_still_reached(submission: Submission) -> None:
    """Refuse a user whose address or number, by which he was found, is not his any more."""
    # Attack: a flow begun by who could read an old mailbox, and ended after the owner had moved to another.
    reached_at = submission.state.reached_at
    if reached_at is None:
        return
    bearer = await submission.desk.users.find_by_identifier(reached_at)
    if bearer is None or bearer.id != submission.user.id:
        raise VerificationNotFound


async def staged_profile_still_holds(submission: Submission) -> None:
    await check_staged(submission.desk, submission.user, submission.state.profile)


async def profile_is_complete(submission: Submission) -> None:
    await check_complete(submission.desk, submission.state, settings=submission.settings, user=submission.user)


async def reset_password(submission: Submission) -> User:
    """Write the new password; nobody is signed in by this (§5.2)."""
    password = submission.state.profile.password
    if password is None:
        raise NewPasswordRequired
    await is_still_reached(submission)
    change = UserChange(password_encrypted=password.encoded, password_encryption_method=password.method)
    return await submission.desk.users.update(submission.user.id, change)


async def write(submission: Submission) -> User:
    """Write what was staged, and when the user came in."""
    users, user, staged = submission.desk.users, submission.user, submission.state.profile
    if change := _change(user, staged):
        user = await users.update(user.id, change)
    if staged.social_identity is not None:
        account = staged.social_identity.account
        await submission.desk.identities.put(
            submission.user.id, staged.social_identity.target, identity_id=account.id, details=account.to_document()
        )
    users.record_sign_in(user.id)
    await keep_tokens(submission.desk, user.id, staged)
    return user


def _change(user: User, staged: StagedProfile) -> UserChange:
    change = UserChange()
    for name in ("username", "primary_email", "primary_phone", "name", "avatar"):
        if (value := getattr(staged, name)) is not None:
            change[name] = value
    if staged.profile:
        change["profile"] = {**user.profile, **staged.profile}
    if staged.custom_data:
        change["custom_data"] = {**user.custom_data, **staged.custom_data}
    if staged.password is not None:
        change["password_encrypted"] = staged.password.encoded
        change["password_encryption_method"] = staged.password.method
    return change


Check = Callable[[Submission], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    user_may_come_in,
    proofs_still_hold,
    # A second factor was shown, if one is required (§14.4; SignIn only).
    staged_profile_still_holds,
    profile_is_complete,
    # A passkey is preferred (§14.6).
    # Staged factors are still enabled.
    # A second factor is set up, if one is required (§14.5).
)
