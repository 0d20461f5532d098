"""Who may use an application, on the wire (management-api.md §8.4)."""

from typing import Annotated

import msgspec
from pydantic import Field

from sekisho.access_rules.models import AccessRules
from sekisho.api.management.wire.body import Body


class OrganizationRoleRuleBody(Body):
    organization_id: str
    organization_role_ids: Annotated[list[str], Field(min_length=1)]


class AccessControlBody(Body):
    user_ids: list[str]
    user_role_ids: list[str]
    organization_ids: list[str]
    organization_role_rules: list[OrganizationRoleRuleBody]

    def to_model(self) -> AccessRules:
        by_organization: dict[str, list[str]] = {}
        for rule in self.organization_role_rules:
            by_organization.setdefault(rule.organization_id, []).extend(rule.organization_role_ids)
        return AccessRules(
            users=self.user_ids,
            roles=self.user_role_ids,
            organizations=self.organization_ids,
            organization_roles=by_organization,
        )


class OrganizationRoleRuleOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    organization_id: str
    organization_role_ids: list[str]


class AccessControlOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    user_ids: list[str]
    user_role_ids: list[str]
    organization_ids: list[str]
    organization_role_rules: list[OrganizationRoleRuleOut]


def access_control_out(rules: AccessRules) -> AccessControlOut:
    return AccessControlOut(
        user_ids=list(rules.users),
        user_role_ids=list(rules.roles),
        organization_ids=list(rules.organizations),
        organization_role_rules=[
            OrganizationRoleRuleOut(organization_id=id_, organization_role_ids=list(roles))
            for id_, roles in rules.organization_roles.items()
        ],
    )
