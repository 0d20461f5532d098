"""Tables of grants, codes and tokens.

A code or token belongs to its grant by foreign key: revoking is deleting the grant, and the database itself refuses a
token for a grant that is gone. Bearer values are kept as SHA-256 only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from sekisho.db.types import DIGEST, ID, SHORT_ID, TENANT_ID, Document, Instant, Table

TOKEN = String(43)


class GrantTable(Table):
    __tablename__ = "grants"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index(None, "tenant_id", "account_id", "client_id"),
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

    __abstract__ = True

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    grant_id: Mapped[str] = mapped_column(TOKEN)
    scope: Mapped[str] = mapped_column(Text)
    resources: Mapped[Any] = mapped_column(Document)
    nonce: Mapped[str | None] = mapped_column(Text)
    auth_time: Mapped[datetime | None] = mapped_column(Instant)
    session_uid: Mapped[str | None] = mapped_column(TOKEN)
    sid: Mapped[str | None] = mapped_column(TOKEN)
    expires_with_session: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            ForeignKeyConstraint(["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"], ondelete="CASCADE"),
            Index(None, "tenant_id", "grant_id"),
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
