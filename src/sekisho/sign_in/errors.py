"""Refusals of the sign-in experience: settings that do not go together (management-api.md §13.1)."""

from collections.abc import Mapping
from enum import StrEnum

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind
from sekisho.users.models import UsernameConflicts


class SignInExperienceNotFound(EntityNotFound):
    """The tenant was not seeded."""


class NotForAdminTenant(DomainError):
    """Administrators sign in on our pages only. Attack: pages of their own that collect their passwords."""

    code = "guard.not_allowed_for_admin_tenant"


class Rule(StrEnum):
    """A rule that settings keep; the wire says `sign_in_experiences.<value>`."""

    UNSUPPORTED_DEFAULT_LANGUAGE = "unsupported_default_language"
    MISSING_SIGN_UP_IDENTIFIERS = "missing_sign_up_identifiers"
    DUPLICATED_SIGN_UP_IDENTIFIERS = "duplicated_sign_up_identifiers"
    PASSWORDLESS_REQUIRES_VERIFY = "passwordless_requires_verify"
    ENABLED_CONNECTOR_NOT_FOUND = "enabled_connector_not_found"
    AT_LEAST_ONE_AUTHENTICATION_FACTOR = "at_least_one_authentication_factor"
    CODE_SIGN_IN_MUST_BE_ENABLED = "code_sign_in_must_be_enabled"
    EMAIL_CODE_NOT_FOR_SIGN_IN = "email_verification_code_cannot_be_used_for_sign_in"
    PHONE_CODE_NOT_FOR_SIGN_IN = "phone_verification_code_cannot_be_used_for_sign_in"
    DUPLICATED_MFA_FACTORS = "duplicated_mfa_factors"
    BACKUP_CODE_ALONE = "backup_code_cannot_be_enabled_alone"
    EMAIL_CODE_NOT_FOR_MFA = "email_verification_code_cannot_be_used_for_mfa"
    PHONE_CODE_NOT_FOR_MFA = "phone_verification_code_cannot_be_used_for_mfa"
    ADAPTIVE_MFA_REQUIRES_MFA = "adaptive_mfa_requires_mfa"
    ADAPTIVE_MFA_REQUIRES_NON_SKIPPABLE_POLICY = "adaptive_mfa_requires_non_skippable_policy"
    NON_ADAPTIVE_MFA_REQUIRES_SKIPPABLE_POLICY = "non_adaptive_mfa_requires_skippable_policy"
    FORGOT_PASSWORD_METHOD_REQUIRES_CONNECTOR = "forgot_password_method_requires_connector"  # noqa: S105 — a rule's name
    PASSWORD_EXPIRATION_INVALID_PERIOD = "password_expiration_invalid_period_days"  # noqa: S105 — the same
    PASSWORD_EXPIRATION_REQUIRES_FORGOT_PASSWORD = "password_expiration_requires_forgot_password"  # noqa: S105
    INVALID_EMAIL_LIST = "invalid_custom_email_blocklist_format"


_KINDS: Mapping[Rule, ErrorKind] = dict.fromkeys(
    (
        Rule.ADAPTIVE_MFA_REQUIRES_MFA,
        Rule.ADAPTIVE_MFA_REQUIRES_NON_SKIPPABLE_POLICY,
        Rule.NON_ADAPTIVE_MFA_REQUIRES_SKIPPABLE_POLICY,
        Rule.PASSWORD_EXPIRATION_INVALID_PERIOD,
        Rule.PASSWORD_EXPIRATION_REQUIRES_FORGOT_PASSWORD,
    ),
    ErrorKind.UNPROCESSABLE,
)


class SettingsRefused(DomainError):
    """The settings would break a rule. Values: `type`, `method`, `language` or `items`, as its message has them."""

    def __init__(self, rule: Rule, **values: str) -> None:
        self.rule = rule
        self.code = f"sign_in_experiences.{rule}"  # type: ignore[misc] # one class, one code per rule
        self.kind = _KINDS.get(rule, ErrorKind.INVALID)  # type: ignore[misc] # the same
        super().__init__()
        self.values = values


class UsernamesConflict(DomainError):
    """Usernames differ only by case, so case cannot stop to count. Values: `total_conflicts`."""

    code = "sign_in_experiences.username_policy_case_conflicts_exist"
    kind = ErrorKind.CONFLICT

    def __init__(self, conflicts: UsernameConflicts) -> None:
        super().__init__(data=conflicts, total_conflicts=conflicts.total_conflicts)


class NoEmailAddress(DomainError):
    """A text that was taken for an e-mail address has no domain."""

    code = "session.email_blocklist.invalid_email"


class EmailNotAllowed(DomainError):
    """The tenant takes no account with this address."""

    code = "session.email_blocklist.email_not_allowed"
    kind = ErrorKind.UNPROCESSABLE


class SubaddressNotAllowed(DomainError):
    """The tenant takes no account with an address that has a `+`."""

    code = "session.email_blocklist.email_subaddressing_not_allowed"
    kind = ErrorKind.UNPROCESSABLE
