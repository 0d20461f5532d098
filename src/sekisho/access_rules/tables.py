"""Tables of who may use an application: single users, and the holders of roles."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index

from sekisho.db.types import ID, SHORT_ID, TENANT_ID, Mapped, Table, mapped_column

_APPLICATION = ("applications.tenant_id", "applications.id")


class AccessUserTable(Table):
    __tablename__ = "application_access_users"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "application_id"], _APPLICATION, ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index(None, "user_id", "tenant_id"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID, primary_key=True)


class AccessRoleTable(Table):
    __tablename__ = "application_access_roles"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "application_id"], _APPLICATION, ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"),
        Index(None, "role_id", "tenant_id"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    role_id: Mapped[str] = mapped_column(ID, primary_key=True)
