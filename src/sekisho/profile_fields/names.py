"""Names that no profile field may have, because they mean something else (experience.md §24.3)."""

import re
from collections.abc import Mapping
from enum import StrEnum

NAME = re.compile(r"[0-9A-Za-z]+")
"""What a name looks like, matched whole."""


class ReservedField(StrEnum):
    """Why a name cannot be that of a profile field."""

    BUILT_IN = "name_conflict_built_in_prop"
    SIGN_IN_IDENTIFIER = "name_conflict_sign_in_identifier"
    CUSTOM_DATA = "name_conflict_custom_data"


RESERVED: Mapping[ReservedField, frozenset[str]] = {
    ReservedField.BUILT_IN: frozenset({"preferredUsername"}),
    ReservedField.SIGN_IN_IDENTIFIER: frozenset({"username", "primaryEmail", "primaryPhone", "email", "phone"}),
    ReservedField.CUSTOM_DATA: frozenset(
        {"onboarding", "ossOnboarding", "guideRequests", "adminConsolePreferences", "defaultTenantId"}
    ),
}
