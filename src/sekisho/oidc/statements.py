"""Reading JWTs that others signed: assertions of clients, proofs of possession. Nothing is believed here yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sekisho.crypto.jws import InvalidSignature, header_of, payload_of

_LONGEST_JTI = 512


class BadStatement(ValueError):
    """Not a JWT, or a claim of it is not of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A JWT as it says of itself."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """Return `alg`; never a reason to believe anything (RFC 8725 §3.1)."""
        algorithm = self.header.get("alg")
        if not isinstance(algorithm, str):
            raise BadStatement("alg is not a text")
        return algorithm

    @property
    def jti(self) -> str:
        """Return what tells this statement from all others of its maker (RFC 7519 §4.1.7)."""
        jti = self.claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
            raise BadStatement("no usable jti")
        return jti

    def instant(self, name: str) -> datetime | None:
        """Return a NumericDate (RFC 7519 §2); None when it is not there."""
        value = self.claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadStatement(f"{name} is not a number")
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise BadStatement(f"{name} is out of reach") from error


def read_statement(token: str) -> Statement:
    """Read a compact JWT. Raises `BadStatement`."""
    try:
        header, claims = header_of(token), json.loads(payload_of(token))
    # Attack: what nobody signed yet may be nested as deeply as a request is long.
    except (InvalidSignature, ValueError, RecursionError) as error:
        raise BadStatement("not a JWT") from error
    if not isinstance(claims, dict):
        raise BadStatement("holds no object")
    return Statement(header=header, claims=claims)
