"""The tables of users. The `…_key` columns are what identifiers are unique by, computed in `identifiers.py`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false

from sekisho.db.types import ID, SHORT_ID, Document, Instant, Mapped, Table, mapped_column


class UserTable(Table):
    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("username_key", "tenant_id", name="uq_users_tenant_id_username_key"),
        UniqueConstraint("email_key", "tenant_id", name="uq_users_tenant_id_email_key"),
        UniqueConstraint("phone_key", "tenant_id", name="uq_users_tenant_id_phone_key"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(SHORT_ID, primary_key=True)
    username: Mapped[str | None] = mapped_column(String(128))
    username_key: Mapped[str | None] = mapped_column(String(128))
    primary_email: Mapped[str | None] = mapped_column(String(128))
    email_key: Mapped[str | None] = mapped_column(String(128))
    primary_phone: Mapped[str | None] = mapped_column(String(128))
    phone_key: Mapped[str | None] = mapped_column(String(128))
    password_encrypted: Mapped[str | None] = mapped_column(String(256))
    password_encryption_method: Mapped[str | None] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(String(128))
    avatar: Mapped[str | None] = mapped_column(String(2048))
    profile: Mapped[Any] = mapped_column(Document)
    identities: Mapped[Any] = mapped_column(Document, server_default="{}")
    application_id: Mapped[str | None] = mapped_column(ID)
    cimd_client_id: Mapped[str | None] = mapped_column(String(2048))
    custom_data: Mapped[Any] = mapped_column(Document)
    logto_config: Mapped[Any] = mapped_column(Document)
    mfa_verifications: Mapped[Any] = mapped_column(Document)
    is_suspended: Mapped[bool] = mapped_column(server_default=false())
    is_password_expired: Mapped[bool] = mapped_column(server_default=false())
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)
    password_updated_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class UserIdentityTable(Table):
    """What keeps an account at a social provider to one user; what is known of it is in the user's `identities`."""

    __tablename__ = "user_identities"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("user_id", "tenant_id", "target", name="uq_user_identities_tenant_id_user_id_target"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(String(256), primary_key=True)
    identity_id: Mapped[str] = mapped_column(String(256), primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID)


Index("ix_users_newest", UserTable.tenant_id, UserTable.created_at.desc(), UserTable.id)
Index(None, UserTable.tenant_id, UserTable.primary_phone)
