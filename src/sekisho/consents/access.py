"""Where a person is signed in and what applications may do for him, to look at and to end (oidc.md §29).

Sessions before their grants, always: the same order of locks everywhere, hence no deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sekisho.applications.builtin import BUILT_IN
from sekisho.applications.models import Application
from sekisho.applications.service import ApplicationService
from sekisho.consents.errors import GrantNotFound, SessionNotFound, SessionOfAnother
from sekisho.grants.service import GrantService
from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.grant_limit import beyond
from sekisho.oidc.models import Grant
from sekisho.sessions.models import SessionRecord
from sekisho.sessions.service import SessionService


class Party(StrEnum):
    """Whose an application is."""

    FIRST = "firstParty"
    THIRD = "thirdParty"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOfApplication:
    grant: Grant
    application: Application


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedGrants:
    """The ids of those that were too many, and how many there were before."""

    revoked: Sequence[str]
    before: int


class AccessService:
    def __init__(self, *, sessions: SessionService, grants: GrantService, applications: ApplicationService) -> None:
        self._sessions = sessions
        self._grants = grants
        self._applications = applications

    async def sessions(self, user_id: UserId) -> Sequence[SessionRecord]:
        """Return where a user is signed in, the latest sign-in first."""
        return await self._sessions.records_of(user_id)

    async def session(self, user_id: UserId, uid: str) -> SessionRecord:
        """Return one of a user's sessions; raises `SessionNotFound`."""
        for record in await self._sessions.records_of(user_id):
            if record.session.uid == uid:
                return record
        raise SessionNotFound

    async def end_session(self, user_id: UserId, uid: str, *, revoking: Sequence[Party] = ()) -> None:
        """Sign a user out of one browser, and revoke what was granted in it to applications of these parties."""
        session = await self._sessions.find_by_uid(uid)
        if session is None:
            raise SessionNotFound
        # Attack: the uid of a colleague's session, with one's own user id in the path.
        if session.account_id != user_id:
            raise SessionOfAnother
        ended = await self._sessions.take(uid)
        if ended is None:
            raise SessionNotFound
        for client_id, entry in sorted(ended.authorizations.items()):
            if entry.grant_id is not None and await self._party_of(client_id) in revoking:
                await self._grants.revoke(entry.grant_id)

    async def grants(self, user_id: UserId, *, party: Party | None = None) -> Sequence[GrantOfApplication]:
        """Return what a user allows registered applications, the newest first."""
        found: list[GrantOfApplication] = []
        for grant in await self._grants.list(user_id):
            application = await self._registered(grant.client_id)
            if application is not None and party in {None, _party(application)}:
                found.append(GrantOfApplication(grant=grant, application=application))
        return found

    async def revoke_grant(self, user_id: UserId, grant_id: str) -> None:
        """Take a grant back, with its tokens, and out of the sessions it was given in."""
        grant = await self._grants.find(grant_id)
        if grant is None or grant.account_id != user_id:
            raise GrantNotFound
        await self._sessions.forget_grants(user_id, [grant_id])
        await self._grants.revoke(grant_id)

    async def limit_grants(self, user_id: UserId, client_id: str, *, limit: int) -> LimitedGrants:
        """Revoke a client's oldest grants beyond the limit; browsers that held one must sign in again (§11.3)."""
        active = await self._grants.list(user_id, client_id=client_id)
        excess = beyond(active, limit=limit)
        if not excess:
            return LimitedGrants(revoked=(), before=len(active))
        await self._sessions.forget_grants(user_id, [grant.id for grant in excess], ends_cookies=True)
        for grant in excess:
            await self._grants.revoke(grant.id)
        return LimitedGrants(revoked=[grant.id for grant in excess], before=len(active))

    async def _registered(self, client_id: str) -> Application | None:
        """Return the application of a grant, unless it is built in or was removed since."""
        application_id = ApplicationId(client_id)
        if application_id in BUILT_IN:
            return None
        found = await self._applications.find(application_id)
        return None if found is None else found.application

    async def _party_of(self, client_id: str) -> Party | None:
        """Return whose a client is, built-in ones included; None when it was removed since."""
        found = await self._applications.find(ApplicationId(client_id))
        return None if found is None else _party(found.application)


def _party(application: Application) -> Party:
    return Party.THIRD if application.is_third_party else Party.FIRST
