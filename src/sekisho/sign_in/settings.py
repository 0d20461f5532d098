"""Changing how a tenant lets people in: what is tidied, what is refused, and what else changes with it.

Reading the settings, on the path of every sign-in, is `service.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol, get_type_hints

import msgspec
from msgspec import UNSET

from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.db.lengths import check_lengths
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.clock import Clock, epoch_milliseconds
from sekisho.kernel.errors import NothingToUpdate
from sekisho.sign_in.checks import CHECKS, Proposal, whoever_must_change_a_password_can
from sekisho.sign_in.errors import UsernamesConflict
from sekisho.sign_in.jobs import EVERYBODY_KNOWS, RENEW_USERNAME_KEYS
from sekisho.sign_in.models import EmailBlocklistPolicy, PasswordExpiration, SignInExperience, Switch
from sekisho.sign_in.service import SignInService
from sekisho.sign_in.store import to_columns
from sekisho.sign_in.tables import SignInExperienceTable
from sekisho.tenants.cache import TenantCache
from sekisho.users.errors import UsernameInUse
from sekisho.users.models import UsernameConflicts
from sekisho.users.usernames import UsernameKeys

SAMPLES = 20
_TYPES: Mapping[str, Any] = get_type_hints(SignInExperience)
_CLEARED = frozenset(
    {"terms_of_use_url", "privacy_policy_url", "custom_css", "support_email", "support_website_url"}
    | {"unknown_session_redirect_url"}
)


class Names(Protocol):
    """Tells what there is in another slice: languages a tenant translated, profile fields it made."""

    async def __call__(self) -> frozenset[str]: ...


class Connectors(Protocol):
    """What connectors a tenant has."""

    async def targets(self) -> frozenset[str]: ...
    async def types(self) -> frozenset[ConnectorType]: ...


class SignInSettings:
    """Changes of one tenant's sign-in experience."""

    def __init__(
        self,
        *,
        sign_in: SignInService,
        languages: Names,
        profile_fields: Names,
        connectors: Connectors,
        usernames: UsernameKeys,
        cache: TenantCache,
        clock: Clock,
        jobs: JobQueue,
        may_case_count: bool,
    ) -> None:
        self._sign_in = sign_in
        self._languages = languages
        self._profile_fields = profile_fields
        self._connectors = connectors
        self._usernames = usernames
        self._cache = cache
        self._clock = clock
        self._jobs = jobs
        self._may_case_count = may_case_count

    async def change(self, documents: Mapping[str, Any]) -> SignInExperience:
        """Replace the columns given, in their stored form. Raises `SettingsRefused` and others."""
        if not documents:
            raise NothingToUpdate
        given = {name: _model(name, value) for name, value in documents.items()}
        # First, because it locks: rules look at several columns, which two changes must not break between them.
        await self._cache.changed()
        before = await self._sign_in.read()
        after = await self._tidied(before, given)
        proposal = Proposal(
            given=given,
            after=after,
            languages=await self._languages(),
            connectors=await self._connectors.types(),
            conflicts=await self._conflicts(before, after),
        )
        for check in CHECKS:
            check(proposal)
        check_lengths(SignInExperienceTable, to_columns(after))
        await self._renew_usernames(before, after)
        return await self._sign_in.update(after)

    async def conflicts(self, *, limit: int) -> UsernameConflicts:
        """Return which usernames would clash if case did not count."""
        return await self._usernames.conflicts(limit=limit)

    async def renew_username_keys(self) -> None:
        """Compute the keys of usernames by the policy in force. Raises `UsernameInUse` when two of them clash."""
        counts = (await self._sign_in.read()).username_policy.case_sensitive
        await self._usernames.renew(is_case_sensitive=counts and self._may_case_count)

    async def forget_profile_field(self, name: str) -> None:
        """Ask for a profile field no longer: it is gone."""
        settings = await self._sign_in.read()
        if settings.sign_up_profile_fields is not None:
            kept = tuple(each for each in settings.sign_up_profile_fields if each.name != name)
            await self._sign_in.update(replace(settings, sign_up_profile_fields=kept))

    async def forget_social_target(self, target: str) -> None:
        """Offer a provider no longer: no connector has it."""
        settings = await self._sign_in.read()
        kept = tuple(each for each in settings.social_sign_in_connector_targets if each != target)
        await self._sign_in.update(replace(settings, social_sign_in_connector_targets=kept))

    async def check_connectors(self, types: Collection[ConnectorType]) -> None:
        """Raise `SettingsRefused` unless expired passwords can be reset with connectors of these types."""
        whoever_must_change_a_password_can(await self._sign_in.read(), connectors=types)

    async def switch_captcha_off(self) -> None:
        """Ask nobody to prove that he is human: there is nobody left to check it."""
        settings = await self._sign_in.read()
        await self._sign_in.update(replace(settings, captcha_policy=Switch(enabled=False)))

    async def _tidied(self, before: SignInExperience, given: Mapping[str, Any]) -> SignInExperience:
        """Return the settings with what is given, without what nobody could mean."""
        change = dict(given)
        if fields := change.get("sign_up_profile_fields"):
            known = await self._profile_fields()
            change["sign_up_profile_fields"] = tuple(each for each in fields if each.name in known)
        if targets := change.get("social_sign_in_connector_targets"):
            offered = await self._connectors.targets()
            change["social_sign_in_connector_targets"] = tuple(each for each in targets if each in offered)
        if "email_blocklist_policy" in change:
            change["email_blocklist_policy"] = _without_repetitions(change["email_blocklist_policy"])
        if "password_expiration" in change:
            change["password_expiration"] = self._expiration(before.password_expiration, change["password_expiration"])
        if "mfa" in change and not change["mfa"].factors:
            change.setdefault("adaptive_mfa", Switch(enabled=False))
        return replace(before, **change)

    def _expiration(self, before: PasswordExpiration, given: PasswordExpiration) -> PasswordExpiration:
        """Return the rule with the moment since when it holds, which is ours to tell."""
        if given.enabled is False:
            return PasswordExpiration(enabled=False)
        is_on = before.is_on if given.enabled is UNSET else given.is_on
        days = before.valid_period_days if given.valid_period_days is UNSET else given.valid_period_days
        since = before.enabled_at
        if is_on and (not before.is_on or since is UNSET):
            since = epoch_milliseconds(self._clock.now())
        enabled = before.enabled if given.enabled is UNSET else given.enabled
        return PasswordExpiration(enabled=enabled, valid_period_days=days, enabled_at=since)

    async def _conflicts(self, before: SignInExperience, after: SignInExperience) -> UsernameConflicts | None:
        stops_to_count = before.username_policy.case_sensitive and not after.username_policy.case_sensitive
        return await self._usernames.conflicts(limit=SAMPLES) if stops_to_count else None

    async def _renew_usernames(self, before: SignInExperience, after: SignInExperience) -> None:
        counts = after.username_policy.case_sensitive
        if counts == before.username_policy.case_sensitive:
            return
        try:
            await self._usernames.renew(is_case_sensitive=counts and self._may_case_count)
        except UsernameInUse:
            # Somebody came this very moment; who it is, the next attempt tells.
            raise UsernamesConflict(UsernameConflicts(total_conflicts=1, samples=())) from None
        await self._jobs.add(RENEW_USERNAME_KEYS, {}, delay=EVERYBODY_KNOWS)


def _model(name: str, value: Any) -> Any:
    """Return a column as the model has it; an empty text clears it."""
    return msgspec.convert(None if value == "" and name in _CLEARED else value, _TYPES[name])


def _without_repetitions(policy: EmailBlocklistPolicy) -> EmailBlocklistPolicy:
    lists = {
        name: tuple(dict.fromkeys(items))
        for name in ("custom_allowlist", "custom_blocklist")
        if (items := getattr(policy, name)) is not UNSET
    }
    return msgspec.structs.replace(policy, **lists)
