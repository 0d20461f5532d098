"""The rules that sign-in settings keep: one function each, and one table in the order they are asked (§13.1).

Pure: a check looks at what is proposed and raises. What is tidied without a word before (unknown names, repeated
items) is done in `settings.py`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from msgspec import UNSET

from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.i18n.languages import BUILT_IN_LANGUAGES
from sekisho.kernel.errors import InvalidInput
from sekisho.sign_in.email_lists import is_list_item
from sekisho.sign_in.errors import Rule, SettingsRefused, UsernamesConflict
from sekisho.sign_in.models import SignInExperience, SignUpIdentifier
from sekisho.users.models import IdentifierType, UsernameConflicts

_EMAIL, _SMS = ConnectorType.EMAIL, ConnectorType.SMS
_MFA_EMAIL, _MFA_PHONE, _BACKUP_CODE = "EmailVerificationCode", "PhoneVerificationCode", "BackupCode"
_NEEDED: Mapping[str, Sequence[ConnectorType]] = {
    SignUpIdentifier.EMAIL: (_EMAIL,),
    SignUpIdentifier.PHONE: (_SMS,),
    SignUpIdentifier.EMAIL_OR_PHONE: (_EMAIL, _SMS),
}
#: Policies under which a second factor is asked for whenever there is a reason, and cannot be put off.
_NOT_SKIPPABLE = frozenset({"PromptAtSignInAndSignUpMandatory", "PromptOnlyAtSignInMandatory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants the settings to be."""

    #: What was given, by column, before anything was tidied.
    given: Mapping[str, Any]
    after: SignInExperience
    #: Languages the tenant translated itself.
    languages: Collection[str]
    #: Types of which the tenant has a connector.
    connectors: Collection[str] = field(default=())
    #: What stands in the way of usernames in which case does not count; None while nothing changes there.
    conflicts: UsernameConflicts | None = None


Check: TypeAlias = Callable[[Proposal], None]


def profile_fields_are_named_once(proposal: Proposal) -> None:
    names = [each.name for each in proposal.given.get("sign_up_profile_fields") or ()]
    if len(names) != len(set(names)):
        raise InvalidInput(details="A profile field is named twice.")


def fallback_language_is_spoken(proposal: Proposal) -> None:
    if "language_info" in proposal.given:
        language = proposal.after.language_info.fallback_language
        if language not in BUILT_IN_LANGUAGES and language not in proposal.languages:
            raise SettingsRefused(Rule.UNSUPPORTED_DEFAULT_LANGUAGE, language=language)


def usernames_stay_apart(proposal: Proposal) -> None:
    if proposal.conflicts is not None and proposal.conflicts.total_conflicts:
        raise UsernamesConflict(proposal.conflicts)


def sign_up_is_sound(proposal: Proposal) -> None:
    if "sign_up" not in proposal.given:
        return
    sign_up = proposal.after.sign_up
    primary, secondary = sign_up.identifiers, sign_up.secondary
    if secondary and not primary:
        raise SettingsRefused(Rule.MISSING_SIGN_UP_IDENTIFIERS)
    if _is_repeated([*primary, *secondary]):
        raise SettingsRefused(Rule.DUPLICATED_SIGN_UP_IDENTIFIERS)
    is_verified = sign_up.verify and all(
        each.verify is True
        for each in _given(sign_up.secondary_identifiers)
        if each.identifier is not SignUpIdentifier.USERNAME
    )
    if not is_verified and any(each != SignUpIdentifier.USERNAME for each in (*primary, *secondary)):
        raise SettingsRefused(Rule.PASSWORDLESS_REQUIRES_VERIFY)
    _need(proposal, (kind for each in (*primary, *secondary) for kind in _NEEDED.get(each, ())))


def sign_in_is_sound(proposal: Proposal) -> None:
    if "sign_in" not in proposal.given:
        return
    methods, sign_up = proposal.after.sign_in.methods, proposal.after.sign_up
    by_code = [each.identifier for each in methods if each.verification_code]
    _need(proposal, (kind for each in by_code for kind in _NEEDED.get(each, ())))
    if any(not each.password and not each.verification_code for each in methods):
        raise SettingsRefused(Rule.AT_LEAST_ONE_AUTHENTICATION_FACTOR)
    needs_code = sign_up.verify and not sign_up.password
    without = [each for each in methods if not each.verification_code]
    if needs_code and any(each.identifier is not IdentifierType.USERNAME for each in without):
        raise SettingsRefused(Rule.CODE_SIGN_IN_MUST_BE_ENABLED)
    _codes_prove_one_thing(proposal, email=Rule.EMAIL_CODE_NOT_FOR_SIGN_IN, phone=Rule.PHONE_CODE_NOT_FOR_SIGN_IN)


def second_factors_are_sound(proposal: Proposal) -> None:
    if "mfa" not in proposal.given:
        return
    factors = _given(proposal.after.mfa.factors)
    if len(factors) != len(set(factors)):
        raise SettingsRefused(Rule.DUPLICATED_MFA_FACTORS)
    if factors == (_BACKUP_CODE,):
        raise SettingsRefused(Rule.BACKUP_CODE_ALONE)
    _codes_prove_one_thing(proposal, email=Rule.EMAIL_CODE_NOT_FOR_MFA, phone=Rule.PHONE_CODE_NOT_FOR_MFA)


