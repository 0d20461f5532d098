"""What an API resource is, and a scope of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType, TypedDict

from sekisho.kernel.ids import TenantId

ResourceId = NewType("ResourceId", str)
ScopeId = NewType("ScopeId", str)

DEFAULT_ACCESS_TOKEN_TTL = timedelta(hours=1)
MANAGEMENT_API_SCOPE = "all"
LONGEST_INDICATOR = 2048
"""In bytes: PostgreSQL's unique index takes little more."""

_MANAGEMENT_API = re.compile(r"https://[^.]+\.logto\.app/api")
#: Audiences that the product gives a meaning: tokens of organizations, and the permissions in them.
_RESERVED = ("urn:logto:organization:", "urn:logto:resource:organizations")


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


class ResourceChange(TypedDict, total=False):
    """What is to change: only the keys that are there."""

    name: str
    access_token_ttl: timedelta


class ScopeChange(TypedDict, total=False):
    name: str
    description: str | None


def management_api_indicator(tenant_id: TenantId) -> str:
    """Return the indicator of a tenant's Management API: a name clients are configured with, not a URL of ours."""
    return f"https://{tenant_id}.logto.app/api"


def is_management_api(indicator: str) -> bool:
    return _MANAGEMENT_API.fullmatch(indicator) is not None


def is_reserved(indicator: str) -> bool:
    """Tell whether a token for this audience would mean something that no API may claim."""
    return indicator.startswith(_RESERVED)
