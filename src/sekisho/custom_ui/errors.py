"""Refusals of uploaded pages."""

from sekisho.kernel.errors import DomainError, ErrorKind


class SharedOrigin(DomainError):
    """Here a tenant's own pages would stand beside the Console or another tenant.

    Attack: their scripts would act in the Console, and on the accounts of the other tenant.
    """

    code = "request.feature_not_supported"
    kind = ErrorKind.UNPROCESSABLE


class ArchiveRefused(DomainError):
    """The archive cannot be unpacked into pages; `details` say why."""

    code = "guard.mime_type_not_allowed"
