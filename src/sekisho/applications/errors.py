"""Refusals of the applications slice."""

from sekisho.kernel.errors import DomainError, EntityIdNotFound, EntityNotFound, ErrorKind, InvalidInput


class ApplicationNotFound(EntityIdNotFound):
    """There is no such application."""

    def __init__(self, application_id: str) -> None:
        super().__init__(name="applications", id=application_id)


class ApplicationSignInNotFound(EntityIdNotFound):
    """Nobody said how the sign-in to this application should differ."""

    def __init__(self, application_id: str) -> None:
        super().__init__(name="application_sign_in_experiences", id=application_id)


class SecretNotFound(EntityNotFound):
    """The application has no secret of this name."""


class SecretNameInUse(DomainError):
    code = "application.secret_name_exists"
    kind = ErrorKind.UNPROCESSABLE


class NoLegacySecret(DomainError):
    code = "application.no_legacy_secret_found"


class InvalidThirdPartyType(DomainError):
    code = "application.invalid_third_party_application_type"


class ThirdPartyTokenExchange(DomainError):
    code = "application.third_party_application_cannot_enable_token_exchange"
    kind = ErrorKind.UNPROCESSABLE


class DeviceFlowNativeOnly(DomainError):
    code = "application.device_flow_native_only"
    kind = ErrorKind.UNPROCESSABLE


class DeviceFlowNotChangeable(DomainError):
    code = "application.device_flow_not_changeable"
    kind = ErrorKind.UNPROCESSABLE


class ProtectedMetadataRequired(DomainError):
    code = "application.protected_app_metadata_is_required"


class ProtectedAppNotConfigured(DomainError):
    code = "application.protected_app_not_configured"
    kind = ErrorKind.NOT_IMPLEMENTED


class ProtectedApplicationOnly(DomainError):
    code = "application.protected_application_only"


class UseSamlAppApi(DomainError):
    code = "application.saml.use_saml_app_api"


class AccessControlWithoutRules(InvalidInput):
    """Access control without a single rule would lock everybody out."""

    kind = ErrorKind.UNPROCESSABLE
