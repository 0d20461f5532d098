"""Refusals about what applications may ask for, and about the sessions and grants of people."""

from collections.abc import Sequence

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


class ThirdPartyOnly(DomainError):
    """Our own applications may ask for everything: there is nothing to list."""

    code = "application.third_party_application_only"
    kind = ErrorKind.UNPROCESSABLE


class ConsentScopesNotFound(DomainError):
    """Some of the scopes do not exist."""

    code = "application.user_consent_scopes_not_found"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(
        self, *, organizations: Sequence[str], resources: Sequence[str], organization_resources: Sequence[str]
    ) -> None:
        super().__init__(
            data={
                "invalidOrganizationScopes": list(organizations),
                "invalidResourceScopes": list(resources),
                "invalidOrganizationResourceScopes": list(organization_resources),
            }
        )


class ManagementApiNotAllowed(DomainError):
    """A third party cannot be let into the Management API."""

    code = "application.consent_management_api_scopes_not_allowed"
    kind = ErrorKind.UNPROCESSABLE


class ConsentScopeNotListed(EntityNotFound):
    """The application's list does not have this scope."""


class SessionNotFound(DomainError):
    """There is no such session, or it is another person's."""

    code = "oidc.session_not_found"
    kind = ErrorKind.NOT_FOUND


class SessionOfAnother(DomainError):
    """The session to be ended is another person's."""

    code = "oidc.invalid_session_account_id"
    kind = ErrorKind.NOT_FOUND


class GrantNotFound(DomainError):
    """There is no such grant, or it is another person's."""

    code = "oidc.invalid_grant"
    kind = ErrorKind.NOT_FOUND
