"""What a role is, and the roles that mean something to the product itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from sekisho.resources.models import Resource, Scope

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
