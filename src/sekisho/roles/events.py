"""What is told of roles beside what the Management API tells of its own requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.events import Event, EventName
from sekisho.kernel.ids import TenantId
from sekisho.resources.models import Scope
from sekisho.roles.models import RoleId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMadeWithScopes(Event):
    """A role was made that gives something from the start."""

    name: EventName = EventName.ROLE_SCOPES_UPDATED
    tenant_id: TenantId
    role_id: RoleId
    scopes: Sequence[Scope]

    def payload(self) -> Mapping[str, Any]:
        return {"roleId": self.role_id, "data": [self._shown(scope) for scope in self.scopes]}

    def _shown(self, scope: Scope) -> Mapping[str, Any]:
        return {
            "tenantId": self.tenant_id,
            "id": scope.id,
            "resourceId": scope.resource_id,
            "name": scope.name,
            "description": scope.description,
            "createdAt": epoch_milliseconds(scope.created_at),
        }
