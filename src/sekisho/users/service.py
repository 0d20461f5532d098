"""Decisions about users: who is unique by what, what a change implies, what must end with a user.

Knows neither roles nor sessions, which stand above: it calls them through the ports below.
"""

from collections.abc import Mapping
from typing import Any, Protocol, assert_never

from sqlalchemy import Select

from sekisho.db.errors import UniqueViolation
from sekisho.db.search import Search
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import DomainError, NothingToUpdate
from sekisho.kernel.ids import ApplicationId, Ids, UserId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.users import identifiers
from sekisho.users.errors import CannotDeleteSelf, EmailInUse, PhoneInUse, UsernameInUse
from sekisho.users.models import Identifier, IdentifierType, NewUser, User, UserChange
from sekisho.users.store import UserStore


class SignOut(Protocol):
    """Ends every session and token of a user, in the caller's transaction."""

    async def __call__(self, user_id: UserId, /) -> None: ...


class DefaultRoles(Protocol):
    """Gives a new user the roles that every new user gets."""

    async def __call__(self, user_id: UserId, /) -> None: ...


class UsernamePolicy(Protocol):
    """Tells whether usernames that differ only in case are different in this tenant."""

    async def __call__(self) -> bool: ...


class UserService:
    def __init__(
        self,
        *,
        store: UserStore,
        clock: Clock,
        ids: Ids,
        are_usernames_case_sensitive: UsernamePolicy,
        sign_out: SignOut,
        give_default_roles: DefaultRoles,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._are_usernames_case_sensitive = are_usernames_case_sensitive
        self._sign_out = sign_out
        self._give_default_roles = give_default_roles

    async def find(self, user_id: UserId) -> User | None:
        return await self._store.find(user_id)

    async def get(self, user_id: UserId) -> User:
        return await self._store.get(user_id)

    async def find_by_identifier(self, identifier: Identifier) -> User | None:
        match identifier.type:
            case IdentifierType.USERNAME:
                return await self._store.find_by_username_key(await self._username_key(identifier.value))
            case IdentifierType.EMAIL:
                return await self._store.find_by_email_key(identifiers.email_key(identifier.value))
            case IdentifierType.PHONE:
                return await self._store.find_by_phone_key(identifiers.phone_key(identifier.value))
            case _:
                assert_never(identifier.type)

    async def page(
        self,
        page: PageRequest,
        *,
        search: Search | None = None,
        among: Select[str] | None = None,
        excluded: Select[str] | None = None,
    ) -> Page[User]:
        return await self._store.page(page, search=search, among=among, excluded=excluded)

    async def ensure_available(
        self,
        *,
        username: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        except_user: UserId | None = None,
    ) -> None:
        """Raise the error of the first identifier that somebody else has."""
        for type_, value, taken in (
            (IdentifierType.USERNAME, username, UsernameInUse),
            (IdentifierType.EMAIL, email, EmailInUse),
            (IdentifierType.PHONE, phone, PhoneInUse),
        ):
            if value:
                holder = await self.find_by_identifier(Identifier(type=type_, value=value))
                if holder is not None and holder.id != except_user:
                    raise taken

    async def create(self, new: NewUser, *, with_default_roles: bool = True) -> User:
        """Make a user. Identifiers that are taken, now or by a racing request, are refused."""
        await self.ensure_available(username=new.username, email=new.primary_email, phone=new.primary_phone)
        now = self._clock.now()
        values = {
            "id": self._ids.short(),
            "name": new.name,
            "avatar": new.avatar,
            "profile": new.profile,
            "custom_data": new.custom_data,
            "logto_config": new.logto_config,
            "mfa_verifications": [],
            "password_encrypted": new.password_encrypted,
            "password_encryption_method": new.password_encryption_method,
            "password_updated_at": None if new.password_encrypted is None else now,
            "application_id": new.application_id,
            "created_at": now,
            "updated_at": now,
            **await self._with_keys(
                {
                    "username": new.username,
                    "primary_email": new.primary_email,
                    "primary_phone": new.primary_phone,
                }
            ),
        }
        try:
            user = await self._store.add(values)
        except UniqueViolation as violation:
            raise _taken(violation) from violation
        if with_default_roles:
            await self._give_default_roles(user.id)
        return user

    async def update(self, user_id: UserId, change: UserChange) -> User:
        """Apply a change; JSON values replace the stored ones whole."""
        await self._store.get(user_id)
        if not change:
            raise NothingToUpdate
        await self.ensure_available(
            username=change.get("username"),
            email=change.get("primary_email"),
            phone=change.get("primary_phone"),
            except_user=user_id,
        )
        return await self._write(user_id, change)

    async def merge_custom_data(self, user_id: UserId, patch: Mapping[str, Any]) -> User:
        """Set the given top-level keys of the custom data, and leave the others."""
        user = await self._store.get_for_update(user_id)
        return await self._write(user_id, {"custom_data": {**user.custom_data, **patch}})

    async def merge_profile(self, user_id: UserId, patch: Mapping[str, Any]) -> User:
        """Set the given keys of the profile, and leave the others."""
        user = await self._store.get_for_update(user_id)
        return await self._write(user_id, {"profile": {**user.profile, **patch}})

    async def merge_logto_config(self, user_id: UserId, patch: Mapping[str, Mapping[str, Any]]) -> User:
        """Set the given keys of each given part of what the user decided, and leave the others."""
        user = await self._store.get_for_update(user_id)
        merged = {part: {**user.logto_config.get(part, {}), **values} for part, values in patch.items()}
        return await self._write(user_id, {"logto_config": {**user.logto_config, **merged}})

    async def set_password_expired(self, user_id: UserId, *, is_expired: bool) -> User:
        """Ask for a new password at the next sign-in, or ask no longer."""
        return await self._write(user_id, {"is_password_expired": is_expired})

    async def set_suspended(self, user_id: UserId, *, is_suspended: bool) -> User:
        """Suspend a user, which signs him out everywhere, or let him in again."""
        user = await self._store.update(user_id, {"is_suspended": is_suspended, "updated_at": self._clock.now()})
        if is_suspended:
            await self._sign_out(user_id)
        return user

    async def renew_password_hash(self, user_id: UserId, *, before: str, encoded: str, method: str) -> None:
        """Keep the same password in a better way, unless it has been changed meanwhile; its age stays."""
        await self._store.replace_password_hash(user_id, before=before, encoded=encoded, method=method)

    def record_sign_in(self, user_id: UserId) -> None:
        """Note that a user came in; the commit fails as `Outdated` when he is gone."""
        self._store.record_sign_in(user_id, at=self._clock.now())

    async def set_first_application(self, user_id: UserId, application_id: ApplicationId) -> None:
        """Remember through which application the user registered; only the first is kept."""
        if (await self._store.get(user_id)).application_id is None:
            await self._store.update(user_id, {"application_id": application_id, "updated_at": self._clock.now()})

    async def delete(self, user_id: UserId, *, by: str | None = None) -> None:
        """Delete a user with everything that belongs to him; nobody deletes himself (`by` names the caller)."""
        if user_id == by:
            raise CannotDeleteSelf
        await self._store.get(user_id)
        await self._sign_out(user_id)
        await self._store.remove(user_id)

    async def _write(self, user_id: UserId, change: UserChange) -> User:
        now = self._clock.now()
        values: dict[str, Any] = {**await self._with_keys(change), "updated_at": now}
        if "password_encrypted" in change:
            values.setdefault("is_password_expired", False)
            values["password_updated_at"] = now
        try:
            return await self._store.update(user_id, values)
        except UniqueViolation as violation:
            raise _taken(violation) from violation

    async def _with_keys(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add to identifiers the keys they are unique by."""
        keyed = dict(values)
        if "username" in keyed:
            keyed["username_key"] = await self._username_key(keyed["username"] or "")
        if "primary_email" in keyed:
            keyed["email_key"] = identifiers.email_key(keyed["primary_email"] or "")
        if "primary_phone" in keyed:
            phone = identifiers.normalize_phone(keyed["primary_phone"] or "")
            keyed |= {"primary_phone": phone, "phone_key": identifiers.phone_key(phone)}
        return keyed

    async def _username_key(self, username: str) -> str:
        return identifiers.username_key(username, is_case_sensitive=await self._are_usernames_case_sensitive())


def _taken(violation: UniqueViolation) -> DomainError | UniqueViolation:
    match tuple(violation.columns):
        case ("username_key",):
            return UsernameInUse()
        case ("email_key",):
            return EmailInUse()
        case ("phone_key",):
            return PhoneInUse()
        case _:
            return violation
