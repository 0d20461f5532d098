"""What is said when a way through a provider ends nowhere: denied, forged, broken down, not there, not allowed."""

from sekisho.connectors.errors import ConnectorNotFound, ConnectorRefused
from sekisho.connectors.kit.errors import ConnectorError, ProviderFailed
from sekisho.experience.errors import ConnectorSessionNotFound, InvalidConnectorId, SocialIdentityUnknown
from sekisho.hosted.look import Look
from sekisho.hosted.pages import ErrorPage
from sekisho.http.errors import status_of
from sekisho.i18n.translator import Translator
from sekisho.kernel.errors import DomainError
from sekisho.sign_in.errors import EmailNotAllowed, SubaddressNotAllowed
from sekisho.verification.errors import VerificationNotFound

#: How providers say that the person did not want to (RFC 6749 §4.1.2.1; LinkedIn's own words).
DENIALS = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize", "consent_required"})
_PROVIDER_AWAY = 502


def provider_problem(
    error: DomainError | ProviderFailed,
    *,
    look: Look,
    provider: str,
    was_denied: bool,
    sign_in_url: str,
    request_id: str,
) -> tuple[ErrorPage, int]:
    """Return the page and its status."""
    code, status = (None, _PROVIDER_AWAY) if isinstance(error, ProviderFailed) else (error.code, status_of(error))
    # Who said no knows what happened: there is nothing to report.
    is_reported = not (was_denied and isinstance(error, ConnectorError))
    title, message = _words(error, look.say, provider=provider, was_denied=was_denied)
    page = ErrorPage(
        title=title,
        message=message,
        code=code if is_reported else None,
        request_id=request_id if is_reported else None,
        sign_in_url=sign_in_url,
        support=look.support,
    )
    return page, status


def _words(
    error: DomainError | ProviderFailed, say: Translator, *, provider: str, was_denied: bool
) -> tuple[str | None, str]:
    """Return a title, if the usual one does not say it, and a sentence."""
    match error:
        case ConnectorError() if was_denied:
            return say("sekisho.social.denied", provider=provider), say("sekisho.social.unchanged", provider=provider)
        case ConnectorSessionNotFound() | VerificationNotFound():
            return say("sekisho.unknown_session.title"), say("error.invalid_connector_auth")
        case ConnectorNotFound() | ConnectorRefused() | InvalidConnectorId():
            return say("sekisho.social.not_there"), say("sekisho.social.another_way")
        case ConnectorError() | ProviderFailed():
            message = say("sekisho.social.try_later", provider=provider)
            return say("sekisho.social.failed", provider=provider), message
        case SocialIdentityUnknown():
            return say("sekisho.social.unknown", provider=provider), say("sekisho.social.no_registration")
        case EmailNotAllowed() | SubaddressNotAllowed():
            return say("sekisho.social.email_not_allowed"), say.error(error.code)
        case _:
            return None, say.error(error.code, **error.values)
