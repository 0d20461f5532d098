"""Signs ID tokens with a key that every process of a development server knows, because it is made from a word."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Protocol

_LIFETIME = 3600


class Key(Protocol):
    def as_dict(self, *, private: bool) -> dict[str, Any]: ...


def sign(claims: Mapping[str, Any], *, issuer: str, audience: str, now: int, is_forged: bool = False) -> str:
    """Return an ID token; a forged one is signed with a key nobody publishes."""
    from joserfc import jwt  # noqa: PLC0415 — loaded with the first ID token

    whole = {"iss": issuer, "aud": audience, "iat": now, "exp": now + _LIFETIME, **claims}
    header = {"alg": "ES256", "kid": "fake"}
    return jwt.encode(header, whole, _key("forged" if is_forged else "published"), algorithms=["ES256"])


def published_keys() -> dict[str, Any]:
    """Return the key set that verifies what `sign` made."""
    return {"keys": [{**_key("published").as_dict(private=False), "kid": "fake", "use": "sig", "alg": "ES256"}]}


@cache
def _key(word: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 — as above
    from joserfc.jwk import ECKey  # noqa: PLC0415 — as above

    number = int.from_bytes(sha256(f"sekisho fake provider {word}".encode()).digest())
    return ECKey.import_key(ec.derive_private_key(number, ec.SECP256R1()))