def adaptive_factors_fit_their_policy(proposal: Proposal) -> None:
    if proposal.given.keys().isdisjoint({"mfa", "adaptive_mfa"}):
        return
    mfa, is_adaptive = proposal.after.mfa, proposal.after.adaptive_mfa.is_on
    has_factors, is_binding = bool(_given(mfa.factors)), mfa.policy in _NOT_SKIPPABLE
    if is_adaptive and not has_factors:
        raise SettingsRefused(Rule.ADAPTIVE_MFA_REQUIRES_MFA)
    if is_adaptive and not is_binding:
        raise SettingsRefused(Rule.ADAPTIVE_MFA_REQUIRES_NON_SKIPPABLE_POLICY)
    if has_factors and is_binding and not is_adaptive:
        raise SettingsRefused(Rule.NON_ADAPTIVE_MFA_REQUIRES_SKIPPABLE_POLICY)


def passwords_can_be_reset_as_promised(proposal: Proposal) -> None:
    for method in proposal.given.get("forgot_password_methods") or ():
        if method.carrier not in proposal.connectors:
            raise SettingsRefused(Rule.FORGOT_PASSWORD_METHOD_REQUIRES_CONNECTOR, method=method.carrier.lower())


def expired_passwords_can_be_reset(proposal: Proposal) -> None:
    if proposal.given.keys().isdisjoint({"password_expiration", "forgot_password_methods"}):
        return
    expiration = proposal.after.password_expiration
    if expiration.is_on and (expiration.valid_period_days is UNSET or expiration.valid_period_days < 1):
        raise SettingsRefused(Rule.PASSWORD_EXPIRATION_INVALID_PERIOD)
    whoever_must_change_a_password_can(proposal.after, connectors=proposal.connectors)


def whoever_must_change_a_password_can(settings: SignInExperience, *, connectors: Collection[str]) -> None:
    """Raise unless a password that expired can be reset; asked again when a connector goes away."""
    if settings.password_expiration.is_on and not settings.resets_passwords_by(connectors):
        raise SettingsRefused(Rule.PASSWORD_EXPIRATION_REQUIRES_FORGOT_PASSWORD)


def nothing_is_for_the_hosted_service_alone(proposal: Proposal) -> None:
    csp, emails = proposal.after.custom_ui_csp, proposal.after.email_blocklist_policy
    for name, is_wanted in (
        ("hide_logto_branding", proposal.after.hide_logto_branding),
        ("custom_ui_csp", bool(_given(csp.script_src) or _given(csp.connect_src))),
        ("email_blocklist_policy", emails.block_disposable_addresses is True),
    ):
        if name in proposal.given and is_wanted:
            raise InvalidInput(details="This can be set in the hosted service only.")


def email_lists_hold_addresses(proposal: Proposal) -> None:
    if "email_blocklist_policy" not in proposal.given:
        return
    policy = proposal.after.email_blocklist_policy
    wrong = [
        item for item in (*_given(policy.custom_allowlist), *_given(policy.custom_blocklist)) if not is_list_item(item)
    ]
    if wrong:
        raise SettingsRefused(Rule.INVALID_EMAIL_LIST, items=", ".join(wrong))


CHECKS: Sequence[Check] = (
    profile_fields_are_named_once,
    fallback_language_is_spoken,
    usernames_stay_apart,
    sign_up_is_sound,
    sign_in_is_sound,
    second_factors_are_sound,
    adaptive_factors_fit_their_policy,
    passwords_can_be_reset_as_promised,
    expired_passwords_can_be_reset,
    nothing_is_for_the_hosted_service_alone,
    email_lists_hold_addresses,
)


def _is_repeated(identifiers: Sequence[str]) -> bool:
    names = [str(each) for each in identifiers]
    has_both = SignUpIdentifier.EMAIL_OR_PHONE in names
    has_one = SignUpIdentifier.EMAIL in names or SignUpIdentifier.PHONE in names
    return len(names) != len(set(names)) or (has_both and has_one)


def _need(proposal: Proposal, kinds: Iterator[str]) -> None:
    for kind in kinds:
        if kind not in proposal.connectors:
            raise SettingsRefused(Rule.ENABLED_CONNECTOR_NOT_FOUND, type=kind)


def _codes_prove_one_thing(proposal: Proposal, *, email: Rule, phone: Rule) -> None:
    """Refuse a code that is the first and the second factor at once: it would prove the same thing twice."""
    factors = _given(proposal.after.mfa.factors)
    by_code = {each.identifier for each in proposal.after.sign_in.methods if each.verification_code}
    for identifier, factor, rule in (
        (IdentifierType.EMAIL, _MFA_EMAIL, email),
        (IdentifierType.PHONE, _MFA_PHONE, phone),
    ):
        if identifier in by_code and factor in factors:
            raise SettingsRefused(rule)


def _given(value: Any) -> Any:
    """Return a list of a document, empty where it is left out."""
    return () if value is UNSET else value
