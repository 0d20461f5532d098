"""What `sekisho user` does."""

import json
from collections.abc import Sequence

import typer

from sekisho.cli.desk import opened, services_of
from sekisho.cli.refusals import Refusal
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret
from sekisho.sign_in.username import USERNAME
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.models import NewUser, User


async def create(*, username: str, password: Secret, roles: Sequence[str], tenant: str) -> User:
    """Create a user with the roles every new user gets, and those named. The operator's password is not judged."""
    if not USERNAME.fullmatch(username):
        raise Refusal("--username: expected letters, digits and underscores, and no digit first.")
    if not password.reveal():
        raise Refusal("--password: it is empty.")
    async with opened() as runtime:
        kept = await runtime.hasher.hash(password)
        async with services_of(runtime, TenantId(tenant)) as services:
            new = NewUser(username=username, password_encrypted=kept.encoded, password_encryption_method=kept.method)
            user = await services.users.create(new, with_default_roles=services.tenant_id != ADMIN_TENANT)
            await services.roles.assign(user.id, roles)
            return user


def print_created(user: User, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"id": user.id, "username": user.username}))
        return
    typer.echo(f"id: {user.id}")
