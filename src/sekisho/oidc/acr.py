"""Step-up: what a sign-in must be to count as one of the tenant's authentication contexts (OpenID Connect Core §2).

Passwords are the only factor yet, so a level demands no more than a recent sign-in; factors join here. A tenant that
names no levels leaves `acr_values` unread.
"""

from collections.abc import Sequence
from datetime import datetime

from sekisho.oidc.options import AcrLevel, ProviderOptions
from sekisho.oidc.params import words


def known_levels(acr_values: str | None, options: ProviderOptions) -> Sequence[AcrLevel]:
    """Return the levels a request names, in its order of preference; values that mean nothing here are left out."""
    by_value = {level.value: level for level in options.acr_levels}
    return [by_value[value] for value in words(acr_values) if value in by_value]


def reached(levels: Sequence[AcrLevel], *, login_at: datetime | None, now: datetime) -> AcrLevel | None:
    """Return the first of the levels that a sign-in has reached, if it has any."""
    return next((level for level in levels if _is_reached(level, login_at=login_at, now=now)), None)


def _is_reached(level: AcrLevel, *, login_at: datetime | None, now: datetime) -> bool:
    # Judged when the answer goes out, not when the person was asked: who reads a page for an hour has signed in an
    # hour ago.
    return login_at is not None and (level.max_age is None or now - login_at <= level.max_age)
