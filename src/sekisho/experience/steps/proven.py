"""What a proof adds to a profile: to that of an account to be made, or to that of somebody who is identified."""

from dataclasses import replace
from typing import assert_never

from sekisho.experience.desk import Desk
from sekisho.experience.state import StagedProfile
from sekisho.experience.steps.social import founded_by_social
from sekisho.sign_in.email_blocklist import check_email
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification.code import CodeVerification
from sekisho.verification.errors import VerificationFailed
from sekisho.verification.models import VerificationRecord, email_of
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialVerification


async def check_may_be_added(desk: Desk, record: VerificationRecord) -> None:
    """Refuse a proof of an address that no account may have, and one that proves nothing yet."""
    # The guard against addresses that an enterprise connector claims stands here (§16).
    email = email_of(record)
    if email is not None:
        check_email(email, policy=(await desk.sign_in.get()).email_blocklist_policy)
    if not record.is_verified:
        raise VerificationFailed


async def founded_by(desk: Desk, record: VerificationRecord, *, staged: StagedProfile) -> StagedProfile:
    """Return what a proof brings to a new account; raises `VerificationFailed` for one that brings nothing (§3)."""
    match record:
        case CodeVerification(identifier=identifier):
            return identified_by(identifier)
        case OneTimeTokenVerification(identifier=identifier):
            return replace(identified_by(identifier), jit_organization_ids=record.jit_organization_ids)
        case NewPasswordIdentity(identifier=identifier, password=password):
            return replace(identified_by(identifier), password=password)
        case SocialVerification():
            return await founded_by_social(desk, record, staged=staged)
        case PasswordVerification():
            # A password proves an account that exists.
            raise VerificationFailed
        case _:
            assert_never(record)


def identified_by(identifier: Identifier) -> StagedProfile:
    """Return a profile of nothing but an identifier."""
    match identifier.type:
        case IdentifierType.USERNAME:
            return StagedProfile(username=identifier.value)
        case IdentifierType.EMAIL:
            return StagedProfile(primary_email=identifier.value)
        case IdentifierType.PHONE:
            return StagedProfile(primary_phone=identifier.value)
        case _:
            assert_never(identifier.type)
