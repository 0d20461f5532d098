"""An application built with `import logto`: the published SDK or ours, whichever the interpreter has."""

from typing import Any

from tests.clients.programs.dialogue import converse, settings

from logto import LogtoClient, LogtoConfig, Storage


class Kept(Storage):
    """The tokens of one visitor."""

    def __init__(self) -> None:
        self.values: dict[str, str | None] = {}

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def set(self, key: str, value: str | None) -> None:
        self.values[key] = value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


_SETTINGS = settings()
_STORAGE = Kept()
_CLIENT = LogtoClient(
    LogtoConfig(
        endpoint=_SETTINGS["endpoint"],
        appId=_SETTINGS["client_id"],
        appSecret=_SETTINGS["client_secret"],
        scopes=_SETTINGS["scopes"],
        resources=_SETTINGS["resources"],
    ),
    storage=_STORAGE,
)


async def begin(redirect_uri: str) -> str:
    return await _CLIENT.signIn(redirectUri=redirect_uri)


async def finish(url: str) -> dict[str, Any]:
    await _CLIENT.handleSignInCallback(url)
    return dict(_CLIENT.getIdTokenClaims().model_dump())


async def refresh() -> None:
    # The library refreshes when the access token it keeps is too old, or gone.
    _STORAGE.delete("accessTokenMap")
    await _CLIENT.getAccessToken()


async def tokens() -> dict[str, str | None]:
    access_token = await _CLIENT.getAccessToken()
    return {"access_token": access_token, "refresh_token": _CLIENT.getRefreshToken(), "id_token": _CLIENT.getIdToken()}


async def obtain(resource: str) -> str | None:
    return await _CLIENT.getAccessToken(resource)


async def userinfo() -> dict[str, Any]:
    return dict((await _CLIENT.fetchUserInfo()).model_dump())


async def leave(redirect_uri: str) -> str:
    return await _CLIENT.signOut(postLogoutRedirectUri=redirect_uri)


if __name__ == "__main__":
    converse({each.__name__: each for each in (begin, finish, refresh, tokens, obtain, userinfo, leave)})
