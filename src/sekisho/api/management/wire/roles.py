"""Roles on the wire (management-api.md §7.1), and who holds them (§6.7, §8.2)."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.applications import TypeName
from sekisho.api.management.wire.body import Body
from sekisho.kernel.ids import TenantId
from sekisho.resources.models import ScopeId
from sekisho.roles.models import ListedRole, NewRole, Role, RoleChange, RoleType

RoleTypeName = Literal["User", "MachineToMachine"]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Id = Annotated[str, Field(min_length=1)]
SomeIds = Annotated[list[Id], Field(min_length=1)]


class CreateRoleBody(Body):
    #: May be sent and means nothing: a caller has one tenant.
    tenant_id: Annotated[str, Field(max_length=21)] = ABSENT
    name: Name
    description: Name
    type: RoleTypeName = ABSENT
    is_default: bool = ABSENT
    scope_ids: list[Id] = ABSENT

    def to_model(self) -> NewRole:
        return NewRole(
            name=self.name,
            description=self.description,
            type=RoleType(self.type or RoleType.USER),
            is_default=bool(self.is_default),
            scope_ids=[ScopeId(each) for each in self.scope_ids or ()],
        )


class UpdateRoleBody(Body):
    name: Name = ABSENT
    description: Name = ABSENT
    is_default: bool = ABSENT

    def to_model(self) -> RoleChange:
        change: RoleChange = {}
        given = self.model_fields_set
        if "name" in given:
            change["name"] = self.name
        if "description" in given:
            change["description"] = self.description
        if "is_default" in given:
            change["is_default"] = self.is_default
        return change


class UserIdsBody(Body):
    user_ids: SomeIds


class ApplicationIdsBody(Body):
    application_ids: SomeIds


class ScopeIdsBody(Body):
    scope_ids: SomeIds


class RoleIdsBody(Body):
    role_ids: list[Id]


class RoleIdsOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    role_ids: list[str]


class AddedRoleIdsOut(RoleIdsOut, frozen=True, kw_only=True, rename="camel"):
    added_role_ids: list[str]


class RoleOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    name: str
    description: str
    type: RoleTypeName
    is_default: bool


class FeaturedUserOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    avatar: str | None
    name: str | None


class FeaturedApplicationOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    type: TypeName


class ListedRoleOut(RoleOut, frozen=True, kw_only=True, rename="camel"):
    users_count: int
    featured_users: list[FeaturedUserOut]
    applications_count: int
    featured_applications: list[FeaturedApplicationOut]


def role_out(role: Role, *, tenant_id: TenantId) -> RoleOut:
    return RoleOut(**_members(role, tenant_id))


def listed_role_out(listed: ListedRole, *, tenant_id: TenantId) -> ListedRoleOut:
    return ListedRoleOut(
        **_members(listed.role, tenant_id),
        users_count=listed.users_count,
        featured_users=msgspec.convert(listed.featured_users, list[FeaturedUserOut], from_attributes=True),
        applications_count=listed.applications_count,
        featured_applications=msgspec.convert(
            listed.featured_applications, list[FeaturedApplicationOut], from_attributes=True
        ),
    )


def _members(role: Role, tenant_id: TenantId) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "type": role.type,
        "is_default": role.is_default,
    }
