"""Decisions about identities of users at social providers: who has which, one for each provider.

What is known of them is in the user's row; a table of its own keeps every one of them to one user.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sekisho.db.errors import UniqueViolation
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import UserId
from sekisho.users.errors import IdentityInUse, IdentityNotExist
from sekisho.users.identity_store import IdentityStore
from sekisho.users.models import User
from sekisho.users.store import UserStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A user after an identity was put; `is_new` unless it took another one's place."""

    user: User
    is_new: bool


class ForgetTokens(Protocol):
    """Removes what a provider gave for a user, in the caller's transaction: the account there is not his any more."""

    async def __call__(self, user_id: UserId, target: str, /) -> None: ...


class IdentityService:
    def __init__(self, *, users: UserStore, store: IdentityStore, clock: Clock, forget_tokens: ForgetTokens) -> None:
        self._users = users
        self._store = store
        self._clock = clock
        self._forget_tokens = forget_tokens

    async def get(self, user_id: UserId, target: str) -> Mapping[str, Any]:
        """Return a user's identity at a provider, as the wire has it; raises `IdentityNotExist`."""
        return _identity(await self._users.get(user_id), target)

    async def find_owner(self, target: str, *, identity_id: str) -> User | None:
        """Return the user who has an identity at a provider."""
        user_id = await self._store.find_owner(target, identity_id)
        return None if user_id is None else await self._users.find(user_id)

    async def ensure_available(self, target: str, *, identity_id: str, except_user: UserId | None = None) -> None:
        """Raise `IdentityInUse` when somebody else has an identity."""
        owner = await self._store.find_owner(target, identity_id)
        if owner is not None and owner != except_user:
            raise IdentityInUse

    async def put(
        self, user_id: UserId, target: str, *, identity_id: str, details: Mapping[str, Any] | None = None
    ) -> Linked:
        """Give a user an identity, in place of the one he may have at this provider; raises `IdentityInUse`."""
        user = await self._users.get_for_update(user_id)
        is_new = target not in user.identities
        if not is_new and user.identities[target]["userId"] != identity_id:
            await self._forget_tokens(user_id, target)
        try:
            await self._store.remove(user_id, target)
            await self._store.add(user_id, target, identity_id)
        except UniqueViolation as violation:
            raise IdentityInUse from violation
        identity: dict[str, Any] = {"userId": identity_id}
        if details is not None:
            identity["details"] = details
        return Linked(user=await self._write(user_id, {**user.identities, target: identity}), is_new=is_new)

    async def remove(self, user_id: UserId, target: str) -> User:
        """Take an identity from a user; raises `IdentityNotExist`."""
        user = await self._users.get_for_update(user_id)
        _identity(user, target)
        await self._store.remove(user_id, target)
        await self._forget_tokens(user_id, target)
        return await self._write(user_id, {name: value for name, value in user.identities.items() if name != target})

    async def _write(self, user_id: UserId, identities: Mapping[str, Any]) -> User:
        return await self._users.update(user_id, {"identities": identities, "updated_at": self._clock.now()})


def _identity(user: User, target: str) -> Mapping[str, Any]:
    if target not in user.identities:
        raise IdentityNotExist
    identity: Mapping[str, Any] = user.identities[target]
    return identity
