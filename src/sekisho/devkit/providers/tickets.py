"""Codes and tokens. They say in themselves what they are for, so every worker process understands all of them.

Only that a code was used is remembered, by the process that redeemed it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from sekisho.devkit.providers.faults import Fault


class Code(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an authorization code stands for; `expires_at` in seconds since 1970."""

    id: str
    provider: str
    account: str
    client_id: str
    redirect_uri: str
    expires_at: int
    scopes: tuple[str, ...] = ()
    challenge: str | None = None
    nonce: str | None = None
    fault: Fault | None = None


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an access token or a refresh token stands for."""

    id: str
    provider: str
    account: str
    scopes: tuple[str, ...] = ()
    is_refresh: bool = False
    fault: Fault | None = None


Ticket = TypeVar("Ticket", Code, Token)


def write(ticket: Code | Token) -> str:
    return urlsafe_b64encode(msgspec.json.encode(ticket)).decode().rstrip("=")


def read(text: str, kind: type[Ticket]) -> Ticket | None:
    """Return what a code or token stands for; None if it is none of ours."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except ValueError:
        return None
