"""The table of subject tokens; their values are kept as SHA-256 only."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index

from sekisho.db.types import DIGEST, ID, SHORT_ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class SubjectTokenTable(Table):
    __tablename__ = "subject_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index(None, "user_id", "tenant_id"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID)
    #: Who had it made: a user or an application. No foreign key: what he did stays when he is gone.
    creator_id: Mapped[str] = mapped_column(ID)
    context: Mapped[Any] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
