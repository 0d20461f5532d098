"""Refusals about scripts, as the Management API answers them. Those of a token request are OAuth's."""

from sekisho.claim_scripts.models import Failed, ScriptKind
from sekisho.kernel.errors import DomainError, EntityIdNotFound, ErrorKind


class ClaimScriptNotFound(EntityIdNotFound):
    """The tenant has no script of this kind."""

    def __init__(self, kind: ScriptKind) -> None:
        super().__init__(name="jwt customizers", id=kind.value)


class ScriptFailed(DomainError):
    """A script that was tried out did not end well."""

    code = "jwt_customizer.general"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, failed: Failed) -> None:
        super().__init__(data={"message": failed.message, "error": {"name": failed.name, "message": failed.message}})


class ScriptDenied(DomainError):
    """A script that was tried out denied access."""

    code = "jwt_customizer.general"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, message: str) -> None:
        super().__init__(data={"message": message})
