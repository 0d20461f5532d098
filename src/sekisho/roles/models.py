"""What a role is, and the roles that mean something to the product itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, TypedDict

from sekisho.resources.models import Resource, Scope, ScopeId

RoleId = NewType("RoleId", str)

INTERNAL_PREFIX = "#internal:"
INTERNAL_ADMIN_ROLE = "#internal:admin"
MANAGEMENT_API_ROLE = "Logto Management API access"
"""Seeded in every tenant; existing tools look for it by this name."""


class RoleType(StrEnum):
    USER = "User"
    MACHINE_TO_MACHINE = "MachineToMachine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    id: RoleId
    name: str
    description: str
    type: RoleType
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithScopes:
    """A role, and what it gives: each scope with the resource it belongs to."""

    role: Role
    scopes: Sequence[tuple[Scope, Resource]]


class RoleChange(TypedDict, total=False):
    """What is to change: only the keys that are there."""

    name: str
    description: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """A role as an administrator makes one."""

    name: str
    description: str
    type: RoleType = RoleType.USER
    is_default: bool = False
    scope_ids: Sequence[ScopeId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFilter:
    """Which roles a list shows: of one type, and none that this user or application holds."""

    type: RoleType | None = None
    not_of_user: str | None = None
    not_of_application: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturedUser:
    """What a list of roles shows of a user."""

    id: str
    avatar: str | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturedApplication:
    """What a list of roles shows of an application."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRole:
    """A role, how many hold it, and a few of them."""

    role: Role
    users_count: int
    featured_users: Sequence[FeaturedUser]
    applications_count: int
    featured_applications: Sequence[FeaturedApplication]
