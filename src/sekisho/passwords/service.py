"""Turns what a person typed into a password worth keeping, or says why not."""

from sekisho.kernel.secret import Secret
from sekisho.passwords.breach import BreachCheck
from sekisho.passwords.errors import PasswordRejected
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.models import NOBODY, Issue, PasswordHash, PasswordPolicy, UserInfo
from sekisho.passwords.policy import password_issues


class PasswordService:
    """Policy, breach check and hashing in one. Slow: callers give their database connection back first."""

    def __init__(self, *, hasher: PasswordHasher, breaches: BreachCheck) -> None:
        self.hasher = hasher
        self._breaches = breaches

    async def issues(self, password: Secret, *, policy: PasswordPolicy, user: UserInfo = NOBODY) -> tuple[Issue, ...]:
        """Return what a tenant has against a new password."""
        is_breached = policy.rejects_breached and await self._breaches.is_breached(password)
        return password_issues(password.reveal(), policy=policy, user=user, is_breached=is_breached)

    async def accept(self, password: Secret, *, policy: PasswordPolicy, user: UserInfo = NOBODY) -> PasswordHash:
        """Hash a new password that the policy accepts; raises `PasswordRejected`, `PasswordsBusy`."""
        if issues := await self.issues(password, policy=policy, user=user):
            raise PasswordRejected(issues)
        return await self.hasher.hash(password)
