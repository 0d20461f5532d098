"""Tables of grants, codes and tokens.

A code or token belongs to its grant by foreign key: revoking is deleting the grant, and the database itself refuses a
token for a grant that is gone. Bearer values are kept as SHA-256 only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, false, text

from sekisho.db.types import DIGEST, ID, SHORT_ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column

TOKEN = String(43)


class GrantTable(Table):
    __tablename__ = "grants"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index(None, "account_id", "tenant_id", "client_id"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    account_id: Mapped[str] = mapped_column(SHORT_ID)
    #: No foreign key: the built-in clients have no row.
    client_id: Mapped[str] = mapped_column(ID)
    scopes: Mapped[Any] = mapped_column(Document)
    resources: Mapped[Any] = mapped_column(Document)
    rejected_scopes: Mapped[Any] = mapped_column(Document)
    rejected_resources: Mapped[Any] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Issued(Table):
    """Columns of everything issued under a grant; the tenant is the grant's, so no foreign key of its own."""

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    grant_id: Mapped[str] = mapped_column(TOKEN)
    scope: Mapped[str] = mapped_column(Text)
    resources: Mapped[Any] = mapped_column(Document)
    nonce: Mapped[str | None] = mapped_column(Text)
    auth_time: Mapped[datetime | None] = mapped_column(Instant)
    acr: Mapped[str | None] = mapped_column(String(256))
    #: The thumbprint of the key it is bound to, if it is (RFC 9449).
    proof_key: Mapped[str | None] = mapped_column(TOKEN)
    session_uid: Mapped[str | None] = mapped_column(TOKEN)
    sid: Mapped[str | None] = mapped_column(TOKEN)
    expires_with_session: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            ForeignKeyConstraint(["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"], ondelete="CASCADE"),
            Index(None, "grant_id", "tenant_id"),
            Index(None, "expires_at"),
        )


class AuthorizationCodeTable(Issued):
    __tablename__ = "authorization_codes"

    redirect_uri: Mapped[str] = mapped_column(Text)
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class AccessTokenTable(Issued):
    """Opaque access tokens; JWT access tokens are not kept."""

    __tablename__ = "access_tokens"

    grant_history: Mapped[str] = mapped_column(String(256))
    extra: Mapped[Any] = mapped_column(Document)


class RefreshTokenTable(Issued):
    __tablename__ = "refresh_tokens"

    grant_history: Mapped[str] = mapped_column(String(256))
    chain_started_at: Mapped[datetime] = mapped_column(Instant)
    rotations: Mapped[int] = mapped_column(server_default=text("0"))
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class DeviceCodeTable(Table):
    """Devices that wait for their user (RFC 8628); what was allowed is null until then, and goes with its grant."""

    __tablename__ = "device_codes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"], ondelete="CASCADE"),
        UniqueConstraint("digest", "tenant_id", name="uq_device_codes_tenant_id_digest"),
        UniqueConstraint("user_code_digest", "tenant_id", name="uq_device_codes_tenant_id_user_code_digest"),
        Index(None, "grant_id", "tenant_id"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST)
    user_code_digest: Mapped[bytes] = mapped_column(DIGEST)
    client_id: Mapped[str] = mapped_column(ID)
    params: Mapped[Any] = mapped_column(Document)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(128))
    error_description: Mapped[str | None] = mapped_column(Text)
    grant_id: Mapped[str | None] = mapped_column(TOKEN)
    scope: Mapped[str | None] = mapped_column(Text)
    resources: Mapped[Any | None] = mapped_column(Document)
    nonce: Mapped[str | None] = mapped_column(Text)
    auth_time: Mapped[datetime | None] = mapped_column(Instant)
    acr: Mapped[str | None] = mapped_column(String(256))
    proof_key: Mapped[str | None] = mapped_column(TOKEN)
    session_uid: Mapped[str | None] = mapped_column(TOKEN)
    sid: Mapped[str | None] = mapped_column(TOKEN)
    expires_with_session: Mapped[bool] = mapped_column(server_default=false())
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class PushedRequestTable(Table):
    """Authorization requests that clients sent ahead (RFC 9126); the reference a client holds is kept by digest."""

    __tablename__ = "pushed_requests"
    __table_args__ = (
        UniqueConstraint("digest", "tenant_id", name="uq_pushed_requests_tenant_id_digest"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST)
    client_id: Mapped[str] = mapped_column(ID)
    params: Mapped[Any] = mapped_column(Document)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class UsedProofTable(Table):
    """Signed statements that were good for one request, once used; kept until they would have expired."""

    __tablename__ = "used_proofs"
    __table_args__ = (Index(None, "expires_at"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
