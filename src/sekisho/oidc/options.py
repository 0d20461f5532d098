"""What a tenant may switch on beyond the reference, all of it off until somebody does.

A tenant that sets nothing shows no trace of any of this on the wire. Where the values are kept is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class DpopMode(StrEnum):
    """Whether clients may, or must, prove the possession of a key for their tokens (RFC 9449)."""

    DISABLED = "disabled"
    ENABLED = "enabled"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrLevel:
    """An authentication context class, and what a sign-in must be to count as one (OpenID Connect Core §3.1.2.1)."""

    value: str
    #: How long ago the sign-in may be; None: any sign-in will do.
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOptions:
    #: Metadata at the root of the origin, too (RFC 8414 §3).
    has_authorization_server_metadata: bool = False
    dpop: DpopMode = DpopMode.DISABLED
    acr_levels: Sequence[AcrLevel] = ()
    #: How tokens are signed; None: as the tenant's signing key does by itself.
    signing_algorithm: str | None = None


DEFAULT_OPTIONS = ProviderOptions()
