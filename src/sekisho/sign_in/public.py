"""Sign-in settings as documents: whole, and what anybody may know, from which pages are drawn (experience.md §21.1)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sekisho.captcha.models import CaptchaProvider
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.models import Connector
from sekisho.profile_fields.models import ProfileField
from sekisho.profile_fields.public import field_view
from sekisho.sign_in.models import ForgotPasswordMethod, Look, SignInExperience
from sekisho.sign_in.store import to_columns

#: Columns of features that are in development.
_UNFINISHED = frozenset({"trusted_device"})
#: What of a connector's metadata is of no use to a page.
_FOR_ADMINISTRATORS = frozenset({"description", "configTemplate", "formItems", "readme", "customData"})
_HIDDEN = _UNFINISHED | {"email_blocklist_policy", "forgot_password_methods"}


def whole_view(experience: SignInExperience, *, tenant_id: str) -> dict[str, Any]:
    """Return the document administrators see."""
    columns = {camel(name): value for name, value in to_columns(experience).items() if name not in _UNFINISHED}
    return {"tenantId": tenant_id, **columns}


def public_view(
    experience: SignInExperience,
    *,
    tenant_id: str,
    fields: Sequence[ProfileField] = (),
    captcha: CaptchaProvider | None = None,
    social: Sequence[Connector] = (),
    carried: Collection[ConnectorType] = (),
    looks: Sequence[Look] = (),
) -> dict[str, Any]:
    """Return the public document.

    `social` are the connectors that are offered, `carried` the types of messages that can be sent. `looks` are laid
    over the tenant's own in their order.
    """
    resets = experience.resets_passwords_by(carried)
    columns = {name: value for name, value in to_columns(experience).items() if name not in _HIDDEN}
    for look in looks:
        columns |= _dressed(columns, look)
    return {
        "tenantId": tenant_id,
        **{camel(name): value for name, value in columns.items()},
        "socialConnectors": [connector_view(each) for each in social],
        # Enterprise connectors join with their slice.
        "ssoConnectors": [],
        "forgotPassword": {
            "email": ForgotPasswordMethod.EMAIL_VERIFICATION_CODE in resets,
            "phone": ForgotPasswordMethod.PHONE_VERIFICATION_CODE in resets,
        },
        "isDevelopmentTenant": False,
        **({} if captcha is None or not experience.captcha_policy.is_on else {"captchaConfig": _asked_by(captcha)}),
        "customProfileFields": [field_view(field, tenant_id=tenant_id) for field in _asked(experience, fields)],
        "customProfileFieldCatalog": [field_view(field, tenant_id=tenant_id) for field in fields],
    }


def connector_view(connector: Connector) -> dict[str, Any]:
    """Return what a page needs to show a connector's button, and nothing that is for administrators."""
    return {name: value for name, value in connector.metadata().items() if name not in _FOR_ADMINISTRATORS}


def _asked(experience: SignInExperience, fields: Sequence[ProfileField]) -> Sequence[ProfileField]:
    """Return the fields people are asked for when they register; all of them where nothing was chosen."""
    if experience.sign_up_profile_fields is None:
        return fields
    known = {field.name: field for field in fields}
    return [known[each.name] for each in experience.sign_up_profile_fields if each.name in known]


def _asked_by(captcha: CaptchaProvider) -> dict[str, Any]:
    """Return what a page needs to show the widget: never the secret, nor the project."""
    config = captcha.config
    members = {"type": config.type, "siteKey": config.site_key, "domain": config.domain, "mode": config.mode}
    return {name: value for name, value in members.items() if value is not None}


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
