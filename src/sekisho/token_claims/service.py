"""Collects the claims a token or userinfo asks for (`sekisho.oidc.ports.Claims`); looks up only what is asked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.token_claims.claims import ABSENT, USER_CLAIMS
from sekisho.users.models import User

FindUser = Callable[[UserId], Awaitable[User | None]]
RoleNames = Callable[[UserId], Awaitable[Sequence[str]]]
#: Reads the tenant's `idToken` configuration; None when it was never set.
IdTokenConfiguration = Callable[[], Awaitable[Mapping[str, Any] | None]]

_ROLES = "roles"


class TokenClaimService:
    def __init__(self, *, find_user: FindUser, role_names: RoleNames, configuration: IdTokenConfiguration) -> None:
        self._find_user = find_user
        self._role_names = role_names
        self._configuration = configuration

    async def of_account(self, account_id: UserId, *, names: Sequence[str]) -> Mapping[str, Any]:
        user = await self._find_user(account_id)
        if user is None:
            return {}
        claims: dict[str, Any] = {}
        for name in names:
            value = list(await self._role_names(account_id)) if name == _ROLES else USER_CLAIMS[name](user)
            if value is not ABSENT:
                claims[name] = value
        return claims

    async def extended_id_token_claims(self) -> frozenset[str]:
        configuration = await self._configuration() or {}
        return frozenset(configuration.get("enabledExtendedClaims") or ())
