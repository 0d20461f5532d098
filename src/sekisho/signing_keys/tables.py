"""Tables of signing and cookie keys. What signs is sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint

from sekisho.db.types import ID, TENANT_ID, Instant, Mapped, Table, mapped_column


class SigningKeyTable(Table):
    """`effective_at` is when a Next key becomes Current."""

    __tablename__ = "signing_keys"
    __table_args__ = (UniqueConstraint("tenant_id", "status"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    effective_at: Mapped[datetime | None] = mapped_column(Instant)


class CookieKeyTable(Table):
    """The newest signs, all of them verify."""

    __tablename__ = "cookie_keys"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
