"""OpenID Connect Core §3.1.2.1: `max_age` in seconds; 0 asks for a new sign-in."""

import re
from datetime import timedelta

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest

_SECONDS = re.compile(r"[0-9]{1,16}")
#: More than any session lasts; what lies beyond cannot be counted.
_LONGEST = timedelta(days=36_500)


def check(request: AuthorizationRequest) -> None:
    value = request.params.get("max_age")
    if value is None:
        return
    if not _SECONDS.fullmatch(value):
        raise InvalidRequest("invalid max_age parameter value")
    if int(value) == 0:
        request.prompts |= {"login"}
    else:
        request.max_age = timedelta(seconds=min(int(value), int(_LONGEST.total_seconds())))
