"""Who may use an application once its access control is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """Somebody may use the application who is in any of these; `organization_roles` are roles by organization."""

    users: Sequence[str] = ()
    roles: Sequence[str] = ()
    organizations: Sequence[str] = ()
    organization_roles: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.users or self.roles or self.organizations or self.organization_roles)
