"""API resources and their scopes on the wire (management-api.md §7.2, §7.3)."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId
from sekisho.oidc.clients import LONGEST_LIFETIME
from sekisho.resources.models import DEFAULT_ACCESS_TOKEN_TTL, Resource, ResourceChange, Scope, ScopeChange

Text = Annotated[str, Field(min_length=1)]
ScopeName = Annotated[str, Field(min_length=1, max_length=256)]
# Whole seconds are kept, and a token of none is no token.
Lifetime = Annotated[Number, Field(ge=1, le=LONGEST_LIFETIME.total_seconds())]


class CreateResourceBody(Body):
    #: May be sent and means nothing: a caller has one tenant.
    tenant_id: Annotated[str, Field(max_length=21)] = ABSENT
    name: Text
    indicator: Text
    access_token_ttl: Lifetime = DEFAULT_ACCESS_TOKEN_TTL.total_seconds()

    @property
    def ttl(self) -> timedelta:
        return timedelta(seconds=self.access_token_ttl)


class UpdateResourceBody(Body):
    tenant_id: Annotated[str, Field(max_length=21)] = ABSENT
    name: Text = ABSENT
    access_token_ttl: Lifetime = ABSENT

    def to_model(self) -> ResourceChange:
        change: ResourceChange = {}
        if "name" in self.model_fields_set:
            change["name"] = self.name
        if "access_token_ttl" in self.model_fields_set:
            change["access_token_ttl"] = timedelta(seconds=self.access_token_ttl)
        return change


class IsDefaultBody(Body):
    is_default: bool


class CreateScopeBody(Body):
    name: ScopeName
    description: str | None = None


class UpdateScopeBody(Body):
    name: ScopeName = ABSENT
    description: str | None = None

    def to_model(self) -> ScopeChange:
        change: ScopeChange = {}
        if "name" in self.model_fields_set:
            change["name"] = self.name
        if "description" in self.model_fields_set:
            change["description"] = self.description or None
        return change


class ScopeOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    resource_id: str
    name: str
    description: str | None
    created_at: int


class ResourceOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    name: str
    indicator: str
    is_default: bool
    access_token_ttl: int


class ResourceWithScopesOut(ResourceOut, frozen=True, kw_only=True, rename="camel"):
    scopes: list[ScopeOut] | UnsetType = UNSET


class ScopeWithResourceOut(ScopeOut, frozen=True, kw_only=True, rename="camel"):
    resource: ResourceOut


def scope_out(scope: Scope, *, tenant_id: TenantId) -> ScopeOut:
    return ScopeOut(**_of_scope(scope, tenant_id))


def scope_with_resource_out(scope: Scope, resource: Resource, *, tenant_id: TenantId) -> ScopeWithResourceOut:
    return ScopeWithResourceOut(**_of_scope(scope, tenant_id), resource=resource_out(resource, tenant_id=tenant_id))


def resource_out(resource: Resource, *, tenant_id: TenantId) -> ResourceOut:
    return ResourceOut(**_of_resource(resource, tenant_id))


def resource_with_scopes_out(
    resource: Resource, scopes: list[Scope] | None, *, tenant_id: TenantId
) -> ResourceWithScopesOut:
    """Return a resource; without `scopes` it says nothing of them."""
    shown = UNSET if scopes is None else [scope_out(scope, tenant_id=tenant_id) for scope in scopes]
    return ResourceWithScopesOut(**_of_resource(resource, tenant_id), scopes=shown)


def _of_scope(scope: Scope, tenant_id: TenantId) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": scope.id,
        "resource_id": scope.resource_id,
        "name": scope.name,
        "description": scope.description,
        "created_at": epoch_milliseconds(scope.created_at),
    }


def _of_resource(resource: Resource, tenant_id: TenantId) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": resource.id,
        "name": resource.name,
        "indicator": resource.indicator,
        "is_default": resource.is_default,
        "access_token_ttl": int(resource.access_token_ttl.total_seconds()),
    }
