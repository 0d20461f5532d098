"""Tables of roles, and of who and what is tied to them."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false

from sekisho.db.types import ID, SHORT_ID, Mapped, Table, mapped_column


class RoleTable(Table):
    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), Index(None, "tenant_id", "type"))

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str] = mapped_column(String(128))
    type: Mapped[str] = mapped_column(String(16))
    is_default: Mapped[bool] = mapped_column(server_default=false())


class RoleScopeTable(Table):
    __tablename__ = "roles_scopes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "scope_id"], ["scopes.tenant_id", "scopes.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "role_id", "scope_id"),
        Index(None, "scope_id", "tenant_id"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    role_id: Mapped[str] = mapped_column(ID)
    scope_id: Mapped[str] = mapped_column(ID)


class UserRoleTable(Table):
    __tablename__ = "users_roles"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id", "role_id"),
        Index(None, "role_id", "tenant_id", "user_id"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID)
    role_id: Mapped[str] = mapped_column(ID)


class ApplicationRoleTable(Table):
    __tablename__ = "applications_roles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "application_id"], ["applications.tenant_id", "applications.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "application_id", "role_id"),
        Index(None, "role_id", "tenant_id", "application_id"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    application_id: Mapped[str] = mapped_column(ID)
    role_id: Mapped[str] = mapped_column(ID)
