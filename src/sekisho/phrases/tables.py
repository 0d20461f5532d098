"""The table of custom phrases: a row per language."""

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint

from sekisho.db.types import ID, TENANT_ID, Document, Mapped, Table, mapped_column


class CustomPhraseTable(Table):
    __tablename__ = "custom_phrases"
    __table_args__ = (UniqueConstraint("tenant_id", "language_tag"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    language_tag: Mapped[str] = mapped_column(String(16))
    translation: Mapped[Any] = mapped_column(Document)
