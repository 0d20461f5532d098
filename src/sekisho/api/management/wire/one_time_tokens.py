"""One-time tokens on the wire (management-api.md §15)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

import msgspec
from pydantic import Field

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import TenantId
from sekisho.one_time_tokens.models import OneTimeToken

Address: TypeAlias = Annotated[str, Field(min_length=1, max_length=128)]
EventName: TypeAlias = Literal["SignIn", "Register", "ForgotPassword"]
StatusName: TypeAlias = Literal["active", "consumed", "revoked", "expired"]


class TokenContextBody(Body):
    jit_organization_ids: list[str] = ABSENT
    interaction_event: EventName = ABSENT


class AddOneTimeTokenBody(Body):
    email: Address
    context: TokenContextBody = ABSENT
    expires_in: Annotated[Number, Field(ge=1)] = ABSENT

    @property
    def lifetime(self) -> timedelta | None:
        """Return how long the token was asked to be good. Raises `InvalidInput` when no calendar goes so far."""
        if "expires_in" not in self.model_fields_set:
            return None
        try:
            return timedelta(seconds=self.expires_in)
        except (OverflowError, ValueError) as error:
            raise InvalidInput(details="expiresIn is too long.") from error


class VerifyOneTimeTokenBody(Body):
    token: Annotated[str, Field(min_length=1, max_length=256)]
    email: Address


class OneTimeTokenStatusBody(Body):
    status: StatusName


class TokenContextOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    jit_organization_ids: Sequence[str] | None = None
    interaction_event: EventName | None = None


class OneTimeTokenOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    email: str
    token: str
    context: TokenContextOut
    status: StatusName
    created_at: int
    expires_at: int


def one_time_token_out(token: OneTimeToken, *, tenant_id: TenantId) -> OneTimeTokenOut:
    return OneTimeTokenOut(
        tenant_id=tenant_id,
        id=token.id,
        email=token.email,
        token=token.value.reveal(),
        context=msgspec.convert(token.context, TokenContextOut),
        status=token.status.value,
        created_at=epoch_milliseconds(token.created_at),
        expires_at=epoch_milliseconds(token.expires_at),
    )
