"""Consent: what a person allows an application, written into the grant (oidc.md §9.3, §10).

First-party applications are consented without a page; for others the page decides and calls `accept` or `decline`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidClient, SessionNotFound
from sekisho.oidc.interactions import Current
from sekisho.oidc.models import GRANT_LIFETIME, Client, Grant, Interaction, Scopes, is_expired
from sekisho.oidc.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What the application wants and has not been given yet."""

    scopes: Scopes = ()
    resources: Mapping[str, Scopes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """Nothing is left to ask: the browser goes back to `return_to`, an absolute URL."""

    return_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """A page must ask."""

    client: Client
    account_id: UserId
    interaction: Interaction
    missing: Missing


async def auto_consent(ports: Ports, current: Current) -> ConsentGiven | ConsentNeeded:
    """Consent for a first-party application at once; for a third party say what its page must ask."""
    account_id = signed_in_account(current)
    client = await ports.clients.find(current.interaction.client_id)
    if client is None:
        raise InvalidClient("client must be available")
    if not client.is_third_party:
        return await accept(ports, current)
    missing = missing_of(current.interaction)
    return ConsentNeeded(client=client, account_id=account_id, interaction=current.interaction, missing=missing)


async def accept(ports: Ports, current: Current) -> ConsentGiven:
    """Grant everything that is missing, and remember who consented to what and when."""
    interaction, account_id = current.interaction, signed_in_account(current)
    if interaction.prompt.name != "consent":
        # The person was to sign in, not to consent: going back asks again.
        return ConsentGiven(return_to=interaction.return_to)
    grant = await _grant_to_extend(ports, interaction, account_id)
    missing = missing_of(interaction)
    if grant is None:
        now = ports.clock.now()
        empty = Grant(
            id=ports.ids.token(),
            account_id=account_id,
            client_id=interaction.client_id,
            created_at=now,
            expires_at=now + GRANT_LIFETIME,
        )
        grant = with_all(empty, missing)
        await ports.grants.add(grant)
    elif (extended := with_all(grant, missing)) != grant:
        grant = extended
        await ports.grants.save(grant)
    await ports.interactions.save_result(interaction.uid, {**interaction.result, "consent": {"grantId": grant.id}})
    await _remember(ports, current, account_id)
    return ConsentGiven(return_to=interaction.return_to)


async def decline(ports: Ports, current: Current) -> ConsentGiven:
    """Let the application know that the person said no (OpenID Connect Core §3.1.2.6)."""
    signed_in_account(current)
    result = {"error": "access_denied", "error_description": "End-User aborted interaction"}
    await ports.interactions.save_result(current.interaction.uid, result)
    return ConsentGiven(return_to=current.interaction.return_to)


def signed_in_account(current: Current) -> UserId:
    if current.interaction.session is None:
        raise SessionNotFound("session not found")
    return current.interaction.session.account_id


def missing_of(interaction: Interaction) -> Missing:
    """Return what the prompt said was missing."""
    details = interaction.prompt.details
    return Missing(
        scopes=list(details.get("missingOIDCScope", ())),
        resources={name: list(scopes) for name, scopes in details.get("missingResourceScopes", {}).items()},
    )


def with_all(grant: Grant, missing: Missing) -> Grant:
    """Return the grant with everything missing added to it."""
    resources: dict[str, Scopes] = {indicator: list(scopes) for indicator, scopes in grant.resources.items()}
    for indicator, scopes in missing.resources.items():
        resources[indicator] = _union(resources.get(indicator, ()), scopes)
    return replace(grant, scopes=_union(grant.scopes, missing.scopes), resources=resources)


async def _grant_to_extend(ports: Ports, interaction: Interaction, account_id: UserId) -> Grant | None:
    """Return the grant this client already has in this session, if it is still this account's."""
    grant = None if interaction.grant_id is None else await ports.grants.find(interaction.grant_id)
    if grant is None or is_expired(grant.expires_at, now=ports.clock.now()):
        return None
    return grant if grant.account_id == account_id and grant.client_id == interaction.client_id else None


async def _remember(ports: Ports, current: Current, account_id: UserId) -> None:
    interaction = current.interaction
    submission: Mapping[str, Any] = interaction.last_submission
    if current.session is not None and submission.get("login"):
        await ports.sessions.extend(
            current.session.uid,
            account_id=account_id,
            client_id=interaction.client_id,
            last_submission={name: value for name, value in submission.items() if name in _REMEMBERED},
        )
    await ports.accounts.remember_first_client(account_id, client_id=interaction.client_id)


#: What of a submission is kept beyond the sign-in; staged profiles (they may carry a password) are not.
_REMEMBERED = frozenset({"interactionEvent", "userId", "verificationRecords", "signInContext"})


def _union(present: Sequence[str], added: Sequence[str]) -> Scopes:
    return list(dict.fromkeys([*present, *added]))
