"""Sessions and interactions as the protocol asks for them (`sekisho.oidc.ports`), and as other slices may end them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, UserId
from sekisho.oidc.models import (
    SESSION_LIFETIME,
    ClientAuthorization,
    Interaction,
    Session,
    is_expired,
)
from sekisho.sessions.models import SessionExtension, SessionRecord
from sekisho.sessions.record_store import SessionRecordStore
from sekisho.sessions.store import InteractionStore, SessionStore

#: Reads the tenant's `oidc.session` configuration; None when it was never set.
SessionConfiguration = Callable[[], Awaitable[Mapping[str, Any] | None]]


class SessionService:
    def __init__(
        self,
        *,
        store: SessionStore,
        records: SessionRecordStore,
        clock: Clock,
        ids: Ids,
        configuration: SessionConfiguration,
    ) -> None:
        self._store = store
        self._records = records
        self._clock = clock
        self._ids = ids
        self._configuration = configuration

    async def find(self, session_id: str) -> Session | None:
        return await self._store.find(session_id)

    async def find_by_uid(self, uid: str) -> Session | None:
        return await self._store.find_by_uid(uid)

    async def lifetime(self) -> timedelta:
        """Return how long a session lasts after its last use."""
        seconds = (await self._configuration() or {}).get("ttl")
        return SESSION_LIFETIME if seconds is None else timedelta(seconds=seconds)

    async def add(self, session: Session, *, session_id: str) -> None:
        await self._store.add(session, session_id=session_id)

    async def save(self, session: Session, *, session_id: str | None = None) -> None:
        await self._store.save(session, session_id=session_id)

    async def authorize(self, uid: str, *, client_id: str, authorization: ClientAuthorization) -> None:
        await self._store.authorize(uid, client_id=client_id, authorization=authorization)

    async def forget_client(self, uid: str, *, client_id: str) -> None:
        await self._store.forget_client(uid, client_id=client_id)

    async def take(self, uid: str) -> Session | None:
        return await self._store.take(uid)

    async def extend(self, uid: str, *, account_id: UserId, client_id: str, last_submission: Mapping[str, Any]) -> None:
        extension = SessionExtension(
            session_uid=uid, account_id=account_id, client_id=client_id, last_submission=last_submission
        )
        await self._store.extend(extension, now=self._clock.now())

    async def find_extension(self, uid: str) -> SessionExtension | None:
        return await self._store.find_extension(uid)

    async def records_of(self, account_id: UserId) -> Sequence[SessionRecord]:
        """Return where a user is signed in."""
        return await self._records.list_of_account(account_id, now=self._clock.now())

    async def forget_grants(self, account_id: UserId, grant_ids: Sequence[str], *, ends_cookies: bool = False) -> None:
        """Take grants out of a user's sessions; `ends_cookies` also makes the cookies of those sessions worthless."""
        for uid in await self._records.lock_holders(account_id, grant_ids=grant_ids):
            if ends_cookies:
                await self._records.replace_id(uid, session_id=self._ids.token())
        await self._records.forget_grants(account_id, grant_ids=grant_ids)

    async def end_all(self, account_id: UserId) -> None:
        """Sign a user out of every browser."""
        await self._store.remove_of_account(account_id)


class InteractionService:
    """Interactions by uid; one past its hour is as good as gone."""

    def __init__(self, *, store: InteractionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, uid: str) -> Interaction | None:
        return (await self.find_with_session(uid, session_id=None))[0]

    async def find_with_session(self, uid: str, *, session_id: str | None) -> tuple[Interaction | None, Session | None]:
        """Return an interaction, and with it the session of a browser's cookie; without an interaction, neither."""
        interaction, session = await self._store.find_with_session(uid, session_id=session_id)
        if interaction is None or is_expired(interaction.expires_at, now=self._clock.now()):
            return None, None
        return interaction, session

    async def add(self, interaction: Interaction) -> None:
        await self._store.add(interaction)

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Replace the result with the commit, which fails as `Outdated` unless it still is what it was."""
        await self._store.replace_result(uid, before=before, after=after)

    def replace_result_afterwards(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Do so in a transaction after this one, whether this one ends well or not."""
        self._store.replace_result_afterwards(uid, before=before, after=after)

    async def replace_result_at_once(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Do so in a transaction of its own, durable before anything else happens."""
        return await self._store.replace_result_at_once(uid, before=before, after=after)

    async def detach_session(self, uid: str) -> None:
        await self._store.detach_session(uid)

    async def consume(self, uid: str) -> None:
        """Take the interaction away with the commit, which fails as `Outdated` when it is gone."""
        await self._store.consume(uid)
