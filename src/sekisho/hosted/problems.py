"""Where on a form a refusal belongs, and what it says there, in the language of the page."""

from dataclasses import dataclass, field

from sekisho.hosted.pages import FieldErrors
from sekisho.i18n.translator import Translator
from sekisho.kernel.errors import DomainError
from sekisho.passwords.errors import PasswordRejected, SamePassword
from sekisho.passwords.models import Issue, Rejection
from sekisho.sign_in.errors import EmailNotAllowed, NoEmailAddress, SubaddressNotAllowed
from sekisho.sign_in.username import UsernameRefused, UsernameViolation
from sekisho.users.errors import UsernameInUse
from sekisho.verification_codes.errors import CodeRefused

_RESTRICTED = frozenset({Rejection.REPETITION, Rejection.SEQUENCE, Rejection.WORDS, Rejection.USER_INFO})
_FIRST_SAID = (
    *(Rejection.UNSUPPORTED_CHARACTERS, Rejection.TOO_SHORT, Rejection.CHARACTER_TYPES),
    *(Rejection.TOO_LONG, Rejection.PWNED),
)
_USERNAME_PHRASES = {
    UsernameViolation.REQUIRED: "error.username_required",
    UsernameViolation.STARTS_WITH_NUMBER: "error.username_should_not_start_with_number",
    UsernameViolation.INVALID_CHARSET_HARD: "error.username_invalid_charset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What is wrong with a form as a whole, and field by field."""

    whole: str | None = None
    fields: FieldErrors = field(default_factory=dict)


def problems_of(error: DomainError, *, say: Translator) -> Problems:
    """Return a refusal as the reader of a form should see it."""
    match error:
        case PasswordRejected(issues=issues):
            return Problems(fields={"newPassword": password_problem(issues, say=say)})
        case SamePassword():
            return Problems(fields={"newPassword": say.error(error.code)})
        case UsernameRefused(violation=violation, values=values):
            phrase = _USERNAME_PHRASES.get(violation, f"error.username_{violation}")
            return Problems(fields={"identifier": say(phrase, **values)})
        case UsernameInUse():
            return Problems(fields={"identifier": say("error.username_exists")})
        case NoEmailAddress() | SubaddressNotAllowed() | EmailNotAllowed():
            return Problems(fields={"identifier": say.error(error.code)})
        case CodeRefused():
            return Problems(fields={"code": say.error(error.code)})
        case _:
            return Problems(whole=say.error(error.code, **error.values))


def password_problem(issues: tuple[Issue, ...], *, say: Translator) -> str:
    """Return the sentence for the first issue people should mend, or one for all that is too easy to guess (§8.2)."""
    for rejection in _FIRST_SAID:
        for issue in issues:
            if issue.rejection is rejection:
                return say(f"error.{issue.code}", **dict(issue.interpolation))
    kinds = [say(f"error.{issue.code}") for issue in issues if issue.rejection in _RESTRICTED]
    return say("error.password_rejected.restricted_found", list=say.listed(kinds, style="or"))
