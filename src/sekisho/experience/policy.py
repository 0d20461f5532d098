"""What a tenant's settings demand of a flow: pure functions, no database, no decisions about what comes next."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from msgspec import UNSET

from sekisho.connectors.kit.messages import TemplateType
from sekisho.experience.errors import InvalidPasswordExpiration, MissingProfile
from sekisho.experience.state import InteractionEvent, StagedProfile
from sekisho.kernel.clock import from_epoch_milliseconds
from sekisho.profile_fields.models import FieldType, ProfileField
from sekisho.sign_in.models import (
    ForgotPasswordMethod,
    PasswordExpiration,
    ProfileFieldName,
    SignIn,
    SignInMode,
    SignUp,
    SignUpIdentifier,
)
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


def may_reset_password_with(record: VerificationRecord, *, methods: Sequence[ForgotPasswordMethod] | None) -> bool:
    """Tell whether a password may be reset on this kind of proof; no list of methods allows every code."""
    match record:
        case CodeVerification(type=type_, template=template):
            # Attack: talking somebody out of a code that, as its message says, is for something smaller.
            return template == TemplateType.FORGOT_PASSWORD and (methods is None or type_.value in methods)
        case OneTimeTokenVerification():
            return True
        case PasswordVerification() | SocialVerification() | NewPasswordIdentity():
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
        MissingProfile.PASSWORD: bool(
            staged.password or staged.social_identity or (user and (user.has_password or user.identities))
        ),
    }
    return tuple(each for each in required_profile(sign_up) if not present[each])


def sign_up_fields(
    names: Sequence[ProfileFieldName] | None, *, catalogue: Sequence[ProfileField]
) -> tuple[ProfileField, ...]:
    """Return the fields people are asked for when they register: those named, or the whole catalogue (§24.2)."""
    if names is None:
        return tuple(catalogue)
    by_name = {field.name: field for field in catalogue}
    return tuple(by_name[each.name] for each in names if each.name in by_name)


def lacks_extra_profile(fields: Iterable[ProfileField], *, user: User | None, staged: StagedProfile) -> bool:
    """Tell whether a field has no value.

    Until the form was sent every field counts, so that people see it; after that those that are required do.
    """
    known: dict[str, Any] = {}
    if user is not None:
        known |= {**user.custom_data, **user.profile, "name": user.name, "avatar": user.avatar}
    known |= {**staged.custom_data, **staged.profile}
    known |= {name: value for name, value in (("name", staged.name), ("avatar", staged.avatar)) if value is not None}
    asked = (field for field in fields if field.definition.is_required or not staged.is_submitted)
    return any(known.get(name) is None for field in asked for name in _value_names(field))


def _value_names(field: ProfileField) -> tuple[str, ...]:
    """Return where a field's values are kept: a full name's are those of its parts."""
    if field.definition.type is not FieldType.FULLNAME:
        return (field.name,)
    return tuple(part["name"] for part in field.definition.config.get("parts", ()) if part.get("enabled"))


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
