"""Refusals of the assets slice."""

from sekisho.kernel.errors import DomainError


class StorageNotConfigured(DomainError):
    """This installation keeps no files."""

    code = "storage.not_configured"


class UploadFailed(DomainError):
    """The store did not take the file: an error of ours."""

    code = "storage.upload_error"


class FileTooLarge(DomainError):
    code = "guard.file_size_exceeded"


class TypeNotAllowed(DomainError):
    """The file is of no kind that is kept, or not of the kind it says."""

    code = "guard.mime_type_not_allowed"
