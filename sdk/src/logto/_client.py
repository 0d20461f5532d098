"""What both clients have in common: how they are made, and the calls that need no network."""

from datetime import timedelta

from logto._core import ClientCore
from logto._memory import ProcessMemory
from logto._tokens import decode_unverified, read_claims
from logto.LogtoException import NotSignedIn
from logto.models.client import LogtoConfig
from logto.models.oidc import AccessTokenClaims, IdTokenClaims
from logto.Storage import MemoryStorage, Storage


class SignedInUser:
    """The part of a client that only looks at the storage."""

    def __init__(
        self,
        config: LogtoConfig,
        storage: Storage | None,
        *,
        leeway: timedelta,
        memory: ProcessMemory,
    ) -> None:
        self.config = config
        self._leeway = leeway
        self._memory = memory
        # Not `storage or …`: a storage of its own kind may well be empty, and so false.
        own = MemoryStorage() if storage is None else storage
        self._core = ClientCore(config, own, memory=memory, leeway=leeway)

    def isAuthenticated(self) -> bool:
        """Say whether the storage holds an ID token. It was verified when it came; it may have expired since."""
        return self.getIdToken() is not None

    def getIdToken(self) -> str | None:
        """Return the ID token, a JWT, or None."""
        return self._core.session.id_token

    def getIdTokenClaims(self) -> IdTokenClaims:
        """Return who signed in, as the server knew them when it issued the ID token.

        Raises NotSignedIn without an ID token. fetchUserInfo asks the server for the user as they are now.
        """
        token = self.getIdToken()
        if token is None:
            raise NotSignedIn("nobody is signed in: the storage holds no ID token")
        return read_claims(decode_unverified(token), IdTokenClaims)

    def getRefreshToken(self) -> str | None:
        """Return the refresh token, an opaque text, or None."""
        return self._core.session.refresh_token


def read_access_token(token: str | None) -> AccessTokenClaims:
    if token is None:
        raise NotSignedIn("nobody is signed in: there is no access token")
    return read_claims(decode_unverified(token), AccessTokenClaims)
