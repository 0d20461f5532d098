"""The server's public documents, fetched seldom: the discovery document and the signing keys.

Both are kept for an hour and, while the server is away, for a day. A key id that is not among the keys is looked up
again at once, because keys rotate; but at most once in ten seconds, because anybody can invent key ids.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Generic, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from logto._flow import Flow, HttpCall, HttpReply
from logto._replies import read_model, read_object
from logto._turnstile import Turnstile
from logto.LogtoException import ServerUnavailable, TokenInvalid, UnexpectedResponse
from logto.models.oidc import OidcProviderMetadata

FRESH_FOR = timedelta(hours=1)
USABLE_FOR = timedelta(days=1)
RETRY_AFTER = timedelta(seconds=10)

T = TypeVar("T")


class _Document(Generic[T]):
    """One cached document. `clock` counts seconds since 1970."""

    def __init__(
        self, url: str, *, parse: Callable[[HttpReply], T], clock: Callable[[], float], turnstile: Turnstile
    ) -> None:
        self._url = url
        self._parse = parse
        self._clock = clock
        self._turnstile = turnstile
        self._lock = threading.Lock()
        self._value: T | None = None
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def get(self) -> Flow[T]:
        """Return the document: kept, new, or, while the server is away, old."""
        if (kept := self._kept(FRESH_FOR)) is not None:
            return kept
        return (yield from self._turnstile.alone(self._url, self._refill()))

    def renew(self, known: T) -> Flow[T]:
        """Return a newer document than `known`, or `known` itself where it is too early to ask again."""
        return (yield from self._turnstile.alone(self._url, self._replace(known)))

    def _refill(self) -> Flow[T]:
        if (kept := self._kept(FRESH_FOR)) is not None:
            return kept
        stale = self._kept(USABLE_FOR)
        if stale is not None and not self._may_try():
            return stale
        try:
            return (yield from self._fetch())
        except ServerUnavailable:
            if stale is None:
                raise
            return stale

    def _replace(self, known: T) -> Flow[T]:
        kept = self._kept(USABLE_FOR)
        if kept is not None and kept is not known:
            return kept
        if not self._may_try():
            return known
        return (yield from self._fetch())

    def _fetch(self) -> Flow[T]:
        reply = yield HttpCall("GET", self._url)
        value = self._parse(reply)
        with self._lock:
            self._value, self._fetched_at = value, self._clock()
        return value

    def _kept(self, age: timedelta) -> T | None:
        with self._lock:
            return self._value if self._clock() - self._fetched_at < age.total_seconds() else None

    def _may_try(self) -> bool:
        """Say whether a look beyond the first is due, and count it."""
        with self._lock:
            due = self._clock() - self._tried_at >= RETRY_AFTER.total_seconds()
            if due:
                self._tried_at = self._clock()
            return due


class Discovery:
    """The discovery document at one URL.

    Its issuer is not compared with the URL (OpenID Connect Discovery 1.0 §4.3): the server names its public origin
    even when an application reaches it through an inner one. The URL is the application's own setting.
    """

    def __init__(self, url: str, *, clock: Callable[[], float], turnstile: Turnstile) -> None:
        self._document = _Document(
            url,
            parse=lambda reply: read_model(reply, OidcProviderMetadata),
            clock=clock,
            turnstile=turnstile,
        )

    def metadata(self) -> Flow[OidcProviderMetadata]:
        return (yield from self._document.get())


class SigningKeys:
    """The key set at one URL."""

    def __init__(self, url: str, *, clock: Callable[[], float], turnstile: Turnstile) -> None:
        self._document = _Document(url, parse=_parse_keys, clock=clock, turnstile=turnstile)

    def warm(self) -> Flow[None]:
        """Fetch the keys unless they are here."""
        yield from self._document.get()

    def find(self, kid: str | None) -> Flow[Key]:
        """Return the key with this id; without an id, the only key there is."""
        keys = yield from self._document.get()
        if (key := _pick(keys, kid)) is not None:
            return key
        newer = yield from self._document.renew(keys)
        if (key := _pick(newer, kid)) is not None:
            return key
        raise TokenInvalid(f"signed with a key the server does not publish: {kid!r}")


def _parse_keys(reply: HttpReply) -> Mapping[str, Key]:
    entries = read_object(reply).get("keys")
    if not isinstance(entries, list):
        raise UnexpectedResponse(f"{reply.call.url} holds no key set")
    keys = [key for entry in entries if (key := _import(entry)) is not None]
    return {key.kid or "": key for key in keys}


def _import(entry: Any) -> Key | None:
    # RFC 7517 §5: keys of an unknown or unfit kind are ignored, the others stay usable.
    try:
        match entry:
            case {"use": use} if use != "sig":
                return None
            case {"kty": "EC"}:
                return ECKey.import_key(entry)
            case {"kty": "OKP", "crv": "Ed25519"}:
                return OKPKey.import_key(entry)
            case {"kty": "RSA"}:
                return RSAKey.import_key(entry)
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _pick(keys: Mapping[str, Key], kid: str | None) -> Key | None:
    if kid is not None:
        return keys.get(kid)
    return next(iter(keys.values())) if len(keys) == 1 else None
