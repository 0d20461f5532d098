"""How many rows large tables have: kept by triggers in the transaction that adds or removes them."""

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String

from sekisho.db.types import Mapped, Table, mapped_column


class RowCountTable(Table):
    """Counts that add up to how many rows a tenant has in the table `name`."""

    __tablename__ = "row_counts"

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
