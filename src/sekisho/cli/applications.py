"""What `sekisho app` does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from sekisho.applications.models import ApplicationType, NewApplication, OidcClientMetadata
from sekisho.cli.desk import opened, services_of
from sekisho.cli.refusals import Refusal
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret
from sekisho.roles.models import MANAGEMENT_API_ROLE
from sekisho.tenants.models import ADMIN_TENANT

_ADMIN_API_ROLE = "machine:mapi:admin"
_OFFERED = {
    each.lower(): each
    for each in (
        ApplicationType.NATIVE,
        ApplicationType.SPA,
        ApplicationType.TRADITIONAL,
        ApplicationType.MACHINE_TO_MACHINE,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedApplication:
    id: str
    name: str
    type: ApplicationType
    tenant: str
    secret: Secret | None


async def create(
    *,
    type_name: str,
    name: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str],
    may_manage: bool,
    tenant: str,
) -> CreatedApplication:
    """Register an application; one that may manage gets the role for its tenant's Management API."""
    type_ = _OFFERED.get(type_name.lower())
    if type_ is None:
        raise Refusal(f"--type {type_name}: expected one of {', '.join(_OFFERED.values())}.")
    if may_manage and type_ is not ApplicationType.MACHINE_TO_MACHINE:
        raise Refusal("--management-api: only a MachineToMachine application can call the Management API.")
    uris = OidcClientMetadata(
        redirect_uris=tuple(redirect_uris), post_logout_redirect_uris=tuple(post_logout_redirect_uris)
    )
    async with opened() as runtime, services_of(runtime, TenantId(tenant)) as services:
        created = await services.applications.create(NewApplication(name=name, type=type_, oidc_client_metadata=uris))
        if may_manage:
            role = _ADMIN_API_ROLE if services.tenant_id == ADMIN_TENANT else MANAGEMENT_API_ROLE
            await services.roles.assign_to_application(created.application.id, [role])
    return CreatedApplication(
        id=created.application.id,
        name=created.application.name,
        type=created.application.type,
        tenant=tenant,
        secret=created.secrets[0].value if created.secrets else None,
    )


def print_created(created: CreatedApplication, *, as_json: bool) -> None:
    """Print what the application needs to know; this is the one place its secret is shown unasked."""
    secret = None if created.secret is None else created.secret.reveal()
    values = {"id": created.id, "secret": secret, "name": created.name, "type": created.type, "tenant": created.tenant}
    if as_json:
        typer.echo(json.dumps(values))
        return
    typer.echo(f"id:     {created.id}")
    if secret is not None:
        typer.echo(f"secret: {secret}")
