"""What the Console remembers, on the wire (management-api.md §14). Two values are of the hosted service, and kept."""

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body


class MigrationNotificationBody(Body):
    is_paid_tenant: bool
    tag: str
    read_at: Number = ABSENT


class ChargeNotificationBody(Body):
    token: bool = ABSENT
    api_resource: bool = ABSENT
    machine_to_machine_app: bool = ABSENT
    tenant_member: bool = ABSENT


class AdminConsoleConfigBody(Body):
    sign_in_experience_customized: bool = ABSENT
    organization_created: bool = ABSENT
    development_tenant_migration_notification: MigrationNotificationBody = ABSENT
    checked_charge_notification: ChargeNotificationBody = ABSENT


class MigrationNotificationOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    is_paid_tenant: bool
    tag: str
    read_at: float | UnsetType = UNSET


class ChargeNotificationOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    token: bool | UnsetType = UNSET
    api_resource: bool | UnsetType = UNSET
    machine_to_machine_app: bool | UnsetType = UNSET
    tenant_member: bool | UnsetType = UNSET


class AdminConsoleConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    sign_in_experience_customized: bool
    organization_created: bool
    development_tenant_migration_notification: MigrationNotificationOut | UnsetType = UNSET
    checked_charge_notification: ChargeNotificationOut | UnsetType = UNSET
