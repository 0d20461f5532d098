"""What a third-party application may ask people for, on the wire (management-api.md §8.3)."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.consents.models import ConsentScopes, ListedScopes, ScopesOfResource
from sekisho.resources.models import ScopeId

UserScope = Literal[
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    "urn:logto:scope:organizations",
    "urn:logto:scope:organization_roles",
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
]
ScopeTypeName = Literal["organization-scopes", "resource-scopes", "organization-resource-scopes", "user-scopes"]


class ConsentScopesBody(Body):
    organization_scopes: list[str] = ABSENT
    resource_scopes: list[str] = ABSENT
    organization_resource_scopes: list[str] = ABSENT
    user_scopes: list[UserScope] = ABSENT

    def to_model(self) -> ConsentScopes:
        return ConsentScopes(
            users=self.user_scopes or (),
            resources=[ScopeId(each) for each in self.resource_scopes or ()],
            organization_resources=[ScopeId(each) for each in self.organization_resource_scopes or ()],
            organizations=self.organization_scopes or (),
        )


class ConsentScopeOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    description: str | None


class ConsentResourceOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    indicator: str


class ScopesOfResourceOut(msgspec.Struct, frozen=True, kw_only=True):
    resource: ConsentResourceOut
    scopes: list[ConsentScopeOut]


class ConsentScopesOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    organization_scopes: list[ConsentScopeOut]
    resource_scopes: list[ScopesOfResourceOut]
    organization_resource_scopes: list[ScopesOfResourceOut]
    user_scopes: list[UserScope]


def consent_scopes_out(listed: ListedScopes) -> ConsentScopesOut:
    return ConsentScopesOut(
        organization_scopes=[],
        resource_scopes=_by_resource(listed.resources),
        organization_resource_scopes=_by_resource(listed.organization_resources),
        user_scopes=msgspec.convert(listed.users, list[UserScope]),
    )


def _by_resource(listed: Sequence[ScopesOfResource]) -> list[ScopesOfResourceOut]:
    return [
        ScopesOfResourceOut(
            resource=ConsentResourceOut(
                id=entry.resource.id, name=entry.resource.name, indicator=entry.resource.indicator
            ),
            scopes=[
                ConsentScopeOut(id=scope.id, name=scope.name, description=scope.description) for scope in entry.scopes
            ],
        )
        for entry in listed
    ]
