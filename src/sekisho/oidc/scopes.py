"""The OpenID scopes and the claims each of them stands for (oidc.md §19.1): one table, read by every endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
ORGANIZATIONS = "urn:logto:scope:organizations"

_PROFILE = (
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "username",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class ScopeClaims:
    """`standard` claims are in ID tokens and userinfo; `extended` in userinfo, in ID tokens only if configured."""

    standard: Sequence[str] = ()
    extended: Sequence[str] = ()


CLAIMS_OF: dict[str, ScopeClaims] = {
    "openid": ScopeClaims(),
    "offline_access": ScopeClaims(),
    "profile": ScopeClaims(standard=_PROFILE),
    "email": ScopeClaims(standard=("email", "email_verified")),
    "phone": ScopeClaims(standard=("phone_number", "phone_number_verified")),
    "address": ScopeClaims(standard=("address",)),
    "custom_data": ScopeClaims(extended=("custom_data",)),
    "identities": ScopeClaims(extended=("identities", "sso_identities")),
    "roles": ScopeClaims(extended=("roles",)),
    ORGANIZATIONS: ScopeClaims(extended=("organizations", "organization_data")),
    "urn:logto:scope:organization_roles": ScopeClaims(extended=("organization_roles",)),
    "urn:logto:scope:sessions": ScopeClaims(),
    "urn:logto:scope:trusted_devices": ScopeClaims(),
}

OIDC_SCOPES: Sequence[str] = tuple(CLAIMS_OF)
EXTENDED_CLAIMS: Sequence[str] = tuple(claim for each in CLAIMS_OF.values() for claim in each.extended)
ALL_CLAIMS: Sequence[str] = tuple(claim for each in CLAIMS_OF.values() for claim in (*each.standard, *each.extended))


def id_token_claims(scopes: Sequence[str], *, enabled: frozenset[str]) -> Sequence[str]:
    """Return the claims an ID token carries for these scopes; `enabled` are the extended ones the tenant wants."""
    return [
        claim
        for scope, claims in CLAIMS_OF.items()
        if scope in scopes
        for claim in (*claims.standard, *(each for each in claims.extended if each in enabled))
    ]


def userinfo_claims(scopes: Sequence[str]) -> Sequence[str]:
    """Return the claims userinfo answers for these scopes."""
    return [
        claim
        for scope, claims in CLAIMS_OF.items()
        if scope in scopes
        for claim in (*claims.standard, *claims.extended)
    ]
