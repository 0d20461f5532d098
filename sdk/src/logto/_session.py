"""What one user's storage holds, read and written as typed values in the format of logto 0.2.1.

Sign-ins on their way share the one key `signInSession`, because a storage written for 0.2.1 may know no other. They
are bounded in number and age: the value often lives in a cookie of 4 KB.
"""

import hmac
import threading
from datetime import timedelta

from pydantic import ValidationError

from logto._memory import Clock, TokenGrant
from logto.models.client import AccessToken, AccessTokenMap, SignInSession
from logto.Storage import Storage

MAX_SIGN_INS = 4
SIGN_IN_LIFETIME = timedelta(hours=1)
EXPIRY_MARGIN = 60


class StoredSession:
    """One storage, as this package uses it. The lock covers threads that share a client and its storage."""

    def __init__(self, storage: Storage, *, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def id_token(self) -> str | None:
        return self._storage.get("idToken")

    @property
    def refresh_token(self) -> str | None:
        return self._storage.get("refreshToken")

    def keep_id_token(self, token: str) -> None:
        self._storage.set("idToken", token)

    def keep_refresh_token(self, token: str) -> None:
        self._storage.set("refreshToken", token)

    def access_token(self, resource: str) -> str | None:
        """Return the token kept for a resource while it is good for use."""
        kept = self._access_tokens().x.get(resource)
        return kept.token if kept is not None and kept.expiresAt >= self._clock() else None

    def keep_access_token(self, resource: str, grant: TokenGrant) -> None:
        # A minute is taken off, so that the token is still good when it reaches the API; half of a very short life.
        lifetime = grant.response.expires_in
        expires_at = int(grant.received_at) + lifetime - min(EXPIRY_MARGIN, lifetime // 2)
        with self._lock:
            tokens = self._access_tokens()
            tokens.x[resource] = AccessToken(token=grant.response.access_token, expiresAt=expires_at)
            self._storage.set("accessTokenMap", tokens.model_dump_json())

    def clear_tokens(self) -> None:
        self._storage.delete("idToken")
        self._storage.delete("refreshToken")
        self._storage.delete("accessTokenMap")

    def begin_sign_in(self, sign_in: SignInSession) -> None:
        with self._lock:
            self._write_sign_ins([sign_in, *self._sign_ins()][:MAX_SIGN_INS])

    def find_sign_in(self, state: str) -> SignInSession | None:
        """Return the sign-in this state belongs to; comparing tells nothing about the states that are here."""
        found = None
        for sign_in in self._sign_ins():
            if hmac.compare_digest(sign_in.state.encode(), state.encode()):
                found = sign_in
        return found

    def end_sign_in(self, sign_in: SignInSession) -> None:
        with self._lock:
            self._write_sign_ins([other for other in self._sign_ins() if other.state != sign_in.state])

    def _access_tokens(self) -> AccessTokenMap:
        try:
            return AccessTokenMap.model_validate_json(self._storage.get("accessTokenMap") or "")
        except ValidationError:
            return AccessTokenMap(x={})

    def _sign_ins(self) -> list[SignInSession]:
        """Return the sign-ins on their way, the newest first; what cannot be read is gone."""
        try:
            newest = SignInSession.model_validate_json(self._storage.get("signInSession") or "")
        except ValidationError:
            return []
        oldest = self._clock() - SIGN_IN_LIFETIME.total_seconds()
        flat = [newest.model_copy(update={"others": []}), *newest.others]
        # logto 0.2.1 wrote no time: its sign-ins stay until they are used or pushed out.
        return [sign_in for sign_in in flat if sign_in.startedAt is None or sign_in.startedAt > oldest]

    def _write_sign_ins(self, sign_ins: list[SignInSession]) -> None:
        if not sign_ins:
            self._storage.delete("signInSession")
            return
        newest = sign_ins[0].model_copy(update={"others": sign_ins[1:]})
        self._storage.set("signInSession", newest.model_dump_json(exclude_defaults=True))
