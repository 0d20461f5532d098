"""An application around the fake provider: its storage, its clients of both kinds, and reading what they return."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake_provider import APP_ID, APP_SECRET, BASE, CALLBACK, FakeProvider
from logto import LogtoClient, LogtoConfig, LogtoSyncClient, PersistKey, Storage
from logto._memory import ProcessMemory


@dataclass
class DictStorage(Storage):
    """A session in a dict, which tests look into."""

    values: dict[str, str | None] = field(default_factory=dict)

    def get(self, key: PersistKey) -> str | None:
        return self.values.get(key)

    def set(self, key: PersistKey, value: str | None) -> None:
        self.values[key] = value

    def delete(self, key: PersistKey) -> None:
        self.values.pop(key, None)


class Awaitable:
    """A synchronous client that can be awaited, so that one suite proves both."""

    def __init__(self, client: LogtoSyncClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        if name in {"getIdToken", "getIdTokenClaims", "getRefreshToken", "isAuthenticated", "config"}:
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            return value(*args, **kwargs)

        return call


@dataclass
class Application:
    """Clients of one application against one provider; each client is one request with its storage."""

    provider: FakeProvider
    memory: ProcessMemory
    new_client: Callable[..., Any]

    def client(self, storage: Storage | None = None, **config: Any) -> Any:
        settings = LogtoConfig(**{"endpoint": BASE, "appId": APP_ID, "appSecret": APP_SECRET, **config})
        return self.new_client(settings, DictStorage() if storage is None else storage, memory=self.memory)

    async def signed_in(self, storage: Storage | None = None, **config: Any) -> Any:
        client = self.client(storage, **config)
        await client.handleSignInCallback(self.provider.authorize(await client.signIn(CALLBACK)))
        self.provider.calls.clear()
        return client


def new_async(provider: FakeProvider, *args: Any, **kwargs: Any) -> LogtoClient:
    return LogtoClient(*args, **kwargs, httpClient=provider.async_http_client)


def new_sync(provider: FakeProvider, *args: Any, **kwargs: Any) -> Awaitable:
    return Awaitable(LogtoSyncClient(*args, **kwargs, httpClient=provider.http_client))


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
