"""Sign-in settings as documents: whole, and what anybody may know, from which pages are drawn (experience.md §21.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.sign_in.models import Look, SignInExperience
from sekisho.sign_in.store import to_columns

#: Columns of features that are in development.
_UNFINISHED = frozenset({"trusted_device"})
_HIDDEN = _UNFINISHED | {"email_blocklist_policy", "forgot_password_methods"}


def whole_view(experience: SignInExperience, *, tenant_id: str) -> dict[str, Any]:
    """Return the document administrators see."""
    columns = {camel(name): value for name, value in to_columns(experience).items() if name not in _UNFINISHED}
    return {"tenantId": tenant_id, **columns}


def public_view(experience: SignInExperience, *, tenant_id: str, looks: Sequence[Look] = ()) -> dict[str, Any]:
    """Return the public document; `looks` are laid over the tenant's own in their order."""
    columns = {name: value for name, value in to_columns(experience).items() if name not in _HIDDEN}
    for look in looks:
        columns |= _dressed(columns, look)
    return {
        "tenantId": tenant_id,
        **{camel(name): value for name, value in columns.items()},
        # Connectors of every kind, and the profile fields, join with their slices.
        "socialConnectors": [],
        "ssoConnectors": [],
        "forgotPassword": {"email": False, "phone": False},
        "isDevelopmentTenant": False,
        "customProfileFields": [],
        "customProfileFieldCatalog": [],
    }


def _dressed(columns: Mapping[str, Any], look: Look) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if look.color:
        changed["color"] = {**columns["color"], **look.color}
    if look.branding:
        changed["branding"] = {**columns["branding"], **look.branding}
    if look.custom_css:
        changed["custom_css"] = look.custom_css
    return changed


def camel(name: str) -> str:
    """Return a column's name on the wire."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
