"""Subject tokens on the wire (management-api.md §15)."""

from typing import Any

import msgspec

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body


class CreateSubjectTokenBody(Body):
    user_id: str
    context: dict[str, Any] = ABSENT


class SubjectTokenOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    subject_token: str
    expires_in: int
