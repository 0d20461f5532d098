"""The tables of secrets: the sealed value, and whose it is at which social provider."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint

from sekisho.db.types import ID, SHORT_ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class SecretTable(Table):
    __tablename__ = "secrets"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID)
    type: Mapped[str] = mapped_column(String(256))
    value: Mapped[bytes] = mapped_column(LargeBinary)
    #: What may be told of the value without opening it.
    facts: Mapped[Any] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class SocialSecretTable(Table):
    """Which secrets are the token sets of social connectors. They are removed before their connector is."""

    __tablename__ = "social_secrets"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "secret_id"], ["secrets.tenant_id", "secrets.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "connector_id"], ["connectors.tenant_id", "connectors.id"]),
        UniqueConstraint("identity_id", "target", "tenant_id", name="uq_social_secrets_tenant_id_target_identity_id"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    secret_id: Mapped[str] = mapped_column(ID, primary_key=True)
    connector_id: Mapped[str] = mapped_column(String(128))
    target: Mapped[str] = mapped_column(String(256))
    identity_id: Mapped[str] = mapped_column(String(256))


Index(None, SecretTable.user_id, SecretTable.tenant_id)
Index(None, SocialSecretTable.connector_id, SocialSecretTable.tenant_id)
