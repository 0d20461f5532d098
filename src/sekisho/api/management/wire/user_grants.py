"""A person's grants on the wire (management-api.md §6.8)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.consents.access import GrantOfApplication
from sekisho.kernel.clock import epoch_milliseconds, epoch_seconds
from sekisho.oidc.models import Grant, Scopes


class GrantPayloadOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    exp: int
    iat: int
    jti: str
    kind: str
    client_id: str
    account_id: str


class FullGrantPayloadOut(GrantPayloadOut, frozen=True, kw_only=True, rename="camel"):
    """With what was allowed and refused; the contract leaves room for it."""

    openid: dict[str, str] | UnsetType = UNSET
    resources: dict[str, str] | UnsetType = UNSET
    rejected: dict[str, Any] | UnsetType = UNSET


class GrantApplicationOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class GrantOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    payload: GrantPayloadOut
    expires_at: int
    application: GrantApplicationOut


class GrantsOut(msgspec.Struct, frozen=True, kw_only=True):
    grants: list[GrantOut]


def grant_out(found: GrantOfApplication) -> GrantOut:
    grant, application = found.grant, found.application
    return GrantOut(
        id=grant.id,
        payload=_payload(grant),
        expires_at=epoch_milliseconds(grant.expires_at),
        application=GrantApplicationOut(id=application.id, name=application.name),
    )


def _payload(grant: Grant) -> GrantPayloadOut:
    granted = _scopes(grant.scopes, grant.resources)
    rejected = _scopes(grant.rejected_scopes, grant.rejected_resources)
    return FullGrantPayloadOut(
        exp=epoch_seconds(grant.expires_at),
        iat=epoch_seconds(grant.created_at),
        jti=grant.id,
        kind="Grant",
        client_id=grant.client_id,
        account_id=grant.account_id,
        **granted,
        rejected=rejected or UNSET,
    )


def _scopes(scopes: Scopes, resources: Any) -> dict[str, Any]:
    """Return scopes as a grant carries them: space-joined, and only what there is."""
    named = {indicator: " ".join(names) for indicator, names in resources.items() if names}
    return {
        **({"openid": {"scope": " ".join(scopes)}} if scopes else {}),
        **({"resources": named} if named else {}),
    }
