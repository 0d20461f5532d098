"""Indexes begin with the column that tells rows apart, the tenant follows.

While a table was never analysed, PostgreSQL takes all indexes that begin with `tenant_id` for equally good, prefers
the newest, and keeps that plan: a look-up by primary key then read every row of its tenant. Unique constraints keep
their names, by which the previous version tells what is taken; SQLite prefers the index of which most columns match,
and keeps its constraints as they are.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = (
    ("access_tokens", ("grant_id", "tenant_id")),
    ("application_access_roles", ("role_id", "tenant_id")),
    ("application_access_users", ("user_id", "tenant_id")),
    ("applications_roles", ("role_id", "tenant_id", "application_id")),
    ("authorization_codes", ("grant_id", "tenant_id")),
    ("consent_resource_scopes", ("scope_id", "tenant_id")),
    ("device_codes", ("grant_id", "tenant_id")),
    ("grants", ("account_id", "tenant_id", "client_id")),
    ("one_time_tokens", ("email", "tenant_id", "status")),
    ("refresh_tokens", ("grant_id", "tenant_id")),
    ("roles_scopes", ("scope_id", "tenant_id")),
    ("secrets", ("user_id", "tenant_id")),
    ("session_extensions", ("account_id", "tenant_id")),
    ("sessions", ("account_id", "tenant_id")),
    ("social_secrets", ("connector_id", "tenant_id")),
    ("subject_tokens", ("user_id", "tenant_id")),
    ("users_roles", ("role_id", "tenant_id", "user_id")),
    ("verification_codes", ("recipient", "tenant_id", "purpose")),
    ("verification_codes", ("record_id", "tenant_id", "purpose")),
)
_UNIQUE_INDEXES = (
    ("one_time_tokens", ("fingerprint", "tenant_id")),
    ("personal_access_tokens", ("fingerprint", "tenant_id")),
)
_CONSTRAINTS = (
    ("device_codes", "uq_device_codes_tenant_id_digest", ("digest", "tenant_id")),
    ("device_codes", "uq_device_codes_tenant_id_user_code_digest", ("user_code_digest", "tenant_id")),
    ("pushed_requests", "uq_pushed_requests_tenant_id_digest", ("digest", "tenant_id")),
    ("sessions", "uq_sessions_tenant_id_id_digest", ("id_digest", "tenant_id")),
    ("social_secrets", "uq_social_secrets_tenant_id_target_identity_id", ("identity_id", "target", "tenant_id")),
    ("user_identities", "uq_user_identities_tenant_id_user_id_target", ("user_id", "tenant_id", "target")),
    ("users", "uq_users_tenant_id_username_key", ("username_key", "tenant_id")),
    ("users", "uq_users_tenant_id_email_key", ("email_key", "tenant_id")),
    ("users", "uq_users_tenant_id_phone_key", ("phone_key", "tenant_id")),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        _turn(table, columns, unique=False)
    for table, columns in _UNIQUE_INDEXES:
        _turn(table, columns, unique=True)
    op.drop_index("ix_sentinel_activities_target", "sentinel_activities")
    op.create_index(
        "ix_sentinel_activities_target",
        "sentinel_activities",
        ["target_hash", "target_type", "tenant_id", "created_at"],
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, name, columns in _CONSTRAINTS:
            op.drop_constraint(name, table)
            op.create_unique_constraint(name, table, columns)


def _turn(table: str, columns: tuple[str, ...], *, unique: bool) -> None:
    """Replace the index that had the tenant before the first of these columns."""
    selective, tenant, *others = columns
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns, unique=unique)
    op.drop_index("_".join((f"ix_{table}", tenant, selective, *others)), table)
