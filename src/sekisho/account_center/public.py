"""The account center's settings as a document: the same for administrators and for the page (experience.md §21.2)."""

from typing import Any

from sekisho.account_center.models import AccountCenter


def account_center_view(settings: AccountCenter, *, tenant_id: str) -> dict[str, Any]:
    """Return the document of the settings."""
    named = settings.profile_fields
    return {
        "tenantId": tenant_id,
        "id": "default",
        "enabled": settings.is_enabled,
        "fields": dict(settings.fields),
        "webauthnRelatedOrigins": list(settings.webauthn_related_origins),
        "deleteAccountUrl": settings.delete_account_url,
        "customCss": settings.custom_css,
        "profileFields": None if named is None else [{"name": name} for name in named],
    }
