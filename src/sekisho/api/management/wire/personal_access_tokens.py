"""Personal access tokens on the wire (management-api.md §6.6)."""

from typing import Annotated

import msgspec
from pydantic import Field

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body
from sekisho.api.responses import milliseconds
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId
from sekisho.personal_access_tokens.models import PersonalAccessToken

Name = Annotated[str, Field(min_length=1, max_length=256)]


class CreatePersonalAccessTokenBody(Body):
    name: Name
    expires_at: Number | None = None


class RenamePersonalAccessTokenBody(Body):
    name: Name


class RenameNamedPersonalAccessTokenBody(RenamePersonalAccessTokenBody):
    """Names the token in the body, for names that no path can carry."""

    current_name: str = ABSENT


class DeletePersonalAccessTokenBody(Body):
    name: str


class PersonalAccessTokenOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    user_id: str
    name: str
    value: str
    created_at: int
    expires_at: int | None


def personal_access_token_out(token: PersonalAccessToken, *, tenant_id: TenantId) -> PersonalAccessTokenOut:
    return PersonalAccessTokenOut(
        tenant_id=tenant_id,
        user_id=token.user_id,
        name=token.name,
        value=token.value.reveal(),
        created_at=epoch_milliseconds(token.created_at),
        expires_at=milliseconds(token.expires_at),
    )
