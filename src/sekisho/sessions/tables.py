"""Tables of sessions and interactions. A session is found by the SHA-256 of its cookie, which changes; `uid` stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false

from sekisho.db.types import DIGEST, ID, SHORT_ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column

TOKEN = String(43)


class SessionTable(Table):
    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("id_digest", "tenant_id", name="uq_sessions_tenant_id_id_digest"),
        Index(None, "account_id", "tenant_id"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    id_digest: Mapped[bytes] = mapped_column(DIGEST)
    account_id: Mapped[str | None] = mapped_column(SHORT_ID)
    login_at: Mapped[datetime | None] = mapped_column(Instant)
    logout: Mapped[Any | None] = mapped_column(Document)
    device_xsrf: Mapped[str | None] = mapped_column(TOKEN)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class SessionAuthorizationTable(Table):
    """One client a session signed its user in to. A row each, so that two clients at once do not lose one another."""

    __tablename__ = "session_authorizations"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "session_uid"], ["sessions.tenant_id", "sessions.uid"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    session_uid: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    client_id: Mapped[str] = mapped_column(ID, primary_key=True)
    sid: Mapped[str] = mapped_column(TOKEN)
    grant_id: Mapped[str | None] = mapped_column(TOKEN)
    persists_logout: Mapped[bool] = mapped_column(server_default=false())


class SessionExtensionTable(Table):
    """What was last submitted in a session (oidc.md §4.5); custom token claims and the session APIs read it."""

    __tablename__ = "session_extensions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "session_uid"], ["sessions.tenant_id", "sessions.uid"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "account_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index(None, "account_id", "tenant_id"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    session_uid: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    account_id: Mapped[str] = mapped_column(SHORT_ID)
    last_submission: Mapped[Any] = mapped_column(Document)
    client_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class InteractionTable(Table):
    """A question a browser is being asked. No foreign keys: it lives for an hour and outlives nothing."""

    __tablename__ = "interactions"
    __table_args__ = (Index(None, "expires_at"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    client_id: Mapped[str] = mapped_column(ID)
    prompt: Mapped[Any] = mapped_column(Document)
    params: Mapped[Any] = mapped_column(Document)
    session_uid: Mapped[str | None] = mapped_column(TOKEN)
    account_id: Mapped[str | None] = mapped_column(SHORT_ID)
    grant_id: Mapped[str | None] = mapped_column(TOKEN)
    device_code_id: Mapped[str | None] = mapped_column(ID)
    pushed_request_id: Mapped[str | None] = mapped_column(ID)
    last_submission: Mapped[Any] = mapped_column(Document)
    result: Mapped[Any] = mapped_column(Document)
    return_to: Mapped[str] = mapped_column(String(2048))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
