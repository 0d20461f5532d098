"""A link with a one-time token, followed where somebody is signed in already (experience.md §17.3)."""

from dataclasses import dataclass
from typing import TypeAlias

from sekisho.kernel.errors import DomainError
from sekisho.oidc.models import Interaction
from sekisho.one_time_tokens.errors import TokenConsumed
from sekisho.one_time_tokens.service import OneTimeTokenService
from sekisho.users.errors import EmailNotExist
from sekisho.users.identifiers import email_key
from sekisho.users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAccount:
    """The link is for somebody else than who is signed in: one of them goes on."""

    email: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowLink:
    """The token is good: it is to be used first."""

    email: str
    token: str


@dataclass(frozen=True, slots=True)
class DeadLink:
    """The token is no good."""

    error: DomainError


Detour: TypeAlias = SwitchAccount | FollowLink | DeadLink


async def detour(interaction: Interaction, *, user: User, tokens: OneTimeTokenService) -> Detour | None:
    """Return where a link leads before the application gets its answer; None without one, or when it was followed."""
    token, email = interaction.params.get("one_time_token"), interaction.params.get("login_hint")
    if not token or not email:
        return None
    if user.primary_email is None:
        raise EmailNotExist
    is_his = email_key(user.primary_email) == email_key(email)
    if not is_his and "login" not in interaction.params.get("prompt", "").split():
        return SwitchAccount(email=email, token=token)
    try:
        await tokens.check(token, email=email)
    except TokenConsumed as error:
        # He came in by it, or opens the link once more.
        return None if is_his else DeadLink(error)
    except DomainError as error:
        return DeadLink(error)
    return FollowLink(email=email, token=token)
