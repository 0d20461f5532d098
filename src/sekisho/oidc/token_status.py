"""Whether something issued earlier still counts: its time, its grant, and for some the session it came from."""

from datetime import datetime

from sekisho.oidc.models import Authorization, is_expired
from sekisho.oidc.ports import Ports


async def is_alive(ports: Ports, authorization: Authorization, *, expires_at: datetime) -> bool:
    now = ports.clock.now()
    if is_expired(expires_at, now=now) or is_expired(authorization.grant.expires_at, now=now):
        return False
    return not authorization.expires_with_session or await _is_session_alive(ports, authorization)


async def _is_session_alive(ports: Ports, authorization: Authorization) -> bool:
    """Tell whether the session still stands, for the same person and the same grant (oidc.md §11.2)."""
    session = None if authorization.session_uid is None else await ports.sessions.find_by_uid(authorization.session_uid)
    if session is None or is_expired(session.expires_at, now=ports.clock.now()):
        return False
    grant = authorization.grant
    entry = session.authorizations.get(grant.client_id)
    return session.account_id == grant.account_id and entry is not None and entry.grant_id == grant.id
