"""Tables of what third-party applications may ask people for: user scopes by name, scopes of APIs by id."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String

from sekisho.db.types import ID, TENANT_ID, Mapped, Table, mapped_column

_APPLICATION = ("applications.tenant_id", "applications.id")


class ConsentUserScopeTable(Table):
    __tablename__ = "consent_user_scopes"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "application_id"], _APPLICATION, ondelete="CASCADE"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_scope: Mapped[str] = mapped_column(String(64), primary_key=True)


class ConsentResourceScopeTable(Table):
    """`type` tells the list: one counts for every person, one only for what roles give within organizations."""

    __tablename__ = "consent_resource_scopes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "application_id"], _APPLICATION, ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "scope_id"], ["scopes.tenant_id", "scopes.id"], ondelete="CASCADE"),
        Index(None, "scope_id", "tenant_id"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    type: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope_id: Mapped[str] = mapped_column(ID, primary_key=True)
