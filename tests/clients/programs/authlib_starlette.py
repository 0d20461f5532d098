"""An application built with Authlib's integration for Starlette, which speaks through its httpx client."""

from typing import Any

from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped] # ships no types
from starlette.requests import Request
from tests.clients.programs.dialogue import converse, settings

_SETTINGS = settings()
_OAUTH = OAuth()
_OAUTH.register(
    name="sekisho",
    server_metadata_url=f"{_SETTINGS['endpoint']}/oidc/.well-known/openid-configuration",
    client_id=_SETTINGS["client_id"],
    client_secret=_SETTINGS["client_secret"],
    client_kwargs={
        "scope": " ".join(["openid", "offline_access", "profile", *_SETTINGS["scopes"]]),
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": _SETTINGS["authentication"],
    },
)
_CLIENT = _OAUTH.sekisho
_SESSION: dict[str, Any] = {}
_TOKENS: dict[str, Any] = {}


def _request(url: str) -> Request:
    """Return what a handler gets when the visitor's browser asks for an address."""
    _, _, query = url.partition("?")
    return Request(
        {"type": "http", "method": "GET", "query_string": query.encode(), "headers": [], "session": _SESSION}
    )


async def begin(redirect_uri: str) -> str:
    answer = await _CLIENT.authorize_redirect(
        _request(redirect_uri), redirect_uri, prompt="consent", resource=_SETTINGS["resources"]
    )
    return str(answer.headers["location"])


async def finish(url: str) -> dict[str, Any]:
    token = await _CLIENT.authorize_access_token(_request(url))
    _TOKENS.update(token)
    return dict(token["userinfo"])


async def refresh() -> None:
    _TOKENS.update(await _refreshed())


async def tokens() -> dict[str, Any]:
    return {name: _TOKENS[name] for name in ("access_token", "refresh_token", "id_token")}


async def obtain(resource: str) -> str:
    token = await _refreshed(resource=resource)
    _TOKENS["refresh_token"] = token["refresh_token"]
    return str(token["access_token"])


async def userinfo() -> dict[str, Any]:
    return dict(await _CLIENT.userinfo(token=_TOKENS))


async def leave(redirect_uri: str) -> str:
    answer = await _CLIENT.logout_redirect(
        _request(redirect_uri), post_logout_redirect_uri=redirect_uri, id_token_hint=_TOKENS["id_token"]
    )
    return str(answer.headers["location"])


async def left(url: str) -> dict[str, Any]:
    """Check what the provider sends the visitor back with after signing out."""
    return dict(await _CLIENT.validate_logout_response(_request(url)))


async def _refreshed(**more: str) -> dict[str, Any]:
    refresh_token = _TOKENS["refresh_token"]
    return dict(await _CLIENT.fetch_access_token(grant_type="refresh_token", refresh_token=refresh_token, **more))


if __name__ == "__main__":
    converse({each.__name__: each for each in (begin, finish, refresh, tokens, obtain, userinfo, leave, left)})
