"""The table of sign-in experiences: one row per tenant."""

from typing import Any

from sqlalchemy import ForeignKey, String, Text, false

from sekisho.db.types import ID, TENANT_ID, Document, Mapped, Table, mapped_column


class SignInExperienceTable(Table):
    __tablename__ = "sign_in_experiences"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    color: Mapped[Any] = mapped_column(Document)
    branding: Mapped[Any] = mapped_column(Document)
    hide_logto_branding: Mapped[bool] = mapped_column(server_default=false())
    language_info: Mapped[Any] = mapped_column(Document)
    terms_of_use_url: Mapped[str | None] = mapped_column(String(2048))
    privacy_policy_url: Mapped[str | None] = mapped_column(String(2048))
    agree_to_terms_policy: Mapped[str] = mapped_column(String(32))
    sign_in: Mapped[Any] = mapped_column(Document)
    sign_up: Mapped[Any] = mapped_column(Document)
    social_sign_in: Mapped[Any] = mapped_column(Document)
    social_sign_in_connector_targets: Mapped[Any] = mapped_column(Document)
    sign_in_mode: Mapped[str] = mapped_column(String(32))
    custom_css: Mapped[str | None] = mapped_column(Text)
    custom_content: Mapped[Any] = mapped_column(Document)
    custom_ui_assets: Mapped[Any | None] = mapped_column(Document)
    custom_ui_csp: Mapped[Any] = mapped_column(Document)
    password_policy: Mapped[Any] = mapped_column(Document)
    mfa: Mapped[Any] = mapped_column(Document)
    adaptive_mfa: Mapped[Any] = mapped_column(Document)
    trusted_device: Mapped[Any] = mapped_column(Document)
    single_sign_on_enabled: Mapped[bool] = mapped_column(server_default=false())
    support_email: Mapped[str | None] = mapped_column(Text)
    support_website_url: Mapped[str | None] = mapped_column(Text)
    unknown_session_redirect_url: Mapped[str | None] = mapped_column(Text)
    captcha_policy: Mapped[Any] = mapped_column(Document)
    sentinel_policy: Mapped[Any] = mapped_column(Document)
    email_blocklist_policy: Mapped[Any] = mapped_column(Document)
    verification_code_policy: Mapped[Any] = mapped_column(Document)
    forgot_password_methods: Mapped[Any | None] = mapped_column(Document)
    passkey_sign_in: Mapped[Any] = mapped_column(Document)
    sign_up_profile_fields: Mapped[Any | None] = mapped_column(Document)
    password_expiration: Mapped[Any] = mapped_column(Document)
    username_policy: Mapped[Any] = mapped_column(Document)
