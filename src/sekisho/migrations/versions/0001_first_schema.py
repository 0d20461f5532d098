"""First schema."""

import sqlalchemy as sa
from alembic import op

from sekisho.db.search_indexes import create_search_indexes
from sekisho.db.types import Document, Instant, Seconds

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 — a list of tables
    op.create_table(
        "systems",
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("value", Document, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_systems")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("config_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "daily_active_users",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", "user_id", name=op.f("pk_daily_active_users")),
    )
    op.create_table(
        "daily_token_usage",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_tokens", sa.BigInteger(), nullable=False),
        sa.Column("machine_tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_daily_token_usage")),
    )
    op.create_table(
        "logs",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("user_id", sa.String(length=21), nullable=True),
        sa.Column("application_id", sa.String(length=21), nullable=True),
        sa.Column("hook_id", sa.String(length=21), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_logs")),
    )
    op.create_index(
        "ix_logs_application_id",
        "logs",
        ["tenant_id", "application_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("application_id IS NOT NULL"),
        postgresql_where=sa.text("application_id IS NOT NULL"),
    )
    op.create_index("ix_logs_created_at", "logs", ["created_at"], unique=False)
    op.create_index(
        "ix_logs_hook_id",
        "logs",
        ["tenant_id", "hook_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("hook_id IS NOT NULL"),
        postgresql_where=sa.text("hook_id IS NOT NULL"),
    )
    op.create_index("ix_logs_key", "logs", ["tenant_id", "key", "created_at"], unique=False)
    op.create_index("ix_logs_newest", "logs", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_logs_user_id",
        "logs",
        ["tenant_id", "user_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("user_id IS NOT NULL"),
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_table(
        "hooks",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("event", sa.String(length=128), nullable=True),
        sa.Column("events", Document, nullable=False),
        sa.Column("config", Document, nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=True),
        sa.Column("signing_key", sa.LargeBinary(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_hooks_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hooks")),
    )
    op.create_index(op.f("ix_hooks_tenant_id_created_at"), "hooks", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "row_counts",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_row_counts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", "slot", name=op.f("pk_row_counts")),
    )
    op.create_table(
        "applications",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("oidc_client_metadata", Document, nullable=False),
        sa.Column("custom_client_metadata", Document, nullable=False),
        sa.Column("protected_app_metadata", Document, nullable=True),
        sa.Column("custom_data", Document, nullable=False),
        sa.Column("is_third_party", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("app_level_access_control_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_applications_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_applications")),
    )
    op.create_index(
        "ix_applications_newest",
        "applications",
        ["tenant_id", sa.literal_column("created_at DESC"), "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_applications_tenant_id_is_third_party"), "applications", ["tenant_id", "is_third_party"], unique=False
    )
    op.create_index(op.f("ix_applications_tenant_id_type"), "applications", ["tenant_id", "type"], unique=False)
    op.create_table(
        "configs",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("value", Document, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_configs_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_configs")),
    )
    op.create_table(
        "cookie_keys",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_cookie_keys_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cookie_keys")),
    )
    op.create_table(
        "first_admin_tokens",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_first_admin_tokens_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_digest", name=op.f("pk_first_admin_tokens")),
    )
    op.create_table(
        "interactions",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("uid", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=False),
        sa.Column("prompt", Document, nullable=False),
        sa.Column("params", Document, nullable=False),
        sa.Column("session_uid", sa.String(length=43), nullable=True),
        sa.Column("account_id", sa.String(length=12), nullable=True),
        sa.Column("grant_id", sa.String(length=43), nullable=True),
        sa.Column("device_code_id", sa.String(length=21), nullable=True),
        sa.Column("pushed_request_id", sa.String(length=21), nullable=True),
        sa.Column("last_submission", Document, nullable=False),
        sa.Column("result", Document, nullable=False),
        sa.Column("return_to", sa.String(length=2048), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_interactions_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "uid", name=op.f("pk_interactions")),
    )
    op.create_index(op.f("ix_interactions_expires_at"), "interactions", ["expires_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("died_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_died_at_run_at"), "jobs", ["died_at", "run_at"], unique=False)
    op.create_table(
        "one_time_tokens",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("email", sa.String(length=128), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("context", Document, nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_one_time_tokens_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_one_time_tokens")),
    )
    op.create_index(op.f("ix_one_time_tokens_expires_at"), "one_time_tokens", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_one_time_tokens_tenant_id_created_at_id"),
        "one_time_tokens",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_one_time_tokens_tenant_id_email_status"),
        "one_time_tokens",
        ["tenant_id", "email", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_one_time_tokens_tenant_id_fingerprint"), "one_time_tokens", ["tenant_id", "fingerprint"], unique=True
    )
    op.create_table(
        "pushed_requests",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=False),
        sa.Column("params", Document, nullable=False),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_pushed_requests_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pushed_requests")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_pushed_requests_tenant_id_digest")),
    )
    op.create_index(op.f("ix_pushed_requests_expires_at"), "pushed_requests", ["expires_at"], unique=False)
    op.create_table(
        "used_proofs",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_used_proofs_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_used_proofs")),
    )
    op.create_index(op.f("ix_used_proofs_expires_at"), "used_proofs", ["expires_at"], unique=False)
    op.create_table(
        "resources",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("access_token_ttl", Seconds(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_resources_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_resources")),
        sa.UniqueConstraint("tenant_id", "indicator", name=op.f("uq_resources_tenant_id_indicator")),
    )
    op.create_index(
        "uq_resources_default",
        "resources",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        sqlite_where=sa.text("is_default"),
    )
    op.create_table(
        "roles",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_roles_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_roles")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_roles_tenant_id_name")),
    )
    op.create_index(op.f("ix_roles_tenant_id_type"), "roles", ["tenant_id", "type"], unique=False)
    op.create_table(
        "sentinel_activities",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("target_type", sa.String(length=32), nullable=False),
        sa.Column("target_hash", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("action_result", sa.String(length=16), nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("decision_expires_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sentinel_activities_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sentinel_activities")),
    )
    op.create_index(
        "ix_sentinel_activities_decision_expires_at", "sentinel_activities", ["decision_expires_at"], unique=False
    )
    op.create_index(
        "ix_sentinel_activities_target",
        "sentinel_activities",
        ["tenant_id", "target_type", "target_hash", "created_at"],
        unique=False,
    )
    op.create_table(
        "sign_in_experiences",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("color", Document, nullable=False),
        sa.Column("branding", Document, nullable=False),
        sa.Column("hide_logto_branding", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language_info", Document, nullable=False),
        sa.Column("terms_of_use_url", sa.String(length=2048), nullable=True),
        sa.Column("privacy_policy_url", sa.String(length=2048), nullable=True),
        sa.Column("agree_to_terms_policy", sa.String(length=32), nullable=False),
        sa.Column("sign_in", Document, nullable=False),
        sa.Column("sign_up", Document, nullable=False),
        sa.Column("social_sign_in", Document, nullable=False),
        sa.Column("social_sign_in_connector_targets", Document, nullable=False),
        sa.Column("sign_in_mode", sa.String(length=32), nullable=False),
        sa.Column("custom_css", sa.Text(), nullable=True),
        sa.Column("custom_content", Document, nullable=False),
        sa.Column("custom_ui_assets", Document, nullable=True),
        sa.Column("custom_ui_csp", Document, nullable=False),
        sa.Column("password_policy", Document, nullable=False),
        sa.Column("mfa", Document, nullable=False),
        sa.Column("adaptive_mfa", Document, nullable=False),
        sa.Column("trusted_device", Document, nullable=False),
        sa.Column("single_sign_on_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("support_email", sa.Text(), nullable=True),
        sa.Column("support_website_url", sa.Text(), nullable=True),
        sa.Column("unknown_session_redirect_url", sa.Text(), nullable=True),
        sa.Column("captcha_policy", Document, nullable=False),
        sa.Column("sentinel_policy", Document, nullable=False),
        sa.Column("email_blocklist_policy", Document, nullable=False),
        sa.Column("verification_code_policy", Document, nullable=False),
        sa.Column("forgot_password_methods", Document, nullable=True),
        sa.Column("passkey_sign_in", Document, nullable=False),
        sa.Column("sign_up_profile_fields", Document, nullable=True),
        sa.Column("password_expiration", Document, nullable=False),
        sa.Column("username_policy", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sign_in_experiences_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_experiences")),
    )
    op.create_table(
        "custom_phrases",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("language_tag", sa.String(length=16), nullable=False),
        sa.Column("translation", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_custom_phrases_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_phrases")),
        sa.UniqueConstraint("tenant_id", "language_tag", name=op.f("uq_custom_phrases_tenant_id_language_tag")),
    )
    op.create_table(
        "email_templates",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("language_tag", sa.String(length=16), nullable=False),
        sa.Column("template_type", sa.String(length=64), nullable=False),
        sa.Column("details", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_email_templates_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_email_templates")),
        sa.UniqueConstraint(
            "tenant_id",
            "language_tag",
            "template_type",
            name=op.f("uq_email_templates_tenant_id_language_tag_template_type"),
        ),
    )
    op.create_table(
        "captcha_providers",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("config", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_captcha_providers_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_captcha_providers")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_captcha_providers_tenant_id")),
    )
    op.create_table(
        "custom_profile_fields",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("config", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sie_order", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_custom_profile_fields_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_profile_fields")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_custom_profile_fields_tenant_id_name")),
    )
    op.create_table(
        "account_centers",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("webauthn_related_origins", Document, nullable=False),
        sa.Column("delete_account_url", sa.String(length=2048), nullable=True),
        sa.Column("custom_css", sa.Text(), nullable=True),
        sa.Column("profile_fields", Document, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_account_centers_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account_centers")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_signing_keys_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("tenant_id", "status", name=op.f("uq_signing_keys_tenant_id_status")),
    )
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=True),
        sa.Column("username_key", sa.String(length=128), nullable=True),
        sa.Column("primary_email", sa.String(length=128), nullable=True),
        sa.Column("email_key", sa.String(length=128), nullable=True),
        sa.Column("primary_phone", sa.String(length=128), nullable=True),
        sa.Column("phone_key", sa.String(length=128), nullable=True),
        sa.Column("password_encrypted", sa.String(length=256), nullable=True),
        sa.Column("password_encryption_method", sa.String(length=16), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=True),
        sa.Column("avatar", sa.String(length=2048), nullable=True),
        sa.Column("profile", Document, nullable=False),
        sa.Column("identities", Document, server_default="{}", nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=True),
        sa.Column("cimd_client_id", sa.String(length=2048), nullable=True),
        sa.Column("custom_data", Document, nullable=False),
        sa.Column("logto_config", Document, nullable=False),
        sa.Column("mfa_verifications", Document, nullable=False),
        sa.Column("is_suspended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_password_expired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_sign_in_at", Instant(), nullable=True),
        sa.Column("password_updated_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_users_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("tenant_id", "email_key", name=op.f("uq_users_tenant_id_email_key")),
        sa.UniqueConstraint("tenant_id", "phone_key", name=op.f("uq_users_tenant_id_phone_key")),
        sa.UniqueConstraint("tenant_id", "username_key", name=op.f("uq_users_tenant_id_username_key")),
    )
    op.create_index(op.f("ix_users_tenant_id_primary_phone"), "users", ["tenant_id", "primary_phone"], unique=False)
    op.create_index("ix_users_newest", "users", ["tenant_id", sa.literal_column("created_at DESC"), "id"], unique=False)
    op.create_table(
        "user_identities",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("target", sa.String(length=256), nullable=False),
        sa.Column("identity_id", sa.String(length=256), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_identities_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_user_identities_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "target", "identity_id", name=op.f("pk_user_identities")),
        sa.UniqueConstraint("tenant_id", "user_id", "target", name=op.f("uq_user_identities_tenant_id_user_id_target")),
    )
    op.create_table(
        "application_secrets",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_application_secrets_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_application_secrets_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", "name", name=op.f("pk_application_secrets")),
    )
    op.create_table(
        "applications_roles",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("role_id", sa.String(length=21), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_applications_roles_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name=op.f("fk_applications_roles_tenant_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_applications_roles_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_applications_roles")),
        sa.UniqueConstraint(
            "tenant_id",
            "application_id",
            "role_id",
            name=op.f("uq_applications_roles_tenant_id_application_id_role_id"),
        ),
    )
    op.create_index(
        op.f("ix_applications_roles_tenant_id_role_id_application_id"),
        "applications_roles",
        ["tenant_id", "role_id", "application_id"],
        unique=False,
    )
    op.create_table(
        "grants",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("resources", Document, nullable=False),
        sa.Column("rejected_scopes", Document, nullable=False),
        sa.Column("rejected_resources", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_grants_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_grants_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_expires_at"), "grants", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_grants_tenant_id_account_id_client_id"),
        "grants",
        ["tenant_id", "account_id", "client_id"],
        unique=False,
    )
    op.create_table(
        "personal_access_tokens",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_personal_access_tokens_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_personal_access_tokens_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "name", name=op.f("pk_personal_access_tokens")),
    )
    op.create_index(
        op.f("ix_personal_access_tokens_tenant_id_fingerprint"),
        "personal_access_tokens",
        ["tenant_id", "fingerprint"],
        unique=True,
    )
    op.create_table(
        "scopes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("resource_id", sa.String(length=21), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "resource_id"],
            ["resources.tenant_id", "resources.id"],
            name=op.f("fk_scopes_tenant_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_scopes_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_scopes")),
        sa.UniqueConstraint("tenant_id", "resource_id", "name", name=op.f("uq_scopes_tenant_id_resource_id_name")),
    )
    op.create_table(
        "consent_user_scopes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("user_scope", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_consent_user_scopes_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_consent_user_scopes_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", "user_scope", name=op.f("pk_consent_user_scopes")),
    )
    op.create_table(
        "consent_resource_scopes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("scope_id", sa.String(length=21), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_consent_resource_scopes_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "scope_id"],
            ["scopes.tenant_id", "scopes.id"],
            name=op.f("fk_consent_resource_scopes_tenant_id_scope_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_consent_resource_scopes_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "application_id", "type", "scope_id", name=op.f("pk_consent_resource_scopes")
        ),
    )
    op.create_index(
        op.f("ix_consent_resource_scopes_tenant_id_scope_id"),
        "consent_resource_scopes",
        ["tenant_id", "scope_id"],
        unique=False,
    )
    op.create_table(
        "sessions",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("uid", sa.String(length=43), nullable=False),
        sa.Column("id_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=True),
        sa.Column("login_at", Instant(), nullable=True),
        sa.Column("logout", Document, nullable=True),
        sa.Column("device_xsrf", sa.String(length=43), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_sessions_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_sessions_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "uid", name=op.f("pk_sessions")),
        sa.UniqueConstraint("tenant_id", "id_digest", name=op.f("uq_sessions_tenant_id_id_digest")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_tenant_id_account_id"), "sessions", ["tenant_id", "account_id"], unique=False)
    op.create_table(
        "subject_tokens",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("creator_id", sa.String(length=21), nullable=False),
        sa.Column("context", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_subject_tokens_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_subject_tokens_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_subject_tokens")),
    )
    op.create_index(op.f("ix_subject_tokens_expires_at"), "subject_tokens", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_subject_tokens_tenant_id_user_id"), "subject_tokens", ["tenant_id", "user_id"], unique=False
    )
    op.create_table(
        "application_access_roles",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("role_id", sa.String(length=21), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_application_access_roles_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name=op.f("fk_application_access_roles_tenant_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_application_access_roles_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", "role_id", name=op.f("pk_application_access_roles")),
    )
    op.create_index(
        op.f("ix_application_access_roles_tenant_id_role_id"),
        "application_access_roles",
        ["tenant_id", "role_id"],
        unique=False,
    )
    op.create_table(
        "application_access_users",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_application_access_users_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_application_access_users_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_application_access_users_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", "user_id", name=op.f("pk_application_access_users")),
    )
    op.create_index(
        op.f("ix_application_access_users_tenant_id_user_id"),
        "application_access_users",
        ["tenant_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "application_sign_in_experiences",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("application_id", sa.String(length=21), nullable=False),
        sa.Column("color", Document, nullable=False),
        sa.Column("branding", Document, nullable=False),
        sa.Column("custom_css", sa.Text(), nullable=True),
        sa.Column("terms_of_use_url", sa.String(length=2048), nullable=True),
        sa.Column("privacy_policy_url", sa.String(length=2048), nullable=True),
        sa.Column("display_name", sa.String(length=256), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name=op.f("fk_application_sign_in_experiences_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_application_sign_in_experiences_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", name=op.f("pk_application_sign_in_experiences")),
    )
    op.create_table(
        "users_roles",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("role_id", sa.String(length=21), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name=op.f("fk_users_roles_tenant_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_users_roles_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_users_roles_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_users_roles")),
        sa.UniqueConstraint("tenant_id", "user_id", "role_id", name=op.f("uq_users_roles_tenant_id_user_id_role_id")),
    )
    op.create_index(
        op.f("ix_users_roles_tenant_id_role_id_user_id"),
        "users_roles",
        ["tenant_id", "role_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "access_tokens",
        sa.Column("grant_history", sa.String(length=256), nullable=False),
        sa.Column("extra", Document, nullable=False),
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", sa.String(length=43), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resources", Document, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("auth_time", Instant(), nullable=True),
        sa.Column("acr", sa.String(length=256), nullable=True),
        sa.Column("proof_key", sa.String(length=43), nullable=True),
        sa.Column("session_uid", sa.String(length=43), nullable=True),
        sa.Column("sid", sa.String(length=43), nullable=True),
        sa.Column("expires_with_session", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["grants.tenant_id", "grants.id"],
            name=op.f("fk_access_tokens_tenant_id_grant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_access_tokens")),
    )
    op.create_index(op.f("ix_access_tokens_expires_at"), "access_tokens", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_access_tokens_tenant_id_grant_id"), "access_tokens", ["tenant_id", "grant_id"], unique=False
    )
    op.create_table(
        "authorization_codes",
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=True),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", sa.String(length=43), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resources", Document, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("auth_time", Instant(), nullable=True),
        sa.Column("acr", sa.String(length=256), nullable=True),
        sa.Column("proof_key", sa.String(length=43), nullable=True),
        sa.Column("session_uid", sa.String(length=43), nullable=True),
        sa.Column("sid", sa.String(length=43), nullable=True),
        sa.Column("expires_with_session", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["grants.tenant_id", "grants.id"],
            name=op.f("fk_authorization_codes_tenant_id_grant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_authorization_codes")),
    )
    op.create_index(op.f("ix_authorization_codes_expires_at"), "authorization_codes", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_authorization_codes_tenant_id_grant_id"),
        "authorization_codes",
        ["tenant_id", "grant_id"],
        unique=False,
    )
    op.create_table(
        "device_codes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=False),
        sa.Column("params", Document, nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=128), nullable=True),
        sa.Column("error_description", sa.Text(), nullable=True),
        sa.Column("grant_id", sa.String(length=43), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("resources", Document, nullable=True),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("auth_time", Instant(), nullable=True),
        sa.Column("acr", sa.String(length=256), nullable=True),
        sa.Column("proof_key", sa.String(length=43), nullable=True),
        sa.Column("session_uid", sa.String(length=43), nullable=True),
        sa.Column("sid", sa.String(length=43), nullable=True),
        sa.Column("expires_with_session", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["grants.tenant_id", "grants.id"],
            name=op.f("fk_device_codes_tenant_id_grant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_device_codes_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_device_codes")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_device_codes_tenant_id_digest")),
        sa.UniqueConstraint("tenant_id", "user_code_digest", name=op.f("uq_device_codes_tenant_id_user_code_digest")),
    )
    op.create_index(op.f("ix_device_codes_expires_at"), "device_codes", ["expires_at"], unique=False)
    op.create_index(op.f("ix_device_codes_tenant_id_grant_id"), "device_codes", ["tenant_id", "grant_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("grant_history", sa.String(length=256), nullable=False),
        sa.Column("chain_started_at", Instant(), nullable=False),
        sa.Column("rotations", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", sa.String(length=43), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resources", Document, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("auth_time", Instant(), nullable=True),
        sa.Column("acr", sa.String(length=256), nullable=True),
        sa.Column("proof_key", sa.String(length=43), nullable=True),
        sa.Column("session_uid", sa.String(length=43), nullable=True),
        sa.Column("sid", sa.String(length=43), nullable=True),
        sa.Column("expires_with_session", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["grants.tenant_id", "grants.id"],
            name=op.f("fk_refresh_tokens_tenant_id_grant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(op.f("ix_refresh_tokens_expires_at"), "refresh_tokens", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_refresh_tokens_tenant_id_grant_id"), "refresh_tokens", ["tenant_id", "grant_id"], unique=False
    )
    op.create_table(
        "roles_scopes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("role_id", sa.String(length=21), nullable=False),
        sa.Column("scope_id", sa.String(length=21), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name=op.f("fk_roles_scopes_tenant_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "scope_id"],
            ["scopes.tenant_id", "scopes.id"],
            name=op.f("fk_roles_scopes_tenant_id_scope_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_roles_scopes_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_roles_scopes")),
        sa.UniqueConstraint(
            "tenant_id", "role_id", "scope_id", name=op.f("uq_roles_scopes_tenant_id_role_id_scope_id")
        ),
    )
    op.create_index(op.f("ix_roles_scopes_tenant_id_scope_id"), "roles_scopes", ["tenant_id", "scope_id"], unique=False)
    op.create_table(
        "session_authorizations",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("session_uid", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=False),
        sa.Column("sid", sa.String(length=43), nullable=False),
        sa.Column("grant_id", sa.String(length=43), nullable=True),
        sa.Column("persists_logout", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_uid"],
            ["sessions.tenant_id", "sessions.uid"],
            name=op.f("fk_session_authorizations_tenant_id_session_uid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "session_uid", "client_id", name=op.f("pk_session_authorizations")),
    )
    op.create_table(
        "session_extensions",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("session_uid", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("last_submission", Document, nullable=False),
        sa.Column("client_id", sa.String(length=21), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_session_extensions_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_uid"],
            ["sessions.tenant_id", "sessions.uid"],
            name=op.f("fk_session_extensions_tenant_id_session_uid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "session_uid", name=op.f("pk_session_extensions")),
    )
    op.create_index(
        op.f("ix_session_extensions_tenant_id_account_id"),
        "session_extensions",
        ["tenant_id", "account_id"],
        unique=False,
    )
    create_search_indexes(op.get_bind())
