"""What administrators may see and change of their own account. People of other tenants may not, until they are let."""

from sekisho.account_center.models import Access, AccountCenter, AccountPart

_LATER = frozenset({AccountPart.PASSKEY, AccountPart.SESSION})


def admin_account_center() -> AccountCenter:
    """Return the settings of tenant `admin`."""
    return AccountCenter(
        is_enabled=True,
        fields={part: Access.EDIT for part in AccountPart if part not in _LATER},
        profile_fields=("name", "avatar"),
    )
