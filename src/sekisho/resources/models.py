"""What an API resource is, and a scope of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sekisho.kernel.ids import TenantId

ResourceId = NewType("ResourceId", str)
ScopeId = NewType("ScopeId", str)

DEFAULT_ACCESS_TOKEN_TTL = timedelta(hours=1)
MANAGEMENT_API_SCOPE = "all"

_MANAGEMENT_API = re.compile(r"https://[^.]+\.logto\.app/api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    id: ScopeId
    resource_id: ResourceId
    name: str
    description: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    id: ResourceId
    name: str
    indicator: str
    is_default: bool
    access_token_ttl: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceWithScopes:
    resource: Resource
    scopes: Sequence[Scope]


def management_api_indicator(tenant_id: TenantId) -> str:
    """Return the indicator of a tenant's Management API: a name clients are configured with, not a URL of ours."""
    return f"https://{tenant_id}.logto.app/api"


def is_management_api(indicator: str) -> bool:
    return _MANAGEMENT_API.fullmatch(indicator) is not None
