"""What every step of the flow works with: services of one tenant over one unit of work."""

from dataclasses import dataclass

from sekisho.administrators.service import FirstAdmin
from sekisho.applications.service import ApplicationService
from sekisho.audit.service import AuditLog
from sekisho.captcha.service import CaptchaService
from sekisho.connectors.service import ConnectorService
from sekisho.db.database import UnitOfWork
from sekisho.experience.errors import IdentifierNotFound
from sekisho.experience.ports import Interactions, Listeners
from sekisho.experience.state import ExperienceState
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import Caller
from sekisho.kernel.ids import Ids, TenantId
from sekisho.messages.variables import MessageVariables
from sekisho.one_time_tokens.service import OneTimeTokenService
from sekisho.passwords.service import PasswordService
from sekisho.profile_fields.service import ProfileFieldService
from sekisho.roles.service import RoleService
from sekisho.secrets.service import SecretService
from sekisho.security.service import Sentinel
from sekisho.sign_in.service import SignInService
from sekisho.users.identities import IdentityService
from sekisho.users.models import User
from sekisho.users.service import UserService
from sekisho.verification_codes.service import VerificationCodeService


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    tenant_id: TenantId
    uow: UnitOfWork
    clock: Clock
    ids: Ids
    interactions: Interactions
    users: UserService
    roles: RoleService
    passwords: PasswordService
    sign_in: SignInService
    sentinel: Sentinel
    captcha: CaptchaService
    administrators: FirstAdmin
    applications: ApplicationService
    identities: IdentityService
    connectors: ConnectorService
    secrets: SecretService
    one_time_tokens: OneTimeTokenService
    codes: VerificationCodeService
    message_variables: MessageVariables
    profile_fields: ProfileFieldService
    caller: Caller
    audit: AuditLog
    webhooks: Listeners

    async def identified_user(self, state: ExperienceState) -> User:
        """Return the user this flow is about; raises `IdentifierNotFound`, also when he is gone by now."""
        user = await self.find_identified_user(state)
        if user is None:
            raise IdentifierNotFound
        return user

    async def find_identified_user(self, state: ExperienceState) -> User | None:
        return None if state.user_id is None else await self.users.find(state.user_id)
