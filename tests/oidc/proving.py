"""Proofs of possession as an application makes them (RFC 9449 §4.2)."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.dpop import hash_of

KEY = ECKey.generate_key("P-256")
OTHER_KEY = ECKey.generate_key("P-256")


def proof(
    *,
    at: datetime,
    method: str = "POST",
    url: str = "https://id.example/oidc/token",
    key: ECKey = KEY,
    token: str | None = None,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Return a proof; a header or claim that is None is left out."""
    said = {"jti": uuid4().hex, "htm": method, "htu": url, "iat": epoch_seconds(at), **claims}
    if token is not None:
        said.setdefault("ath", hash_of(token))
    members = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False), **(header or {})}
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    return jws.serialize_compact(
        {name: value for name, value in members.items() if value is not None},
        json.dumps({name: value for name, value in said.items() if value is not None}).encode(),
        key,
        registry=registry,
    )
