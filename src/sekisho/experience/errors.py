"""Refusals of the sign-in flow, with the codes its clients know (experience.md §27)."""

from collections.abc import Iterable
from enum import StrEnum

from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.users.errors import IdentityNotExist
from sekisho.users.models import Identifier


class MissingProfile(StrEnum):
    """What a user still has to give; in the order in which it is asked for."""

    USERNAME = "username"
    EMAIL_OR_PHONE = "emailOrPhone"
    EMAIL = "email"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 — the name of a field
    EXTRA_PROFILE = "extraProfile"


class InteractionNotFound(DomainError):
    """The flow was not begun, or what was kept of it cannot be read."""

    code = "session.interaction_not_found"
    kind = ErrorKind.NOT_FOUND


class InteractionChanged(DomainError):
    """Another request of the same browser was faster; what this one decided is no longer true."""

    code = "session.identity_conflict"
    kind = ErrorKind.CONFLICT


class MissingVerificationId(DomainError):
    """Who signs in has to say on which proof."""

    code = "guard.invalid_input"

    def __init__(self) -> None:
        super().__init__(details="verificationId: Required", type="body")


class IdentityConflict(DomainError):
    """Somebody else is identified already."""

    code = "session.identity_conflict"
    kind = ErrorKind.CONFLICT


class IdentifierNotFound(DomainError):
    """Nobody is identified yet."""

    code = "session.identifier_not_found"
    kind = ErrorKind.NOT_FOUND


class InvalidCredentials(DomainError):
    """The account does not exist, has no password, or has another one: all the same from outside."""

    code = "session.invalid_credentials"
    kind = ErrorKind.UNPROCESSABLE


class UserSuspended(DomainError):
    code = "user.suspended"
    kind = ErrorKind.UNAUTHENTICATED


class UserNotExist(DomainError):
    """A proven identifier belongs to nobody. Data: `identifier`."""

    code = "user.user_not_exist"
    kind = ErrorKind.NOT_FOUND

    def __init__(self, identifier: Identifier) -> None:
        self.identifier = identifier
        super().__init__(data={"identifier": identifier.value})


class SocialIdentityUnknown(IdentityNotExist):
    """An account at a provider belongs to nobody. Data: `relatedUser`, who has its address or number, if anybody."""

    def __init__(self, related: Identifier | None) -> None:
        self.related = related
        who = None if related is None else {"type": related.type.value, "value": related.value}
        super().__init__(data={} if who is None else {"relatedUser": who})


class InvalidConnectorId(DomainError):
    """Nobody can be signed in with this connector, or no longer."""

    code = "session.invalid_connector_id"
    kind = ErrorKind.UNPROCESSABLE


class ConnectorSessionNotFound(DomainError):
    """Nothing is remembered of the way to the provider, or it was asked for already."""

    code = "session.connector_validation_session_not_found"


class MethodNotEnabled(DomainError):
    """The tenant does not let people in this way."""

    code = "user.sign_in_method_not_enabled"
    kind = ErrorKind.UNPROCESSABLE


class NotForForgotPassword(DomainError):
    """This cannot be done while a password is being reset."""

    code = "session.not_supported_for_forgot_password"


class MethodNotForForgotPassword(NotForForgotPassword):
    """A password cannot be reset on this proof."""

    kind = ErrorKind.UNPROCESSABLE


class InvalidInteractionType(DomainError):
    """This belongs to another kind of flow."""

    code = "session.invalid_interaction_type"


class CaptchaRequired(DomainError):
    code = "session.captcha_required"
    kind = ErrorKind.UNPROCESSABLE


class CaptchaFailed(DomainError):
    code = "session.captcha_failed"
    kind = ErrorKind.UNPROCESSABLE


class ProfileMissing(DomainError):
    """The tenant demands more of a user. Data: `missingProfile`."""

    code = "user.missing_profile"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, missing: Iterable[MissingProfile]) -> None:
        self.missing = tuple(missing)
        super().__init__(data={"missingProfile": list(self.missing)})


class UsernameExists(DomainError):
    """The user has a username already."""

    code = "user.username_exists_in_profile"
    kind = ErrorKind.UNPROCESSABLE


class EmailExists(DomainError):
    """The user has an e-mail address already."""

    code = "user.email_exists_in_profile"
    kind = ErrorKind.UNPROCESSABLE


class PhoneExists(DomainError):
    """The user has a phone number already."""

    code = "user.phone_exists_in_profile"
    kind = ErrorKind.UNPROCESSABLE


class PasswordExists(DomainError):
    """The user has a password already."""

    code = "user.password_exists_in_profile"
    kind = ErrorKind.UNPROCESSABLE


class NewPasswordRequired(DomainError):
    """A reset without a new password."""

    code = "user.new_password_required_in_profile"
    kind = ErrorKind.UNPROCESSABLE


class InvalidPasswordExpiration(DomainError):
    """The tenant's expiration policy cannot be applied."""

    code = "sign_in_experiences.password_expiration_invalid_period_days"
    kind = ErrorKind.UNPROCESSABLE


class MembershipRequired(DomainError):
    """The person is no member of an organization that was chosen."""

    code = "organization.require_membership"
    kind = ErrorKind.UNPROCESSABLE
