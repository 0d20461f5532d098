"""What every step of the flow works with: services of one tenant over one unit of work.

What a step does not ask for is never made.
"""

from typing import Protocol

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


class Desk(Protocol):
    """The services (`sekisho.services`), as far as the flow knows them."""

    uow: UnitOfWork
    clock: Clock
    ids: Ids
    caller: Caller

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def interactions(self) -> Interactions: ...

    @property
    def users(self) -> UserService: ...

    @property
    def roles(self) -> RoleService: ...

    @property
    def passwords(self) -> PasswordService: ...

    @property
    def sign_in(self) -> SignInService: ...

    @property
    def sentinel(self) -> Sentinel: ...

    @property
    def captcha(self) -> CaptchaService: ...

    @property
    def administrators(self) -> FirstAdmin: ...

    @property
    def applications(self) -> ApplicationService: ...

    @property
    def identities(self) -> IdentityService: ...

    @property
    def connectors(self) -> ConnectorService: ...

    @property
    def secrets(self) -> SecretService: ...

    @property
    def one_time_tokens(self) -> OneTimeTokenService: ...

    @property
    def verification_codes(self) -> VerificationCodeService: ...

    @property
    def message_variables(self) -> MessageVariables: ...

    @property
    def profile_fields(self) -> ProfileFieldService: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def webhooks(self) -> Listeners: ...


async def identified_user(desk: Desk, state: ExperienceState) -> User:
    """Return the user this flow is about; raises `IdentifierNotFound`, also when he is gone by now."""
    user = await find_identified_user(desk, state)
    if user is None:
        raise IdentifierNotFound
    return user


async def find_identified_user(desk: Desk, state: ExperienceState) -> User | None:
    return None if state.user_id is None else await desk.users.find(state.user_id)
