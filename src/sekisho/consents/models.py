"""What a third-party application may ask people for. It may ask for nothing that is not listed here (oidc.md §20.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.resources.models import Resource, Scope, ScopeId


class ScopeType(StrEnum):
    """The lists an application has, as paths name them."""

    ORGANIZATION = "organization-scopes"
    RESOURCE = "resource-scopes"
    ORGANIZATION_RESOURCE = "organization-resource-scopes"
    USER = "user-scopes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentScopes:
    """The lists of one application. `resources` count for every person, `organization_resources` in organizations."""

    users: Sequence[str] = ()
    resources: Sequence[ScopeId] = ()
    organization_resources: Sequence[ScopeId] = ()
    organizations: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopesOfResource:
    """Those scopes of one API that are on a list."""

    resource: Resource
    scopes: Sequence[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedScopes:
    """The lists of one application with names instead of ids."""

    users: Sequence[str]
    resources: Sequence[ScopesOfResource]
    organization_resources: Sequence[ScopesOfResource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most an application can get, whoever signs in: user scopes, and scopes by the indicator of their API."""

    users: frozenset[str] = frozenset()
    resources: Mapping[str, frozenset[str]] = field(default_factory=dict)
