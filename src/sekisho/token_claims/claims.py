"""The value of every claim, read off a user (oidc.md §19.2).

A claim whose function returns `ABSENT` is left out; one that returns None is there, and null.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sekisho.kernel.clock import epoch_milliseconds
from sekisho.users.models import User

ABSENT: Final = object()


def _profile(member: str) -> Callable[[User], Any]:
    return lambda user: user.profile.get(member) or ABSENT


USER_CLAIMS: Mapping[str, Callable[[User], Any]] = {
    "name": lambda user: user.name,
    "family_name": _profile("familyName"),
    "given_name": _profile("givenName"),
    "middle_name": _profile("middleName"),
    "nickname": _profile("nickname"),
    "preferred_username": lambda user: user.profile.get("preferredUsername") or user.username or ABSENT,
    "profile": _profile("profile"),
    "picture": lambda user: user.avatar,
    "website": _profile("website"),
    "gender": _profile("gender"),
    "birthdate": _profile("birthdate"),
    "zoneinfo": _profile("zoneinfo"),
    "locale": _profile("locale"),
    "updated_at": lambda user: epoch_milliseconds(user.updated_at),
    "username": lambda user: user.username,
    "created_at": lambda user: epoch_milliseconds(user.created_at),
    "email": lambda user: user.primary_email,
    "email_verified": lambda user: user.primary_email is not None,
    "phone_number": lambda user: user.primary_phone,
    "phone_number_verified": lambda user: user.primary_phone is not None,
    "address": _profile("address"),
    "custom_data": lambda user: dict(user.custom_data),
    "identities": lambda user: dict(user.identities),
    # Nobody belongs to an organization or comes by enterprise sign-on before there are any.
    "sso_identities": lambda _user: [],
    "organizations": lambda _user: [],
    "organization_data": lambda _user: [],
    "organization_roles": lambda _user: [],
}
