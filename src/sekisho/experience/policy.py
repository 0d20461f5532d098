"""What a tenant's settings demand of a flow: pure functions, no database, no decisions about what comes next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import UNSET

from sekisho.experience.errors import InvalidPasswordExpiration, MissingProfile
from sekisho.experience.state import InteractionEvent, StagedProfile
from sekisho.kernel.clock import from_epoch_milliseconds
from sekisho.sign_in.models import PasswordExpiration, SignIn, SignInMode, SignUp, SignUpIdentifier
from sekisho.users.models import IdentifierType, User
from sekisho.verification.code import CodeVerification
from sekisho.verification.models import VerificationRecord
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialVerification


def allows(mode: SignInMode, event: InteractionEvent) -> bool:
    """Tell whether the sign-in mode lets an event happen."""
    match event:
        case InteractionEvent.SIGN_IN:
            return mode.allows_sign_in
        case InteractionEvent.REGISTER:
            return mode.allows_registration
        case InteractionEvent.FORGOT_PASSWORD:
            return True
        case _:
            assert_never(event)


def may_sign_in_with(record: VerificationRecord, *, sign_in: SignIn) -> bool:
    """Tell whether the tenant lets people in on this kind of proof (experience.md §4.1)."""
    match record:
        case PasswordVerification():
            return any(method.identifier == record.identifier.type and method.password for method in sign_in.methods)
        case CodeVerification():
            return any(
                method.identifier == record.identifier.type and method.verification_code for method in sign_in.methods
            )
        case SocialVerification() | OneTimeTokenVerification():
            return True
        case NewPasswordIdentity():
            return False
        case _:
            assert_never(record)


def required_profile(sign_up: SignUp) -> tuple[MissingProfile, ...]:
    """Return what every user must have, in the order in which it is asked for (experience.md §5.3)."""
    primary = set(sign_up.identifiers)
    required: set[MissingProfile] = {_SECONDARY[identifier] for identifier in sign_up.secondary}
    if IdentifierType.USERNAME in primary:
        required.add(MissingProfile.USERNAME)
    elif {IdentifierType.EMAIL, IdentifierType.PHONE} <= primary:
        required.add(MissingProfile.EMAIL_OR_PHONE)
    elif IdentifierType.EMAIL in primary:
        required.add(MissingProfile.EMAIL)
    elif IdentifierType.PHONE in primary:
        required.add(MissingProfile.PHONE)
    if sign_up.password:
        required.add(MissingProfile.PASSWORD)
    return tuple(each for each in MissingProfile if each in required)


def missing_profile(sign_up: SignUp, *, user: User | None, staged: StagedProfile) -> tuple[MissingProfile, ...]:
    """Return what neither the user nor the staged profile has."""
    has_email = bool(staged.primary_email or (user and user.primary_email))
    has_phone = bool(staged.primary_phone or (user and user.primary_phone))
    present = {
        MissingProfile.USERNAME: bool(staged.username or (user and user.username)),
        MissingProfile.EMAIL_OR_PHONE: has_email or has_phone,
        MissingProfile.EMAIL: has_email,
        MissingProfile.PHONE: has_phone,
        # Who comes through a social identity needs no password.
        MissingProfile.PASSWORD: bool(staged.password or (user and (user.has_password or user.identities))),
    }
    return tuple(each for each in required_profile(sign_up) if not present[each])


def is_password_expired(user: User, *, policy: PasswordExpiration, now: datetime) -> bool:
    """Tell whether a password that matched is too old (experience.md §8.3); raises `InvalidPasswordExpiration`."""
    if not policy.is_on:
        return False
    if policy.valid_period_days is UNSET or policy.valid_period_days < 1:
        raise InvalidPasswordExpiration
    enabled_at = None if policy.enabled_at is UNSET else from_epoch_milliseconds(policy.enabled_at)
    since = user.password_updated_at or enabled_at or user.created_at
    return user.is_password_expired or now >= since + timedelta(days=policy.valid_period_days)


_SECONDARY: Mapping[SignUpIdentifier, MissingProfile] = {
    SignUpIdentifier.USERNAME: MissingProfile.USERNAME,
    SignUpIdentifier.EMAIL: MissingProfile.EMAIL,
    SignUpIdentifier.PHONE: MissingProfile.PHONE,
    SignUpIdentifier.EMAIL_OR_PHONE: MissingProfile.EMAIL_OR_PHONE,
}
