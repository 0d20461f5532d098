"""Sorting values of extra profile fields: name, avatar, standard profile, custom data (experience.md §24.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho.profile_fields.errors import ReservedFieldName
from sekisho.profile_fields.names import RESERVED

_STANDARD = frozenset(
    {
        *("familyName", "givenName", "middleName", "nickname", "profile", "website", "gender", "birthdate"),
        *("zoneinfo", "locale", "address"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraProfile:
    name: str | None = None
    avatar: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    custom_data: Mapping[str, Any] = field(default_factory=dict)


def sort_fields(values: Mapping[str, Any], *, name: str | None, avatar: str | None) -> ExtraProfile:
    """Sort submitted values; `name` and `avatar` come checked by the surface. Raises `ReservedFieldName`."""
    for reason, names in RESERVED.items():
        for key in values:
            if key in names:
                raise ReservedFieldName(reason, name=key)
    rest = {key: value for key, value in values.items() if key not in {"name", "avatar"}}
    return ExtraProfile(
        name=name,
        avatar=avatar,
        profile={key: value for key, value in rest.items() if key in _STANDARD},
        custom_data={key: value for key, value in rest.items() if key not in _STANDARD},
    )
