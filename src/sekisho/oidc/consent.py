"""Consent: what a person allows an application, written into the grant (oidc.md §9.3, §10).

First-party applications are consented without a page; for others the page asks (`ask`) and then calls `accept` or
`decline`. Nothing can be allowed that the authorization request did not ask for: what counts is what its prompt said.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sekisho.kernel.errors import Outdated
from sekisho.kernel.ids import UserId
from sekisho.oidc.client_access import check_access
from sekisho.oidc.errors import InvalidClient, SessionNotFound
from sekisho.oidc.interactions import Current
from sekisho.oidc.models import (
    GRANT_LIFETIME,
    ORGANIZATIONS_RESOURCE,
    Client,
    Grant,
    Interaction,
    Organization,
    Scopes,
    is_expired,
)
from sekisho.oidc.ports import Ports
from sekisho.oidc.scopes import ORGANIZATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What the application wants and has not been given yet. `scopes` is None when no prompt was about any."""

    scopes: Scopes | None = None
    resources: Mapping[str, Scopes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """Nothing is left to ask: the browser goes back to `return_to`, an absolute URL."""

    return_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChoice:
    """An organization the person may let the application into; `resources` is what only that would allow it."""

    organization: Organization
    resources: Mapping[str, Scopes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """A page must ask. `resources` is what the person can allow whatever organization is chosen."""

    client: Client
    account_id: UserId
    interaction: Interaction
    scopes: Scopes | None
    resources: Mapping[str, Scopes]
    organizations: Sequence[OrganizationChoice] = ()


async def auto_consent(ports: Ports, current: Current) -> ConsentGiven | ConsentNeeded:
    """Consent for a first-party application at once; for a third party say what its page must ask.

    Raises `AccessDenied` when the person may not use the application, as do `ask` and `accept`.
    """
    await signed_in_account(ports, current)
    client = await _client(ports, current)
    return await ask(ports, current) if client.is_third_party else await accept(ports, current)


async def ask(ports: Ports, current: Current) -> ConsentNeeded:
    """Return what is asked, with what the person could allow at this moment."""
    account_id = await signed_in_account(ports, current)
    client = await _client(ports, current)
    await check_access(ports, account_id=account_id, client_id=client.id)
    missing = missing_of(current.interaction)
    own = {
        indicator: await _of_account(ports, client, scopes, account_id=account_id, indicator=indicator)
        for indicator, scopes in missing.resources.items()
    }
    organizations = []
    if missing.scopes is not None and ORGANIZATIONS in missing.scopes:
        for organization in await ports.organizations.of_account(account_id):
            reach = await _of_organization(ports, client, missing, account_id=account_id, id_=organization.id)
            left = {name: [scope for scope in scopes if scope not in own[name]] for name, scopes in reach.items()}
            organizations.append(OrganizationChoice(organization=organization, resources=_not_empty(left)))
    return ConsentNeeded(
        client=client,
        account_id=account_id,
        interaction=current.interaction,
        scopes=missing.scopes,
        resources=_not_empty(own),
        organizations=organizations,
    )


async def accept(ports: Ports, current: Current, *, organization_ids: Sequence[str] = ()) -> ConsentGiven:
    """Grant what is missing, and remember who consented to what and when. The person is a member of every organization.

    A first party gets everything; a third party what the person can allow it, in these organizations too.
    """
    interaction, account_id = current.interaction, await signed_in_account(ports, current)
    client = await _client(ports, current)
    await check_access(ports, account_id=account_id, client_id=client.id)
    if interaction.prompt.name != "consent":
        # The person was to sign in, not to consent: going back asks again.
        return ConsentGiven(return_to=interaction.return_to)
    missing = missing_of(interaction)
    grantable = missing.resources
    if client.is_third_party:
        await ports.organizations.let_client_in(organization_ids, client_id=client.id, account_id=account_id)
        grantable = await _grantable(ports, client, missing, account_id=account_id, organization_ids=organization_ids)
    before = await _grant_to_extend(ports, interaction, account_id)
    grant = with_all(before or _empty_grant(ports, interaction, account_id), missing, grantable=grantable)
    result = {**interaction.result, "consent": {"grantId": grant.id}}
    # Outdated when the button was pressed twice: the first of the two gave the grant, a second would stay for nothing.
    with suppress(Outdated):
        await ports.interactions.replace_result(interaction.uid, before=interaction.result, after=result)
        if before is None:
            await ports.grants.add(grant)
        elif grant != before:
            await ports.grants.save(grant)
        await _remember(ports, current, account_id)
        await ports.settle()
    return ConsentGiven(return_to=interaction.return_to)


async def decline(ports: Ports, current: Current) -> ConsentGiven:
    """Let the application know that the person said no (OpenID Connect Core §3.1.2.6)."""
    await signed_in_account(ports, current)
    interaction = current.interaction
    result = {"error": "access_denied", "error_description": "End-User aborted interaction"}
    # A grant from an earlier answer is remembered, to be extended by a later one: none stays for nothing.
    given = {name: value for name, value in interaction.result.items() if name == "consent"}
    with suppress(Outdated):  # of a yes and a no at once, the first counts
        await ports.interactions.replace_result(interaction.uid, before=interaction.result, after={**given, **result})
        await ports.settle()
    return ConsentGiven(return_to=interaction.return_to)


async def signed_in_account(ports: Ports, current: Current) -> UserId:
    """Return who is asked; raises `SessionNotFound` when nobody is, or nobody any more."""
    if current.interaction.session is None:
        raise SessionNotFound("session not found")
    # Attack: somebody who was suspended while the page was open gives an application access all the same.
    account = await ports.accounts.find(current.interaction.session.account_id)
    if account is None or account.is_suspended:
        raise SessionNotFound("session not found")
    return account.id


def missing_of(interaction: Interaction) -> Missing:
    """Return what the prompt said was missing."""
    details = interaction.prompt.details
    scopes = details.get("missingOIDCScope")
    return Missing(
        scopes=None if scopes is None else list(scopes),
        resources={name: list(scopes) for name, scopes in details.get("missingResourceScopes", {}).items()},
    )


def with_all(grant: Grant, missing: Missing, *, grantable: Mapping[str, Scopes]) -> Grant:
    """Return the grant with everything missing decided, as far as it can be.

    What is left of an API that is allowed in part counts as refused; of an API of which nothing can be allowed nothing
    is decided, so that it may be asked for again (oidc.md §10).
    """
    resources, rejected = dict(grant.resources), dict(grant.rejected_resources)
    for indicator, wanted in missing.resources.items():
        allowed = [scope for scope in wanted if scope in grantable.get(indicator, ())]
        if not allowed:
            continue
        resources[indicator] = _union(resources.get(indicator, ()), allowed)
        if left := [scope for scope in wanted if scope not in allowed]:
            rejected[indicator] = _union(rejected.get(indicator, ()), left)
    scopes = _union(grant.scopes, missing.scopes or ())
    return replace(grant, scopes=scopes, resources=resources, rejected_resources=rejected)


async def _client(ports: Ports, current: Current) -> Client:
    client = await ports.clients.find(current.interaction.client_id)
    if client is None:
        raise InvalidClient("client must be available")
    return client


async def _grantable(
    ports: Ports, client: Client, missing: Missing, *, account_id: UserId, organization_ids: Sequence[str]
) -> Mapping[str, Scopes]:
    """Return, per API, what the person's roles allow now, his own and those in the organizations he chose."""
    grantable = {
        indicator: await _of_account(ports, client, scopes, account_id=account_id, indicator=indicator)
        for indicator, scopes in missing.resources.items()
    }
    for id_ in organization_ids:
        reach = await _of_organization(ports, client, missing, account_id=account_id, id_=id_)
        grantable = {indicator: _union(scopes, reach[indicator]) for indicator, scopes in grantable.items()}
    return grantable


async def _of_account(ports: Ports, client: Client, scopes: Scopes, *, account_id: UserId, indicator: str) -> Scopes:
    """Return those of an API's scopes that the person can allow, whatever organization is chosen."""
    if not (allowed := client.may_have_at(indicator, scopes)):
        return ()
    if indicator == ORGANIZATIONS_RESOURCE:
        # Which of them a person holds is known only once an organization is named (oidc.md §20.3).
        held = await ports.organizations.scopes()
    else:
        held = await ports.resources.scopes_of_account(account_id=account_id, indicator=indicator)
    return [scope for scope in allowed if scope in held]


async def _of_organization(
    ports: Ports, client: Client, missing: Missing, *, account_id: UserId, id_: str
) -> Mapping[str, Scopes]:
    """Return, per API, the missing scopes that the person's roles in one organization give."""
    reach: dict[str, Scopes] = {}
    for indicator, scopes in missing.resources.items():
        held = await ports.organizations.resource_scopes_of_account(id_, account_id=account_id, indicator=indicator)
        reach[indicator] = [scope for scope in client.may_have_at(indicator, scopes) if scope in held]
    return reach


def _empty_grant(ports: Ports, interaction: Interaction, account_id: UserId) -> Grant:
    now = ports.clock.now()
    return Grant(
        id=ports.ids.token(),
        account_id=account_id,
        client_id=interaction.client_id,
        created_at=now,
        expires_at=now + GRANT_LIFETIME,
    )


async def _grant_to_extend(ports: Ports, interaction: Interaction, account_id: UserId) -> Grant | None:
    """Return the grant this client already has in this interaction or session, if it is still this account's."""
    grant_id = interaction.result.get("consent", {}).get("grantId", interaction.grant_id)
    grant = None if grant_id is None else await ports.grants.find(grant_id)
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


def _union(present: Iterable[str], added: Iterable[str]) -> Scopes:
    return list(dict.fromkeys([*present, *added]))


def _not_empty(resources: Mapping[str, Scopes]) -> Mapping[str, Scopes]:
    return {indicator: scopes for indicator, scopes in resources.items() if scopes}
