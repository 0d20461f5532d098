"""The table of e-mail templates: one per language and purpose."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class EmailTemplateTable(Table):
    __tablename__ = "email_templates"
    __table_args__ = (UniqueConstraint("tenant_id", "language_tag", "template_type"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    language_tag: Mapped[str] = mapped_column(String(16))
    template_type: Mapped[str] = mapped_column(String(64))
    details: Mapped[Any] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
