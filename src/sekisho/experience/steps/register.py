"""Making a new user out of what was proven and staged (experience.md §4.1 and §6.1).

The first administrator is made here too. Attack: whoever reaches a fresh installation first owns it; therefore the
first registration in the admin tenant takes a token that only the operator's terminal shows, used up by
compare-and-set in the transaction that makes the user.
"""

from dataclasses import replace

from sekisho.administrators.models import ADMINISTRATOR_ROLE, USER_ROLE
from sekisho.experience.desk import Desk
from sekisho.experience.errors import CaptchaRequired
from sekisho.experience.policy import allows
from sekisho.experience.state import ExperienceState, StagedProfile
from sekisho.experience.steps.complete import check_complete
from sekisho.experience.steps.profile import check_staged
from sekisho.experience.steps.proven import check_may_be_added, founded_by
from sekisho.experience.steps.social import keep_tokens
from sekisho.kernel.errors import Forbidden
from sekisho.kernel.ids import UserId
from sekisho.sign_in.models import SignInMode
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.models import NewUser


async def stage_founding(desk: Desk, state: ExperienceState, *, verification_id: str) -> ExperienceState:
    """Add to the profile what a proof brings to a new account."""
    record = state.record(verification_id)
    await check_may_be_added(desk, record)
    proven = await founded_by(desk, record, staged=state.profile)
    await check_staged(desk, None, proven)
    return replace(state, profile=state.profile.with_proven(proven))


async def register(desk: Desk, state: ExperienceState, *, first_admin_token: str | None) -> ExperienceState:
    """Make the user of what was staged, and the flow about him."""
    is_first = await awaits_first_administrator(desk)
    # Not the cached settings: registration in the admin tenant ends with the very transaction of the first one.
    settings = await desk.sign_in.read() if desk.tenant_id == ADMIN_TENANT else await desk.sign_in.get()
    # Attack: one invitation that founds a hundred accounts.
    is_invited = state.has_one_time_token and state.user_id is None
    if not is_first and not is_invited and not allows(settings.sign_in_mode, state.event):
        raise Forbidden
    if settings.captcha_policy.is_on and not state.captcha.is_passed:
        raise CaptchaRequired
    await check_complete(desk, state, settings=settings, user=None)
    if is_first:
        user_id = await _create_first_administrator(desk, state.profile, token=first_admin_token)
    else:
        user_id = await _create(desk, state.profile)
    return replace(state, user_id=user_id, reached_at=None, profile=state.profile.cleared())


async def awaits_first_administrator(desk: Desk) -> bool:
    """Tell whether the next to register here will own the installation."""
    return desk.tenant_id == ADMIN_TENANT and not await desk.administrators.has_administrator()


async def _create(desk: Desk, staged: StagedProfile) -> UserId:
    user = await desk.users.create(new_user(staged))
    if staged.social_identity is not None:
        # Attack: two that register by one account at once. Of the two rows only one can be written.
        account = staged.social_identity.account
        await desk.identities.put(
            user.id, staged.social_identity.target, identity_id=account.id, details=account.to_document()
        )
        await keep_tokens(desk, user.id, staged)
    if desk.tenant_id == ADMIN_TENANT:
        await desk.roles.assign(user.id, [USER_ROLE])
    return user.id


async def _create_first_administrator(desk: Desk, staged: StagedProfile, *, token: str | None) -> UserId:
    if token is None or not await desk.administrators.consume_first_admin_token(token):
        raise Forbidden
    user_id = await _create(desk, staged)
    await desk.roles.assign(user_id, [ADMINISTRATOR_ROLE])
    await desk.sign_in.update(replace(await desk.sign_in.read(), sign_in_mode=SignInMode.SIGN_IN))
    return user_id


def new_user(staged: StagedProfile) -> NewUser:
    return NewUser(
        username=staged.username,
        primary_email=staged.primary_email,
        primary_phone=staged.primary_phone,
        name=staged.name,
        avatar=staged.avatar,
        profile=staged.profile,
        custom_data=staged.custom_data,
        password_encrypted=None if staged.password is None else staged.password.encoded,
        password_encryption_method=None if staged.password is None else staged.password.method,
        logto_config={"mfa": {"enabled": False}},
    )
